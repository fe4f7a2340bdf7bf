import { MicrosoftEntraId } from 'arctic';
import type { Config } from '../../env.ts';
import { callbackUrl, unconfirmed } from './exchange.ts';
import type { SignInMethod } from './method.ts';
import { openIdMethod } from './openid-method.ts';

const label = 'Microsoft';

/**
 * One directory alone. A person is the `oid` there: `sub` differs by client, and anyone who runs a directory can put
 * any address into `email`. That one counts only with the claim `xms_edov`, by which Microsoft says that the directory
 * owns the address's domain.
 */
export function microsoftMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.microsoft) return null;
  const { clientId, clientSecret, tenant } = signIn.microsoft;
  const redirectUri = callbackUrl(publicUrl, 'microsoft');
  const directory = `https://login.microsoftonline.com/${tenant}`;
  return openIdMethod({
    label,
    issuer: `${directory}/v2.0`,
    tokenEndpoint: `${directory}/oauth2/v2.0/token`,
    clientId,
    clientSecret,
    redirectUri,
    arctic: new MicrosoftEntraId(tenant, clientId, clientSecret, redirectUri),
    identify({ oid, tid, xms_edov: ownsDomain }) {
      if (tid !== tenant || typeof oid !== 'string' || oid === '')
        throw unconfirmed(label, 'tenant_mismatch');
      return { subject: oid, emailVerified: ['1', 'true', 1, true].some((yes) => ownsDomain === yes) };
    },
  });
}
