import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { connected } from './harness/connected.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import type { World } from './harness/world.ts';

interface FailedCall {
  id: string;
  method: string;
  url: string;
  status: number;
  answered_by: string;
  error: string | null;
  request_id: string;
  created: string;
}

const failedCalls = (world: World, id: string, key?: string) =>
  ok<FailedCall[]>(manage(world, 'GET', `/connections/${id}/failed-calls`, undefined, key));

async function limitedKey(world: World, scopes: string[]): Promise<string> {
  return (await ok<{ key: string }>(manage(world, 'POST', '/keys', { name: 'Limited', scopes }))).key;
}

describe('a call with an API key', () => {
  it('goes with the Connection that X-Connection-Id names', async () => {
    const { world, id, source, provider } = await connected();
    const key = await limitedKey(world, ['calls']);
    const hyphenated = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    for (const [credential, named, at] of [
      [key, id, source.id],
      [key, hyphenated.toUpperCase(), source.slug],
      [world.bindings.ADMIN_TOKEN, id, source.id],
    ]) {
      const headers = { Authorization: `Bearer ${credential}`, 'X-Connection-Id': named ?? '' };
      const data = await ok<Echo>(world.request(`/proxy/${at}/me`, { headers }));
      expect(data.headers).toEqual({ authorization: `Bearer ${provider.issued[0]}` });
    }
  });

  it('refreshes first, like any other', async () => {
    const { world, id, source, provider } = await connected();
    world.advance({ minutes: 61 });
    const headers = { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}`, 'X-Connection-Id': id };
    await ok(world.request(`/proxy/${source.id}/me`, { headers }));
    expect(provider.presented).toHaveLength(1);
  });

  it('is refused without the scope, without the header, and for what is somebody else’s', async () => {
    const { world, id, source } = await connected();
    const other = new OAuth2Provider(world, 'other');
    const otherSource = await other.define();
    const stranger = await createDeveloper(world);
    const send = (key: string | undefined, named: string | null, at = source.id) =>
      world.request(`/proxy/${at}/me`, {
        headers: { Authorization: `Bearer ${key}`, ...(named === null ? {} : { 'X-Connection-Id': named }) },
      });
    const admin = world.bindings.ADMIN_TOKEN;
    const before = world.internet.requests.length;
    const reader = await limitedKey(world, ['connections:read', 'connections:read_auth']);
    await refused(send(reader, id), 403, 'insufficient_scope');
    await refused(send(reader, null), 403, 'insufficient_scope');
    await refused(send(await limitedKey(world, ['calls']), null), 400, 'invalid_request');
    await refused(send(admin, null), 400, 'invalid_request');
    await refused(send(stranger.key, id), 404, 'not_found');
    await refused(send(admin, 'f'.repeat(32)), 404, 'not_found');
    await refused(send(admin, 'nonsense'), 404, 'not_found');
    await refused(send(admin, ''), 404, 'not_found');
    await refused(send(admin, id, otherSource.id), 404, 'not_found');
    await refused(send(admin, id, 'nonsense'), 404, 'not_found');
    const unknown = await send(`${stranger.key}x`, id);
    expect(unknown.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
    await unknown.text();
    expect(unknown.status).toBe(401);
    expect(world.internet.requests).toHaveLength(before);
  });

  it('is refused with 409 where the Connection has no live grant', async () => {
    const { world, id, source } = await connected();
    await world.db.prepare('UPDATE connections SET complete = 0 WHERE id = ?').bind(id).run();
    const headers = { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}`, 'X-Connection-Id': id };
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 409, 'invalid_grant');
  });
});

describe('a call that fails', () => {
  it('leaves a trace: which call, which status from whom, and the request id', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.answerApi = () => new Response('marked-answer', { status: 404 });
    const answer = await proxy('/steps/2026?marked-query=1', { method: 'PUT', body: 'marked-body' });
    expect(await answer.text()).toBe('marked-answer');
    const [trace, ...others] = await failedCalls(world, id);
    expect(others).toEqual([]);
    expect(trace).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      method: 'PUT',
      url: `https://${provider.apiHost}/v1/steps/2026`,
      status: 404,
      answered_by: 'provider',
      error: null,
      request_id: answer.headers.get('X-Request-Id'),
      created: new Date(world.now).toISOString(),
    });
    const stored = await world.db
      .prepare('SELECT * FROM failed_calls WHERE connection_id = ?')
      .bind(id)
      .all();
    expect(JSON.stringify(stored.results)).not.toMatch(/marked|provider-access-token/);
  });

  it('of our own making says so, too', async () => {
    const { world, id, provider, proxy } = await connected();
    const statuses: unknown[] = [];
    const fail = async (prepare: () => void) => {
      prepare();
      const answer = await proxy('/me?marked=1');
      const [trace] = await failedCalls(world, id);
      expect(trace?.request_id).toBe(answer.headers.get('X-Request-Id'));
      expect(trace?.url).toBe(`https://${provider.apiHost}/v1/me`);
      statuses.push([trace?.answered_by, trace?.status, trace?.error]);
      await answer.text();
      world.advance({ seconds: 1 });
    };
    await fail(() => {
      provider.answerApi = () => {
        throw new TypeError('refused');
      };
    });
    await fail(() => {
      world.advance({ minutes: 61 });
      provider.answerRefresh = () => new Response('', { status: 503 });
    });
    await fail(() => {
      world.advance({ minutes: 61 });
      provider.answerRefresh = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    });
    expect(statuses).toEqual([
      ['trivet', 502, 'provider_error'],
      ['trivet', 503, 'temporarily_unavailable'],
      ['trivet', 409, 'invalid_grant'],
    ]);
  });

  it('and the many that follow leave some traces, not each its own', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.answerApi = () => new Response('', { status: 500 });
    for (let call = 0; call < 30; call += 1) await proxy('/me');
    const traces = await failedCalls(world, id);
    expect(traces.length).toBeGreaterThanOrEqual(5);
    expect(traces.length).toBeLessThanOrEqual(10);
  });

  it('is the owner’s to read, with a key that may', async () => {
    const { world, id, provider, proxy } = await connected();
    provider.answerApi = () => new Response('', { status: 500 });
    await proxy('/me');
    const stranger = await createDeveloper(world);
    const path = `/connections/${id}/failed-calls`;
    await refused(manage(world, 'GET', path, undefined, stranger.key), 404, 'not_found');
    const caller = await limitedKey(world, ['calls']);
    await refused(manage(world, 'GET', path, undefined, caller), 403, 'insufficient_scope');
    expect(await failedCalls(world, id, await limitedKey(world, ['connections:read']))).toHaveLength(1);
  });

  it('is none where all went well, redirected or not', async () => {
    const { world, id, provider, proxy } = await connected();
    await ok(proxy('/me'));
    provider.answerApi = () => new Response(null, { status: 304 });
    await proxy('/me');
    provider.answerApi = () =>
      new Response(null, { status: 302, headers: { Location: 'https://other.example' } });
    await proxy('/me');
    expect(await failedCalls(world, id)).toEqual([]);
  });
});
