import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createDeveloper, digest, manage } from './harness/management.ts';
import { World } from './harness/world.ts';

interface MadeKey {
  id: string;
  name: string;
  scopes: string[] | null;
  created: string;
  key: string;
}

interface Developer {
  id: string;
  name: string;
  created: string;
  key: string;
}

function makeDeveloper(world: World, name = 'Shop Ltd'): Promise<Developer> {
  return ok<Developer>(manage(world, 'POST', '/developers', { name }));
}

function makeKey(world: World, key: string, scopes?: string[], name = 'server'): Promise<MadeKey> {
  return ok<MadeKey>(manage(world, 'POST', '/keys', { name, ...(scopes ? { scopes } : {}) }, key));
}

/** Every page of a list, by its Link headers. */
async function pages<T>(world: World, path: string, key?: string): Promise<T[][]> {
  const seen: T[][] = [];
  for (let next: string | undefined = path; next !== undefined && seen.length < 20; ) {
    const answer = await manage(world, 'GET', next, undefined, key);
    seen.push(await ok<T[]>(answer.clone()));
    const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1];
    if (link) expect(link.startsWith(`${world.origin}/`)).toBe(true);
    next = link?.slice(world.origin.length);
  }
  return seen;
}

describe('developers', () => {
  it('are made by the administrator, with a key that is shown this once', async () => {
    const world = new World();
    // The newest of the developers that other tests make.
    world.now += 10 * 365 * 24 * 60 * 60 * 1000;
    const answer = await manage(world, 'POST', '/developers', { name: '  Shop Ltd ' });
    expect(answer.status).toBe(201);
    const made = await answer.json<Developer>();
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Shop Ltd',
      created: new Date(world.now).toISOString(),
      key: expect.stringMatching(/[A-Za-z0-9_-]{43}$/),
    });
    const listed = await manage(world, 'GET', '/developers');
    const text = await listed.text();
    expect(text).toContain(made.id);
    expect(text).not.toContain(made.key);
    expect(await ok(manage(world, 'GET', '/applications', undefined, made.key))).toEqual([]);
    const [first] = await ok<MadeKey[]>(manage(world, 'GET', '/keys', undefined, made.key));
    expect(first).toMatchObject({ scopes: null });
    const stored = await world.db
      .prepare('SELECT key_hash FROM api_keys WHERE developer_id = ?')
      .bind(made.id)
      .first('key_hash');
    expect(stored).toBe(await digest(made.key));
  });

  it('are nobody else’s business', async () => {
    const world = new World();
    const { id, key } = await makeDeveloper(world);
    const other = await makeDeveloper(world);
    const platformKey = await makeKey(world, world.bindings.ADMIN_TOKEN ?? '', ['applications']);
    for (const caller of [key, other.key, platformKey.key]) {
      await refused(manage(world, 'GET', '/developers', undefined, caller), 403, 'insufficient_scope');
      await refused(manage(world, 'POST', '/developers', { name: 'x' }, caller), 403, 'insufficient_scope');
    }
    await refused(manage(world, 'DELETE', `/developers/${id}`, undefined, other.key), 404, 'not_found');
    await refused(
      manage(world, 'DELETE', `/developers/${id}`, undefined, platformKey.key),
      403,
      'insufficient_scope',
    );
    for (const path of ['platform', '0'.repeat(32), 'x']) {
      await refused(manage(world, 'DELETE', `/developers/${path}`), 404, 'not_found');
    }
  });

  it('are refused by their faults', async () => {
    const world = new World();
    for (const body of [{}, { name: '' }, { name: ' ' }, { name: 7 }, { name: 'x'.repeat(121) }]) {
      expect(Object.keys(await refusedFields(manage(world, 'POST', '/developers', body)))).toEqual(['name']);
    }
    const faults = await refusedFields(manage(world, 'POST', '/developers', { id: 'x', key: 'y' }));
    expect(Object.keys(faults).sort()).toEqual(['id', 'key', 'name']);
  });

  it('are listed page by page, newest first, each once', async () => {
    const world = new World();
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      if (index % 2 === 0) world.advance({ seconds: 1 });
      made.unshift((await makeDeveloper(world, `Developer ${index}`)).id);
    }
    const all = (await pages<Developer>(world, '/developers?limit=3')).flat();
    const own = all.filter(({ id }) => made.includes(id));
    expect(own.map(({ id }) => id).sort()).toEqual([...made].sort());
    const dates = all.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(all.every((developer) => !('key' in developer))).toBe(true);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=x']) {
      await refused(manage(world, 'GET', `/developers?${query}`), 400, 'invalid_request');
    }
  });
});

describe('API keys', () => {
  it('are shown once, and work at once', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const answer = await manage(world, 'POST', '/keys', { name: 'server', scopes: ['maps:read'] }, key);
    expect(answer.status).toBe(201);
    const made = await answer.json<MadeKey>();
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'server',
      scopes: ['maps:read'],
      created: new Date(world.now).toISOString(),
      key: expect.stringMatching(/[A-Za-z0-9_-]{43}$/),
    });
    expect(await (await manage(world, 'GET', '/keys', undefined, key)).text()).not.toContain(made.key);
    await ok(manage(world, 'GET', '/maps', undefined, made.key));
    expect((await makeKey(world, key)).scopes).toBeNull();
  });

  it('are made, listed and ended by unrestricted ones alone', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const every = [
      'connections:read',
      'connections:read_auth',
      'connections:write',
      'maps:read',
      'maps:write',
      'applications',
      'calls',
      'webhooks',
    ];
    const limited = await makeKey(world, key, every);
    await refused(manage(world, 'POST', '/keys', { name: 'x' }, limited.key), 403, 'insufficient_scope');
    await refused(
      manage(world, 'POST', '/keys', { name: 'x', scopes: ['maps:read'] }, limited.key),
      403,
      'insufficient_scope',
    );
    await refused(manage(world, 'GET', '/keys', undefined, limited.key), 403, 'insufficient_scope');
    await refused(
      manage(world, 'DELETE', `/keys/${limited.id}`, undefined, limited.key),
      403,
      'insufficient_scope',
    );
    const unrestricted = await makeKey(world, key);
    await makeKey(world, unrestricted.key, ['maps:read']);
  });

  it('end with their deletion, and are their developer’s own', async () => {
    const world = new World();
    const [mine, other] = [await createDeveloper(world), await createDeveloper(world)];
    const made = await makeKey(world, mine.key, ['maps:read']);
    await refused(manage(world, 'DELETE', `/keys/${made.id}`, undefined, other.key), 404, 'not_found');
    await refused(manage(world, 'DELETE', `/keys/${made.id}`), 404, 'not_found');
    await ok(manage(world, 'GET', '/maps', undefined, made.key));
    const ended = await manage(world, 'DELETE', `/keys/${made.id}`, undefined, mine.key);
    expect(ended.status).toBe(204);
    expect(ended.headers.get('Content-Type')).toBeNull();
    const { error_description } = await refused(
      manage(world, 'GET', '/maps', undefined, made.key),
      401,
      'invalid_token',
    );
    expect(error_description).not.toContain(made.key);
    await refused(manage(world, 'DELETE', `/keys/${made.id}`, undefined, mine.key), 404, 'not_found');
    const theirs = await ok<MadeKey[]>(manage(world, 'GET', '/keys', undefined, other.key));
    expect(theirs.map(({ id }) => id)).not.toContain(made.id);
    expect(theirs).toHaveLength(1);
  });

  it('are refused by their faults', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const faults = (body: unknown) => refusedFields(manage(world, 'POST', '/keys', body, key));
    expect(Object.keys(await faults({}))).toEqual(['name']);
    const several = { name: '', scopes: ['maps:read', 'everything'], key: 'mine', developer_id: 'x' };
    expect(Object.keys(await faults(several)).sort()).toEqual(['developer_id', 'key', 'name', 'scopes.1']);
    expect(Object.keys(await faults({ name: 'x', scopes: [] }))).toEqual(['scopes']);
    expect(Object.keys(await faults({ name: 'x', scopes: 'maps:read' }))).toEqual(['scopes']);
  });

  it('are listed page by page, newest first, each once', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    for (let index = 0; index < 6; index += 1) {
      if (index % 2 === 0) world.advance({ seconds: 1 });
      await makeKey(world, key, ['maps:read'], `key ${index}`);
    }
    const seen = await pages<MadeKey>(world, '/keys?limit=3', key);
    expect(seen.map((page) => page.length)).toEqual([3, 3, 1]);
    const all = seen.flat();
    expect(new Set(all.map(({ id }) => id)).size).toBe(7);
    const dates = all.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('are nothing that isn’t sent as one', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    for (const authorization of [
      key,
      `Basic ${btoa(`${key}:`)}`,
      `Bearer ${key} x`,
      `Bearer ${key}x`,
      'Bearer ',
      '',
    ]) {
      const answer = await world.request('/keys', { headers: { Authorization: authorization } });
      expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
      await refused(answer, 401, 'invalid_token');
    }
    await refused(world.request(`/keys?key=${key}`), 401, 'invalid_token');
    await ok(world.request('/keys', { headers: { Authorization: `bearer ${key}` } }));
  });
});

describe('a key’s scopes', () => {
  const nowhere = '0'.repeat(32);
  /** Every management route with the scope it takes. Ids that lead nowhere: who may ask comes first. */
  const routes: [scope: string, method: string, path: string, body?: unknown][] = [
    ['applications', 'POST', '/applications', {}],
    ['applications', 'GET', '/applications'],
    ['applications', 'GET', `/applications/${nowhere}`],
    ['applications', 'PATCH', `/applications/${nowhere}`, {}],
    ['applications', 'DELETE', `/applications/${nowhere}`],
    ['applications', 'POST', `/applications/${nowhere}/secrets`],
    ['applications', 'DELETE', `/applications/${nowhere}/secrets/${nowhere}`],
    ['applications', 'PUT', `/applications/${nowhere}/sources/${nowhere}`, {}],
    ['applications', 'DELETE', `/applications/${nowhere}/sources/${nowhere}`],
    ['applications', 'DELETE', `/applications/${nowhere}/users/x`],
    ['maps:read', 'GET', '/sources'],
    ['maps:read', 'GET', `/sources/${nowhere}`],
    ['maps:write', 'POST', '/sources', {}],
    ['maps:write', 'PATCH', `/sources/${nowhere}`, {}],
    ['maps:write', 'DELETE', `/sources/${nowhere}`],
    ['maps:read', 'GET', '/maps'],
    ['maps:read', 'GET', `/maps/${nowhere}`],
    ['maps:write', 'POST', '/maps', {}],
    ['maps:write', 'PUT', `/maps/${nowhere}`, {}],
    ['maps:write', 'DELETE', `/maps/${nowhere}`],
    ['connections:write', 'POST', `/maps/${nowhere}/connections`, {}],
    ['connections:read', 'GET', '/connections'],
    ['connections:read', 'GET', `/connections/${nowhere}`],
    ['connections:write', 'POST', '/connections', {}],
    ['connections:write', 'PATCH', `/connections/${nowhere}`, {}],
    ['connections:write', 'DELETE', `/connections/${nowhere}`],
    ['connections:write', 'POST', '/connections/redeem', {}],
  ];
  const scopes = [...new Set(routes.map(([scope]) => scope))];

  it('decide every route', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const keys = new Map<string, string>();
    for (const scope of scopes) {
      keys.set(scope, (await makeKey(world, key, [scope])).key);
      const others = [...scopes, 'calls', 'webhooks'].filter((other) => other !== scope);
      keys.set(`all but ${scope}`, (await makeKey(world, key, others)).key);
    }
    for (const [scope, method, path, body] of routes) {
      const what = `${method} ${path}`;
      const allowed = await manage(world, method, path, body, keys.get(scope));
      expect([200, 400, 404], what).toContain(allowed.status);
      const lacking = manage(world, method, path, body, keys.get(`all but ${scope}`));
      const failure = await refused(lacking, 403, 'insufficient_scope');
      expect(failure.error_description, what).toContain(scope);
      await refused(manage(world, method, path, body, 'nobody’s'.replace('’', '')), 401, 'invalid_token');
    }
  });

  it('to export are two', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const attempt = async (...held: string[]) =>
      (await manage(world, 'GET', '/connections/export', undefined, (await makeKey(world, key, held)).key))
        .status;
    expect(await attempt('connections:read')).toBe(403);
    expect(await attempt('connections:read_auth')).toBe(403);
    expect(await attempt('connections:read', 'connections:read_auth')).toBe(200);
  });
});

it('the administrator’s own token is no key of the list, and ends with its secret', async () => {
  const world = new World();
  const before = world.bindings.ADMIN_TOKEN ?? '';
  await ok(manage(world, 'GET', '/developers'));
  world.bindings = { ...world.bindings, ADMIN_TOKEN: `another-${before}` };
  await refused(manage(world, 'GET', '/developers', undefined, before), 401, 'invalid_token');
});
