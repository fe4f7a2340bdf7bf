import { and, asc, eq, gte, lt } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { endUsers } from '../../db/schema.ts';

/** Up to `limit` end users of an application whose clientUserId begins like this, in its order. */
export function listEndUsers(db: Db, applicationId: string, prefix: string, limit: number) {
  return db
    .select()
    .from(endUsers)
    .where(
      and(
        eq(endUsers.applicationId, applicationId),
        gte(endUsers.clientUserId, prefix),
        // Past every text with this beginning, so that the index is enough.
        lt(endUsers.clientUserId, `${prefix}\u{10ffff}`),
      ),
    )
    .orderBy(asc(endUsers.clientUserId))
    .limit(limit);
}

/** One end user of an application, or undefined. */
export async function findEndUser(db: Db, applicationId: string, clientUserId: string) {
  const [row] = await db
    .select()
    .from(endUsers)
    .where(and(eq(endUsers.applicationId, applicationId), eq(endUsers.clientUserId, clientUserId)));
  return row;
}
