import type { JsonWebToken } from './json-web-token.ts';

export type SignatureFailure =
  | { kind: 'unsupported_algorithm' }
  | { kind: 'unknown_key' }
  | { kind: 'bad_signature' };

interface Algorithm {
  kty: string;
  /** The members of a key that make it (RFC 7518 §6). */
  members: string[];
  importParams: { name: string; hash: string } | { name: string; namedCurve: string };
  verifyParams: { name: string; hash?: string };
}

/** RFC 7518 §3.3, §3.4. Asymmetric ones alone: a public key must never be taken for a shared secret. */
const algorithms = new Map<unknown, Algorithm>([
  [
    'RS256',
    {
      kty: 'RSA',
      members: ['n', 'e'],
      importParams: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      verifyParams: { name: 'RSASSA-PKCS1-v1_5' },
    },
  ],
  [
    'ES256',
    {
      kty: 'EC',
      members: ['crv', 'x', 'y'],
      importParams: { name: 'ECDSA', namedCurve: 'P-256' },
      verifyParams: { name: 'ECDSA', hash: 'SHA-256' },
    },
  ],
]);

/**
 * Verifies a token's signature (RFC 7515 §5.2) by RS256 or ES256.
 *
 * @param keys of a JWK Set (RFC 7517 §5), as they came; what can't be used is passed over
 * @returns null where one of them made it
 */
export async function verifySignature(
  { header, signed, signature }: JsonWebToken,
  keys: unknown[],
): Promise<SignatureFailure | null> {
  const algorithm = algorithms.get(header.alg);
  // RFC 7515 §4.1.11: extensions that must be understood, of which we understand none.
  if (!algorithm || header.crit !== undefined) return { kind: 'unsupported_algorithm' };
  const candidates = keys.filter((key) => fits(key, header, algorithm)) as Record<string, unknown>[];
  if (candidates.length === 0) return { kind: 'unknown_key' };
  for (const key of candidates) {
    const imported = await importKey(key, algorithm);
    if (imported && (await crypto.subtle.verify(algorithm.verifyParams, imported, signature, signed))) {
      return null;
    }
  }
  return { kind: 'bad_signature' };
}

function fits(key: unknown, { alg, kid }: Record<string, unknown>, { kty }: Algorithm): boolean {
  if (typeof key !== 'object' || key === null) return false;
  const given = key as Record<string, unknown>;
  return (
    given.kty === kty &&
    (given.use ?? 'sig') === 'sig' &&
    (given.alg ?? alg) === alg &&
    (kid === undefined || given.kid === kid)
  );
}

async function importKey(
  key: Record<string, unknown>,
  { kty, members, importParams }: Algorithm,
): Promise<CryptoKey | null> {
  const jwk = Object.fromEntries(members.map((name) => [name, key[name]]));
  try {
    return await crypto.subtle.importKey('jwk', { ...jwk, kty }, importParams, false, ['verify']);
  } catch {
    return null;
  }
}
