import { Google } from 'arctic';
import type { Config } from '../../env.ts';
import { callbackUrl } from './exchange.ts';
import type { SignInMethod } from './method.ts';
import { openIdMethod } from './openid-method.ts';

export function googleMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.google) return null;
  const { clientId, clientSecret } = signIn.google;
  const redirectUri = callbackUrl(publicUrl, 'google');
  return openIdMethod({
    label: 'Google',
    issuer: 'https://accounts.google.com',
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    clientId,
    clientSecret,
    redirectUri,
    arctic: new Google(clientId, clientSecret, redirectUri),
    identify: (claims) => ({ subject: claims.sub, emailVerified: claims.email_verified === true }),
  });
}
