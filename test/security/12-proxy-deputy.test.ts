import { describe, expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import type { Echo } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

async function connected() {
  const scene = await setting();
  const run = await finishedRun(scene.world, scene.application, scene.provider, scene.source);
  const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
  const call = (url: string, init: RequestInit = {}) =>
    scene.world.request(url, {
      ...init,
      headers: { Authorization: `Bearer ${user.accessToken}`, ...init.headers },
    });
  return { ...scene, user, call };
}

const guards = {
  'content-security-policy': 'sandbox',
  'x-content-type-options': 'nosniff',
  'cache-control': 'private, no-store',
};

describe('a path that tries to leave the API host or its base path', () => {
  it('gets the token nowhere else', async () => {
    const { world, call, source, provider } = await connected();
    const base = `/proxy/${source.id}`;
    for (const path of [
      '/../secret',
      '/%2e%2e/secret',
      '/%2E%2E/%2E%2E/secret',
      '/.%2e/secret',
      '/a/../../secret',
      '/./secret',
      '//evil.example/secret',
      '///evil.example/secret',
      '/\\evil.example/secret',
      '\\\\evil.example/secret',
      '/%5c%5cevil.example/secret',
      '/%2f%2fevil.example/secret',
      '/..%2f..%2fsecret',
      '/..%5c..%5csecret',
      '/..;/secret',
      '/https://evil.example/secret',
      '/@evil.example/secret',
      ':8443/secret',
      '.evil.example/secret',
      '@evil.example/secret',
      '/secret?next=https://evil.example',
      '/secret#@evil.example',
      '/%00secret',
      '/%0d%0aHost:%20evil.example/secret',
      '/\tsecret',
      '',
      '/',
    ]) {
      const before = world.internet.requests.length;
      const answer = await call(`${base}${path}`);
      const [made, ...more] = world.internet.requests.slice(before);
      expect(more).toEqual([]);
      if (made) {
        const url = new URL(made.url);
        expect(url.origin, path).toBe(`https://${provider.apiHost}`);
        expect(`${url.pathname}/`.startsWith('/v1/'), `${path} → ${url.pathname}`).toBe(true);
        expect(url.pathname, path).not.toContain('/../');
      } else expect([401, 404], path).toContain(answer.status);
    }
    // Control: a path that behaves arrives.
    expect((await ok<Echo>(call(`${base}/secret`))).url).toBe(`https://${provider.apiHost}/v1/secret`);
  });
});

describe('what a caller sends', () => {
  it('is stripped of credentials and of what speaks of the caller’s connection to us', async () => {
    const { call, source, provider, user } = await connected();
    const data = await ok<Echo>(
      call(`/proxy/${source.id}/me`, {
        headers: {
          Cookie: 'session=1',
          'X-Connection-Id': user.connections[0] ?? '',
          'Proxy-Authorization': 'Basic eDp5',
          Connection: 'keep-alive, X-Hop',
          'X-Hop': '1',
          TE: 'trailers',
          Upgrade: 'websocket',
          'X-Forwarded-For': '203.0.113.7',
          'X-Forwarded-Host': 'evil.example',
          Forwarded: 'for=203.0.113.7',
          'CF-Connecting-IP': '203.0.113.7',
          'True-Client-IP': '203.0.113.7',
          Origin: 'https://shop.example',
          Referer: 'https://shop.example/page',
          'Sec-Fetch-Site': 'cross-site',
          Accept: 'application/json',
        },
      }),
    );
    expect(data.headers).toEqual({
      accept: 'application/json',
      authorization: `Bearer ${provider.issued[0]}`,
    });
    expect(JSON.stringify(data)).not.toContain(user.accessToken);
  });

  it('with a cookie of ours in place of a token opens nothing', async () => {
    const { world, application, provider, source } = await connected();
    const run = await finishedRun(world, application, provider, source);
    const cookie = [...run.browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    for (const path of [`/proxy/${source.id}/me`, '/user']) {
      expect((await world.request(path, { headers: { Cookie: cookie } })).status).toBe(401);
    }
  });
});

describe('what a provider answers', () => {
  const hostile = {
    'Set-Cookie': '__Host-trivet-run-x=1; Path=/; Secure',
    'Content-Security-Policy': "script-src 'unsafe-inline' *",
    'X-Content-Type-Options': 'none',
    'Cache-Control': 'public, max-age=31536000',
    'Clear-Site-Data': '"*"',
    'Strict-Transport-Security': 'max-age=0',
    'Service-Worker-Allowed': '/',
    Refresh: '0; url=https://evil.example',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Credentials': 'true',
    'Report-To': '{}',
    NEL: '{}',
    'Alt-Svc': 'h3=":443"',
    Connection: 'X-Hop',
    'X-Hop': '1',
    'Content-Type': 'text/html',
  };

  it('can’t run, stay or set a cookie as ours', async () => {
    const { call, source, provider } = await connected();
    provider.answerApi = () => new Response('<script>alert(1)</script>', { headers: hostile });
    const answer = await call(`/proxy/${source.id}/me`);
    const { 'x-request-id': _, ...headers } = Object.fromEntries(answer.headers);
    expect(headers).toEqual({ ...guards, 'content-type': 'text/html' });
    expect(answer.headers.getSetCookie()).toEqual([]);
    // The guard is in what we send on, not in what the provider happens to send: it did send all of it.
    expect(new Response('', { headers: hostile }).headers.getSetCookie()).toHaveLength(1);
  });

  it('is guarded in our own answers under /proxy as well', async () => {
    const { call, world, source, provider } = await connected();
    provider.answerApi = () => {
      throw new TypeError('down');
    };
    for (const answer of [
      await call(`/proxy/${source.id}/me`),
      await call('/proxy/nonsense/me'),
      await world.request(`/proxy/${source.id}/me`),
    ]) {
      expect(answer.ok).toBe(false);
      expect(Object.fromEntries(answer.headers)).toMatchObject(guards);
    }
  });

  it('can’t send a caller that follows redirects to other routes of ours', async () => {
    const { call, world, source, provider } = await connected();
    for (const location of [
      '/user/token',
      '//trivet.test/user/token',
      '../../user/token',
      '/proxy/other/transfer',
    ]) {
      provider.answerApi = () => new Response(null, { status: 307, headers: { Location: location } });
      const path = `/proxy/${source.id}/me`;
      const answer = await call(path, { method: 'DELETE' });
      const target = new URL(answer.headers.get('Location') ?? '', new URL(path, world.origin));
      const back = target.origin === world.origin && !target.pathname.startsWith(`/proxy/${source.id}/`);
      expect(back, `${location} leads to ${target}`).toBe(false);
    }
  });
});
