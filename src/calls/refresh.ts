import type { Connection } from '../connections/connection.ts';
import type { Refreshed } from '../connections/freshness.ts';
import { openTokens } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { Failure } from '../errors.ts';
import { announce } from '../events/deliver.ts';
import type { TokenFailure } from '../oauth/token-failure.ts';
import { mergeTokens, type TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { OAuth2Definition } from '../sources/definition.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { isOAuth2Offer, type OAuth2Offer } from '../sources/offer.ts';
import { deadGrant, type HeldConnection, isReachable } from './held.ts';
import { readLease, storeDeath, storeFailure, storeRefreshed, takeLease } from './refresh-store.ts';
import { askForFreshTokens } from './token-endpoint.ts';

type Parts = AppEnv['Variables'];

const waitsMs = [50, 100, 150, 250, 400, 600, 900, ...Array.from({ length: 25 }, () => 1_000)];
/** Whoever does it for others may have been cut off: then everyone is on their own. */
const sharedMs = 30_000;

/**
 * A Connection's tokens, ready to be used: an access token near its end is refreshed first, once, however many calls
 * want it, anywhere.
 *
 * @throws Failure `invalid_grant` where the provider has ended the grant, `temporarily_unavailable` where it can't
 *   be asked and the old token is dead
 */
export async function freshTokens(parts: Parts, held: HeldConnection): Promise<TokenSet> {
  const { connection } = held;
  const tokens = await openTokens(parts.config, connection.id, connection.sealedTokens ?? '');
  const { tokenStaleAt } = connection;
  if (tokenStaleAt === null || parts.now() < tokenStaleAt || !canRefresh(held, tokens)) return tokens;
  const refreshed = pauseOf(parts, connection) ?? (await refresh(parts, held, tokens, { insisting: false }));
  if (refreshed.ok) return refreshed.tokens;
  const { problem } = refreshed;
  if (problem.kind === 'dead') throw refusedGrant(held);
  if (tokens.expiresAt !== null && tokens.expiresAt > parts.now()) return tokens;
  const seconds = Math.max(1, Math.ceil((problem.retryAt - parts.now()) / 1000));
  throw new Failure(
    'temporarily_unavailable',
    `The access token has expired, and ${held.offer.source.definition.name} could not refresh it: ${problem.because}.`,
    { headers: { 'Retry-After': String(seconds) } },
  );
}

/**
 * Refreshes tokens that a provider refused with a 401, whatever it said of their end.
 *
 * @returns null where there is nothing to refresh with, or it didn't work for now
 * @throws Failure `invalid_grant` where the provider has ended the grant
 */
export async function renewRefused(
  parts: Parts,
  held: HeldConnection,
  refused: TokenSet,
): Promise<TokenSet | null> {
  if (!canRefresh(held, refused)) return null;
  const refreshed = await refresh(parts, held, refused, { insisting: true });
  if (refreshed.ok) return refreshed.tokens;
  if (refreshed.problem.kind === 'dead') throw refusedGrant(held);
  return null;
}

/** Refreshes a grant that nobody has used for a while, so that it doesn't die of disuse. */
export async function refreshIdle(parts: Parts, held: HeldConnection): Promise<void> {
  const { connection } = held;
  const tokens = await openTokens(parts.config, connection.id, connection.sealedTokens ?? '');
  if (canRefresh(held, tokens)) await refresh(parts, held, tokens, { insisting: false });
}

/** A provider that failed has its pause: the row says so, and nobody need ask. */
function pauseOf({ now }: Parts, { refreshFailures, refreshRetryAt }: Connection): Refreshed | null {
  if (refreshFailures === 0 || refreshRetryAt === null || refreshRetryAt <= now()) return null;
  return {
    ok: false,
    problem: { kind: 'unavailable', retryAt: refreshRetryAt, because: 'it failed a moment ago' },
  };
}

function canRefresh({ offer }: HeldConnection, { refreshToken }: TokenSet): boolean {
  return refreshToken !== null && isOAuth2Offer(offer);
}

function refusedGrant({ offer }: HeldConnection): Failure {
  return deadGrant(
    `${offer.source.definition.name} has ended this Connection’s grant. The user has to connect again.`,
  );
}

/** One refresh at a time: in this isolate by a shared promise, everywhere by the lease. */
async function refresh(
  parts: Parts,
  held: HeldConnection,
  tokens: TokenSet,
  { insisting }: { insisting: boolean },
): Promise<Refreshed> {
  const key = `${held.connection.id}/${held.connection.accessTokenHash}`;
  const running = parts.refreshes.get(key);
  if (running) {
    const refreshed = await Promise.race([running, sleep(sharedMs)]);
    if (refreshed) return refreshed;
  }
  const own = refreshUnderLease(parts, held, tokens, insisting);
  parts.refreshes.set(key, own);
  const done = own.then(
    () => parts.refreshes.delete(key),
    () => parts.refreshes.delete(key),
  );
  // The caller may hang up: what the provider gives is stored all the same.
  parts.waitUntil(done);
  return own;
}

/** Refreshes where the lease is to be had, and waits for whoever has it. */
async function refreshUnderLease(
  parts: Parts,
  held: HeldConnection,
  tokens: TokenSet,
  insisting: boolean,
): Promise<Refreshed> {
  let { connection } = held;
  const lease = randomId();
  for (const waitMs of waitsMs) {
    const view = await takeLease(parts, connection, lease, insisting);
    if (!view?.complete || view.sealedTokens === null) return { ok: false, problem: { kind: 'dead' } };
    if (view.sealedTokens !== connection.sealedTokens) {
      const there = await openTokens(parts.config, connection.id, view.sealedTokens);
      if (JSON.stringify(there) !== JSON.stringify(tokens)) return { ok: true, tokens: there };
      // The same tokens, sealed under another key meanwhile.
      connection = { ...connection, sealedTokens: view.sealedTokens };
      continue;
    }
    if (view.refreshLease === lease) {
      return refreshAtProvider(parts, { ...held, connection }, tokens, {
        lease,
        failures: view.refreshFailures,
      });
    }
    if (view.refreshLease === null) {
      const because =
        view.refreshFailures > 0 ? 'it failed a moment ago' : 'refreshing did not help a moment ago';
      return { ok: false, problem: { kind: 'unavailable', retryAt: view.refreshRetryAt ?? 0, because } };
    }
    await sleep(waitMs);
  }
  return {
    ok: false,
    problem: { kind: 'unavailable', retryAt: parts.now(), because: 'another refresh of it takes too long' },
  };
}

async function refreshAtProvider(
  parts: Parts,
  held: HeldConnection,
  tokens: TokenSet,
  { lease, failures }: { lease: string; failures: number },
): Promise<Refreshed> {
  const { connection, offer } = held;
  if (!isOAuth2Offer(offer)) return { ok: true, tokens };
  const answered = await askProvider(parts, held, offer, tokens);
  if (answered.ok) {
    const fresh = mergeTokens(tokens, answered.tokens);
    if (await storeRefreshed(parts, connection, fresh)) return { ok: true, tokens: fresh };
    return whatIsThere(parts, connection);
  }
  if (answered.final) {
    if (!(await storeDeath(parts, connection))) return whatIsThere(parts, connection);
    announce(parts, connection.developerId);
    return { ok: false, problem: { kind: 'dead' } };
  }
  const retryAt = await storeFailure(parts, connection, lease, failures, answered.retryAfterMs);
  return { ok: false, problem: { kind: 'unavailable', retryAt, because: answered.because } };
}

/** Somebody put other tokens in place, or ended the Connection, meanwhile: theirs are newer. */
async function whatIsThere(parts: Parts, connection: Connection): Promise<Refreshed> {
  const view = await readLease(parts, connection);
  return view?.complete && view.sealedTokens !== null
    ? { ok: true, tokens: await openTokens(parts.config, connection.id, view.sealedTokens) }
    : { ok: false, problem: { kind: 'dead' } };
}

type Answered =
  | { ok: true; tokens: TokenSet }
  | { ok: false; final: boolean; because: string; retryAfterMs: number | null };

/** RFC 6749 §6. */
async function askProvider(
  parts: Parts,
  held: HeldConnection,
  offer: OAuth2Offer,
  { accessToken, refreshToken, expiresAt }: TokenSet,
): Promise<Answered> {
  const endpoint = resolveEndpoints(offer.source, parts.config.publicUrl).refresh;
  if (!isReachable(held, endpoint, parts.config)) {
    const because = `its tokens are refreshed at ${endpoint.host} now, which they were not granted for`;
    return { ok: false, final: false, because, retryAfterMs: null };
  }
  try {
    const parsed = await askForFreshTokens(parts, offer, refreshToken ?? '');
    if (parsed.ok) return parsed;
    const explained = explain(parsed.failure, offer.source.definition);
    // A token that is refreshed by itself can't be, once it has ended.
    const isOver = refreshToken === accessToken && (expiresAt ?? Number.POSITIVE_INFINITY) <= parts.now();
    const final = explained.final || (isOver && parsed.failure.kind === 'provider_error');
    return { ok: false, ...explained, final };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { ok: false, final: false, because: error.message, retryAfterMs: null };
  }
}

function explain(
  failure: TokenFailure,
  definition: OAuth2Definition,
): Omit<Extract<Answered, { ok: false }>, 'ok'> {
  switch (failure.kind) {
    case 'provider_error': {
      const said = failure.errorDescription
        ? `${failure.error} (${failure.errorDescription})`
        : failure.error;
      return {
        final: ['invalid_grant', ...(definition.refresh_final_errors ?? [])].includes(failure.error),
        because: `it answered ${said}`,
        retryAfterMs: null,
      };
    }
    case 'unavailable':
      return {
        final: false,
        because: `it answered with the status ${failure.status}`,
        retryAfterMs: failure.retryAfterMs,
      };
    case 'unreadable':
      return {
        final: false,
        because: `its answer can’t be read (${failure.reason}, status ${failure.status})`,
        retryAfterMs: null,
      };
    default:
      return failure satisfies never;
  }
}

function sleep(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}
