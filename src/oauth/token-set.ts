/** What a provider grants, in one shape for OAuth 2 and OAuth 1.0a. All of it is secret. */
export interface TokenSet {
  accessToken: string;
  /** OAuth 1.0a's token shared-secret; `null` for OAuth 2. */
  tokenSecret: string | null;
  /** As the provider spells it; `Bearer` where OAuth 2 names none, `OAuth` for OAuth 1.0a. */
  tokenType: string;
  refreshToken: string | null;
  /** The instant, in milliseconds, after which the access token is dead; `null` where none is known. */
  expiresAt: number | null;
  /** The scopes granted; `null` where the provider named none (then those asked for hold, RFC 6749 §5.1). */
  scopes: string[] | null;
  /** Every other field of the answer, raw. It may hold secrets too (an `id_token`, a second token). */
  extra: Record<string, unknown>;
}

/** RFC 6749 §6: where no new refresh token is issued, the old one stays; absent scopes are as before. */
export function mergeTokens(before: TokenSet, fresh: TokenSet): TokenSet {
  return {
    ...fresh,
    refreshToken: fresh.refreshToken ?? before.refreshToken,
    scopes: fresh.scopes ?? before.scopes,
    extra: { ...before.extra, ...fresh.extra },
  };
}
