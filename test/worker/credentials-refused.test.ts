import { describe, expect, it } from 'vitest';
import { failureBody, ok, refused, refusedFields } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import { CredentialProvider, inHeader } from './harness/credential-provider.ts';
import { createApplication, manage, type Source } from './harness/management.ts';
import { type Exchanged, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

const goodKey = `good-key-${crypto.randomUUID()}`;
const badKey = `bad-key-${crypto.randomUUID()}`;

async function scene(fields: Record<string, unknown> = {}) {
  const world = new World();
  const provider = new CredentialProvider(world, inHeader('Authorization'));
  provider.accounts.set(`Bearer ${goodKey}`, 'account-1');
  const source = await provider.define(fields);
  const run = await Run.fromPage(world, await createApplication(world));
  await ok(run.bind());
  const enter = (typed: Record<string, unknown>, browser = run.browser) =>
    browser.post(world.origin, `/connect/runs/${run.id}/credential`, { source: source.id, ...typed });
  return { world, provider, source, run, enter };
}

async function grantsOf(world: World, run: Run): Promise<number | null> {
  return world.db.prepare('SELECT count(*) AS n FROM grants WHERE run_id = ?').bind(run.id).first('n');
}

describe('a credential that can’t be taken', () => {
  it('is refused where the provider refuses it, and another one can be typed', async () => {
    const { world, run, enter } = await scene();
    const failure = await refused(enter({ key: badKey }), 403, 'access_denied');
    expect(failure.error_description).toMatch(
      /^Weather .* didn’t accept this key\. Nothing was connected\.$/,
    );
    expect(await grantsOf(world, run)).toBe(0);
    expect(await ok<View>(run.view())).toMatchObject({ changed: false, outcome: null });
    await ok(enter({ key: goodKey }));
    await run.finished();
    expect((await ok<Exchanged>(run.exchange())).connections).toHaveLength(1);
  });

  it('leaves in place what was typed before', async () => {
    const { world, provider, source, run, enter } = await scene();
    await ok(enter({ key: goodKey }));
    await refused(enter({ key: badKey }), 403, 'access_denied');
    await run.finished();
    const { accessToken } = await ok<Exchanged>(run.exchange());
    await ok(world.request(`/proxy/${source.id}/x`, { headers: { Authorization: `Bearer ${accessToken}` } }));
    expect(provider.received.at(-1)?.headers.authorization).toBe(`Bearer ${goodKey}`);
  });

  const answers: [string, () => Response, number, string][] = [
    ['403', () => Response.json({}, { status: 403 }), 403, 'access_denied'],
    ['500', () => new Response('oh', { status: 500 }), 503, 'temporarily_unavailable'],
    ['429', () => new Response(null, { status: 429 }), 503, 'temporarily_unavailable'],
    ['404', () => Response.json({}, { status: 404 }), 502, 'provider_error'],
    ['a redirect', () => Response.redirect('https://elsewhere.example/login', 302), 502, 'provider_error'],
    [
      'a page with 200',
      () => new Response('<html>Sign in', { headers: { 'Content-Type': 'text/HTML; charset=utf-8' } }),
      502,
      'provider_error',
    ],
    ['more than it should', () => new Response(`{"a":"${'x'.repeat(300_000)}"}`), 502, 'provider_error'],
    [
      'no answer',
      () => {
        throw new TypeError('connection refused');
      },
      503,
      'temporarily_unavailable',
    ],
  ];

  it.each(answers)('is not kept where the check is answered with %s', async (_, answer, status, error) => {
    const { world, provider, run, enter } = await scene();
    provider.answer = answer;
    const failure = await refused(enter({ key: goodKey }), status, error);
    expect(failure.error_description).toContain('Nothing was connected.');
    expect(await grantsOf(world, run)).toBe(0);
    expect(world.internet.unexpected).toEqual([]);
    provider.answer = null;
    expect(await ok<View>(enter({ key: goodKey }))).toMatchObject({ changed: true });
  });

  it.each([
    ['no content', () => new Response(null, { status: 204 })],
    ['a word', () => new Response('pong', { headers: { 'Content-Type': 'text/plain' } })],
  ])('is kept where the check is answered with %s, which says nothing of an account', async (_, answer) => {
    const { provider, enter } = await scene();
    provider.answer = answer;
    expect(await ok<View>(enter({ key: goodKey }))).toMatchObject({ changed: true });
  });
});

describe('what a user may type', () => {
  it.each([
    [{}, 'key', 'is required'],
    [{ key: '  ' }, 'key', 'must not be empty'],
    [{ key: 'a\r\nX-Injected: 1' }, 'key', 'must not hold control characters'],
    [{ key: 'a\0b' }, 'key', 'must not hold control characters'],
    [{ key: 'kéy' }, 'key', 'must be printable ASCII'],
    [{ key: 'x'.repeat(8193) }, 'key', 'must be at most 8,192 characters'],
    [{ key: 'k', password: 'p' }, 'password', 'is not what this data source takes'],
    [{ key: 'k', surprise: true }, 'surprise', 'is not a known field'],
  ])('of a key: %j', async (typed, path, message) => {
    const { provider, enter } = await scene();
    expect(await refusedFields(enter(typed))).toEqual({ [path]: message });
    expect(provider.received).toEqual([]);
  });

  it.each([
    [{}, { username: 'is required', password: 'is required' }],
    [{ username: '', password: '' }, { username: 'must not be empty' }],
    [{ username: 'a:b', password: 'p' }, { username: 'must not hold a colon' }],
    [{ username: 'a', password: 'p\nq' }, { password: 'must not hold control characters' }],
    [{ key: 'k', username: 'a', password: 'p' }, { key: 'is not what this data source takes' }],
  ])('of a user name and password: %j', async (typed, faults) => {
    const { provider, enter } = await scene({ type: 'basic' });
    expect(await refusedFields(enter(typed))).toEqual(faults);
    expect(provider.received).toEqual([]);
  });

  it.each([
    'x'.repeat(8192),
    '"; DROP TABLE grants; --',
    '{{ environment.secret }}',
    'Basic a:b, Bearer c',
    '%00%0d%0a',
  ])('arrives as it is: %j', async (key) => {
    const { provider, enter } = await scene();
    provider.accounts.set(`Bearer ${key}`, 'account-2');
    await ok(enter({ key }));
    expect(provider.received.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
  });
});

describe('whose run it is', () => {
  it('is nobody else’s, whatever they know of it', async () => {
    const { world, provider, source, run, enter } = await scene();
    await refused(enter({ key: goodKey }, new Browser(world)), 404, 'not_found');
    const body = { source: source.id, key: goodKey };
    await refused(world.post(`/connect/runs/${run.id}/credential`, body), 403, 'access_denied');
    const page = 'https://evil.example';
    const forged = world.request(`/connect/runs/${run.id}/credential`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Origin: page,
        Cookie: [...run.browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; '),
      },
      body: JSON.stringify(body),
    });
    await refused(forged, 403, 'access_denied');
    expect(provider.received).toEqual([]);
    expect(await grantsOf(world, run)).toBe(0);
  });

  it('takes nothing once it is over', async () => {
    const { world, provider, run, enter } = await scene();
    await ok(enter({ key: goodKey }));
    await run.finished();
    const asked = provider.received.length;
    await refused(enter({ key: goodKey }), 409, 'run_ended');
    expect(provider.received).toHaveLength(asked);
    const late = await scene();
    late.world.advance({ minutes: 31 });
    await failureBody(await late.enter({ key: goodKey }));
    expect(await grantsOf(late.world, late.run)).toBe(0);
    expect(await grantsOf(world, run)).toBe(1);
  });

  it('takes nothing that comes while it ends', async () => {
    const { world, provider, run, enter } = await scene();
    provider.answer = async () => {
      await ok(run.exit('left'));
      return Response.json({ id: 'account-1' });
    };
    await refused(enter({ key: goodKey }), 409, 'run_ended');
    expect(await grantsOf(world, run)).toBe(0);
  });

  it('holds one grant however often the same is sent, and at once', async () => {
    const { world, run, enter } = await scene();
    await ok(enter({ key: goodKey }));
    await Promise.all(Array.from({ length: 5 }, () => ok(enter({ key: goodKey }))));
    expect(await grantsOf(world, run)).toBe(1);
    await run.finished();
    expect((await ok<Exchanged>(run.exchange())).connections).toHaveLength(1);
  });

  it('holds one grant though D1’s answer was lost', async () => {
    const { world, run, enter } = await scene();
    const answer = await world.withFault({ index: 1, when: 'after' }, () => enter({ key: goodKey }));
    await answer.body?.cancel();
    expect(await grantsOf(world, run)).toBeLessThanOrEqual(1);
    await ok(enter({ key: goodKey }));
    expect(await grantsOf(world, run)).toBe(1);
  });

  it('sends nobody away to sign in who is to type, and takes nothing typed from who is to sign in', async () => {
    const { run, source, enter } = await scene();
    await refused(run.authorize(source), 400, 'invalid_request');
    expect((await enter({ key: goodKey })).status).toBe(200);
    const oauth = await setting();
    const other = await Run.fromPage(oauth.world, oauth.application);
    await ok(other.bind());
    const body = { source: oauth.source.id, key: goodKey };
    const typed = other.browser.post(oauth.world.origin, `/connect/runs/${other.id}/credential`, body);
    await refused(typed, 400, 'invalid_request');
    await refused(
      manage(oauth.world, 'POST', `/maps/${source.id}/connections`, { redirect_url: 'https://a.example' }),
      400,
      'invalid_request',
    );
  });
});

describe('the definition', () => {
  const define = (world: World, fields: Record<string, unknown>) =>
    manage(world, 'POST', '/sources', {
      type: 'api_key',
      name: 'Weather',
      api_host_url: 'https://weather.example',
      ...fields,
    });

  it.each([
    [{ key_in: 'cookie' }, 'key_in'],
    [{ key_in: 'query' }, 'key_name'],
    [{ key_in: 'query', key_name: 'k', key_prefix: 'Bearer ' }, 'key_prefix'],
    [{ key_name: 'X Key' }, 'key_name'],
    [{ key_name: 'X-Key:' }, 'key_name'],
    [{ key_name: 'Content-Length' }, 'key_name'],
    [{ key_name: 'host' }, 'key_name'],
    [{ key_prefix: 'a\r\nb: c' }, 'key_prefix'],
    [{ key_help_url: 'javascript:alert(1)' }, 'key_help_url'],
    [{ key_help_url: '/keys' }, 'key_help_url'],
    [{ username_label: 'Name' }, 'username_label'],
  ])('may not be %j', async (fields, path) => {
    expect(Object.keys(await refusedFields(define(new World(), fields)))).toEqual([path]);
  });

  it('shows how the credential is carried, and changes by its fields and by its map', async () => {
    const world = new World();
    const help = 'https://weather.example/keys';
    const fields = { key_name: 'X-Key', key_prefix: 'k ', key_label: 'Key', key_help_url: help };
    const source = await ok<Source>(define(world, fields));
    expect(source).toMatchObject({ type: 'api_key', ...fields });
    expect(source).not.toHaveProperty('callback_url');
    const moved = { key_in: 'query', key_name: 'key', key_prefix: null };
    expect(await ok(manage(world, 'PATCH', `/sources/${source.id}`, moved))).toMatchObject({
      key_in: 'query',
      key_name: 'key',
    });
    const { source: document } = await ok<{ source: Record<string, unknown> }>(
      manage(world, 'GET', `/maps/${source.id}`),
    );
    await ok(manage(world, 'PUT', `/maps/${source.id}`, { ...document, name: 'Rain' }));
    expect(await ok(manage(world, 'GET', `/sources/${source.id}`))).toMatchObject({
      name: 'Rain',
      key_in: 'query',
      key_name: 'key',
      key_help_url: help,
    });
  });
});

it('says no credential that was typed in any log line or answer, whatever went wrong', async () => {
  const { world, provider, run, enter, source } = await scene();
  world.recording = true;
  await enter({ key: badKey });
  await enter({ key: `${badKey}\n` });
  await enter({ key: badKey, password: goodKey });
  await enter({ key: [badKey] });
  for (const answer of [
    (request: Request) => new Response(request.headers.get('Authorization'), { status: 500 }),
    (request: Request) => new Response(`<html>${request.headers.get('Authorization')}`, { status: 200 }),
    (request: Request) => {
      throw new TypeError(`connection refused: ${request.headers.get('Authorization')}`);
    },
  ]) {
    provider.answer = answer;
    await enter({ key: goodKey });
  }
  provider.answer = null;
  for (let index = 0; index < 2; index += 1) {
    for (const when of ['before', 'after'] as const) {
      await world.withFault({ index, when }, () => enter({ key: goodKey }));
    }
  }
  await ok(enter({ key: goodKey }));
  await run.view();
  await run.finished();
  const { accessToken, connections } = await ok<Exchanged>(run.exchange());
  const headers = { Authorization: `Bearer ${accessToken}` };
  await ok(world.request('/user', { headers }));
  provider.answer = () => {
    throw new TypeError('connection refused');
  };
  await world.request(`/proxy/${source.id}/x`, { headers });
  await ok(manage(world, 'GET', '/connections'));
  expect(world.logs.length).toBeGreaterThan(12);
  const spoken = [...world.logs, ...world.transcript].join('\n');
  for (const key of [goodKey, badKey]) expect(spoken.includes(key)).toBe(false);
  // Control: what was meant to be told is found.
  expect(spoken).toContain(connections[0]);
});
