import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureBody, ok, refused } from '../worker/harness/answers.ts';
import { connected, rowOf } from '../worker/harness/connected.ts';
import { manage } from '../worker/harness/management.ts';
import { OAuth1Provider } from '../worker/harness/oauth1-provider.ts';
import type { Echo, OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

type Answer = (request: Request) => Response | Promise<Response>;

const token = { access_token: 'token', token_type: 'bearer' };
const raw = (body: BodyInit | null, init: ResponseInit & { type?: string } = {}): Answer => {
  const { type = 'application/json', ...rest } = init;
  return () => new Response(body, { ...rest, headers: { 'Content-Type': type, ...rest.headers } });
};
const json = (value: unknown, status = 200): Answer => raw(JSON.stringify(value), { status });

/** Answers that hold no token anybody should believe in. */
const broken: Record<string, Answer> = {
  'HTML with 200': raw('<!doctype html><p>access_token=x', { type: 'text/html' }),
  'HTML with 500': raw('<html>', { status: 500, type: 'text/html' }),
  'nothing at all': raw(null),
  'nothing with 204': () => new Response(null, { status: 204 }),
  'an error with 200': json({ error: 'invalid_grant', error_description: 'used' }),
  'an error beside a token': json({ ...token, error: 'invalid_scope' }),
  'an error of its own kind': json({
    ok: false,
    error: { code: 190, message: 'no', type: 'OAuthException' },
  }),
  'truncated JSON': raw('{"access_token":"tok'),
  'JSON that is no object': json(['access_token', 'x']),
  'a number for a token': json({ ...token, access_token: 12345 }),
  'an object for a token': json({ ...token, access_token: { value: 'x' } }),
  'null for a token': json({ ...token, access_token: null }),
  'an empty token': json({ ...token, access_token: '' }),
  'a token with a line break': json({ ...token, access_token: 'tok\r\nX-Injected: 1' }),
  'a token beyond ASCII': json({ ...token, access_token: 'tökën' }),
  'a token without end': json({ ...token, access_token: 'x'.repeat(20_000) }),
  'a token on a prototype': raw('{"__proto__":{"access_token":"x"}}'),
  'a name given twice': raw('{"access_token":"one","access_token":"two","token_type":"bearer"}'),
  'a form with a name given twice': raw('access_token=one&access_token=two', {
    type: 'application/x-www-form-urlencoded',
  }),
  'a redirect': raw(null, { status: 302, headers: { Location: 'https://elsewhere.example/token' } }),
  'an overload': json({ error: 'slow_down' }, 429),
  'an outage': json(token, 503),
  'a refusal with a token in it': json(token, 403),
  'a body that breaks off': () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"access_token":'));
          controller.error(new TypeError('connection reset'));
        },
      }),
    ),
  'a connection that is refused': () => {
    throw new TypeError('connection refused');
  },
};

/** Some of the broken answers, by name. */
const only = (...titles: string[]) => {
  const chosen = Object.entries(broken).filter(([title]) => titles.includes(title));
  expect(chosen).toHaveLength(titles.length);
  return Object.fromEntries(chosen);
};

async function boundRun(fields: Record<string, unknown> = {}) {
  const scene = await setting(fields);
  const run = await Run.fromPage(scene.world, scene.application);
  await ok(run.bind());
  const parked = async () =>
    scene.world.db.prepare('SELECT count(*) AS n FROM grants WHERE run_id = ?').bind(run.id).first('n');
  return { ...scene, run, parked };
}

describe('a token endpoint that answers with', () => {
  for (const [title, answer] of Object.entries(broken)) {
    it(`${title} leaves nothing behind but a clear word, and the user can try again`, async () => {
      const { run, provider, source, parked } = await boundRun();
      provider.answerToken = answer;
      expect((await run.connect(provider, source)).status).toBe(303);
      const { outcome, changed } = await ok<View>(run.view());
      expect(changed).toBe(false);
      expect(outcome).toMatchObject({ result: 'failed', source: { id: source.id } });
      expect(outcome?.error).toMatch(/^[\w.-]+$/);
      expect((outcome?.error_description ?? '').length).toBeGreaterThan(15);
      expect(await parked()).toBe(0);
      provider.answerToken = null;
      await run.connect(provider, source);
      expect(await ok<View>(run.view())).toMatchObject({ changed: true, outcome: { result: 'connected' } });
    });
  }

  it('more than anybody would send is cut off', async () => {
    const { run, provider, source, parked } = await boundRun();
    let pulled = 0;
    provider.answerToken = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(64 * 1024).fill(32));
          },
        }),
      );
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ outcome: { result: 'failed' } });
    expect(pulled).toBeLessThan(20);
    expect(await parked()).toBe(0);
  });
});

describe('a token endpoint that answers a refresh with', () => {
  const { 'an error with 200': final, ...passing } = broken;

  for (const [title, answer] of Object.entries(passing)) {
    it(`${title} costs the user nothing: the old token goes on, and it is asked again later`, async () => {
      const { world, id, provider, proxy } = await connected();
      const before = await rowOf(world, id);
      provider.answerToken = answer;
      world.advance({ minutes: 57 });
      const { headers } = await ok<Echo>(proxy('/me'));
      expect(headers.authorization).toBe(`Bearer ${provider.issued[0]}`);
      const { complete, sealed_tokens, scopes_granted, refresh_lease } = await rowOf(world, id);
      expect({ complete, sealed_tokens, scopes_granted }).toEqual({
        complete: 1,
        sealed_tokens: before.sealed_tokens,
        scopes_granted: before.scopes_granted,
      });
      expect(refresh_lease).toBe(null);
      provider.answerToken = null;
      world.advance({ minutes: 1 });
      await ok(proxy('/me'));
      expect(provider.refreshes).toBe(1);
    });
  }

  it('invalid_grant under 200 is believed', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.answerToken = final ?? null;
    world.advance({ minutes: 57 });
    await refused(proxy('/me'), 409, 'invalid_grant');
    expect((await rowOf(world, id)).complete).toBe(0);
  });

  it('an odd expires_in is used until the provider refuses it, and then refreshed', async () => {
    const { world, provider, proxy } = await connected();
    for (const expires_in of [0, -1, 'soon', null, 1e300]) {
      provider.tokenFields = { expires_in };
      world.advance({ minutes: 61 });
      const before = provider.refreshes;
      for (let call = 0; call < 3; call += 1) await ok(proxy('/me'));
      expect(provider.refreshes - before, String(expires_in)).toBe(1);
    }
  });
});

describe('text from a provider', () => {
  it('is quoted, cut and cleaned before anybody sees it', async () => {
    const { world, run, provider, source } = await boundRun();
    const description = `<img src=x onerror=alert(1)>\u0000\u202e${'x'.repeat(5000)}`;
    provider.answerToken = json({ error: 'bad "thing"\n', error_description: description }, 400);
    await run.connect(provider, source);
    const { outcome } = await ok<View>(run.view());
    expect(outcome?.error_description?.length).toBeLessThan(700);
    expect(JSON.stringify(outcome)).not.toMatch(/\p{Cc}|\u202e|\\u0000/u);
    expect(world.logs.join('\n')).not.toContain('\u202e');
  });
});

describe('an odd expires_in', () => {
  for (const [value, lifetime] of [
    ['3600', 3600],
    [3600.7, 3600.7],
    [' 60 ', 60],
    [0, null],
    [-1, null],
    ['soon', null],
    [null, null],
    [{}, null],
    [[3600], null],
    [true, null],
    [Number.MAX_VALUE, null],
    ['1e3', null],
    [4_102_444_800, null],
  ] as const) {
    it(`of ${JSON.stringify(value)} is ${lifetime === null ? 'no known expiry' : `${lifetime} s`}`, async () => {
      const { world, application, provider, source } = await setting();
      provider.answerToken = json({ ...token, expires_in: value });
      const run = await finishedRun(world, application, provider, source);
      const { connections } = await ok<Exchanged>(run.exchange());
      const { auth } = await ok<{ auth: { data: Record<string, unknown> } }>(
        manage(world, 'GET', `/connections/${connections[0]}`),
      );
      const expected = lifetime === null ? undefined : new Date(world.now + lifetime * 1000).toISOString();
      expect(auth.data.expires_at).toBe(expected);
    });
  }
});

/** Makes the next `setTimeout`s wait for the test; says when the provider has been asked. */
function hanging(provider: OAuth2Provider, endpoint: 'answerToken' | 'answerApi') {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  provider[endpoint] = () => {
    resolve();
    return new Promise<Response>(() => {});
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return asked;
}

describe('a provider that never answers', () => {
  it('is given up on after ten seconds at the token endpoint', async () => {
    const { run, provider, source } = await boundRun();
    const url = await run.consent(provider, source);
    const asked = hanging(provider, 'answerToken');
    const callback = run.callback(url);
    await asked;
    vi.advanceTimersByTime(10_000);
    expect((await callback).status).toBe(303);
    expect(await ok<View>(run.view())).toMatchObject({
      outcome: { result: 'failed', error: 'provider_timeout' },
    });
  });

  it('with metadata costs the Connection nothing but the metadata', async () => {
    const { run, provider, source } = await boundRun({ metadata_url: '/me' });
    const url = await run.consent(provider, source);
    const asked = hanging(provider, 'answerApi');
    const callback = run.callback(url);
    await asked;
    vi.advanceTimersByTime(5_000);
    expect((await callback).status).toBe(303);
    expect(await ok<View>(run.view())).toMatchObject({ outcome: { result: 'connected' } });
  });

  it('to a proxied call is 504 after thirty seconds', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { accessToken } = await ok<Exchanged>(run.exchange());
    const asked = hanging(provider, 'answerApi');
    const headers = { Authorization: `Bearer ${accessToken}` };
    const call = world.request(`/proxy/${source.id}/me`, { headers });
    await asked;
    vi.advanceTimersByTime(30_000);
    await refused(call, 504, 'provider_timeout');
  });

  it('or answers drop by drop is given up on as well', async () => {
    const { run, provider, source } = await boundRun();
    const timeout = AbortSignal.timeout;
    const spy = vi
      .spyOn(AbortSignal, 'timeout')
      .mockImplementation((ms) => timeout.call(AbortSignal, ms / 100));
    onTestFinished(() => spy.mockRestore());
    let drops = 0;
    provider.answerToken = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            drops += 1;
            if (drops > 200) controller.close();
            else controller.enqueue(new Uint8Array([32]));
          },
        }),
      );
    expect((await run.connect(provider, source)).status).toBe(303);
    expect(drops).toBeLessThan(50);
    expect(await ok<View>(run.view())).toMatchObject({
      outcome: { result: 'failed', error: 'provider_timeout' },
    });
  });
});

describe('metadata of the wrong kind', () => {
  for (const [title, answer] of Object.entries({
    ...only(
      'HTML with 200',
      'nothing with 204',
      'JSON that is no object',
      'truncated JSON',
      'a redirect',
      'an outage',
    ),
    ...only('a body that breaks off', 'a connection that is refused'),
    'a megabyte': raw(`{"a":"${'x'.repeat(1024 * 1024)}"}`),
    'a text': json('me'),
  })) {
    it(`(${title}) spoils no Connection`, async () => {
      const { run, provider, source } = await boundRun({ metadata_url: '/me' });
      provider.answerApi = answer;
      expect((await run.connect(provider, source)).status).toBe(303);
      expect(await ok<View>(run.view())).toMatchObject({ outcome: { result: 'connected' } });
    });
  }
});

describe('a temporary-credential endpoint that answers with', () => {
  for (const [title, answer] of Object.entries({
    ...only(
      'HTML with 200',
      'HTML with 500',
      'nothing at all',
      'an error with 200',
      'JSON that is no object',
    ),
    ...only(
      'a number for a token',
      'a form with a name given twice',
      'a redirect',
      'an overload',
      'an outage',
    ),
    ...only('a body that breaks off', 'a connection that is refused'),
    'a token without its secret': raw('oauth_token=x&oauth_callback_confirmed=true', { type: 'text/plain' }),
    'a problem with 200': raw('oauth_problem=consumer_key_unknown', { type: 'text/plain' }),
  })) {
    it(`${title} sends the user nowhere`, async () => {
      const { world, run } = await boundRun();
      const photos = new OAuth1Provider(world);
      const source = await photos.define();
      photos.answer = answer;
      const refusal = await run.authorize(source);
      const { error } = await failureBody(refusal);
      expect(['502 provider_error', '503 temporarily_unavailable']).toContain(`${refusal.status} ${error}`);
      expect(run.browser.cookies.size).toBe(1);
      photos.answer = null;
      await ok(run.authorize(source));
    });
  }
});
