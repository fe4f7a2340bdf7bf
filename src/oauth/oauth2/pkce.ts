import { sha256 } from '../../crypto/hash.ts';

/** The `code_challenge` of a `code_verifier` by the method S256 (RFC 7636 §4.2). */
export function codeChallengeS256(verifier: string): Promise<string> {
  return sha256(verifier);
}
