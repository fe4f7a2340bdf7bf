import { open, seal } from '../crypto/seal.ts';
import type { Config } from '../env.ts';
import type { TokenSet } from '../oauth/token-set.ts';

/** Seals a Connection's tokens to its row: moved to another one, they don't open. */
export function sealTokens(config: Config, connectionId: string, tokens: TokenSet): Promise<string> {
  return seal(config.encryptionKeys, JSON.stringify(tokens), place(connectionId));
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
