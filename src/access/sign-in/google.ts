import { Google } from 'arctic';
import type { Config } from '../../env.ts';
import { awaitTokens, callbackUrl, idTokenOf, readIdToken, readResponse } from './exchange.ts';
import { makeIdentity } from './identity.ts';
import type { SignInMethod } from './method.ts';

const label = 'Google';
const issuer = 'https://accounts.google.com';

export function googleMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.google) return null;
  const { clientId, clientSecret } = signIn.google;
  const client = new Google(clientId, clientSecret, callbackUrl(publicUrl, 'google'));
  return {
    label,
    async begin(_, { state, nonce, codeVerifier }) {
      const url = client.createAuthorizationURL(state, codeVerifier, ['openid', 'email', 'profile']);
      url.searchParams.set('nonce', nonce);
      return url;
    },
    async finish({ now }, { state, nonce, codeVerifier }, params) {
      const { code } = readResponse(label, params, { state, issuer });
      const tokens = await awaitTokens(label, client.validateAuthorizationCode(code, codeVerifier));
      const claims = await readIdToken(label, idTokenOf(tokens), {
        issuer,
        clientId,
        nonce,
        now: now(),
        keys: null,
      });
      return makeIdentity({
        issuer,
        subject: claims.sub,
        names: [claims.name],
        email: claims.email,
        emailVerified: claims.email_verified === true,
      });
    },
  };
}
