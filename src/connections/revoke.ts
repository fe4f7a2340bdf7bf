import { and, asc, type Column, eq, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { open } from '../crypto/seal.ts';
import { applications, connections, grants, revocations, runs, sources } from '../db/schema.ts';
import { logFault } from '../events/log-fault.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { Definition } from '../sources/definition.ts';
import { accountHosts, hostOf, resolveEndpoints } from '../sources/endpoints.ts';
import { atHosts } from '../sources/host-values.ts';
import { requestRevocation } from '../sources/revocation.ts';
import { clientAuthMethod, isOAuth } from '../sources/source.ts';
import { openTokens } from './tokens.ts';

type Revocation = typeof revocations.$inferSelect;

const maxAttempts = 8;
const firstRetryMs = 60_000;
const pendingRetryMs = 60 * 60_000;
const perSweep = 50;
const timeoutMs = 10_000;
/** Enough to find one at the same provider. */
const siblingsRead = 50;

/** Revokes what is due, a bounded number at a time, each on its own: one dead provider delays no other. */
export async function processRevocations(parts: AppEnv['Variables']): Promise<void> {
  const { db, now } = parts;
  const due = await db
    .select()
    .from(revocations)
    .where(lte(revocations.nextAttemptAt, now()))
    .orderBy(asc(revocations.nextAttemptAt))
    .limit(perSweep);
  await Promise.all(
    due.map((revocation) =>
      processRevocation(parts, revocation).catch((error: unknown) => {
        // It is tried again when it is due; the others go on.
        logFault('revocation', error, { id: revocation.id });
      }),
    ),
  );
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
  const { live, pending } = await findSiblings(parts, revocation);
  const done = async () => {
    await db.delete(revocations).where(eq(revocations.id, revocation.id));
  };
  if (live) return done();
  if (pending) {
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
async function findSiblings({ db, config, now }: AppEnv['Variables'], revocation: Revocation) {
  const { registration, uniqueValue, developerId, applicationId, clientUserId } = revocation;
  const sameUser = (of: Record<'developerId' | 'applicationId' | 'clientUserId', Column | SQL>) =>
    applicationId !== null && clientUserId !== null
      ? sql`${of.applicationId} = ${applicationId} and ${of.clientUserId} = ${clientUserId}`
      : sql`${of.developerId} = ${developerId}`;
  const sameAccount = (value: Column, user: SQL | undefined) =>
    uniqueValue === null ? user : or(eq(value, uniqueValue), and(isNull(value), user));
  // A grant without a run waits for its Connection's owner.
  const ofGrant = {
    developerId: sql`coalesce(${applications.developerId}, ${connections.developerId})`,
    applicationId: sql`coalesce(${runs.applicationId}, ${connections.applicationId})`,
    clientUserId: sql`coalesce(${runs.clientUserId}, ${connections.clientUserId})`,
  };
  const source = { definition: sources.definition, sandbox: sources.sandbox };
  const ofConnection = { ...source, hostValues: connections.hostValues };
  const pendingOf = { ...source, hostValues: grants.hostValues };
  const [live, pending] = await db.batch([
    db
      .select(ofConnection)
      .from(connections)
      .leftJoin(sources, eq(sources.id, connections.sourceId))
      .where(
        and(
          eq(connections.registration, registration),
          eq(connections.complete, true),
          sameAccount(connections.uniqueValue, sameUser(connections)),
        ),
      )
      .limit(siblingsRead),
    db
      .select(pendingOf)
      .from(grants)
      .leftJoin(sources, eq(sources.id, grants.sourceId))
      .leftJoin(runs, eq(runs.id, grants.runId))
      .leftJoin(applications, eq(applications.id, runs.applicationId))
      .leftJoin(connections, eq(connections.id, grants.connectionId))
      .where(
        and(
          eq(grants.registration, registration),
          sql`${grants.expiresAt} > ${now()}`,
          sameAccount(grants.uniqueValue, sameUser(ofGrant)),
        ),
      )
      .limit(siblingsRead),
  ]);
  // The same client ID at another provider is another client; where the source is gone, nobody can tell.
  const tokenHost = (of: SourceOfGrant, definition: Definition) => {
    const filled = { definition: atHosts(definition, of.hostValues), sandbox: of.sandbox ?? false };
    return accountHosts(filled, config.publicUrl)[1];
  };
  const here = tokenHost(revocation, revocation.definition);
  const isHere = (of: SourceOfGrant) => of.definition === null || tokenHost(of, of.definition) === here;
  return { live: live.some(isHere), pending: pending.some(isHere) };
}

/** A grant's source, and what its user gave for the places in its hosts. */
interface SourceOfGrant {
  definition: Definition | null;
  sandbox: boolean | null;
  hostValues: Record<string, string> | null;
}

/** RFC 7009. True where there is nothing more to do: revoked, or the provider has no way to. */
async function revoke(parts: AppEnv['Variables'], revocation: Revocation): Promise<boolean> {
  const { config, outbound } = parts;
  const { sandbox } = revocation;
  const definition = atHosts(revocation.definition, revocation.hostValues);
  if (!isOAuth(definition) || definition.type !== 'oauth2') return true;
  const endpoint = resolveEndpoints({ definition, sandbox }, config.publicUrl).revocation;
  // Nor is it told to a host that the source has moved to since.
  if (endpoint === null || !revocation.hosts?.includes(hostOf(endpoint, config.publicUrl))) return true;
  try {
    const tokens = await openTokens(config, revocation.connectionId, revocation.sealedTokens);
    const secret =
      revocation.sealedClientSecret === null
        ? null
        : await open(config.encryptionKeys, revocation.sealedClientSecret, revocation.secretPlace);
    const client = {
      id: revocation.registration,
      secret,
      idParameter: definition.client_id_param,
      secretParameter: definition.client_secret_param,
    };
    const authMethod = clientAuthMethod(definition, secret);
    const request = requestRevocation(definition, endpoint, { client, authMethod }, tokens);
    const response = await outbound(request, { timeoutMs, sandbox });
    await response.body?.cancel();
    return response.status < 500 && response.status !== 429;
  } catch (error) {
    if (error instanceof OutboundError) return false;
    throw error;
  }
}
