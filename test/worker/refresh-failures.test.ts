import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { connected, eventsOf, rowOf } from './harness/connected.ts';
import { patchConnection, readConnection, type Shown } from './harness/link.ts';
import type { Echo } from './harness/oauth2-provider.ts';

const day = 24 * 60 * 60_000;

describe('a grant that the provider has ended', () => {
  /** What the provider may say it with. */
  const ends: Record<string, () => Response> = {
    '400 by the book': () =>
      Response.json({ error: 'invalid_grant', error_description: 'x' }, { status: 400 }),
    '401': () => Response.json({ error: 'invalid_grant' }, { status: 401 }),
    '200, of all things': () => Response.json({ error: 'invalid_grant' }),
  };
  for (const [title, answer] of Object.entries(ends)) {
    it(`(${title}) is final: told once, and not asked for again`, async () => {
      const { world, id, provider, proxy } = await connected();
      world.advance({ minutes: 56 });
      const read = await readConnection(world, id);
      world.advance({ minutes: 61 });
      const asked = provider.presented.length;
      provider.answerRefresh = answer;
      const { error_description } = await refused(proxy('/me'), 409, 'invalid_grant');
      expect(error_description).toContain('connect again');
      for (let call = 0; call < 50; call += 1) await refused(proxy('/me'), 409, 'invalid_grant');
      await world.sweep();
      expect(provider.presented).toHaveLength(asked + 1);
      const shown = await readConnection(world, id);
      expect(shown.auth).toMatchObject({ status: { complete: false, authorized: false }, data: {} });
      expect(await eventsOf(world, id)).toEqual(['connection.created', 'connection.needs_reauthorization']);

      // What a client had read before brings nothing back.
      for (const body of [
        read,
        { auth: read.auth },
        { auth: { data: read.auth.data, status: { complete: true } } },
      ]) {
        await ok(patchConnection(world, id, body));
        expect((await readConnection(world, id)).auth.status.complete).toBe(false);
      }
      await refused(proxy('/me'), 409, 'invalid_grant');
      expect(provider.presented).toHaveLength(asked + 1);
      expect(await eventsOf(world, id)).toHaveLength(2);
    });
  }

  it('keeps none of its tokens', async () => {
    const { world, id, provider, proxy } = await connected();
    world.advance({ minutes: 61 });
    provider.answerRefresh = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    await proxy('/me');
    expect(await rowOf(world, id)).toMatchObject({
      sealed_tokens: null,
      token_expires_at: null,
      token_stale_at: null,
      refresh_due_at: null,
      access_token_hash: null,
      refresh_lease: null,
    });
  });

  it('is told apart from one whose client is refused', async () => {
    const { world, id, provider, proxy } = await connected();
    for (const error of ['invalid_client', 'unauthorized_client', 'invalid_request', 'invalid_scope']) {
      world.advance({ minutes: 61 });
      provider.answerRefresh = () =>
        Response.json({ error }, { status: error === 'invalid_client' ? 401 : 400 });
      const failed = await proxy('/me');
      expect(Number(failed.headers.get('Retry-After'))).toBeGreaterThan(0);
      const { error_description } = await refused(failed, 503, 'temporarily_unavailable');
      expect(error_description).toContain(error);
      expect((await readConnection(world, id)).auth.status.complete).toBe(true);
    }
    expect(await eventsOf(world, id)).toEqual(['connection.created']);
    provider.answerRefresh = null;
    world.advance({ minutes: 61 });
    await ok(proxy('/me'));
  });
});

describe('a failure that may pass', () => {
  const failures: Record<string, () => Response | Promise<Response>> = {
    'an outage': () => new Response('<html>', { status: 503 }),
    'an overload': () => Response.json({ error: 'slow_down' }, { status: 429 }),
    'a page with 200': () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }),
    'no token': () => Response.json({ token_type: 'bearer' }),
    'a connection refused': () => Promise.reject(new TypeError('refused')),
    'a redirect': () => new Response(null, { status: 302, headers: { Location: 'https://other.example' } }),
  };
  for (const [title, fail] of Object.entries(failures)) {
    it(`(${title}) leaves the old token in use while it lives, and is 503 from then on until it passes`, async () => {
      const { world, id, provider, proxy } = await connected();
      provider.answerRefresh = fail;
      world.advance({ minutes: 57 });
      const { headers } = await ok<Echo>(proxy('/me'));
      expect(headers.authorization).toBe(`Bearer ${provider.issued[0]}`);
      await ok(proxy('/me'));
      expect(provider.presented).toHaveLength(1);
      world.advance({ minutes: 4 });
      const failed = await proxy('/me');
      const seconds = Number(failed.headers.get('Retry-After'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(3600);
      await refused(failed, 503, 'temporarily_unavailable');
      expect((await rowOf(world, id)).complete).toBe(1);
      expect(await eventsOf(world, id)).toEqual(['connection.created']);
      provider.answerRefresh = null;
      world.advance({ seconds });
      await ok(proxy('/me'));
      expect((await rowOf(world, id)).refresh_failures).toBe(0);
    });
  }

  it('is tried some thirty times a day, however many calls there are', async () => {
    const { world, provider, proxy } = await connected();
    provider.answerRefresh = () => new Response('', { status: 503 });
    world.advance({ minutes: 61 });
    const end = world.now + day;
    while (world.now < end) {
      const seconds = Number((await proxy('/me')).headers.get('Retry-After'));
      const asked = provider.presented.length;
      world.advance({ seconds: seconds - 1 });
      await refused(proxy('/me'), 503, 'temporarily_unavailable');
      expect(provider.presented, 'nobody asks before').toHaveLength(asked);
      world.advance({ seconds: 1 });
    }
    expect(provider.presented.length).toBeLessThanOrEqual(35);
    // Nor is it given up: an outage of an hour isn't waited out for a day.
    expect(provider.presented.length).toBeGreaterThanOrEqual(20);
  });

  for (const [title, value, minutes] of [
    ['seconds', () => '1500', 25],
    ['a date', (now: number) => new Date(now + 25 * 60_000).toUTCString(), 25],
    // More than an hour is more than anybody waits.
    ['a week', () => String(7 * 86_400), 60],
  ] as const) {
    it(`is tried again when the provider said (${title}), not before`, async () => {
      const { world, provider, proxy } = await connected();
      provider.answerRefresh = () =>
        new Response('', { status: 429, headers: { 'Retry-After': value(world.now) } });
      world.advance({ minutes: 61 });
      const failed = await proxy('/me');
      expect(Number(failed.headers.get('Retry-After'))).toBe(minutes * 60);
      await refused(failed, 503, 'temporarily_unavailable');
      provider.answerRefresh = null;
      world.advance({ minutes: minutes - 1, seconds: 58 });
      await refused(proxy('/me'), 503, 'temporarily_unavailable');
      expect(provider.presented).toHaveLength(1);
      world.advance({ seconds: 3 });
      await ok(proxy('/me'));
      expect(provider.presented).toHaveLength(2);
    });
  }

  it('is over once the user has consented anew, or the owner has put a token in place', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.answerRefresh = () => new Response('', { status: 503 });
    world.advance({ minutes: 61 });
    for (let round = 0; round < 5; round += 1) {
      await proxy('/me');
      world.advance({ minutes: 70 });
    }
    const fresh = await ok<Shown>(
      patchConnection(world, id, { auth: { data: { access_token: 'put-in-place' } } }),
    );
    expect(fresh.auth.data.access_token).toBe('put-in-place');
    expect(await rowOf(world, id)).toMatchObject({ refresh_failures: 0, refresh_retry_at: null });
  });
});
