import { base64url, utf8 } from './encoding.ts';

/** SHA-256 of a text's UTF-8, as base64url: how our own secrets (always ≥ 256 random bits) are kept, and PKCE's S256. */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}

/** Compares two secrets in time that depends on neither: their digests are compared, byte by byte. */
export async function equalSecrets(a: string, b: string): Promise<boolean> {
  const [digestA, digestB] = await Promise.all([
    crypto.subtle.digest('SHA-256', utf8(a)),
    crypto.subtle.digest('SHA-256', utf8(b)),
  ]);
  return crypto.subtle.timingSafeEqual(digestA, digestB);
}
