import { and, eq, sql } from 'drizzle-orm';
import type { Application } from '../applications/application.ts';
import type { Db } from '../db/client.ts';
import { connections, endUsers, grants } from '../db/schema.ts';

/** What the grants of a run become Connections of. */
interface Activation {
  application: Application;
  runId: string;
  clientUserId: string;
  vouched: boolean;
  now: number;
}

/**
 * The statements that put a run's grants in force: each becomes a Connection of its id, so that its sealed
 * tokens move as they are, and the grants go.
 *
 * @param condition what must hold besides, such as a claim
 */
export function activateGrants(
  db: Db,
  { application, runId, clientUserId, vouched, now }: Activation,
  condition: ReturnType<typeof sql>,
) {
  const nothingMissing = sql`not exists (select 1 from json_each(${grants.scopesRequested}) asked
    where ${grants.scopesGranted} is not null
      and asked.value not in (select value from json_each(${grants.scopesGranted})))`;
  const active = db
    .select({
      id: grants.id,
      developerId: sql`${application.developerId}`.as('developer_id'),
      sourceId: grants.sourceId,
      applicationId: sql`${application.id}`.as('application_id'),
      endUserId: endUsers.id,
      clientUserId: endUsers.clientUserId,
      runId: grants.runId,
      vouched: sql`${vouched ? 1 : 0}`.as('vouched'),
      name: sql`${null}`.as('name'),
      complete: sql`1`.as('complete'),
      authorized: nothingMissing.as('authorized'),
      scopesRequested: grants.scopesRequested,
      scopesGranted: grants.scopesGranted,
      sealedTokens: grants.sealedTokens,
      tokenExpiresAt: grants.tokenExpiresAt,
      registration: grants.registration,
      metadata: grants.metadata,
      createdAt: sql`${now}`.as('created_at'),
      updatedAt: sql`${now}`.as('updated_at'),
    })
    .from(grants)
    .innerJoin(
      endUsers,
      and(eq(endUsers.applicationId, application.id), eq(endUsers.clientUserId, clientUserId)),
    )
    .where(and(eq(grants.runId, runId), sql`${grants.expiresAt} > ${now}`, condition));
  return [
    db.insert(connections).select(active).onConflictDoNothing(),
    db.delete(grants).where(and(eq(grants.runId, runId), condition)),
  ] as const;
}
