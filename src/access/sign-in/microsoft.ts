import { MicrosoftEntraId } from 'arctic';
import type { Config } from '../../env.ts';
import { awaitTokens, callbackUrl, idTokenOf, readIdToken, readResponse } from './exchange.ts';
import { makeIdentity, signInFailure } from './identity.ts';
import type { SignInMethod } from './method.ts';

const label = 'Microsoft';

/**
 * One directory alone. A person is the `oid` there: `sub` differs by client, and anyone who runs a directory can put
 * any address into `email`. That one counts only with the claim `xms_edov`, by which Microsoft says that the directory
 * owns the address's domain.
 */
export function microsoftMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.microsoft) return null;
  const { clientId, clientSecret, tenant } = signIn.microsoft;
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const client = new MicrosoftEntraId(tenant, clientId, clientSecret, callbackUrl(publicUrl, 'microsoft'));
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
      const { oid, tid } = claims;
      if (tid !== tenant || typeof oid !== 'string' || oid === '') {
        throw signInFailure('provider_error', `${label} did not confirm who you are.`, 'tenant_mismatch');
      }
      return makeIdentity({
        issuer,
        subject: oid,
        names: [claims.name],
        email: claims.email,
        emailVerified: ['1', 'true', 1, true].some((yes) => claims.xms_edov === yes),
      });
    },
  };
}
