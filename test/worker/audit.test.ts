import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { type ApiOperation, credentialFor, operations, requestFor, takes } from './harness/api.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { createTenant } from './harness/tenant.ts';
import { adminToken, World } from './harness/world.ts';

interface Entry {
  id: string;
  actor: string;
  actor_name: string;
  action: string;
  resource_type: string | null;
  resource_id: string | null;
  address: string | null;
  request_id: string;
  created: string;
}

/** It asks for everything there is, one after the other. */
const walk = { timeout: 60_000 };

function entriesOf(world: World, key?: string, query = '?limit=1000'): Promise<Entry[]> {
  return ok<Entry[]>(manage(world, 'GET', `/audit${query}`, undefined, key));
}

/** The runtime warns where NDJSON is read as text. */
async function textOf(answer: Response): Promise<string> {
  return new TextDecoder().decode(await answer.arrayBuffer());
}

/** Changes first, then what ends things, the innermost first: each still finds what it needs. */
function inOrder(all: ApiOperation[]): ApiOperation[] {
  const depth = ({ path }: ApiOperation) => path.split('/').length;
  const rank = ({ method, path }: ApiOperation) =>
    method === 'DELETE'
      ? 10 + ['/connections', '/applications', '/', '/keys', '/developers'].indexOf(lastOf(path))
      : ['GET', 'POST', 'PATCH', 'PUT'].indexOf(method);
  const lastOf = (path: string) =>
    ['/connections', '/applications', '/keys', '/developers'].find((start) => path.startsWith(start)) ?? '/';
  return [...all].sort((a, b) => rank(a) - rank(b) || depth(b) - depth(a));
}

describe('the trail', () => {
  it('has one entry for each change that the management API made, and none for a read', walk, async () => {
    const world = new World();
    world.internet.elsewhere = () => new Response(null, { status: 404 });
    const [first, second] = [await createTenant(world, 'audited'), await createTenant(world, 'audited-too')];
    // Found by its request: what others did in this storage is of no interest.
    const find = (requestId: string) =>
      world.db.prepare('SELECT * FROM audit_entries WHERE request_id = ?').bind(requestId).all();
    const seen = { changes: 0, reads: 0 };
    for (const operation of inOrder(operations.filter((each) => takes(each, 'apiKey')))) {
      // A map and a data source are one thing, which can be deleted once.
      const tenant = operation.id === 'deleteMap' ? second : first;
      const [path, init] = await requestFor(operation, tenant);
      const headers = {
        ...(init.headers as Record<string, string>),
        ...credentialFor(operation, tenant),
        'CF-Connecting-IP': '203.0.113.7',
      };
      const response = await world.request(path, { ...init, headers });
      const what = `${operation.method} ${operation.path} ${response.status}`;
      const { results } = await find(response.headers.get('X-Request-Id') ?? '');
      const isCall = /^\/(proxy|data)\//.test(operation.path);
      const isChange = !isCall && (operation.method !== 'GET' || operation.id === 'exportConnections');
      seen[isChange ? 'changes' : 'reads'] += 1;
      if (!isChange) {
        expect(results, what).toEqual([]);
        continue;
      }
      expect(response.status, what).toBeLessThan(400);
      expect(results, what).toHaveLength(1);
      expect(results[0], what).toMatchObject({
        action: operation.id,
        address: '203.0.113.7',
        resource_type: expect.any(String),
        resource_id: ['exportConnections', 'reseal'].includes(operation.id)
          ? null
          : expect.stringMatching(/^[\w-]{32}/),
      });
    }
    expect(seen.changes).toBeGreaterThan(28);
    expect(seen.reads).toBeGreaterThan(15);
  });

  it('says who, what, from where, and when', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const made = await ok<{ id: string; key: string }>(
      manage(world, 'POST', '/keys', { name: 'Ada’s script' }, key),
    );
    world.advance({ seconds: 1 });
    const answer = await world.request('/applications', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${made.key}`,
        'Content-Type': 'application/json',
        'CF-Connecting-IP': '2001:db8::7',
      },
      body: JSON.stringify({ name: 'Shop', origins: ['https://shop.example'] }),
    });
    const { clientId } = await ok<{ clientId: string }>(answer);
    const [entry] = await entriesOf(world, key);
    expect(entry).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      actor: `key:${made.id}`,
      actor_name: 'Ada’s script',
      action: 'createApplication',
      resource_type: 'application',
      resource_id: clientId,
      address: '2001:db8::7',
      request_id: answer.headers.get('X-Request-Id'),
      created: new Date(world.now).toISOString(),
    });
  });

  it('names what has an id only within another thing by both', async () => {
    const world = new World();
    const { application, source, developer, connectionId, secretId } = await createTenant(world, 'nested');
    const { clientId } = application;
    const hyphens = clientId.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase();
    const call = (method: string, path: string, body?: unknown) =>
      manage(world, method, path, body, developer.key);
    await ok(call('PUT', `/applications/${hyphens}/sources/${source.id}`, { enabled: true }));
    const made = await ok<{ id: string }>(call('POST', `/applications/${clientId}/secrets`));
    await call('DELETE', `/applications/${clientId}/secrets/${secretId}`);
    const linked = await ok<{ id: string }>(
      call('POST', `/maps/${source.id}/connections`, { redirect_url: 'https://shop.example/' }),
    );
    await call('DELETE', `/connections/${connectionId}`);
    await call('DELETE', `/applications/${clientId}/users/${encodeURIComponent('user-1')}`);
    const entries = (await entriesOf(world, developer.key)).filter(({ action }) => action !== 'replaceMap');
    const said = entries.map(({ action, resource_type, resource_id }) => [
      action,
      resource_type,
      resource_id,
    ]);
    for (const expected of [
      ['setApplicationSource', 'source', `${clientId}/${source.id}`],
      ['createClientSecret', 'client_secret', `${clientId}/${made.id}`],
      ['deleteClientSecret', 'client_secret', `${clientId}/${secretId}`],
      ['createConnection', 'connection', linked.id],
      ['deleteConnection', 'connection', connectionId],
      ['deleteUser', 'end_user', `${clientId}/user-1`],
    ]) {
      expect(said).toContainEqual(expected);
    }
  });

  it('has nothing of what was refused', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    await refused(manage(world, 'POST', '/applications', {}, key), 400, 'invalid_request');
    await refused(manage(world, 'DELETE', `/sources/${'0'.repeat(32)}`, undefined, key), 404, 'not_found');
    const limited = await createDeveloper(world, ['maps:read']);
    await refused(manage(world, 'POST', '/applications', {}, limited.key), 403, 'insufficient_scope');
    expect(await entriesOf(world, key)).toEqual([]);
  });

  it('that can’t be written lets the answer go out, and the log shouts', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const make = () => manage(world, 'POST', '/keys', { name: 'x' }, key);
    // Who is asking, the key, then the entry. A lost answer is asked for again.
    expect((await world.withFault({ index: 2, when: 'after' }, make)).status).toBe(201);
    expect(await entriesOf(world, key)).toHaveLength(1);
    expect(world.logs.join()).not.toContain('"task":"audit"');
    await world.db.exec('ALTER TABLE audit_entries RENAME TO audit_entries_away');
    try {
      const answer = await make();
      expect(answer.status).toBe(201);
      const shout = world.logs.find((line) => line.includes('"task":"audit"')) ?? '';
      expect(JSON.parse(shout)).toMatchObject({
        level: 'error',
        action: 'createKey',
        actor: expect.stringMatching(/^key:/),
        request_id: answer.headers.get('X-Request-Id'),
      });
    } finally {
      await world.db.exec('ALTER TABLE audit_entries_away RENAME TO audit_entries');
    }
  });
});

describe('GET /audit', () => {
  it('lists page by page, newest first, by resource and by action', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      if (index % 2 === 0) world.advance({ seconds: 1 });
      const made = await ok<{ clientId: string }>(
        manage(world, 'POST', '/applications', { name: `${index}`, origins: ['https://shop.example'] }, key),
      );
      ids.push(made.clientId);
    }
    await ok(manage(world, 'PATCH', `/applications/${ids[1]}`, { name: 'x' }, key));
    const seen: Entry[] = [];
    for (let next: string | undefined = '/audit?limit=4'; next !== undefined; ) {
      const answer = await manage(world, 'GET', next, undefined, key);
      seen.push(...(await ok<Entry[]>(answer.clone())));
      next = /^<([^>]+)>; rel="next"$/
        .exec(answer.headers.get('Link') ?? '')?.[1]
        ?.slice(world.origin.length);
    }
    expect(seen).toHaveLength(6);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(6);
    const dates = seen.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    const ofOne = await entriesOf(world, key, `?resource_id=${ids[1]}`);
    expect(ofOne.map(({ action }) => action).sort()).toEqual(['createApplication', 'updateApplication']);
    expect(await entriesOf(world, key, '?action=updateApplication')).toHaveLength(1);
    expect(await entriesOf(world, key, `?action=updateApplication&resource_id=${ids[0]}`)).toEqual([]);
    expect(Object.keys(await refusedFields(manage(world, 'GET', '/audit?actor=x', undefined, key)))).toEqual([
      'actor',
    ]);
  });

  it('exports all of it, however much there is', async () => {
    const world = new World();
    const { id, key } = await createDeveloper(world);
    const row = `INSERT INTO audit_entries (id, developer_id, actor, actor_name, action, request_id, created_at)
      SELECT lower(hex(randomblob(16))), ?, 'key:x', 'x', 'createKey', 'x', value / 3
      FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1234) SELECT value FROM n)`;
    await world.db.prepare(row).bind(id).run();
    const answer = await manage(world, 'GET', '/audit/export', undefined, key);
    expect(answer.headers.get('Content-Type')).toBe('application/x-ndjson');
    const lines = (await textOf(answer)).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(1234);
    expect(entries).toHaveLength(1234);
    const dates = entries.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    const nobody = await createDeveloper(world);
    expect(await textOf(await manage(world, 'GET', '/audit/export', undefined, nobody.key))).toBe('');
  });

  it('shows the administrator what the administrator did', async () => {
    const world = new World();
    const developer = await ok<{ id: string; key: string }>(
      manage(world, 'POST', '/developers', { name: 'Shop Ltd' }),
    );
    const [entry] = await entriesOf(world, adminToken, `?resource_id=${developer.id}`);
    expect(entry).toMatchObject({
      actor: 'admin_token',
      action: 'createDeveloper',
      resource_type: 'developer',
    });
    expect(await entriesOf(world, developer.key)).toEqual([]);
  });
});
