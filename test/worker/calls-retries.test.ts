import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ok } from './harness/answers.ts';
import { connected, connectedPhotos } from './harness/connected.ts';
import { type Echo, echo } from './harness/oauth2-provider.ts';

type Scene = Awaited<ReturnType<typeof connected>>;

/** The API refuses so many times before it answers; says how often it was asked. */
function busy({ provider }: Scene, times: number, refusal: () => Response): () => number {
  let arrived = 0;
  provider.answerApi = async (request) => {
    await request.arrayBuffer();
    arrived += 1;
    return arrived <= times ? refusal() : Response.json({ arrived });
  };
  return () => arrived;
}

const overload = (retryAfter: string | null, status = 429) =>
  new Response('busy', { status, headers: retryAfter === null ? {} : { 'Retry-After': retryAfter } });

describe('a call that the provider asks to repeat later', () => {
  it('is repeated, after as many seconds or at that date', async () => {
    const scenes = await Promise.all([connected(), connected(), connected()]);
    const [first, second, third] = scenes as [Scene, Scene, Scene];
    busy(first, 1, () => overload('1'));
    busy(second, 1, () => overload('1', 503));
    busy(third, 1, () => overload(new Date(third.world.now + 1000).toUTCString(), 503));
    const took = await Promise.all(
      scenes.map(async ({ proxy }) => {
        const started = Date.now();
        expect(await ok(proxy('/me'))).toEqual({ arrived: 2 });
        return Date.now() - started;
      }),
    );
    for (const ms of took) expect(ms).toBeGreaterThanOrEqual(990);
  });

  it('is repeated at once where the date has passed, twice at most', async () => {
    const scene = await connected();
    const arrived = busy(scene, 99, () => overload('Sun, 06 Nov 1994 08:49:37 GMT'));
    const answer = await scene.proxy('/me');
    expect([answer.status, await answer.text()]).toEqual([429, 'busy']);
    expect(arrived()).toBe(3);
  });

  it('isn’t kept waiting for long: what is left goes back with its Retry-After', async () => {
    const scene = await connected();
    for (const value of ['11', '3600', '99999999999', new Date(scene.world.now + 60_000).toUTCString()]) {
      const arrived = busy(scene, 99, () => overload(value));
      const answer = await scene.proxy('/me');
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([429, value]);
      expect(arrived(), value).toBe(1);
    }
  });

  it('isn’t kept waiting for longer by two pauses than by one', async () => {
    const scene = await connected();
    const arrived = busy(scene, 99, () => overload('6'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const answer = scene.proxy('/me');
    for (let round = 0; round < 40 && arrived() < 2; round += 1) {
      vi.advanceTimersByTime(500);
      await scheduler.wait(10);
    }
    expect((await answer).status).toBe(429);
    expect(arrived()).toBe(2);
  });

  it('isn’t repeated where it had a body, or nobody said when, or it failed otherwise', async () => {
    const scene = await connected();
    const once = async (refusal: () => Response, init: RequestInit = {}) => {
      const arrived = busy(scene, 1, refusal);
      const answer = await scene.proxy('/me', init);
      expect(answer.ok).toBe(false);
      await answer.text();
      expect(arrived()).toBe(1);
    };
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      await once(() => overload('0'), { method, body: '{}' });
    }
    await once(() => overload(null));
    await once(() => overload('soon'));
    await once(() => overload('-1'));
    await once(() => overload('0', 500));
    await once(() => overload('0', 502));
    await once(() => overload('0', 403));
  });
});

describe('a redirect', () => {
  const redirect = (location: string, status = 302) =>
    new Response('moved', { status, headers: { Location: location } });

  /** The API redirects the first call, and echoes what comes after. */
  function moved({ provider }: Scene, location: string, status?: number): string[] {
    const arrived: string[] = [];
    provider.answerApi = (request) => {
      arrived.push(request.url);
      if (arrived.length === 1) return redirect(location, status);
      return echo(request, 'moved');
    };
    return arrived;
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`(${status}) on the API host is followed, with the token`, async () => {
      const scene = await connected();
      for (const [location, target] of [
        ['/v2/me?a=1', '/v2/me?a=1'],
        ['there', '/v1/there'],
        [`https://${scene.provider.apiHost}/elsewhere`, '/elsewhere'],
      ] as const) {
        moved(scene, location, status);
        const data = await ok<Echo>(scene.proxy('/me', { headers: { 'X-Version': '2' } }));
        expect(data).toMatchObject({ method: 'GET', url: `https://${scene.provider.apiHost}${target}` });
        expect(data.headers).toMatchObject({
          authorization: `Bearer ${scene.provider.issued[0]}`,
          'x-version': '2',
        });
      }
    });
  }

  it('is followed for HEAD, with HEAD', async () => {
    const scene = await connected();
    const methods: string[] = [];
    scene.provider.answerApi = ({ method, url }) => {
      methods.push(`${method} ${new URL(url).pathname}`);
      return methods.length === 1 ? redirect('/there') : new Response(null);
    };
    expect((await scene.proxy('/me', { method: 'HEAD' })).status).toBe(200);
    expect(methods).toEqual(['HEAD /v1/me', 'HEAD /there']);
  });

  it('carries a token that goes in the query once', async () => {
    const scene = await connected({ fields: { signature: 'parameter' } });
    const token = scene.provider.issued[0] ?? '';
    const arrived = moved(scene, `/there?access_token=${token}&a=1`);
    await ok(scene.proxy('/me'));
    expect(new URL(arrived[1] ?? '').searchParams.getAll('access_token')).toEqual([token]);
    const again = moved(scene, '/there?a=1');
    await ok(scene.proxy('/me'));
    expect(new URL(again[1] ?? '').searchParams.getAll('access_token')).toEqual([token]);
  });

  it('is signed anew where OAuth 1.0a signs the URL', async () => {
    const { photos, proxy } = await connectedPhotos();
    for (const location of ['/api/new?name=a%20b&x=1', `https://${photos.host}/api/other%2Fone`]) {
      photos.answer = () => {
        photos.answer = null;
        return redirect(location);
      };
      const { url } = await ok<Echo>(proxy('/old?x=2'));
      expect(url).toBe(new URL(location, `https://${photos.host}`).href);
    }
    expect(photos.refusals).toEqual([]);
  });

  it('off the declared hosts is never followed: the caller gets it as it is', async () => {
    const scene = await connected();
    const { world, provider } = scene;
    let strayed = 0;
    world.internet.elsewhere = () => {
      strayed += 1;
      return new Response('stolen');
    };
    const { apiHost } = provider;
    for (const location of [
      'https://evil.example/me',
      '//evil.example/me',
      `http://${apiHost}/me`,
      `https://${apiHost}:8443/me`,
      `https://user:pass@${apiHost}/me`,
      `https://${apiHost}@evil.example/me`,
      `https://evil.${apiHost}/me`,
      `https://${apiHost}.evil.example/me`,
      '\\\\evil.example\\me',
      'javascript:alert(1)',
    ]) {
      const arrived = moved(scene, location);
      const answer = await scene.proxy('/me');
      expect(answer.status, location).toBe(302);
      expect(arrived, location).toHaveLength(1);
    }
    expect(strayed).toBe(0);
  });

  it('is never followed by a call that may do something', async () => {
    const scene = await connected();
    for (const init of [
      { method: 'POST', body: 'x' },
      { method: 'POST' },
      { method: 'PUT', body: 'x' },
      { method: 'DELETE' },
      { method: 'OPTIONS' },
    ]) {
      const arrived = moved(scene, '/there', 307);
      const answer = await scene.proxy('/me', init);
      expect([answer.status, answer.headers.get('Location')]).toEqual([
        307,
        `https://${scene.provider.apiHost}/there`,
      ]);
      expect(arrived).toHaveLength(1);
    }
  });

  it('in a circle comes to an end', async () => {
    const scene = await connected();
    let arrived = 0;
    scene.provider.answerApi = () => {
      arrived += 1;
      return redirect('/v1/me');
    };
    expect((await scene.proxy('/me')).status).toBe(302);
    expect(arrived).toBeLessThanOrEqual(6);
  });

  it('never tells the caller the provider’s token', async () => {
    const scene = await connected({ fields: { signature: 'parameter' } });
    for (const location of ['', '#there', '?', '?a=1']) {
      scene.provider.answerApi = () =>
        new Response(null, { status: 201, headers: { Location: location, 'Content-Location': location } });
      const answer = await scene.proxy('/me', { method: 'POST', body: 'x' });
      expect(JSON.stringify([...answer.headers]), location).not.toContain(scene.provider.issued[0]);
    }
  });
});
