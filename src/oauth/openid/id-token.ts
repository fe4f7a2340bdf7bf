import { type JsonWebToken, readJsonWebToken } from './json-web-token.ts';
import { type SignatureFailure, verifySignature } from './signature.ts';

/** What the client knows of the ID token it is to be given. */
export interface ExpectedIdToken {
  /** Compared character by character. */
  issuer: string;
  clientId: string;
  /** Of the authentication request; `null` where there was none (a token that an access proxy adds). */
  nonce: string | null;
  /** Milliseconds since the epoch. */
  now: number;
  /**
   * The issuer's public keys; `null` where the token came from its token endpoint over TLS, which may stand in for the
   * signature (§3.1.3.7, step 6).
   */
  keys: unknown[] | null;
}

export type IdTokenFailure =
  | { kind: 'malformed_token' }
  | { kind: 'issuer_mismatch' }
  | { kind: 'audience_mismatch' }
  | { kind: 'authorized_party_mismatch' }
  | SignatureFailure
  | { kind: 'expired' }
  | { kind: 'issued_in_the_future' }
  | { kind: 'nonce_mismatch' };

/** The claims of an ID token that passed every check. */
export interface IdTokenClaims {
  readonly sub: string;
  readonly [name: string]: unknown;
}

type Check = (
  token: JsonWebToken,
  expected: ExpectedIdToken,
) => IdTokenFailure | null | Promise<IdTokenFailure | null>;

/** How far two clocks may differ. */
const skewMs = 60_000;

/** OpenID Connect Core 1.0 §3.1.3.7, in its order: steps 2, 3, 4 and 5, 6 to 8, 9, 10, 11. */
const checks: Check[] = [
  checkIssuer,
  checkAudience,
  checkAuthorizedParty,
  checkSignature,
  checkExpiry,
  checkIssuedAt,
  checkNonce,
];

/** Verifies an ID token (OpenID Connect Core 1.0 §3.1.3.7). An encrypted one is malformed: nobody asked for it. */
export async function verifyIdToken(
  text: string,
  expected: ExpectedIdToken,
): Promise<{ ok: true; claims: IdTokenClaims } | { ok: false; failure: IdTokenFailure }> {
  const token = readJsonWebToken(text);
  const subject = token?.claims.sub;
  if (!token || typeof subject !== 'string' || subject === '' || subject.length > 255) {
    return { ok: false, failure: { kind: 'malformed_token' } };
  }
  for (const check of checks) {
    const failure = await check(token, expected);
    if (failure) return { ok: false, failure };
  }
  return { ok: true, claims: { ...token.claims, sub: subject } };
}

function checkIssuer({ claims }: JsonWebToken, { issuer }: ExpectedIdToken): IdTokenFailure | null {
  return claims.iss === issuer ? null : { kind: 'issuer_mismatch' };
}

/** Of other audiences we trust none. */
function checkAudience({ claims }: JsonWebToken, { clientId }: ExpectedIdToken): IdTokenFailure | null {
  const audiences: unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  return audiences.length === 1 && audiences[0] === clientId ? null : { kind: 'audience_mismatch' };
}

function checkAuthorizedParty(
  { claims }: JsonWebToken,
  { clientId }: ExpectedIdToken,
): IdTokenFailure | null {
  const party = claims.azp ?? clientId;
  return party === clientId ? null : { kind: 'authorized_party_mismatch' };
}

function checkSignature(
  token: JsonWebToken,
  { keys }: ExpectedIdToken,
): Promise<IdTokenFailure | null> | null {
  return keys === null ? null : verifySignature(token, keys);
}

function checkExpiry({ claims }: JsonWebToken, { now }: ExpectedIdToken): IdTokenFailure | null {
  const { exp } = claims;
  return typeof exp === 'number' && exp * 1000 > now - skewMs ? null : { kind: 'expired' };
}

function checkIssuedAt({ claims }: JsonWebToken, { now }: ExpectedIdToken): IdTokenFailure | null {
  const { iat } = claims;
  if (typeof iat !== 'number') return { kind: 'malformed_token' };
  return iat * 1000 < now + skewMs ? null : { kind: 'issued_in_the_future' };
}

function checkNonce({ claims }: JsonWebToken, { nonce }: ExpectedIdToken): IdTokenFailure | null {
  return nonce === null || claims.nonce === nonce ? null : { kind: 'nonce_mismatch' };
}
