import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { mapped } from './harness/mapped.ts';
import type { Echo } from './harness/oauth2-provider.ts';

describe('an endpoint', () => {
  it('answers its verbs, and no other', async () => {
    const { sent, data } = await mapped({
      steps: { GET: '/steps', POST: { route: '/steps/new' }, DELETE: { route: '/steps', method: 'post' } },
      bare: '/bare',
      search: { route: '/search', method: 'POST', body: { q: '{{ parameters.q }}' } },
    });
    expect(await sent('/steps')).toMatchObject({ method: 'GET', path: '/v1/steps' });
    expect(await sent('/steps', { method: 'POST' })).toMatchObject({ method: 'POST', path: '/v1/steps/new' });
    expect(await sent('/steps', { method: 'DELETE' })).toMatchObject({ method: 'POST', path: '/v1/steps' });
    for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
      const answer = await data('/steps', { method });
      expect(answer.headers.get('Allow')?.split(', ').sort()).toEqual(['DELETE', 'GET', 'POST']);
      await refused(answer, 405, 'method_not_allowed');
    }
    await refused(data('/bare', { method: 'POST' }), 405, 'method_not_allowed');
    const searched = await sent('/search?q=x');
    expect(searched).toMatchObject({ method: 'POST', body: '{"q":"x"}', query: {} });
  });

  it('answers HEAD where it answers GET, without a body', async () => {
    const { data, provider, world } = await mapped({ steps: { GET: '/steps' }, post: { POST: '/steps' } });
    provider.answerApi = () => new Response(null, { headers: { 'X-Total': '7' } });
    const answer = await data('/steps', { method: 'HEAD' });
    expect([answer.status, answer.headers.get('X-Total'), await answer.text()]).toEqual([200, '7', '']);
    expect(world.internet.requests.at(-1)?.method).toBe('HEAD');
    expect((await data('/post', { method: 'HEAD' })).status).toBe(405);
  });

  it('has a form for one item and one for many', async () => {
    const { sent, data } = await mapped({
      items: {
        parameters: { v: '1' },
        single: { route: '/items/{{ identifier }}', parameters: { full: 'yes' } },
        collection: { route: '/items', parameters: { limit: '10' } },
      },
      only: { single: '/only/{{ identifier }}' },
      many: { collection: '/many' },
    });
    expect(await sent('/items/7')).toMatchObject({ path: '/v1/items/7', query: { v: '1', full: 'yes' } });
    expect(await sent('/items')).toMatchObject({ path: '/v1/items', query: { v: '1', limit: '10' } });
    expect(await sent('/only/7')).toMatchObject({ path: '/v1/only/7' });
    await refused(data('/only'), 404, 'not_found');
    await refused(data('/many/7'), 404, 'not_found');
  });

  it('that isn’t there is 404, under whatever name', async () => {
    const { data, call, source } = await mapped({ steps: '/steps' });
    for (const path of [
      '/nothing',
      '/STEPS',
      '/constructor',
      '/__proto__',
      '/hasOwnProperty',
      '/steps%20',
      '/',
    ]) {
      await refused(data(path), 404, 'not_found');
    }
    await refused(data('/steps/1/2'), 404, 'not_found');
    await refused(call(`/data/${'0'.repeat(32)}/steps`), 404, 'not_found');
    await refused(call(`/data/${source.id}`), 404, 'not_found');
  });
});

describe('the data host', () => {
  it('serves the same without the prefix, and nothing else', async () => {
    const { world, source, authorized, provider } = await mapped({ steps: '/steps/{{ identifier }}' });
    const at = (path: string, init: RequestInit = {}) =>
      world.send(new Request(`https://data.trivet.test${path}`, init));
    const data = await ok<Echo>(at(`/${source.id}/steps/7?a=1`, authorized()));
    expect(data.url).toBe(`https://${provider.apiHost}/v1/steps/7?a=1`);
    const answer = await at(`/${source.id}/steps/7`, authorized());
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
    await refused(at(`/${source.id}/steps/7`), 401, 'invalid_token');
    await refused(at('/user', authorized()), 404, 'not_found');
    await refused(at('/healthz'), 404, 'not_found');
    await refused(
      at('/connections', { headers: { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}` } }),
      404,
      'not_found',
    );
  });
});

describe('an answer under /data', () => {
  it('is guarded, streamed and kept as under /proxy', async () => {
    const { data, provider } = await mapped({ steps: '/steps' });
    provider.answerApi = () =>
      new Response('<script>', {
        status: 418,
        headers: {
          'Content-Type': 'text/html',
          'Set-Cookie': 'a=1',
          ETag: '"x"',
          'Content-Security-Policy': '*',
        },
      });
    const answer = await data('/steps');
    expect(answer.status).toBe(418);
    expect(await answer.text()).toBe('<script>');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      etag: '"x"',
    });
    for (const refusal of [await data('/nothing'), await data('/steps', { method: 'POST' })]) {
      expect(refusal.headers.get('Content-Security-Policy')).toBe('sandbox');
    }
  });

  it('comes with a fresh token, once for many', async () => {
    const { data, world, provider } = await mapped({ steps: '/steps' });
    world.advance({ minutes: 61 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => data('/steps')));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(provider.presented).toHaveLength(1);
  });

  it('to an API key is its owner’s alone', async () => {
    const { world, source, id } = await mapped({ steps: '/steps' });
    const headers = { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}` };
    await refused(world.request(`/data/${source.id}/steps`, { headers }), 400, 'invalid_request');
    await ok(world.request(`/data/${source.id}/steps`, { headers: { ...headers, 'X-Connection-Id': id } }));
    await refused(world.request(`/data/${source.id}/steps`), 401, 'invalid_token');
  });
});
