import { randomSecret } from '../crypto/random.ts';
import { signRequest } from '../oauth/oauth1/authorization-header.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import type { OAuthDefinition } from '../sources/definition.ts';

/** Whether a body of this content type is a form: what OAuth 1.0a's signature covers (RFC 5849 §3.4.1.3.1). */
export function isForm(contentType: string | null | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

/** A call to a provider's API, before it carries the user's token. */
export interface UnsignedCall {
  method: string;
  url: URL;
  /** The body, where it is a form that OAuth 1.0a's signature covers. */
  formBody?: string | undefined;
}

/**
 * Puts a user's token on a call, as its source wants it: an OAuth 2 header (RFC 6750 §2.1) or query
 * parameter (§2.3), or an OAuth 1.0a signature (RFC 5849 §3) over the exact URL and form body.
 *
 * @param openConsumerSecret OAuth 1.0a's client secret, opened only where it is needed
 * @param now milliseconds since the epoch
 * @returns the URL to call and the Authorization header, or null where the URL carries the token
 */
export async function signCall(
  call: UnsignedCall,
  definition: OAuthDefinition,
  tokens: TokenSet,
  registration: { clientId: string; openConsumerSecret: () => Promise<string | null> },
  now: number,
): Promise<{ url: URL; authorization: string | null }> {
  if (definition.type === 'oauth1') {
    const authorization = await signRequest({
      method: call.method,
      url: call.url.href,
      ...(call.formBody === undefined ? {} : { formBody: call.formBody }),
      credentials: {
        consumerKey: registration.clientId,
        consumerSecret: (await registration.openConsumerSecret()) ?? '',
        token: tokens.accessToken,
        tokenSecret: tokens.tokenSecret ?? '',
      },
      signatureMethod: definition.signature_method,
      timestamp: Math.floor(now / 1000),
      nonce: randomSecret(),
    });
    return { url: call.url, authorization };
  }
  if (definition.signature === 'parameter') {
    const url = new URL(call.url);
    url.searchParams.set('access_token', tokens.accessToken);
    return { url, authorization: null };
  }
  return { url: call.url, authorization: `Bearer ${tokens.accessToken}` };
}
