import { sha256 } from '../crypto/hash.ts';
import { open, seal } from '../crypto/seal.ts';
import type { Config } from '../env.ts';
import type { TokenSet } from '../oauth/token-set.ts';

/** A Connection's tokens as its row keeps them. */
export interface KeptTokens {
  /** Sealed to the row: moved to another one, they don't open. */
  sealedTokens: string;
  tokenExpiresAt: number | null;
  accessTokenHash: string;
}

/** Turns tokens into what the row of this Connection keeps of them. */
export async function keepTokens(
  config: Config,
  connectionId: string,
  tokens: TokenSet,
): Promise<KeptTokens> {
  const [sealedTokens, accessTokenHash] = await Promise.all([
    seal(config.encryptionKeys, JSON.stringify(tokens), place(connectionId)),
    sha256(tokens.accessToken),
  ]);
  return { sealedTokens, tokenExpiresAt: tokens.expiresAt, accessTokenHash };
}

/**
 * Opens a Connection's tokens.
 *
 * @throws SealError where they were sealed for another Connection, or under a key that is gone
 */
export async function openTokens(config: Config, connectionId: string, sealed: string): Promise<TokenSet> {
  return JSON.parse(await open(config.encryptionKeys, sealed, place(connectionId))) as TokenSet;
}

function place(connectionId: string): string {
  return `connection/${connectionId}/tokens`;
}
