import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { open, seal } from '../crypto/seal.ts';
import { connections } from '../db/schema.ts';
import type { Config } from '../env.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { refreshDueAt, staleAt } from './freshness.ts';

/** A Connection's tokens as its row keeps them. */
export interface KeptTokens {
  /** Sealed to the row: moved to another one, they don't open. */
  sealedTokens: string;
  tokenExpiresAt: number | null;
  tokenStaleAt: number | null;
  refreshDueAt: number | null;
  accessTokenHash: string;
}

/** Turns tokens that have just been obtained into what the row of this Connection keeps of them. */
export async function keepTokens(
  { config, now }: Pick<AppEnv['Variables'], 'config' | 'now'>,
  connectionId: string,
  tokens: TokenSet,
): Promise<KeptTokens> {
  const [sealedTokens, accessTokenHash] = await Promise.all([
    seal(config.encryptionKeys, JSON.stringify(tokens), place(connectionId)),
    sha256(tokens.accessToken),
  ]);
  return {
    sealedTokens,
    tokenExpiresAt: tokens.expiresAt,
    tokenStaleAt: staleAt(tokens, now()),
    refreshDueAt: refreshDueAt(tokens, now()),
    accessTokenHash,
  };
}

/**
 * Opens a Connection's tokens.
 *
 * @throws SealError where they were sealed for another Connection, or under a key that is gone
 */
export async function openTokens(config: Config, connectionId: string, sealed: string): Promise<TokenSet> {
  return JSON.parse(await open(config.encryptionKeys, sealed, place(connectionId))) as TokenSet;
}

/** A Connection whose tokens are new has failed at nothing yet. Whoever is refreshing the old ones finds them gone. */
export const unfailed = {
  refreshLease: null,
  refreshLeaseUntil: null,
  refreshFailures: 0,
  refreshRetryAt: null,
};

/** What a renewal needs to know of the Connection it renews. */
export const previousGrant = {
  id: connections.id,
  complete: connections.complete,
  sealedTokens: connections.sealedTokens,
  uniqueValue: connections.uniqueValue,
  registration: connections.registration,
  hosts: connections.hosts,
};

export type PreviousGrant = Pick<typeof connections.$inferSelect, keyof typeof previousGrant>;

/**
 * Some providers give a refresh token at the first consent alone: the old one stays, for the same account, of the
 * same client, at the same hosts. What another host says of an account is no reason to hand it a token.
 *
 * @param fresh what the tokens come with
 */
export async function keepRefreshToken(
  config: Config,
  before: PreviousGrant | null,
  tokens: TokenSet,
  fresh: { uniqueValue: string | null; registration: string | null; hosts: string[] | null },
): Promise<TokenSet> {
  if (tokens.refreshToken !== null || fresh.uniqueValue === null) return tokens;
  if (!before?.complete || before.sealedTokens === null) return tokens;
  const sameGrantor =
    before.uniqueValue === fresh.uniqueValue &&
    before.registration === fresh.registration &&
    JSON.stringify(before.hosts) === JSON.stringify(fresh.hosts);
  if (!sameGrantor) return tokens;
  const { refreshToken } = await openTokens(config, before.id, before.sealedTokens);
  return { ...tokens, refreshToken };
}

function place(connectionId: string): string {
  return `connection/${connectionId}/tokens`;
}
