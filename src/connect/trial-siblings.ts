import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { applications, connections, grants, runs } from '../db/schema.ts';

/** Whose grant is to be revoked: what the provider would end along with it is of the same client and account. */
interface Granted {
  registration: string;
  /** Null where it isn't known: then whatever its owner has may be it. */
  uniqueValue: string | null;
  developerId: string;
}

/** Whether a Connection, or a grant that waits to become one, would die if a trial's grant were revoked. */
export async function hasSiblings(
  { db, now }: Pick<AppEnv['Variables'], 'db' | 'now'>,
  { registration, uniqueValue, developerId }: Granted,
): Promise<boolean> {
  const [live, pending] = await db.batch([
    db
      .select({ id: connections.id })
      .from(connections)
      .where(
        and(
          eq(connections.registration, registration),
          eq(connections.complete, true),
          uniqueValue === null
            ? eq(connections.developerId, developerId)
            : or(
                eq(connections.uniqueValue, uniqueValue),
                and(isNull(connections.uniqueValue), eq(connections.developerId, developerId)),
              ),
        ),
      )
      .limit(1),
    db
      .select({ id: grants.id })
      .from(grants)
      .leftJoin(runs, eq(runs.id, grants.runId))
      .leftJoin(applications, eq(applications.id, runs.applicationId))
      .leftJoin(connections, eq(connections.id, grants.connectionId))
      .where(
        and(
          eq(grants.registration, registration),
          gt(grants.expiresAt, now()),
          uniqueValue === null
            ? or(eq(applications.developerId, developerId), eq(connections.developerId, developerId))
            : or(eq(grants.uniqueValue, uniqueValue), isNull(grants.uniqueValue)),
        ),
      )
      .limit(1),
  ]);
  return live.length + pending.length > 0;
}
