import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { connected } from './harness/connected.ts';
import type { Echo } from './harness/oauth2-provider.ts';

// A provider may refuse a token whose end nobody knew of.

const hour = 60;
const post = { method: 'POST', body: '{"steps":1}', headers: { 'Content-Type': 'application/json' } };
const endless = { provider: (it: { expiresIn: number | null }) => (it.expiresIn = null) };

describe('a call that is answered 401', () => {
  it('is repeated once, with a fresh token', async () => {
    const { world, provider, proxy } = await connected(endless);
    await ok(proxy('/me'));
    provider.endAccessTokens();
    const before = world.internet.requests.length;
    const { headers } = await ok<Echo>(proxy('/me?a=1'));
    expect(headers.authorization).toBe(`Bearer ${provider.issued[1]}`);
    const made = world.internet.requests.slice(before).map(({ url }) => url);
    const api = `https://${provider.apiHost}/v1/me?a=1`;
    expect(made).toEqual([api, `https://${provider.host}/token`, api]);
  });

  it('is repeated where the token should have lived on, as well', async () => {
    const { world, provider, proxy } = await connected();
    world.advance({ minutes: 10 });
    provider.endAccessTokens();
    await ok(proxy('/me'));
    expect(provider.presented).toHaveLength(1);
  });

  it('goes through where it had a body, and the next one finds fresh tokens', async () => {
    const { world, provider, proxy } = await connected(endless);
    provider.endAccessTokens();
    let arrived = 0;
    const seen: string[] = [];
    provider.answerApi = async (request) => {
      arrived += 1;
      seen.push(request.headers.get('Authorization') ?? '');
      await request.arrayBuffer();
      const isFresh = provider.issued.slice(1).some((token) => seen.at(-1) === `Bearer ${token}`);
      return isFresh ? new Response('taken') : Response.json({ error: 'expired' }, { status: 401 });
    };
    const answer = await proxy('/steps', post);
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'expired' }]);
    expect(arrived).toBe(1);
    expect(provider.presented).toHaveLength(1);
    world.advance({ seconds: 1 });
    expect(await (await proxy('/steps', post)).text()).toBe('taken');
    expect(arrived).toBe(2);
    expect(provider.presented).toHaveLength(1);
  });

  it('ends in 409 where the provider has ended the grant', async () => {
    const { provider, proxy } = await connected(endless);
    provider.endAccessTokens();
    provider.answerRefresh = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    await refused(proxy('/me'), 409, 'invalid_grant');
    await refused(proxy('/me'), 409, 'invalid_grant');
    expect(provider.presented).toHaveLength(1);
  });

  it('goes through where the token can’t be refreshed for now', async () => {
    const { provider, proxy } = await connected(endless);
    provider.endAccessTokens();
    provider.answerRefresh = () => new Response('', { status: 503 });
    expect((await proxy('/me')).status).toBe(401);
    expect((await proxy('/me')).status).toBe(401);
    expect(provider.presented).toHaveLength(1);
  });

  it('two hundred times at once costs one refresh', async () => {
    const { provider, proxy } = await connected(endless);
    provider.endAccessTokens();
    const answers = await Promise.all(Array.from({ length: 200 }, () => proxy('/me')));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(200);
    expect(provider.presented).toHaveLength(1);
  });
});

describe('a provider that answers 401 whatever is refreshed', () => {
  for (const [title, minutesApart, init] of [
    ['without a body', 15, {}],
    ['with a body', 15, post],
  ] as const) {
    it(`is asked for tokens some two dozen times a day by calls ${title}`, async () => {
      const { world, provider, proxy } = await connected(endless);
      provider.answerApi = async (request) => {
        await request.arrayBuffer();
        return new Response('no', { status: 401 });
      };
      for (let minute = 0; minute < 24 * hour; minute += minutesApart) {
        expect((await proxy('/me', init)).status).toBe(401);
        world.advance({ minutes: minutesApart });
      }
      expect(provider.presented.length).toBeLessThanOrEqual(25);
      expect(provider.presented.length).toBeGreaterThanOrEqual(2);
    });
  }

  it('gets each call twice at most', async () => {
    const { world, provider, proxy } = await connected(endless);
    let arrived = 0;
    provider.answerApi = () => {
      arrived += 1;
      return new Response('no', { status: 401 });
    };
    for (let call = 1; call <= 5; call += 1) {
      arrived = 0;
      await proxy('/me');
      expect(arrived).toBeLessThanOrEqual(2);
      world.advance({ minutes: 2 });
    }
    // A token refreshed for this very call isn't refused for its age.
    world.advance({ minutes: 3 * hour });
    arrived = 0;
    await proxy('/me');
    expect(arrived).toBe(2);
  });
});
