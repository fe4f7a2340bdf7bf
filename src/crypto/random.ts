import { base64url } from './encoding.ts';

/** A secret of 256 random bits in base64url, after a prefix that tells what it opens. */
export function randomSecret(prefix = ''): string {
  return prefix + base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** A UUID4 as 32 lowercase hex digits: the form of every id on the wire. */
export function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
