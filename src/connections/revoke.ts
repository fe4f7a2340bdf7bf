import { and, asc, eq, inArray, isNotNull, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { open } from '../crypto/seal.ts';
import type { Db } from '../db/client.ts';
import { applicationSources, connections, grants, revocations, runs, sources } from '../db/schema.ts';
import { revocationRequest } from '../oauth/oauth2/token-request.ts';
import { OutboundError } from '../outbound/outbound.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { isOAuth } from '../sources/source.ts';
import { openTokens } from './tokens.ts';

type Revocation = typeof revocations.$inferSelect;

const maxAttempts = 8;
const firstRetryMs = 60_000;
const pendingRetryMs = 60 * 60_000;
const perSweep = 50;
const timeoutMs = 10_000;

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
        ...secretOf(connections.applicationId),
        uniqueValue: connections.uniqueValue,
        endUserId: connections.endUserId,
        developerId: sql`${connections.developerId}`.as('developer_id'),
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
        ...secretOf(runs.applicationId),
        uniqueValue: grants.uniqueValue,
        endUserId: sql`null`.as('end_user_id'),
        developerId: sql`${sources.developerId}`.as('developer_id'),
        ...untried(now),
      })
      .from(grants)
      .innerJoin(sources, eq(sources.id, grants.sourceId))
      .leftJoin(runs, eq(runs.id, grants.runId))
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

/** Revokes what is due, a bounded number at a time, each on its own: one dead provider delays no other. */
export async function processRevocations(parts: AppEnv['Variables']): Promise<void> {
  const { db, now } = parts;
  const due = await db
    .select()
    .from(revocations)
    .where(lte(revocations.nextAttemptAt, now()))
    .orderBy(asc(revocations.nextAttemptAt))
    .limit(perSweep);
  await Promise.all(due.map((revocation) => processRevocation(parts, revocation)));
}

async function processRevocation(parts: AppEnv['Variables'], revocation: Revocation): Promise<void> {
  const { db, now } = parts;
  const retryMs = firstRetryMs * 4 ** revocation.attempts;
  const [mine] = await db
    .update(revocations)
    .set({ attempts: revocation.attempts + 1, nextAttemptAt: now() + retryMs })
    .where(and(eq(revocations.id, revocation.id), eq(revocations.attempts, revocation.attempts)))
    .returning({ id: revocations.id });
  if (!mine) return;
  const [live, pending] = await db.batch(selectSiblings(db, revocation, now()));
  const done = async () => {
    await db.delete(revocations).where(eq(revocations.id, revocation.id));
  };
  if (live.length > 0) return done();
  if (pending.length > 0) {
    // It decides itself within the hour.
    await db
      .update(revocations)
      .set({ attempts: revocation.attempts, nextAttemptAt: now() + pendingRetryMs })
      .where(eq(revocations.id, revocation.id));
    return;
  }
  if ((await revoke(parts, revocation)) || revocation.attempts + 1 >= maxAttempts) await done();
}

/**
 * The Connections and pending grants that a provider would end along with this one: those of the same
 * client registration and remote account; where the account is unknown, of the same end user, else owner.
 */
function selectSiblings(
  db: Db,
  { registration, connectionId, uniqueValue, endUserId, developerId }: Revocation,
  now: number,
) {
  const sameOwner =
    endUserId === null ? eq(connections.developerId, developerId) : eq(connections.endUserId, endUserId);
  const sameAccount =
    uniqueValue === null
      ? sameOwner
      : or(eq(connections.uniqueValue, uniqueValue), and(isNull(connections.uniqueValue), sameOwner));
  const samePending =
    uniqueValue === null ? undefined : or(eq(grants.uniqueValue, uniqueValue), isNull(grants.uniqueValue));
  return [
    db
      .select({ id: connections.id })
      .from(connections)
      .where(
        and(
          eq(connections.registration, registration),
          eq(connections.complete, true),
          ne(connections.id, connectionId),
          sameAccount,
        ),
      )
      .limit(1),
    db
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.registration, registration), sql`${grants.expiresAt} > ${now}`, samePending))
      .limit(1),
  ] as const;
}

/** RFC 7009. True where there is nothing more to do: revoked, or the provider has no way to. */
async function revoke(parts: AppEnv['Variables'], revocation: Revocation): Promise<boolean> {
  const { config, outbound } = parts;
  const { definition, sandbox } = revocation;
  if (!isOAuth(definition) || definition.type !== 'oauth2') return true;
  const endpoint = resolveEndpoints({ definition, sandbox }, config.publicUrl).revocation;
  if (endpoint === null) return true;
  try {
    const tokens = await openTokens(config, revocation.connectionId, revocation.sealedTokens);
    const secret =
      revocation.sealedClientSecret === null
        ? null
        : await open(config.encryptionKeys, revocation.sealedClientSecret, revocation.secretPlace);
    const request = revocationRequest({
      endpoint: endpoint.href,
      client: { id: revocation.registration, secret },
      authMethod:
        secret === null
          ? 'none'
          : (definition.token_auth_method ??
            definition.discovered?.token_auth_method ??
            'client_secret_basic'),
      token: tokens.refreshToken ?? tokens.accessToken,
      tokenTypeHint: tokens.refreshToken === null ? 'access_token' : 'refresh_token',
    });
    const response = await outbound(request, { timeoutMs, sandbox });
    await response.body?.cancel();
    return response.status < 500 && response.status !== 429;
  } catch (error) {
    if (error instanceof OutboundError) return false;
    throw error;
  }
}
