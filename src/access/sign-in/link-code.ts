import { base64url, fromBase64url, utf8 } from '../../crypto/encoding.ts';
import { randomSecret } from '../../crypto/random.ts';

const purpose = 'trivet console sign-in link';

/** Claims outlive it. */
const linkMs = 60 * 60_000;

/** A code that lets its holder sign in as the administrator, once, within an hour. */
export async function makeLinkCode(adminToken: string, now: number): Promise<string> {
  const signed = `${now + linkMs}.${randomSecret()}`;
  const mac = await crypto.subtle.sign('HMAC', await deriveKey(adminToken), utf8(signed));
  return `${signed}.${base64url(new Uint8Array(mac))}`;
}

/**
 * Checks such a code.
 *
 * @returns its nonce, to be claimed: the code is good once; null where it isn't ours, or is over
 */
export async function checkLinkCode(adminToken: string, code: string, now: number): Promise<string | null> {
  const match = /^((\d{1,16})\.([\w-]{43}))\.([\w-]{43})$/.exec(code);
  if (!match) return null;
  const [, signed = '', expiresAt = '', nonce = '', mac = ''] = match;
  const genuine = await crypto.subtle.verify(
    'HMAC',
    await deriveKey(adminToken),
    fromBase64url(mac),
    utf8(signed),
  );
  return genuine && Number(expiresAt) > now && Number(expiresAt) <= now + linkMs ? nonce : null;
}

/** A key of its own, so that a code says nothing about the token (RFC 5869). */
async function deriveKey(adminToken: string): Promise<CryptoKey> {
  const token = await crypto.subtle.importKey('raw', utf8(adminToken), 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(purpose) },
    token,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  );
}
