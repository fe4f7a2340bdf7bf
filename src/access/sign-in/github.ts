import { GitHub } from 'arctic';
import type { Config } from '../../env.ts';
import { callbackUrl, readJson, readResponse, redeemCode, unconfirmed } from './exchange.ts';
import { type Identity, makeIdentity } from './identity.ts';
import type { SignInMethod } from './method.ts';

const label = 'GitHub';
const issuer = 'https://github.com';
const api = 'https://api.github.com';

/** GitHub has no ID tokens: who somebody is, its API says. */
export function githubMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.github) return null;
  const { clientId, clientSecret } = signIn.github;
  const redirectUri = callbackUrl(publicUrl, 'github');
  const client = new GitHub(clientId, clientSecret, redirectUri);
  return {
    label,
    begin: async (_, { state }) => client.createAuthorizationURL(state, ['user:email']),
    async finish(parts, { state }, params) {
      const { accessToken } = await redeemCode(parts, label, {
        endpoint: 'https://github.com/login/oauth/access_token',
        client: { id: clientId, secret: clientSecret },
        authMethod: 'client_secret_post',
        response: readResponse(label, params, { state, issuer: null }),
        redirectUri,
        codeVerifier: null,
      });
      const headers = { Authorization: `Bearer ${accessToken}` };
      const [user, emails] = await Promise.all([
        readJson(parts, label, `${api}/user`, headers),
        readJson(parts, label, `${api}/user/emails`, headers),
      ]);
      return readUser(user, emails);
    },
  };
}

/** The number is the person: a login can be given up and taken by somebody else. */
function readUser(user: unknown, emails: unknown): Identity {
  const { id, name, login } = (user ?? {}) as Record<string, unknown>;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) {
    throw unconfirmed(label, 'unreadable_user');
  }
  const list = (Array.isArray(emails) ? emails : []) as Record<string, unknown>[];
  const primary = list.find((entry) => entry?.primary === true);
  return makeIdentity({
    issuer,
    subject: String(id),
    names: [name, login],
    email: primary?.email,
    emailVerified: primary?.verified === true,
  });
}
