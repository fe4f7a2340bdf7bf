import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { connected, rowOf } from './harness/connected.ts';
import { readConnection } from './harness/link.ts';
import { manage } from './harness/management.ts';
import type { Echo } from './harness/oauth2-provider.ts';
import type { World } from './harness/world.ts';

async function keyWith(world: World, scopes: string[]): Promise<string> {
  return (await ok<{ key: string }>(manage(world, 'POST', '/keys', { name: 'Limited', scopes }))).key;
}

describe('an access token is refreshed', () => {
  for (const [seconds, notYet, due] of [
    [600, [60, 8 * 60], 9.5 * 60],
    [3600, [60, 54 * 60], 56 * 60],
    [60, [1, 50], 55],
    [30 * 86_400, [86_400, 30 * 86_400 - 301], 30 * 86_400 - 299],
  ] as const) {
    it(`of ${seconds} s after ${due} s, and not after ${notYet.join(' or ')} s`, async () => {
      const { world, provider, proxy } = await connected({ provider: (it) => (it.expiresIn = seconds) });
      const start = world.now;
      for (const after of notYet) {
        world.now = start + after * 1000;
        await ok(proxy('/me'));
        expect(provider.presented, `after ${after} s`).toEqual([]);
      }
      world.now = start + due * 1000;
      const { headers } = await ok<Echo>(proxy('/me'));
      expect(provider.presented).toHaveLength(1);
      expect(headers.authorization).toBe(`Bearer ${provider.issued[1]}`);
      await ok(proxy('/me'));
      expect(provider.presented).toHaveLength(1);
    });
  }

  it('never where there is nothing to refresh it with', async () => {
    const { world, provider, proxy } = await connected({
      provider: (it) => (it.tokenFields = { refresh_token: null }),
    });
    world.advance({ minutes: 61 });
    expect((await proxy('/me')).status).toBe(401);
    expect(provider.presented).toEqual([]);
  });

  it('with the refresh token that came last, which is stored before the new token is used', async () => {
    const { world, id, provider, proxy } = await connected();
    const stored: unknown[] = [];
    provider.answerApi = async (request) => {
      stored.push((await rowOf(world, id)).refreshed_at);
      return Response.json({ token: request.headers.get('Authorization') });
    };
    for (let round = 1; round <= 4; round += 1) {
      world.advance({ minutes: 58 });
      expect(await ok(proxy('/me'))).toEqual({ token: `Bearer ${provider.issued[round]}` });
      expect(stored.at(-1)).toBe(world.now);
      expect(provider.presented).toHaveLength(round);
      expect(new Set(provider.presented).size).toBe(round);
      expect((await readConnection(world, id)).auth.data.access_token).toBe(provider.issued[round]);
    }
    expect(provider.reuses).toBe(0);
  });

  it('with the old refresh token where none came with the new one', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.refreshing.omits = true;
    const { refresh_token } = (await readConnection(world, id)).auth.data;
    for (let round = 1; round <= 3; round += 1) {
      world.advance({ minutes: 60 });
      await ok(proxy('/me'));
      expect((await readConnection(world, id)).auth.data.refresh_token).toBe(refresh_token);
    }
    expect(provider.presented).toEqual([refresh_token, refresh_token, refresh_token]);
  });

  it('at the endpoint that the source names, with its own parameters', async () => {
    const scene = await connected({
      fields: { refresh_url: '/renew?api=2', token_params: { audience: 'api' } },
    });
    const { world, provider, proxy } = scene;
    const asked: { url: string; form: string[][] }[] = [];
    provider.answerToken = async (request) => {
      const form = new URLSearchParams(await request.text());
      asked.push({ url: request.url, form: [...form] });
      return Response.json({ access_token: 'fresh', token_type: 'bearer', expires_in: 3600 });
    };
    provider.answerApi = () => new Response('{}');
    world.advance({ minutes: 60 });
    await ok(proxy('/me'));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe(`https://${provider.host}/renew?api=2`);
    expect(asked[0]?.form.map(([name]) => name).sort()).toEqual(['audience', 'grant_type', 'refresh_token']);
  });

  it('and what it lost of its scopes is missing from then on; what it doesn’t name it keeps', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.tokenFields = { scope: undefined };
    world.advance({ minutes: 60 });
    await ok(proxy('/me'));
    const shown = await readConnection(world, id);
    expect(shown.auth.scopes).toEqual({
      requested: ['profile', 'steps'],
      granted: ['profile', 'steps'],
      missing: [],
    });
    expect(shown.auth.status).toEqual({ complete: true, authorized: true });

    provider.tokenFields = {};
    provider.refreshing.scopes = ['steps'];
    world.advance({ minutes: 60 });
    await ok(proxy('/me'));
    const narrower = await readConnection(world, id);
    expect(narrower.auth.scopes).toEqual({
      requested: ['profile', 'steps'],
      granted: ['steps'],
      missing: ['profile'],
    });
    expect(narrower.auth.status).toEqual({ complete: true, authorized: false });
  });
});

describe('GET of a Connection', () => {
  it('shows a fresh token to whoever may see it, and refreshes for nobody else', async () => {
    const { world, id, provider } = await connected();
    const [blind, seeing] = await Promise.all([
      keyWith(world, ['connections:read']),
      keyWith(world, ['connections:read', 'connections:read_auth']),
    ]);
    world.advance({ minutes: 56 });
    expect((await readConnection(world, id, blind)).auth.data).toEqual({});
    await ok(manage(world, 'GET', '/connections', undefined, seeing));
    expect(provider.presented).toEqual([]);
    const { data } = (await readConnection(world, id, seeing)).auth;
    expect(provider.presented).toHaveLength(1);
    expect(data).toMatchObject({
      access_token: provider.issued[1],
      expires_at: new Date(world.now + 3600_000).toISOString(),
    });
    await readConnection(world, id, seeing);
    expect(provider.presented).toHaveLength(1);
  });

  it('shows what there is where the provider is down, and the end where it has ended the grant', async () => {
    const { world, id, provider } = await connected();
    world.advance({ minutes: 61 });
    provider.answerRefresh = () => new Response('', { status: 503 });
    expect((await readConnection(world, id)).auth).toMatchObject({
      status: { complete: true },
      data: { access_token: provider.issued[0] },
    });
    world.advance({ minutes: 61 });
    provider.answerRefresh = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    const { auth } = await readConnection(world, id);
    expect(auth.status).toEqual({ complete: false, authorized: false });
    expect(auth.data).toEqual({});
  });
});
