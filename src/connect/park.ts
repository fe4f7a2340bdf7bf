import { and, eq, getTableColumns, ne, type SQL, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { grantedScopes } from '../connections/connection.ts';
import { uniquenessKey } from '../connections/identity.ts';
import { queueGrantRevocations } from '../connections/revocation-queue.ts';
import { type KeptTokens, keepRefreshToken, keepTokens, type PreviousGrant } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { grants, type Outcome, runs } from '../db/schema.ts';
import { accountHosts, secretHosts } from '../sources/endpoints.ts';
import type { Offer } from '../sources/offer.ts';
import type { Described } from './failure.ts';
import { grantMs } from './lifetimes.ts';
import type { Brought } from './receive.ts';
import type { LoadedRun } from './run.ts';

/** Where what a user let us have belongs. */
export interface Arrival {
  loaded: LoadedRun;
  offer: Offer;
  /** The Connection it renews; null for a new one. */
  connectionId: string | null;
  renewed: PreviousGrant | null;
}

/**
 * The statements that park what a run brought in, as long as it goes on, and leave word for its popup. What it had
 * brought in of the same before is revoked.
 */
export async function parkStatements(parts: AppEnv['Variables'], arrival: Arrival, brought: Brought) {
  const { db, config, requestId } = parts;
  const { loaded, connectionId, renewed } = arrival;
  const { offer } = brought;
  const id = randomId();
  const { uniqueValue } = brought.account;
  const { clientId: registration } = offer;
  // What a user types comes without one.
  const tokens =
    registration === null
      ? brought.tokens
      : await keepRefreshToken(config, renewed, brought.tokens, {
          uniqueValue,
          registration,
          hosts: secretHosts(offer.source, config.publicUrl),
        });
  const [kept, key] = await Promise.all([
    keepTokens(parts, connectionId ?? id, tokens),
    accountKey(parts, arrival, brought),
  ]);
  const replaced = and(eq(grants.target, connectionId ?? offer.source.id), ne(grants.id, id));
  return [
    queueReplaced(db, loaded.run.id, replaced, parts.now()),
    parkGrant(parts, arrival, brought, { id, ...kept, uniquenessKey: key }),
    noteOutcome(db, loaded.run.id, { sourceId: offer.source.id, result: 'connected', requestId }),
  ] as const;
}

/** The statement that leaves word of a failure. */
export function leaveWord(
  { db, requestId }: AppEnv['Variables'],
  { loaded, offer }: Arrival,
  failure: Described,
) {
  return noteOutcome(db, loaded.run.id, { sourceId: offer.source.id, requestId, ...failure });
}

/** The statement that queues what an open run brought in, and now drops, to be revoked: before it is dropped. */
export function queueReplaced(db: Db, runId: string, which: SQL | undefined, now: number) {
  return queueGrantRevocations(db, and(eq(grants.runId, runId), which, isOpen(runId)), now);
}

/** Holds as long as a run goes on. */
export function isOpen(runId: string): SQL {
  return sql`exists (select 1 from ${runs} where ${runs.id} = ${runId} and ${runs.status} = 'open')`;
}

function noteOutcome(db: Db, runId: string, outcome: Outcome) {
  return db
    .update(runs)
    .set({ lastOutcome: outcome, leftAt: null })
    .where(and(eq(runs.id, runId), eq(runs.status, 'open')));
}

function accountKey(
  { config }: AppEnv['Variables'],
  { loaded }: Arrival,
  { offer, account: { uniqueValue } }: Brought,
): Promise<string> | null {
  if (uniqueValue === null) return null;
  const { run, application } = loaded;
  const scope = {
    developerId: application.developerId,
    applicationId: application.id,
    clientUserId: run.clientUserId,
    sourceId: offer.source.id,
    hosts: accountHosts(offer.source, config.publicUrl),
    registration: offer.clientId ?? '',
  };
  return uniquenessKey(scope, uniqueValue);
}

/** A second one for the same takes the first one's place. */
function parkGrant(
  { db, config, now }: AppEnv['Variables'],
  { connectionId, loaded }: Arrival,
  { offer, hostValues, tokens, account }: Brought,
  made: KeptTokens & { id: string; uniquenessKey: string | null },
) {
  const value = (text: string | number | null, name: string) => sql`${text}`.as(name);
  const list = (items: unknown, name: string) => value(items === null ? null : JSON.stringify(items), name);
  const parked = db
    .select({
      id: value(made.id, 'id'),
      runId: runs.id,
      connectionId: value(connectionId, 'connection_id'),
      sourceId: value(offer.source.id, 'source_id'),
      target: value(connectionId ?? offer.source.id, 'target'),
      disconnect: value(0, 'disconnect'),
      scopesRequested: list(offer.scopes, 'scopes_requested'),
      scopesGranted: list(grantedScopes(offer.scopes, tokens), 'scopes_granted'),
      sealedTokens: value(made.sealedTokens, 'sealed_tokens'),
      tokenExpiresAt: value(made.tokenExpiresAt, 'token_expires_at'),
      tokenStaleAt: value(made.tokenStaleAt, 'token_stale_at'),
      refreshDueAt: value(made.refreshDueAt, 'refresh_due_at'),
      accessTokenHash: value(made.accessTokenHash, 'access_token_hash'),
      registration: value(offer.clientId, 'registration'),
      hosts: list(secretHosts(offer.source, config.publicUrl), 'hosts'),
      hostValues: list(hostValues, 'host_values'),
      metadata: list(account.metadata, 'metadata'),
      name: value(account.name, 'name'),
      uniqueValue: value(account.uniqueValue, 'unique_value'),
      uniquenessKey: value(made.uniquenessKey, 'uniqueness_key'),
      createdAt: value(now(), 'created_at'),
      expiresAt: value(now() + grantMs, 'expires_at'),
    })
    .from(runs)
    .where(and(eq(runs.id, loaded.run.id), eq(runs.status, 'open')));
  const { runId: _run, target: _target, ...replaced } = getTableColumns(grants);
  const set = Object.fromEntries(
    Object.entries(replaced).map(([key, column]) => [key, sql.raw(`excluded.${toSnakeCase(column.name)}`)]),
  );
  return db
    .insert(grants)
    .select(parked)
    .onConflictDoUpdate({ target: [grants.runId, grants.target], set });
}
