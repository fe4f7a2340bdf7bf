import { and, eq, inArray, isNotNull, or, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import {
  applicationSources,
  applications,
  connections,
  grants,
  revocations,
  runs,
  sources,
} from '../db/schema.ts';

/**
 * The statement that queues the grants of some Connections for revocation at their providers: before the
 * Connections are deleted, in the same batch. All that is needed is copied, since it may be gone by then.
 */
export function queueRevocations(db: Db, which: SQL | undefined, now: number) {
  return db.insert(revocations).select(
    db
      .select({
        id: sql`lower(hex(randomblob(16)))`.as('id'),
        connectionId: sql`${connections.id}`.as('connection_id'),
        sealedTokens: sql`${connections.sealedTokens}`.as('sealed_tokens'),
        definition: sources.definition,
        sandbox: sources.sandbox,
        registration: sql`${connections.registration}`.as('registration'),
        hosts: connections.hosts,
        hostValues: connections.hostValues,
        ...secretOf(connections.applicationId),
        uniqueValue: connections.uniqueValue,
        developerId: sql`${connections.developerId}`.as('developer_id'),
        applicationId: connections.applicationId,
        clientUserId: connections.clientUserId,
        ...untried(now),
      })
      .from(connections)
      .innerJoin(sources, eq(sources.id, connections.sourceId))
      .leftJoin(
        applicationSources,
        and(
          eq(applicationSources.sourceId, sources.id),
          eq(applicationSources.applicationId, connections.applicationId),
        ),
      )
      .where(and(which, isNotNull(connections.sealedTokens), isNotNull(connections.registration))),
  );
}

/** The grants parked for some Connections, or by some runs: what is deleted with these is revoked, too. */
export function isParkedFor(db: Db, which: SQL | undefined, ofRuns?: SQL): SQL | undefined {
  return or(
    inArray(grants.connectionId, db.select({ id: connections.id }).from(connections).where(which)),
    ofRuns ? inArray(grants.runId, db.select({ id: runs.id }).from(runs).where(ofRuns)) : undefined,
  );
}

/** The same for grants that nobody agreed to in time. */
export function queueGrantRevocations(db: Db, which: SQL | undefined, now: number) {
  return db.insert(revocations).select(
    db
      .select({
        id: sql`lower(hex(randomblob(16)))`.as('id'),
        connectionId: sql`coalesce(${grants.connectionId}, ${grants.id})`.as('connection_id'),
        sealedTokens: sql`${grants.sealedTokens}`.as('sealed_tokens'),
        definition: sources.definition,
        sandbox: sources.sandbox,
        registration: sql`${grants.registration}`.as('registration'),
        hosts: grants.hosts,
        hostValues: grants.hostValues,
        ...secretOf(runs.applicationId),
        uniqueValue: grants.uniqueValue,
        developerId:
          sql`coalesce(${applications.developerId}, ${connections.developerId}, ${sources.developerId})`.as(
            'developer_id',
          ),
        applicationId: runs.applicationId,
        clientUserId: runs.clientUserId,
        ...untried(now),
      })
      .from(grants)
      .innerJoin(sources, eq(sources.id, grants.sourceId))
      .leftJoin(runs, eq(runs.id, grants.runId))
      .leftJoin(applications, eq(applications.id, runs.applicationId))
      .leftJoin(connections, eq(connections.id, grants.connectionId))
      .leftJoin(
        applicationSources,
        and(
          eq(applicationSources.sourceId, sources.id),
          eq(applicationSources.applicationId, runs.applicationId),
        ),
      )
      .where(and(which, isNotNull(grants.sealedTokens), isNotNull(grants.registration))),
  );
}

function untried(now: number) {
  return {
    attempts: sql`0`.as('attempts'),
    nextAttemptAt: sql`${now}`.as('next_attempt_at'),
    createdAt: sql`${now}`.as('created_at'),
  };
}

/** The client secret that belongs to a registration: the application's own, else the source's. */
function secretOf(applicationId: typeof connections.applicationId | typeof runs.applicationId) {
  const own = isNotNull(applicationSources.clientId);
  return {
    sealedClientSecret: sql<
      string | null
    >`case when ${own} then ${applicationSources.sealedClientSecret} else ${sources.sealedClientSecret} end`.as(
      'sealed_client_secret',
    ),
    secretPlace: sql<string>`case when ${own}
      then 'application/' || ${applicationId} || '/source/' || ${sources.id} || '/client_secret'
      else 'source/' || ${sources.id} || '/client_secret' end`.as('secret_place'),
  };
}
