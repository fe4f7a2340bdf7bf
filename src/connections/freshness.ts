import type { TokenSet } from '../oauth/token-set.ts';

/** Why a grant has no fresh access token. */
type RefreshProblem =
  /** The provider has ended the grant. */
  | { kind: 'dead' }
  /** It may succeed from then on, in milliseconds since the epoch. */
  | { kind: 'unavailable'; retryAt: number; because: string };

/** How a refresh ended. */
export type Refreshed = { ok: true; tokens: TokenSet } | { ok: false; problem: RefreshProblem };

const minute = 60_000;
const day = 24 * 60 * minute;

/** A tenth of a token's life is its margin, so that a short-lived one is used, too; five minutes at most. */
const maxMarginMs = 5 * minute;

/** Providers let refresh tokens die that nobody uses, the strictest well-known ones after a fortnight. */
const disuseMs = 7 * day;

/** How long a refresh token lives, in seconds, under the names that providers give it. */
const lifetimeNames = [
  'refresh_token_expires_in',
  'refresh_expires_in',
  'x_refresh_token_expires_in',
  'refresh_token_lifetime',
];

/**
 * The instant from which an access token is refreshed before it is used.
 *
 * @param obtainedAt milliseconds since the epoch, as is what it returns
 * @returns null where its end isn't known, or where there is nothing to refresh it with
 */
export function staleAt({ expiresAt, refreshToken }: TokenSet, obtainedAt: number): number | null {
  if (expiresAt === null || refreshToken === null) return null;
  const lifetimeMs = Math.max(0, expiresAt - obtainedAt);
  return expiresAt - Math.min(maxMarginMs, Math.floor(lifetimeMs / 10));
}

/** The instant at which a grant that nobody has used since is refreshed, so that it doesn't die of disuse. */
export function refreshDueAt({ refreshToken, extra }: TokenSet, obtainedAt: number): number | null {
  if (refreshToken === null) return null;
  const seconds = lifetimeNames.map((name) => Number(extra[name])).find((value) => value > 0);
  const lifetimeMs = seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000;
  return obtainedAt + Math.min(disuseMs, Math.floor(lifetimeMs / 2));
}
