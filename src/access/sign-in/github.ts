import { GitHub } from 'arctic';
import type { Config } from '../../env.ts';
import { awaitTokens, callbackUrl, readJson, readResponse } from './exchange.ts';
import { type Identity, makeIdentity, signInFailure } from './identity.ts';
import type { SignInMethod } from './method.ts';

const label = 'GitHub';
const issuer = 'https://github.com';
const api = 'https://api.github.com';

/** GitHub has no ID tokens: who somebody is, its API says. */
export function githubMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  if (!signIn.github) return null;
  const { clientId, clientSecret } = signIn.github;
  const client = new GitHub(clientId, clientSecret, callbackUrl(publicUrl, 'github'));
  return {
    label,
    begin: async (_, { state }) => client.createAuthorizationURL(state, ['user:email']),
    async finish(parts, { state }, params) {
      const { code } = readResponse(label, params, { state, issuer: null });
      const tokens = await awaitTokens(label, client.validateAuthorizationCode(code));
      const headers = { Authorization: `Bearer ${tokens.accessToken()}` };
      const [user, emails] = await Promise.all([
        readJson(parts, `${api}/user`, headers),
        readJson(parts, `${api}/user/emails`, headers),
      ]);
      return readUser(user, emails);
    },
  };
}

/** The number is the person: a login can be given up and taken by somebody else. */
function readUser(user: unknown, emails: unknown): Identity {
  const { id, name, login } = (user ?? {}) as Record<string, unknown>;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) {
    throw signInFailure('provider_error', `${label} did not confirm who you are.`, 'unreadable_user');
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
