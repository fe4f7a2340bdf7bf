import { signatureBaseString } from './base-string.ts';
import { percentEncode } from './percent-encoding.ts';
import { type SignatureMethod, sign } from './sign.ts';

/** Who signs: the client's credentials, and those of a token where there is one (RFC 5849 §1.1). */
export interface Credentials {
  consumerKey: string;
  /** The shared-secret, or the private key for RSA-SHA1; see `sign`. */
  consumerSecret: string;
  token?: string | undefined;
  tokenSecret?: string | undefined;
}

export interface RequestToSign {
  method: string;
  /** Absolute. The request must be sent to `new URL(url).href`, as `fetch` does by itself. */
  url: string;
  /** The body, to the byte, where its type is `application/x-www-form-urlencoded`; else absent. */
  formBody?: string | undefined;
  credentials: Credentials;
  signatureMethod: SignatureMethod;
  /** Seconds. */
  timestamp: number;
  /** Unique for this timestamp, from a CSPRNG. */
  nonce: string;
  /** Further protocol parameters: `oauth_callback`, `oauth_verifier`. */
  extra?: Record<string, string> | undefined;
  realm?: string | undefined;
}

/**
 * Signs a request (RFC 5849 §3.1).
 *
 * @returns the value of its header `Authorization` (§3.5.1)
 * @throws Error where the URL isn't absolute, or the key doesn't fit the method
 */
export function signRequest(request: RequestToSign): Promise<string> {
  const { consumerKey, token } = request.credentials;
  return signParameters(request, {
    oauth_consumer_key: consumerKey,
    ...(token !== undefined && { oauth_token: token }),
    oauth_signature_method: request.signatureMethod,
    oauth_timestamp: String(request.timestamp),
    oauth_nonce: request.nonce,
    oauth_version: '1.0', // optional (§3.1), but some providers miss it
    ...request.extra,
  });
}

/** Signs exactly these protocol parameters, and gives the header that carries them. */
export async function signParameters(
  request: Pick<RequestToSign, 'method' | 'url' | 'formBody' | 'credentials' | 'signatureMethod' | 'realm'>,
  protocolParameters: Record<string, string>,
): Promise<string> {
  const { method, url, formBody, credentials, signatureMethod, realm } = request;
  const signature = await sign(
    signatureMethod,
    signatureBaseString({ method, url, formBody, protocolParameters }),
    { consumerSecret: credentials.consumerSecret, tokenSecret: credentials.tokenSecret ?? '' },
  );
  const signed = Object.entries({ ...protocolParameters, oauth_signature: signature });
  const parameters = signed.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`);
  if (realm !== undefined) parameters.unshift(`realm="${realm.replace(/["\\]/g, '\\$&')}"`);
  return `OAuth ${parameters.join(', ')}`;
}
