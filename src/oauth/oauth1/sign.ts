import { base64, utf8 } from '../../crypto/encoding.ts';
import { percentEncode } from './percent-encoding.ts';

/** RFC 5849 §3.4.2 to §3.4.4, and HMAC with SHA-256, which many providers speak. */
export type SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256' | 'RSA-SHA1' | 'PLAINTEXT';

/** The client's shared-secret (its private key for RSA-SHA1), and the token's; empty where there is no token. */
export interface SigningSecrets {
  /** For RSA-SHA1 a PKCS#8 private key in PEM. */
  consumerSecret: string;
  tokenSecret: string;
}

/**
 * The value of `oauth_signature`, not yet percent-encoded.
 *
 * @throws Error where the method is RSA-SHA1 and the secret is no RSA private key in PKCS#8
 */
export async function sign(
  method: SignatureMethod,
  baseString: string,
  secrets: SigningSecrets,
): Promise<string> {
  switch (method) {
    case 'PLAINTEXT':
      return sharedKey(secrets);
    case 'HMAC-SHA1':
      return signHmac('SHA-1', sharedKey(secrets), baseString);
    case 'HMAC-SHA256':
      return signHmac('SHA-256', sharedKey(secrets), baseString);
    case 'RSA-SHA1':
      return signRsa(secrets.consumerSecret, baseString);
  }
}

function sharedKey({ consumerSecret, tokenSecret }: SigningSecrets): string {
  return `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`;
}

async function signHmac(hash: 'SHA-1' | 'SHA-256', keyText: string, baseString: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', utf8(keyText), { name: 'HMAC', hash }, false, ['sign']);
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(baseString))));
}

async function signRsa(privateKeyPem: string, baseString: string): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' };
  const key = await crypto.subtle.importKey('pkcs8', readPem(privateKeyPem), algorithm, false, ['sign']);
  return base64(new Uint8Array(await crypto.subtle.sign(algorithm.name, key, utf8(baseString))));
}

function readPem(pem: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN PRIVATE KEY-----([\sA-Za-z\d+/=]+)-----END PRIVATE KEY-----/.exec(pem)?.[1];
  if (body === undefined) throw new Error('RSA-SHA1 needs a private key in PKCS#8 (BEGIN PRIVATE KEY)');
  return Uint8Array.from(atob(body.replace(/\s/g, '')), (char) => char.charCodeAt(0));
}
