import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { ok, refused } from './harness/answers.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';

/** A connected user, and what their application’s server calls with. */
async function connected(fields: Record<string, unknown> = {}) {
  const scene = await setting(fields);
  const run = await finishedRun(scene.world, scene.application, scene.provider, scene.source);
  const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
  const call = (path: string, init: RequestInit = {}) =>
    scene.world.request(path, {
      ...init,
      headers: { Authorization: `Bearer ${user.accessToken}`, ...init.headers },
    });
  return {
    ...scene,
    user,
    call,
    proxy: (path: string, init?: RequestInit) => call(`/proxy/${scene.source.id}${path}`, init),
  };
}

async function connectedPhotos() {
  const { world, application } = await setting();
  const photos = new OAuth1Provider(world);
  const source = await photos.define();
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
  await run.callback(photos.consent(source, redirectUrl));
  await run.finished();
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const proxy = (path: string, init: RequestInit = {}) =>
    world.request(`/proxy/${source.id}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${accessToken}`, ...init.headers },
    });
  return { world, photos, proxy };
}

describe('GET /user', () => {
  it('tells who an access token speaks for, without provider tokens', async () => {
    const { call, user, provider } = await connected();
    const answer = await call('/user');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const text = await answer.text();
    const shown = JSON.parse(text) as Exchanged & { connections: { id: string; auth: { data: object } }[] };
    expect(Object.keys(shown).sort()).toEqual(['clientUserId', 'connections', 'userCode']);
    expect(shown).toMatchObject({ userCode: user.userCode, clientUserId: 'user-1' });
    expect(shown.connections).toMatchObject([{ id: user.connections[0], auth: { data: {} } }]);
    for (const token of provider.issued) expect(text).not.toContain(token);
  });

  it('is 401 for whatever else comes as a credential', async () => {
    const { world, application, user } = await connected();
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer nonsense',
      `Basic ${btoa(`x:${user.accessToken}`)}`,
      user.accessToken,
      `Bearer ${user.accessToken}x`,
      `Bearer ${user.userCode}`,
      `Bearer ${application.clientSecret}`,
      `Bearer ${world.bindings.ADMIN_TOKEN}`,
    ]) {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const answer = await world.request('/user', { headers });
      expect(answer.headers.get('WWW-Authenticate'), authorization).toMatch(/^Bearer/);
      await refused(answer, 401, 'invalid_token');
    }
  });

  it('ends after 180 days without use, and not before', async () => {
    const { world, call } = await connected();
    world.advance({ minutes: 179 * 24 * 60 });
    await ok(call('/user'));
    world.advance({ minutes: 179 * 24 * 60 });
    await ok(call('/user'));
    world.advance({ minutes: 181 * 24 * 60 });
    await refused(call('/user'), 401, 'invalid_token');
    await refused(call('/user/token', { method: 'DELETE' }), 401, 'invalid_token');
  });
});

describe('DELETE /user/token', () => {
  it('ends this token and no other', async () => {
    const { world, application, provider, source, call, proxy } = await connected();
    const other = await ok<Exchanged>((await finishedRun(world, application, provider, source)).exchange());
    const gone = await call('/user/token', { method: 'DELETE' });
    expect([gone.status, await gone.text(), gone.headers.get('Content-Type')]).toEqual([204, '', null]);
    await refused(call('/user'), 401, 'invalid_token');
    await refused(proxy('/me'), 401, 'invalid_token');
    await refused(call('/user/token', { method: 'DELETE' }), 401, 'invalid_token');
    await ok(world.request('/user', { headers: { Authorization: `Bearer ${other.accessToken}` } }));
  });
});

describe('a proxied OAuth 2 call', () => {
  it('carries the user’s token, and keeps method, path, query, headers and body', async () => {
    const { proxy, provider } = await connected();
    const data = await ok<Echo>(
      proxy('/steps/2026-11-22?a=1&a=2&b=%20%2F+x&c', {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', 'If-Match': '"1"', 'X-Api-Version': '7' },
        body: '{"steps": 1815}',
      }),
    );
    expect(data).toMatchObject({
      method: 'PUT',
      url: `https://${provider.apiHost}/v1/steps/2026-11-22?a=1&a=2&b=%20%2F+x&c`,
      body: '{"steps": 1815}',
    });
    expect(data.headers).toMatchObject({
      authorization: `Bearer ${provider.issued[0]}`,
      'content-type': 'application/json',
      'if-match': '"1"',
      'x-api-version': '7',
    });
  });

  it('goes by id, by hyphenated id and by slug; to nothing else', async () => {
    const { call, source } = await connected();
    const hyphenated = source.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    for (const name of [source.id, hyphenated, source.slug]) await ok(call(`/proxy/${name}/me`));
    for (const name of ['nonsense', '0'.repeat(32), source.slug.toUpperCase(), '%00']) {
      await refused(call(`/proxy/${name}/me`), 404, 'not_found');
    }
  });

  it('keeps status, headers and body of the answer', async () => {
    const { proxy, provider } = await connected();
    const headers = { 'Content-Type': 'text/csv', ETag: '"x"', 'X-RateLimit-Remaining': '3' };
    for (const status of [200, 201, 304, 400, 404, 418, 429, 500, 503]) {
      provider.answerApi = () => new Response(status === 304 ? null : 'a,b', { status, headers });
      const answer = await proxy('/me');
      expect(answer.status).toBe(status);
      expect(await answer.text()).toBe(status === 304 ? '' : 'a,b');
      expect(Object.fromEntries(answer.headers)).toMatchObject({ etag: '"x"', 'x-ratelimit-remaining': '3' });
    }
  });

  it('takes every method, HEAD and an empty 204 too', async () => {
    const { proxy, provider } = await connected();
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await ok<Echo>(proxy('/me', { method }))).method).toBe(method);
    }
    provider.answerApi = ({ method }) => new Response(null, { status: 204, headers: { 'X-Method': method } });
    const head = await proxy('/me', { method: 'HEAD' });
    expect([head.status, head.headers.get('X-Method'), await head.text()]).toEqual([204, 'HEAD', '']);
  });

  it('streams both ways', async () => {
    const { proxy, provider } = await connected();
    const chunk = new Uint8Array(64 * 1024).fill(120);
    provider.answerApi = async (request) => new Response(request.body);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 160) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const answer = await proxy('/upload', { method: 'POST', body });
    let received = 0;
    for await (const part of answer.body ?? []) received += part.byteLength;
    expect(received).toBe(160 * chunk.byteLength);
  });

  it('carries the token as a parameter where the source wants it so', async () => {
    const { proxy, provider } = await connected({ signature: 'parameter' });
    const { url, headers } = await ok<Echo>(proxy('/me?a=1&access_token=mine'));
    expect(new URL(url).searchParams.getAll('access_token')).toEqual([provider.issued[0]]);
    expect(new URL(url).searchParams.get('a')).toBe('1');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('goes with the Connection it names, else with the newest', async () => {
    const { world, application, provider, source, user, proxy } = await connected();
    world.advance({ seconds: 1 });
    const run = await finishedRun(world, application, provider, source, { choice: { account: 'second' } });
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const [older = '', newer = ''] = [user.connections[0], connections[0]];
    expect((await ok<Echo>(proxy('/me'))).id).toBe('second');
    const named = (id: string) => proxy('/me', { headers: { 'X-Connection-Id': id } });
    expect((await ok<Echo>(named(older))).id).toBe('account-1');
    expect((await ok<Echo>(named(newer.toUpperCase()))).id).toBe('second');
    await refused(named('nonsense'), 404, 'not_found');
    await refused(named(''), 404, 'not_found');
  });

  it('is refused with 409 where the Connection has no live grant, or its credentials are gone', async () => {
    const { world, application, source, user, proxy } = await connected();
    const id = user.connections[0] ?? '';
    await world.db.prepare('UPDATE connections SET complete = 0 WHERE id = ?').bind(id).run();
    await refused(proxy('/me'), 409, 'invalid_grant');
    await world.db.prepare('UPDATE connections SET complete = 1 WHERE id = ?').bind(id).run();
    await ok(proxy('/me'));
    const choice =
      'INSERT INTO application_sources (application_id, source_id, enabled, updated_at) VALUES (?, ?, 0, 0)';
    await world.db.prepare(choice).bind(application.clientId, source.id).run();
    await refused(proxy('/me'), 409, 'invalid_grant');
  });

  it('tells of a provider that can’t be reached', async () => {
    const { proxy, provider } = await connected();
    provider.answerApi = () => {
      throw new TypeError('connection refused');
    };
    const failure = await refused(proxy('/me'), 502, 'provider_error');
    expect(failure.error_description).not.toContain('refused:');
  });
});

describe('a proxied OAuth 1.0a call', () => {
  it('is signed over the exact URL', async () => {
    const { proxy, photos } = await connectedPhotos();
    for (const path of [
      '/albums',
      '/albums/',
      '/albums?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
      '/albums?name=J%C3%BCrgen%20%26%20co&plus=a+b&plus=a%2Bb',
      '/al%2Fbums/%7Eme?empty&also=&x=1&x=0',
      "/quote's?star=*&paren=(1)!",
    ]) {
      const data = await ok<Echo>(proxy(path));
      expect(data.url, path).toContain(`https://${photos.host}/api${path.split('?')[0]?.replace("'", "'")}`);
    }
    expect(photos.refusals).toEqual([]);
  });

  it('is signed over a form body, which arrives as it was sent', async () => {
    const { proxy, photos } = await connectedPhotos();
    const body = 'title=Caf%C3%A9+noir&tag=a&tag=%2B&empty=';
    for (const type of [
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded; charset=UTF-8',
    ]) {
      const data = await ok<Echo>(
        proxy('/photos?z=1', { method: 'POST', headers: { 'Content-Type': type }, body }),
      );
      expect(data.body).toBe(body);
    }
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' };
    expect((await ok<Echo>(proxy('/photos', json))).body).toBe('{"a":1}');
    expect(photos.refusals).toEqual([]);
  });

  it('has a nonce of its own each time', async () => {
    const { proxy, photos } = await connectedPhotos();
    await Promise.all(Array.from({ length: 10 }, () => ok(proxy('/albums'))));
    expect(photos.refusals).toEqual([]);
  });

  it('takes a form of at most 1 MB', async () => {
    const { proxy } = await connectedPhotos();
    const form = (size: number) => ({
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `a=${'x'.repeat(size - 2)}`,
    });
    await ok(proxy('/photos', form(1024 * 1024)));
    await refused(proxy('/photos', form(1024 * 1024 + 1)), 413, 'payload_too_large');
  });
});

it('calls each of a user’s sources with its own tokens', async () => {
  const { world, application, provider, source, call } = await connected();
  const other = new OAuth2Provider(world, 'other');
  const otherSource = await other.define();
  const run = await finishedRun(world, application, other, otherSource);
  await ok(run.exchange({ clientUserId: 'user-1' }));
  const first = await ok<Echo>(call(`/proxy/${source.id}/me`));
  const second = await ok<Echo>(call(`/proxy/${otherSource.id}/me`));
  expect(first.headers.authorization).toBe(`Bearer ${provider.issued[0]}`);
  expect(second.headers.authorization).toBe(`Bearer ${other.issued[0]}`);
});

it('a proxied call runs no code of the console', () => {
  const onTheWay = (path: string) =>
    createApp()
      .router.match('GET', path)[0]
      .map(([[, route]]) => route.path);
  expect(onTheWay('/console/sources').filter((path) => path.startsWith('/console'))).not.toEqual([]);
  const passed = onTheWay('/proxy/fitbit/1/user/-/profile.json');
  expect(passed).toContain('/proxy/:source/*');
  expect(passed.filter((path) => path.startsWith('/console'))).toEqual([]);
});
