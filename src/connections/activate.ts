import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Application } from '../applications/application.ts';
import type { AppEnv } from '../context.ts';
import type { Db } from '../db/client.ts';
import { connections, endUsers, grants, runs } from '../db/schema.ts';
import { queueRevocations } from './revocation-queue.ts';
import {
  type KeptTokens,
  keepRefreshToken,
  keepTokens,
  openTokens,
  type PreviousGrant,
  previousGrant,
  unfailed,
} from './tokens.ts';

/** Which run's grants are put in force, and for whom. */
interface Activation {
  application: Application;
  runId: string;
  clientUserId: string;
  vouched: boolean;
  now: number;
}

/** What a finished run brought in, with the Connection in force that it would be one with. */
export interface Parked {
  grantId: string;
  /** The Connection it renews or ends. */
  connectionId: string | null;
  disconnect: boolean;
  sealedTokens: string | null;
  uniqueValue: string | null;
  registration: string | null;
  hosts: string[] | null;
  holder: PreviousGrant | null;
}

/** A grant whose remote account has a Connection in force: that one takes the tokens. */
interface Merge extends KeptTokens {
  grantId: string;
  holderId: string;
}

/** The statement that reads what a finished run brought in. */
export function selectParked(db: Db, handleHash: string) {
  return db
    .select({
      grantId: grants.id,
      connectionId: grants.connectionId,
      disconnect: grants.disconnect,
      sealedTokens: grants.sealedTokens,
      uniqueValue: grants.uniqueValue,
      registration: grants.registration,
      hosts: grants.hosts,
      holder: previousGrant,
    })
    .from(runs)
    .innerJoin(grants, eq(grants.runId, runs.id))
    .leftJoin(
      connections,
      and(
        eq(connections.uniquenessKey, grants.uniquenessKey),
        eq(connections.complete, true),
        isNull(grants.connectionId),
      ),
    )
    .where(eq(runs.handleHash, handleHash));
}

/** Seals tokens anew to the Connections that take them. */
export async function prepareMerges(parts: AppEnv['Variables'], parked: Parked[]): Promise<Merge[]> {
  const ending = new Set(
    parked.flatMap(({ connectionId, disconnect }) => (disconnect ? [connectionId] : [])),
  );
  const merges = parked.map(async ({ grantId, holder, sealedTokens, ...grantor }) => {
    if (holder === null || sealedTokens === null || ending.has(holder.id)) return [];
    const { config } = parts;
    const fresh = await openTokens(config, grantId, sealedTokens);
    const tokens = await keepRefreshToken(config, holder, fresh, grantor);
    return [{ grantId, holderId: holder.id, ...(await keepTokens(parts, holder.id, tokens)) }];
  });
  return (await Promise.all(merges)).flat();
}

/**
 * The statements that put a run's grants in force: a new one becomes a Connection of its id, so that its sealed
 * tokens move as they are; a renewal's tokens take the old ones' place; one that is to end ends; and the grants go.
 *
 * @param condition what must hold besides, such as a claim
 */
export function activateGrants(db: Db, activation: Activation, merges: Merge[], condition: SQL) {
  const { runId, now } = activation;
  const ofRun = and(eq(grants.runId, runId), sql`${grants.expiresAt} > ${now}`, condition);
  const ended = sql`${connections.id} in (select ${grants.connectionId} from ${grants} where ${ofRun} and ${grants.disconnect} = 1)`;
  return [
    queueRevocations(db, ended, now),
    db.delete(connections).where(ended),
    ...merges.map((merge) => mergeGrant(db, activation, merge, condition)),
    insertConnections(db, activation, merges, condition),
    renewConnections(db, activation, condition),
    db.delete(grants).where(and(eq(grants.runId, runId), condition)),
  ] as const;
}

const nothingMissing = sql`not exists (select 1 from json_each(${grants.scopesRequested}) asked
  where ${grants.scopesGranted} is not null
    and asked.value not in (select value from json_each(${grants.scopesGranted})))`;

/** A renewal that turns out to be of an account that another Connection in force has stays beside it. */
const keyIfFree = sql`case
  when exists (select 1 from ${connections} other
    where other.uniqueness_key = ${grants.uniquenessKey} and other.complete = 1 and other.id <> ${connections.id})
  then null else coalesce(${grants.uniquenessKey}, ${connections.uniquenessKey}) end`;

/** What a grant says of a Connection that is there already, but for its tokens. */
function renewed(now: number) {
  return {
    tokenExpiresAt: sql`${grants.tokenExpiresAt}`,
    tokenStaleAt: sql`${grants.tokenStaleAt}`,
    refreshDueAt: sql`${grants.refreshDueAt}`,
    ...unfailed,
    accessTokenHash: sql`${grants.accessTokenHash}`,
    scopesRequested: sql`${grants.scopesRequested}`,
    scopesGranted: sql`${grants.scopesGranted}`,
    complete: true,
    authorized: nothingMissing as SQL<boolean>,
    registration: sql`${grants.registration}`,
    hosts: sql`${grants.hosts}`,
    hostValues: sql`${grants.hostValues}`,
    metadata: sql`${grants.metadata}`,
    uniqueValue: sql`coalesce(${grants.uniqueValue}, ${connections.uniqueValue})`,
    uniquenessKey: keyIfFree,
    grantedAt: now,
    updatedAt: now,
  };
}

/** Whether the Connection that is to take a grant's tokens is still there. */
const holderExists = sql`exists (select 1 from ${connections} holder where holder.uniqueness_key = ${grants.uniquenessKey} and holder.complete = 1)`;

function insertConnections(
  db: Db,
  { application, runId, clientUserId, vouched, now }: Activation,
  merges: Merge[],
  condition: SQL,
) {
  const merged = sql.join(
    merges.map((merge) => sql`${merge.grantId}`),
    sql`, `,
  );
  const notMerged =
    merges.length === 0 ? undefined : sql`not (${grants.id} in (${merged}) and ${holderExists})`;
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
      name: grants.name,
      complete: sql`1`.as('complete'),
      authorized: nothingMissing.as('authorized'),
      scopesRequested: grants.scopesRequested,
      scopesGranted: grants.scopesGranted,
      sealedTokens: grants.sealedTokens,
      tokenExpiresAt: grants.tokenExpiresAt,
      tokenStaleAt: grants.tokenStaleAt,
      refreshDueAt: grants.refreshDueAt,
      refreshLease: sql`null`.as('refresh_lease'),
      refreshLeaseUntil: sql`null`.as('refresh_lease_until'),
      refreshFailures: sql`0`.as('refresh_failures'),
      refreshRetryAt: sql`null`.as('refresh_retry_at'),
      refreshedAt: sql`null`.as('refreshed_at'),
      accessTokenHash: grants.accessTokenHash,
      registration: grants.registration,
      hosts: grants.hosts,
      hostValues: grants.hostValues,
      metadata: grants.metadata,
      redirectUrl: sql`null`.as('redirect_url'),
      uniqueValue: grants.uniqueValue,
      // What nobody vouched for never merges with others.
      uniquenessKey: (vouched ? sql`${grants.uniquenessKey}` : sql`null`).as('uniqueness_key'),
      grantedAt: sql`${now}`.as('granted_at'),
      announced: sql`0`.as('announced'),
      createdAt: sql`${now}`.as('created_at'),
      updatedAt: sql`${now}`.as('updated_at'),
    })
    .from(grants)
    .innerJoin(
      endUsers,
      and(eq(endUsers.applicationId, application.id), eq(endUsers.clientUserId, clientUserId)),
    )
    .where(
      and(
        eq(grants.runId, runId),
        sql`${grants.expiresAt} > ${now}`,
        isNull(grants.connectionId),
        eq(grants.disconnect, false),
        notMerged,
        condition,
      ),
    );
  return db.insert(connections).select(active);
}

function renewConnections(db: Db, { runId, now }: Activation, condition: SQL) {
  return db
    .update(connections)
    .set({ ...renewed(now), sealedTokens: sql`${grants.sealedTokens}` })
    .from(grants)
    .where(
      and(
        eq(grants.runId, runId),
        sql`${grants.expiresAt} > ${now}`,
        eq(grants.connectionId, connections.id),
        eq(grants.disconnect, false),
        isNotNull(grants.sealedTokens),
        condition,
      ),
    );
}

function mergeGrant(db: Db, { now }: Activation, merge: Merge, condition: SQL) {
  const { grantId, holderId, ...kept } = merge;
  return db
    .update(connections)
    .set({ ...renewed(now), ...kept })
    .from(grants)
    .where(
      and(
        eq(connections.id, holderId),
        eq(grants.id, grantId),
        eq(connections.uniquenessKey, grants.uniquenessKey),
        condition,
      ),
    );
}
