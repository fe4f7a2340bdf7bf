import { and, eq, getTableColumns, ne, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { uniquenessKey } from '../connections/identity.ts';
import { queueGrantRevocations } from '../connections/revocation-queue.ts';
import {
  type KeptTokens,
  keepRefreshToken,
  keepTokens,
  type PreviousGrant,
  previousGrant,
} from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { connections, grants, type Outcome, runs } from '../db/schema.ts';
import { accountHosts, secretHosts } from '../sources/endpoints.ts';
import type { Offer } from '../sources/offer.ts';
import { grantMs } from './lifetimes.ts';
import { type Received, receive, refuseOtherAccount } from './receive.ts';
import { assembleRun, type LoadedRun, selectRun } from './run.ts';
import type { AuthorizationState, Subject } from './state.ts';

type RunSubject = Extract<Subject, { kind: 'run' }>;

/** A callback whose single use is ours, with what is needed to go on: only such a one does. */
interface ClaimedCallback {
  state: AuthorizationState;
  subject: RunSubject;
  loaded: LoadedRun;
  offer: Offer;
  /** The Connection it renews. */
  renewed: PreviousGrant | null;
}

/**
 * Completes an authorization for a run: parks what it brought, and leaves word for the popup.
 *
 * @returns where the browser goes: the popup, which shows the outcome, this one's or the stored one
 */
export async function completeForRun(
  parts: AppEnv['Variables'],
  state: AuthorizationState,
  subject: RunSubject,
  claimId: string,
  params: URLSearchParams,
): Promise<string> {
  const claimed = await claimCallback(parts, state, subject, claimId);
  if (claimed) {
    const received = await receive(parts, claimed.offer, state, params);
    await storeOutcome(
      parts,
      claimed,
      refuseOtherAccount(received, claimed.offer, claimed.renewed?.uniqueValue ?? null),
    );
  }
  return `/connect#${new URLSearchParams({ run: subject.runId })}`;
}

/** Claims the state and reads what is needed, in one round trip; null where it was claimed before, or the run has ended. */
async function claimCallback(
  { db, config, now }: AppEnv['Variables'],
  state: AuthorizationState,
  subject: RunSubject,
  claimId: string,
): Promise<ClaimedCallback | null> {
  const claimedBy = randomId();
  const statements = [
    takeClaim(db, { id: claimId, claimedBy, now: now() }),
    selectClaim(db, claimId),
    db
      .select(previousGrant)
      .from(connections)
      .where(eq(connections.id, subject.connectionId ?? '')),
    ...selectRun(db, subject.runId, now(), state.sourceId),
  ] as const;
  const [, claim, renewed, ...selected] = await repeatable(() => db.batch(statements));
  const loaded = assembleRun(selected, config);
  if (!isClaimed(claim, claimedBy) || !loaded) return null;
  if (loaded.run.status !== 'open' || loaded.run.expiresAt <= now()) return null;
  const offer = loaded.offers.find((candidate) => candidate.clientId === state.clientId);
  return offer ? { state, subject, loaded, offer, renewed: renewed[0] ?? null } : null;
}

/** Parks what the run brought in, and leaves word for the popup, in one batch. */
async function storeOutcome(
  parts: AppEnv['Variables'],
  claimed: ClaimedCallback,
  received: Received,
): Promise<void> {
  const { db, config, requestId } = parts;
  const { run } = claimed.loaded;
  const sourceId = claimed.offer.source.id;
  const outcome: Outcome = received.ok
    ? { sourceId, result: 'connected', requestId }
    : { sourceId, requestId, ...received.failure };
  const updateRun = db
    .update(runs)
    .set({ lastOutcome: outcome, leftAt: null })
    .where(and(eq(runs.id, run.id), eq(runs.status, 'open')));
  if (!received.ok) {
    await repeatable(() => updateRun.run());
    return;
  }
  const id = randomId();
  const { uniqueValue } = received.account;
  const tokens = await keepRefreshToken(config, claimed.renewed, received.tokens, {
    uniqueValue,
    registration: claimed.offer.clientId,
    hosts: secretHosts(claimed.offer.source, config.publicUrl),
  });
  const [kept, key] = await Promise.all([
    keepTokens(parts, claimed.subject.connectionId ?? id, tokens),
    accountKey(parts, claimed, uniqueValue),
  ]);
  const park = parkGrant(parts, claimed, received, { id, ...kept, uniquenessKey: key });
  const replaced = and(
    eq(grants.runId, run.id),
    eq(grants.target, claimed.subject.connectionId ?? sourceId),
    ne(grants.id, id),
    sql`exists (select 1 from ${runs} where ${runs.id} = ${run.id} and ${runs.status} = 'open')`,
  );
  await repeatable(() => db.batch([queueGrantRevocations(db, replaced, parts.now()), park, updateRun]));
}

function accountKey(
  { config }: AppEnv['Variables'],
  { loaded, offer }: ClaimedCallback,
  uniqueValue: string | null,
): Promise<string> | null {
  if (uniqueValue === null) return null;
  const { run, application } = loaded;
  const scope = {
    developerId: application.developerId,
    applicationId: application.id,
    clientUserId: run.clientUserId,
    sourceId: offer.source.id,
    hosts: accountHosts(offer.source, config.publicUrl),
    registration: offer.clientId,
  };
  return uniquenessKey(scope, uniqueValue);
}

/** The statement that parks a grant, as long as its run goes on. A second one for the same takes the first one's place. */
function parkGrant(
  { db, config, now }: AppEnv['Variables'],
  { subject, offer, loaded }: ClaimedCallback,
  { tokens, account }: Extract<Received, { ok: true }>,
  made: KeptTokens & { id: string; uniquenessKey: string | null },
) {
  const value = (text: string | number | null, name: string) => sql`${text}`.as(name);
  const list = (items: unknown, name: string) => value(items === null ? null : JSON.stringify(items), name);
  const parked = db
    .select({
      id: value(made.id, 'id'),
      runId: runs.id,
      connectionId: value(subject.connectionId, 'connection_id'),
      sourceId: value(offer.source.id, 'source_id'),
      target: value(subject.connectionId ?? offer.source.id, 'target'),
      disconnect: value(0, 'disconnect'),
      scopesRequested: list(offer.scopes, 'scopes_requested'),
      scopesGranted: list(tokens.scopes, 'scopes_granted'),
      sealedTokens: value(made.sealedTokens, 'sealed_tokens'),
      tokenExpiresAt: value(made.tokenExpiresAt, 'token_expires_at'),
      tokenStaleAt: value(made.tokenStaleAt, 'token_stale_at'),
      refreshDueAt: value(made.refreshDueAt, 'refresh_due_at'),
      accessTokenHash: value(made.accessTokenHash, 'access_token_hash'),
      registration: value(offer.clientId, 'registration'),
      hosts: list(secretHosts(offer.source, config.publicUrl), 'hosts'),
      hostValues: value(null, 'host_values'),
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
