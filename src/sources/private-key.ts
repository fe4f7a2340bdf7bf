import type { Fault } from '../errors.ts';
import { sign } from '../oauth/oauth1/sign.ts';
import type { Definition } from './definition.ts';

/** The fault of a client secret that a source can't sign with: RSA-SHA1 wants a private key (RFC 5849 §3.4.3). */
export async function signingKeyFaults(
  path: string,
  definition: Definition,
  secret: string,
): Promise<Fault[]> {
  if (definition.type !== 'oauth1' || definition.signature_method !== 'RSA-SHA1') return [];
  try {
    await sign('RSA-SHA1', '', { consumerSecret: secret, tokenSecret: '' });
    return [];
  } catch {
    return [{ path, message: 'must be an RSA private key in PEM (PKCS#8), for RSA-SHA1' }];
  }
}
