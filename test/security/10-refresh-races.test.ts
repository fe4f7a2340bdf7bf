import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { connected, eventsOf, rowOf } from '../worker/harness/connected.ts';
import { patchConnection, readConnection, type Shown } from '../worker/harness/link.ts';
import { manage } from '../worker/harness/management.ts';
import { type Exchanged, finishedRun } from '../worker/harness/run.ts';
import type { World } from '../worker/harness/world.ts';

// The provider rotates refresh tokens and ends the grant where a spent one comes again: two refreshes of one token cost
// the user the Connection.

/** A Connection whose access token has expired, and its worker's second isolate. */
async function expired() {
  const scene = await connected();
  const elsewhere = scene.world.isolate();
  scene.world.advance({ minutes: 61 });
  return {
    ...scene,
    proxyElsewhere: (path: string) => elsewhere(`/proxy/${scene.source.id}${path}`, scene.authorized()),
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes many calls at once, and gives how often each status came. */
async function atOnce(...calls: [times: number, call: () => Promise<Response>][]) {
  const answers = await Promise.all(
    calls.flatMap(([times, call]) => Array.from({ length: times }, () => call())),
  );
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

/** The next storage calls fail, so many. */
function failNext(world: World, times: number, when: 'before' | 'after'): void {
  const perform = world.storage.perform.bind(world.storage);
  let left = times;
  const spy = vi.spyOn(world.storage, 'perform').mockImplementation(async (call, run) => {
    if (left === 0) return perform(call, run);
    left -= 1;
    if (when === 'after') await perform(call, run);
    throw new Error('D1_ERROR: Network connection lost.');
  });
  onTestFinished(() => spy.mockRestore());
}

/** What is stored works, now and when it has to be refreshed the next time. */
async function expectAlive({ world, proxy, provider }: Awaited<ReturnType<typeof connected>>) {
  const before = provider.refreshes;
  await ok(proxy('/me'));
  expect(provider.refreshes, 'the tokens in place are the fresh ones').toBe(before);
  world.advance({ minutes: 61 });
  await ok(proxy('/me'));
  expect(provider).toMatchObject({ refreshes: before + 1, reuses: 0 });
}

describe('two hundred calls at once on an expired token', () => {
  it('are answered after one refresh', async () => {
    const scene = await expired();
    const { provider, proxy } = scene;
    provider.answerRefresh = async (form) => {
      await sleep(50);
      return provider.refresh(form);
    };
    expect(await atOnce([200, () => proxy('/me')])).toEqual({ 200: 200 });
    expect(provider.presented).toHaveLength(1);
    await expectAlive(scene);
  });

  it('at two isolates are answered after one refresh', async () => {
    const scene = await expired();
    const { provider, proxy, proxyElsewhere } = scene;
    provider.answerRefresh = async (form) => {
      await sleep(120);
      return provider.refresh(form);
    };
    expect(await atOnce([100, () => proxy('/me')], [100, () => proxyElsewhere('/me')])).toEqual({ 200: 200 });
    expect(provider.presented).toHaveLength(1);
    await expectAlive(scene);
  });

  it('are answered by the old token where it still lives and the provider is down, which is asked once', async () => {
    const { world, provider, proxy, proxyElsewhere } = await expired();
    await ok(proxy('/me'));
    world.advance({ minutes: 57 });
    provider.answerRefresh = () => new Response('down', { status: 503 });
    expect(await atOnce([100, () => proxy('/me')], [100, () => proxyElsewhere('/me')])).toEqual({ 200: 200 });
    expect(provider.presented).toHaveLength(2);
  });

  it('are all refused where the grant is dead, which is told once', async () => {
    const { world, id, provider, proxy, proxyElsewhere } = await expired();
    provider.answerRefresh = async () => {
      await sleep(60);
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    };
    expect(await atOnce([100, () => proxy('/me')], [100, () => proxyElsewhere('/me')])).toEqual({ 409: 200 });
    expect(provider.presented).toHaveLength(1);
    expect(await eventsOf(world, id)).toEqual(['connection.created', 'connection.needs_reauthorization']);
  });
});

it('without the lease, two isolates would end the grant', async () => {
  const { world, id, provider, proxy, proxyElsewhere } = await expired();
  provider.answerRefresh = async (form) => {
    provider.answerRefresh = null;
    const answer = provider.refresh(form);
    await world.db.prepare('UPDATE connections SET refresh_lease_until = 0 WHERE id = ?').bind(id).run();
    await proxyElsewhere('/me');
    return answer;
  };
  await proxy('/me');
  expect(provider.presented).toHaveLength(2);
  expect(provider.reuses).toBe(1);
});

describe('the holder of the lease', () => {
  it('that dies before it sends is followed by another', async () => {
    const scene = await expired();
    const { world, id, provider, proxy, proxyElsewhere } = scene;
    await world.db
      .prepare("UPDATE connections SET refresh_lease = 'dead', refresh_lease_until = ? WHERE id = ?")
      .bind(world.now + 25_000, id)
      .run();
    const statuses = atOnce([20, () => proxy('/me')], [20, () => proxyElsewhere('/me')]);
    await sleep(300);
    expect(provider.presented).toEqual([]);
    world.advance({ seconds: 26 });
    expect(await statuses).toEqual({ 200: 40 });
    expect(provider.presented).toHaveLength(1);
    await expectAlive(scene);
  });

  it('that the provider lets hang lets go, and the next one succeeds', async () => {
    const scene = await expired();
    const { world, provider, proxy, proxyElsewhere } = scene;
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    provider.answerRefresh = () => {
      resolve();
      return new Promise<Response>(() => {});
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const statuses = atOnce([20, () => proxy('/me')], [20, () => proxyElsewhere('/me')]);
    await asked;
    let over = false;
    const done = statuses.finally(() => {
      over = true;
    });
    for (let second = 0; second < 40 && !over; second += 1) {
      vi.advanceTimersByTime(1_000);
      world.advance({ seconds: 1 });
      await scheduler.wait(30);
    }
    expect(await done).toEqual({ 503: 40 });
    expect(provider.presented).toHaveLength(1);
    vi.useRealTimers();
    provider.answerRefresh = null;
    world.advance({ minutes: 1 });
    expect(await atOnce([20, () => proxy('/me')], [20, () => proxyElsewhere('/me')])).toEqual({ 200: 40 });
    expect(provider.presented).toHaveLength(2);
    await expectAlive(scene);
  });

  it('that dies after a refresh that didn’t help keeps nobody waiting', async () => {
    const { world, id, provider, proxy } = await connected({ provider: (it) => (it.expiresIn = null) });
    await world.db
      .prepare(
        "UPDATE connections SET refresh_lease = 'dead', refresh_lease_until = ?, refresh_retry_at = ? WHERE id = ?",
      )
      .bind(world.now - 1, world.now + 60_000, id)
      .run();
    provider.endAccessTokens();
    const started = performance.now();
    expect((await proxy('/me')).status).toBe(401);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('the write that stores the fresh tokens', () => {
  for (const [times, when] of [
    [1, 'before'],
    [1, 'after'],
    [2, 'after'],
    [3, 'before'],
    [4, 'after'],
    [5, 'before'],
  ] as const) {
    it(`may fail ${times} times ${when} it took effect`, async () => {
      const scene = await expired();
      const { world, provider, proxy } = scene;
      provider.answerRefresh = (form) => {
        provider.answerRefresh = null;
        failNext(world, times, when);
        return provider.refresh(form);
      };
      expect(await atOnce([50, () => proxy('/me')])).toEqual({ 200: 50 });
      expect(provider.presented).toHaveLength(1);
      await expectAlive(scene);
    });
  }

  it('doesn’t overwrite a token that was put in place meanwhile', async () => {
    const scene = await expired();
    const { world, id, provider, proxy, application, source } = scene;
    const run = await finishedRun(world, application, provider, source, {
      clientUserId: 'user-2',
      choice: { account: 'second' },
    });
    const other = await ok<Exchanged>(run.exchange());
    const { auth } = await readConnection(world, other.connections[0] ?? '');
    provider.answerRefresh = async (form) => {
      provider.answerRefresh = null;
      await ok(patchConnection(world, id, { auth: { data: auth.data } }));
      return provider.refresh(form);
    };
    expect(await ok(proxy('/me'))).toMatchObject({ id: 'second' });
    expect((await readConnection(world, id)).auth.data.access_token).toBe(auth.data.access_token);
    expect(provider.presented).toHaveLength(1);
    // Who then finds it stale refreshes the newer one.
    world.advance({ minutes: 61 });
    expect(await ok(proxy('/me'))).toMatchObject({ id: 'second' });
  });

  for (const [title, body] of Object.entries({
    'the whole object': (read: Shown) => read,
    'its tokens': (read: Shown) => ({ auth: { data: read.auth.data } }),
    'its tokens with another expiry': (read: Shown) => ({
      auth: { data: { ...read.auth.data, expires_at: '2026-11-22T09:59:59Z' } },
    }),
    'its status': (read: Shown) => ({ auth: { status: read.auth.status } }),
    'its name': () => ({ name: 'Renamed' }),
  })) {
    it(`is not undone by a client that sends back ${title} at that moment`, async () => {
      const scene = await connected();
      const { world, id, provider, proxy, authorized, source } = scene;
      const elsewhere = world.isolate();
      const read = await readConnection(world, id);
      world.advance({ minutes: 61 });
      const seen: unknown[] = [];
      let others: Promise<Record<number, number>> = Promise.resolve({});
      provider.answerRefresh = async (form) => {
        provider.answerRefresh = null;
        const answer = provider.refresh(form);
        seen.push((await patchConnection(world, id, body(read))).status);
        others = atOnce([3, () => elsewhere(`/proxy/${source.id}/me`, authorized())]);
        await sleep(100);
        // Nobody else has taken the lease.
        seen.push(provider.presented.length);
        return answer;
      };
      expect((await proxy('/me')).status).toBe(200);
      expect(await others).toEqual({ 200: 3 });
      // What would change at that moment is refused; what changes nothing isn't.
      expect(seen).toEqual([title.endsWith('expiry') ? 409 : 200, 1]);
      await expectAlive(scene);
    });
  }
});

it('a Connection that is deleted while it is refreshed stays deleted', async () => {
  const { world, id, provider, proxy } = await expired();
  provider.answerRefresh = async (form) => {
    const answer = provider.refresh(form);
    expect((await manage(world, 'DELETE', `/connections/${id}`)).status).toBe(204);
    return answer;
  };
  expect([404, 409]).toContain((await proxy('/me')).status);
  expect(await rowOf(world, id)).toEqual({});
});
