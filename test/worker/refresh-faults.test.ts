import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { connected, eventsOf } from './harness/connected.ts';
import { manage } from './harness/management.ts';

// One thing fails while a call is made: a storage call, before or after it took effect, or a request that leaves us. No
// token is lost, none is refreshed twice, and the next call works.

type Scene = Awaited<ReturnType<typeof connected>>;

async function expired(): Promise<Scene> {
  const scene = await connected();
  scene.world.advance({ minutes: 61 });
  return scene;
}

const storageCalls = ({ world }: Scene, from: number) => world.storage.calls.length - from;
/** Who calls, and what with; the lease; the fresh tokens. */
const ofRefresh = 3;
const ofPlainCall = 1;

async function expectAlive({ world, proxy, provider }: Scene, refreshes: number) {
  await ok(proxy('/me'));
  expect(provider).toMatchObject({ refreshes, reuses: 0 });
  world.advance({ minutes: 61 });
  await ok(proxy('/me'));
  expect(provider).toMatchObject({ refreshes: refreshes + 1, reuses: 0 });
}

describe('storage fails once during a call', () => {
  for (const when of ['before', 'after'] as const) {
    for (let index = 0; index < ofRefresh; index += 1) {
      it(`that refreshes, at its storage call ${index + 1}, ${when} it took effect`, async () => {
        const scene = await expired();
        const answer = await scene.world.withFault({ index, when }, () => scene.proxy('/me'));
        // Writes are repeated; a read is the caller's to repeat.
        expect(answer.status).toBe(index === 0 ? 500 : 200);
        expect(scene.provider.presented).toHaveLength(index === 0 ? 0 : 1);
        await expectAlive(scene, 1);
        expect(await eventsOf(scene.world, scene.id)).toEqual(['connection.created']);
      });
    }

    it(`that refreshes nothing, ${when} it took effect`, async () => {
      const scene = await connected();
      const answer = await scene.world.withFault({ index: 0, when }, () => scene.proxy('/me'));
      await refused(answer, 500, 'server_error');
      await expectAlive(scene, 0);
    });

    it(`that the provider refuses, ${when} its trace was left`, async () => {
      const { world, id, provider, proxy } = await connected();
      provider.answerApi = () => new Response('no', { status: 403 });
      const answer = await world.withFault({ index: 1, when }, () => proxy('/me'));
      expect([answer.status, await answer.text()]).toEqual([403, 'no']);
      expect(await ok(manage(world, 'GET', `/connections/${id}/failed-calls`))).toHaveLength(1);
    });

    it(`whose grant turns out to be dead, ${when} that is stored`, async () => {
      const { world, id, provider, proxy } = await expired();
      provider.answerRefresh = () => {
        world.storage.arm({ index: 0, when });
        return Response.json({ error: 'invalid_grant' }, { status: 400 });
      };
      await refused(proxy('/me'), 409, 'invalid_grant');
      await refused(proxy('/me'), 409, 'invalid_grant');
      expect(provider.presented).toHaveLength(1);
      expect(await eventsOf(world, id)).toEqual(['connection.created', 'connection.needs_reauthorization']);
    });

    it(`whose refresh fails for now, ${when} that is stored`, async () => {
      const scene = await expired();
      const { world, provider, proxy } = scene;
      provider.answerRefresh = () => {
        world.storage.arm({ index: 0, when });
        return new Response('', { status: 503 });
      };
      await refused(proxy('/me'), 503, 'temporarily_unavailable');
      await refused(proxy('/me'), 503, 'temporarily_unavailable');
      expect(provider.presented).toHaveLength(1);
      provider.answerRefresh = null;
      world.advance({ minutes: 2 });
      await expectAlive(scene, 1);
    });
  }

  it('makes no more storage calls than are failed here', async () => {
    const scene = await expired();
    let from = scene.world.storage.calls.length;
    await ok(scene.proxy('/me'));
    expect(storageCalls(scene, from)).toBe(ofRefresh);
    from = scene.world.storage.calls.length;
    await ok(scene.proxy('/me'));
    expect(storageCalls(scene, from)).toBe(ofPlainCall);
  });
});

describe('the provider’s token endpoint', () => {
  const unprocessed: Record<string, (scene: Scene) => Response | Promise<Response>> = {
    'can’t be reached': () => Promise.reject(new TypeError('connection refused')),
    'answers half': () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{"access_token":'));
            controller.error(new TypeError('connection reset'));
          },
        }),
      ),
  };
  for (const [title, answer] of Object.entries(unprocessed)) {
    it(`${title}, having done nothing: it is asked again later`, async () => {
      const scene = await expired();
      scene.provider.answerRefresh = () => answer(scene);
      await refused(scene.proxy('/me'), 503, 'temporarily_unavailable');
      await refused(scene.proxy('/me'), 503, 'temporarily_unavailable');
      expect(scene.provider.presented).toHaveLength(1);
      scene.provider.answerRefresh = null;
      scene.world.advance({ seconds: 31 });
      await expectAlive(scene, 1);
    });
  }

  it('loses its answer, and takes the old refresh token once more: nothing is lost', async () => {
    const scene = await expired();
    scene.provider.refreshing.detectsReuse = false;
    scene.provider.answerRefresh = (form) => {
      scene.provider.answerRefresh = null;
      scene.provider.refresh(form);
      throw new TypeError('connection reset');
    };
    await refused(scene.proxy('/me'), 503, 'temporarily_unavailable');
    scene.world.advance({ seconds: 31 });
    await expectAlive(scene, 2);
  });

  it('loses its answer, and takes the next try for theft: the owner is told, once', async () => {
    const { world, id, provider, proxy } = await expired();
    provider.answerRefresh = (form) => {
      provider.answerRefresh = null;
      provider.refresh(form);
      throw new TypeError('connection reset');
    };
    await refused(proxy('/me'), 503, 'temporarily_unavailable');
    world.advance({ seconds: 31 });
    await refused(proxy('/me'), 409, 'invalid_grant');
    await refused(proxy('/me'), 409, 'invalid_grant');
    expect(provider.presented).toHaveLength(2);
    expect(await eventsOf(world, id)).toEqual(['connection.created', 'connection.needs_reauthorization']);
  });

  it('hangs: the call goes on with the old token while that lives', async () => {
    const scene = await connected();
    const { world, provider, proxy } = scene;
    world.advance({ minutes: 57 });
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    provider.answerRefresh = () => {
      resolve();
      return new Promise<Response>(() => {});
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const answer = proxy('/me');
    await asked;
    vi.advanceTimersByTime(25_000);
    await ok(answer);
    vi.useRealTimers();
    provider.answerRefresh = null;
    await ok(proxy('/me'));
    expect(provider.presented).toHaveLength(1);
    world.advance({ minutes: 1 });
    await expectAlive(scene, 1);
  });
});

describe('the provider’s API', () => {
  for (const [title, takesEffect] of [
    ['can’t be reached', false],
    ['loses its answer', true],
  ] as const) {
    it(`${title}: a call isn’t repeated for that, and the next one works`, async () => {
      const scene = await expired();
      const { provider, proxy } = scene;
      let effects = 0;
      provider.answerApi = () => {
        provider.answerApi = null;
        if (takesEffect) effects += 1;
        throw new TypeError('connection reset');
      };
      await refused(proxy('/me', { method: 'POST' }), 502, 'provider_error');
      expect(effects).toBe(takesEffect ? 1 : 0);
      expect(provider.presented).toHaveLength(1);
      await expectAlive(scene, 1);
    });
  }
});
