import { fromBase64url, utf8 } from '../../crypto/encoding.ts';

/** A signed JSON Web Token, taken apart and not yet believed (RFC 7519, RFC 7515 §7.1). */
export interface JsonWebToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** What the signature is over. */
  signed: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/** Takes a token apart; null where it isn't one in the compact serialization of a signature. */
export function readJsonWebToken(text: string): JsonWebToken | null {
  const [header, payload, signature, ...others] = text.split('.');
  if (!header || !payload || !signature || others.length > 0) return null;
  try {
    const token = { header: readObject(header), claims: readObject(payload) };
    if (!token.header || !token.claims) return null;
    return {
      header: token.header,
      claims: token.claims,
      signed: utf8(`${header}.${payload}`),
      signature: fromBase64url(signature),
    };
  } catch {
    return null;
  }
}

function readObject(part: string): Record<string, unknown> | null {
  const value: unknown = JSON.parse(
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64url(part)),
  );
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
