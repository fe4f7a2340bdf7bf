import { base64, utf8 } from '../../crypto/encoding.ts';

export const signatureMethods = ['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'] as const;
export type SignatureMethod = (typeof signatureMethods)[number];

/** The parts of a request that a signature covers. */
interface SignedParts {
  method: string;
  /** As it was requested; its query is covered too. */
  url: URL;
  /** Everything in the Authorization header but `realm`. */
  oauthParameters: ReadonlyMap<string, string>;
  /** The body where it is a form, else null. */
  form: string | null;
}

/**
 * The signature a request must carry (RFC 5849 §3.4), as it stands in `oauth_signature`.
 *
 * This is the provider's side of OAuth 1.0a and is written apart from the client's side on purpose: a mistake
 * shared by both would go unnoticed.
 */
export async function expectedSignature(
  method: SignatureMethod,
  parts: SignedParts,
  consumerSecret: string,
  tokenSecret: string,
): Promise<string> {
  const key = `${percentEncoded(consumerSecret)}&${percentEncoded(tokenSecret)}`;
  if (method === 'PLAINTEXT') return key;
  const hash = method === 'HMAC-SHA1' ? 'SHA-1' : 'SHA-256';
  const hmac = await crypto.subtle.importKey('raw', utf8(key), { name: 'HMAC', hash }, false, ['sign']);
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', hmac, utf8(baseString(parts)))));
}

/** RFC 5849 §3.4.1.1. `URL` has already lowered the host's case and dropped a default port (§3.4.1.2). */
function baseString({ method, url, oauthParameters, form }: SignedParts): string {
  const pairs = [
    ...url.searchParams,
    ...[...oauthParameters].filter(([name]) => name !== 'oauth_signature'),
    ...new URLSearchParams(form ?? ''),
  ]
    .map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compared(nameA, nameB) || compared(valueA, valueB));
  const parameters = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  return [method.toUpperCase(), url.origin + url.pathname, parameters].map(percentEncoded).join('&');
}

/** Encoded text is ASCII, so code units sort as the bytes of §3.4.1.3.2 do. */
function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** RFC 5849 §3.6. `encodeURIComponent` leaves five characters alone that are encoded here. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
