import { describe, expect, it } from 'vitest';
import type { Double } from './harness/doubles/double.ts';
import { Facebook } from './harness/doubles/facebook.ts';
import { GitHub } from './harness/doubles/github.ts';
import { scene } from './harness/doubles/scene.ts';
import { Square } from './harness/doubles/square.ts';
import { Strava } from './harness/doubles/strava.ts';
import { manage } from './harness/management.ts';
import type { World } from './harness/world.ts';

// Providers that are told of an end in a way of their own, rather than as RFC 7009 has it.

interface Provider {
  make: (world: World) => Double;
  /** A call that a token is good for as long as it lasts. */
  api: string;
  /** The documented request, with any token and secret. */
  request: (double: Double, token: string, secret?: string) => Request;
  /** What its entry mustn't say. */
  mistakes: Record<string, unknown>[];
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const providers: Record<string, Provider> = {
  'GitHub, by a DELETE with Basic and JSON': {
    make: (world) => new GitHub(world),
    api: 'https://api.github.com/user',
    request: ({ clientId, clientSecret }, access_token, secret = clientSecret) =>
      new Request(`https://api.github.com/applications/${clientId}/token`, {
        method: 'DELETE',
        headers: {
          'User-Agent': 'Test',
          'Content-Type': 'application/json',
          Authorization: `Basic ${btoa(`${clientId}:${secret}`)}`,
        },
        body: JSON.stringify({ access_token }),
      }),
    mistakes: [
      { revocation_auth_method: 'none' },
      { revocation_auth_method: 'client_secret_post' },
      { revocation_body_format: 'form' },
      { revocation_method: 'POST' },
      { revocation_params: { token: '{access_token}' } },
      { revocation_url: 'https://api.github.com/applications/client_id/token' },
      { token_headers: {} },
    ],
  },
  'Square, by a scheme of its own': {
    make: (world) => new Square(world),
    api: 'https://connect.squareup.com/v2/locations',
    request: ({ clientId, clientSecret }, access_token, secret = clientSecret) =>
      new Request('https://connect.squareup.com/oauth2/revoke', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Client ${secret}` },
        body: JSON.stringify({ client_id: clientId, access_token }),
      }),
    mistakes: [
      { revocation_headers: {} },
      { revocation_headers: { Authorization: 'Bearer {access_token}' } },
      { revocation_auth_method: 'client_secret_post' },
      { revocation_body_format: 'form' },
      { revocation_params: { client_id: '{client_id}', access_token: '{refresh_token}' } },
    ],
  },
  'Facebook, in the query': {
    make: (world) => new Facebook(world),
    api: 'https://graph.facebook.com/v25.0/me/accounts',
    request: (_, token) =>
      new Request(`https://graph.facebook.com/me/permissions?access_token=${token}`, { method: 'DELETE' }),
    mistakes: [
      { revocation_body_format: 'form' },
      { revocation_method: 'GET' },
      { revocation_auth_method: 'client_secret_post' },
      { revocation_params: {} },
    ],
  },
  'Strava, by the token that signs': {
    make: (world) => new Strava(world),
    api: 'https://www.strava.com/api/v3/athlete',
    request: (_, token) =>
      new Request('https://www.strava.com/oauth/deauthorize', { method: 'POST', headers: bearer(token) }),
    mistakes: [
      { revocation_headers: {} },
      { revocation_headers: { Authorization: 'Bearer {token}' } },
      { revocation_body_format: 'form' },
      { revocation_params: { client_id: '{client_id}' } },
    ],
  },
};

const table = Object.entries(providers);

/** A user's Connection, and its end. */
async function connected(make: Provider['make']) {
  const set = await scene(make);
  // The storage is shared: another test's Connection of the same account would spare this one.
  const account = `account-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const [connection] = await (await set.connect({ account })).connections();
  const end = async () => {
    expect((await manage(set.world, 'DELETE', `/connections/${connection?.id}`)).status).toBe(204);
  };
  return { ...set, end };
}

describe('the end of a Connection is told to', () => {
  it.each(table)('%s', async (_, { make, api }) => {
    const { world, double, end } = await connected(make);
    await end();
    expect(double.forbidden).toEqual([]);
    expect(double.revoked).toEqual([expect.stringMatching(/\S/)]);
    const headers = { ...bearer(double.revoked[0] ?? ''), 'User-Agent': 'Test' };
    const after = await world.internet.fetch(new Request(api, { headers }));
    expect([400, 401]).toContain(after.status);
  });

  it.each(table)('%s: nobody else’s token is taken', async (_, { make, request }) => {
    const { world, double } = await connected(make);
    const answer = await world.internet.fetch(request(double, 'token-of-another-client'));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(double.revoked).toEqual([]);
    expect(double.forbidden).toHaveLength(1);
  });

  it.each(table.filter(([name]) => /GitHub|Square/.test(name)))(
    '%s: nothing without the secret',
    async (_, { make, request }) => {
      const { world, double } = await connected(make);
      const answer = await world.internet.fetch(request(double, 'token', ''));
      expect(answer.status).toBe(401);
      expect(double.revoked).toEqual([]);
    },
  );
});

describe('a wrong entry is noticed when a Connection ends', () => {
  it.each(
    table.flatMap(([name, { make, mistakes }]) => mistakes.map((mistake) => [name, mistake, make] as const)),
  )('%s: %j', async (_, mistake, make) => {
    const { double, change, end } = await connected(make);
    await change(mistake);
    await end();
    expect(double.forbidden).not.toEqual([]);
  });
});
