import type { AppEnv } from '../../context.ts';
import type { IdTokenClaims } from '../../oauth/openid/id-token.ts';
import { readIdToken, readResponse, redeemCode } from './exchange.ts';
import { type Identity, makeIdentity } from './identity.ts';
import type { SignInMethod } from './method.ts';

/** An issuer that arctic has the addresses of. */
interface KnownIssuer {
  label: string;
  issuer: string;
  tokenEndpoint: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  /** arctic's: PKCE included. */
  arctic: { createAuthorizationURL(state: string, codeVerifier: string, scopes: string[]): URL };
  /** Who the claims speak of, and whether their address counts. */
  identify(claims: IdTokenClaims): { subject: string; emailVerified: boolean };
}

/** Signing in at such an issuer (OpenID Connect Core 1.0 §3.1). */
export function openIdMethod(known: KnownIssuer): SignInMethod {
  const { label, issuer, clientId, arctic } = known;
  return {
    label,
    async begin(_, { state, nonce, codeVerifier }) {
      const url = arctic.createAuthorizationURL(state, codeVerifier, ['openid', 'email', 'profile']);
      url.searchParams.set('nonce', nonce);
      return url;
    },
    async finish(parts: AppEnv['Variables'], { state, nonce, codeVerifier }, params): Promise<Identity> {
      const { extra } = await redeemCode(parts, label, {
        endpoint: known.tokenEndpoint,
        client: { id: clientId, secret: known.clientSecret },
        authMethod: 'client_secret_post',
        response: readResponse(label, params, { state, issuer }),
        redirectUri: known.redirectUri,
        codeVerifier,
      });
      const claims = await readIdToken(label, extra.id_token, {
        issuer,
        clientId,
        nonce,
        now: parts.now(),
        keys: null,
      });
      const { name, email } = claims;
      return makeIdentity({ issuer, names: [name], email, ...known.identify(claims) });
    },
  };
}
