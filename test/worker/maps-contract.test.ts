import { expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { createDeveloper, createSource, manage } from './harness/management.ts';
import { World } from './harness/world.ts';
import { createMap, lantern, type MapAnswer, putMap, readMap } from './maps-client.ts';

const set = { set: true };

it('creates a map and gives its document back as it came, but for the secrets', async () => {
  const world = new World();
  const answer = await manage(world, 'POST', '/maps', lantern());
  expect(answer.status).toBe(201);
  const map = await answer.json<MapAnswer>();
  expect(Object.keys(map)).toEqual(['id', 'source']);
  expect(map.id).toMatch(/^[0-9a-f]{32}$/);
  const { auth, environment, ...rest } = lantern();
  expect(map.source).toEqual({
    ...rest,
    auth: { ...(auth as object), auth_key: set, auth_secret: set },
    environment: { token: set, other: set },
  });
  expect(Object.keys(map.source)).toEqual(Object.keys(lantern()));
  expect(await readMap(world, map.id)).toEqual(map);
  const hyphenated = map.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  expect(await readMap(world, hyphenated)).toEqual(map);
  expect(environment).toBeDefined();
});

it('shows the same row as a data source', async () => {
  const world = new World();
  const { id } = await createMap(world);
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toMatchObject({
    id,
    type: 'oauth2',
    name: 'api.lantern.example',
    api_host_url: 'https://api.lantern.example/v2',
    auth_host_url: 'https://www.lantern.example',
    full_auth_url: 'https://www.lantern.example/oauth2/authorize?duration=permanent',
    access_token_url: 'https://www.lantern.example/oauth2/token',
    metadata_url: 'https://api.lantern.example/v2/me',
    uniqueness: 'id',
    client_id: 'the-client-id',
    client_secret: set,
  });
  expect(await createMap(world)).not.toMatchObject({ id });
});

it('shows a data source that was made by its fields as a map, and takes it back without a loss', async () => {
  const world = new World();
  const fields = {
    type: 'oauth2',
    name: `Steps ${world.tag}`,
    api_host_url: 'https://api.steps.example',
    auth_host_url: 'https://api.steps.example',
    auth_url: '/authorize',
    full_auth_url: 'https://www.steps.example/authorize',
    access_token_url: '/token',
    revocation_url: '/revoke',
    pkce: 'none',
    scopes: ['steps'],
    token_auth_method: 'client_secret_post',
    client_id: 'steps-client',
    client_secret: 'steps-secret',
  };
  const { id } = await createSource(world, fields);
  const before = await ok(manage(world, 'GET', `/sources/${id}`));
  const map = await readMap(world, id);
  expect(map.source).toEqual({
    name: fields.name,
    url: fields.api_host_url,
    auth: {
      type: 'oauth2',
      authorization_url: fields.full_auth_url,
      access_token: 'https://api.steps.example/token',
      signature: 'header',
      auth_key: set,
      auth_secret: set,
    },
  });
  expect(await ok(putMap(world, id, map.source))).toEqual(map);
  // So is the whole of what was read.
  expect(await ok(putMap(world, id, map))).toEqual(map);
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toEqual(before);
});

it('lists maps newest first, in pages', async () => {
  const world = new World();
  const { key } = await createDeveloper(world);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    ids.unshift((await createMap(world, lantern({ name }), key)).id);
    world.advance({ seconds: 1 });
  }
  const first = await manage(world, 'GET', '/maps?limit=2', undefined, key);
  const page = await first.clone().json<MapAnswer[]>();
  expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('Link') ?? '')?.[1] ?? '';
  const rest = await ok<MapAnswer[]>(manage(world, 'GET', next, undefined, key));
  expect(rest.map(({ id }) => id)).toEqual(ids.slice(2));
});

it('accepts the smallest document there is, and defaults', async () => {
  const world = new World();
  for (const auth of [{}, { auth: null }, { auth: {} }]) {
    const document = { url: 'https://open.example', ...auth };
    const map = await createMap(world, document);
    expect(map.source).toEqual(document);
    expect(await ok(manage(world, 'GET', `/sources/${map.id}`))).toMatchObject({
      type: 'none',
      name: 'open.example',
    });
  }
});

it('refuses with every fault at once, at its path in the document', async () => {
  const world = new World();
  const document = lantern({
    url: 'http://10.0.0.1/',
    auth: {
      type: 'oauth2',
      access_token: { url: 'https://localhost/token' },
      redirect_url: 'nowhere',
      auth_secret: 12,
    },
    environment: { token: [] },
    endpoints: { Photos: { GET: { route: 'https://evil.example/photos' } } },
  });
  const answer = await refused(manage(world, 'POST', '/maps', document), 400, 'invalid_request');
  expect(answer.details?.map(({ path }) => path).sort()).toEqual([
    'auth.access_token.url',
    'auth.auth_secret',
    'auth.authorization_url',
    'auth.redirect_url',
    'endpoints.Photos.GET.route',
    'environment.token',
    'url',
  ]);
  const single = await refused(manage(world, 'POST', '/maps', {}), 400, 'invalid_request');
  expect(single.details).toEqual([{ path: 'url', message: 'is required' }]);
});

it.each([null, 5, 'text', [], [{}]])('refuses a body of %j', async (body) => {
  await refused(manage(new World(), 'POST', '/maps', body), 400, 'invalid_request');
});

it('refuses what is no JSON, too large, or too deep', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const { Authorization } = { Authorization: 'Bearer test-administrator-token-0123456789-0123456789' };
  const send = (body: string) =>
    world.request(`/maps/${id}`, {
      method: 'PUT',
      headers: { Authorization, 'Content-Type': 'application/json' },
      body,
    });
  await refused(send('{"url":'), 400, 'invalid_request');
  await refused(send(JSON.stringify({ url: 'x', pad: 'x'.repeat(1024 * 1024) })), 413, 'payload_too_large');
  await refused(
    send(`{"url":"https://a.example","pad":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    400,
    'invalid_request',
  );
  // 6 bytes each, 22 when written out.
  const numbers = Array.from({ length: 150_000 }, () => '1.1e20').join(',');
  await refused(send(`{"url":"https://a.example","pad":[${numbers}]}`), 413, 'payload_too_large');
});

it('replaces a map whole, and keeps its id and slug', async () => {
  const world = new World();
  const { id } = await createMap(world, lantern({ name: `Lantern ${world.tag}` }));
  const { slug } = await ok<{ slug: string }>(manage(world, 'GET', `/sources/${id}`));
  world.advance({ seconds: 5 });
  const { odd: _, ...document } = lantern({ name: `Lamp ${world.tag}`, tags: ['media'] });
  const answer = await ok<MapAnswer>(putMap(world, id, document));
  expect(answer.id).toBe(id);
  expect(answer.source).toMatchObject({ name: `Lamp ${world.tag}`, tags: ['media'] });
  expect(answer.source).not.toHaveProperty('odd');
  expect(await readMap(world, id)).toEqual(answer);
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toMatchObject({ slug, name: `Lamp ${world.tag}` });
});

it('deletes a map with a 204 that claims nothing', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const answer = await manage(world, 'DELETE', `/maps/${id}`);
  expect([answer.status, answer.headers.get('Content-Type'), await answer.text()]).toEqual([204, null, '']);
  await refused(manage(world, 'GET', `/maps/${id}`), 404, 'not_found');
});

it('demands the scope, and hides what is somebody else’s whatever the body says', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const stranger = await createDeveloper(world);
  await refused(manage(world, 'GET', `/maps/${id}`, undefined, stranger.key), 404, 'not_found');
  await refused(putMap(world, id, { not: 'a map' }, stranger.key), 404, 'not_found');
  await refused(putMap(world, id, lantern(), stranger.key), 404, 'not_found');
  await refused(manage(world, 'DELETE', `/maps/${id}`, undefined, stranger.key), 404, 'not_found');
  expect(await ok(manage(world, 'GET', '/maps', undefined, stranger.key))).toEqual([]);

  const reader = await createDeveloper(world, ['maps:read']);
  await refused(manage(world, 'POST', '/maps', lantern(), reader.key), 403, 'insufficient_scope');
  await refused(putMap(world, id, {}, reader.key), 403, 'insufficient_scope');
  const caller = await createDeveloper(world, ['calls']);
  await refused(manage(world, 'GET', '/maps', undefined, caller.key), 403, 'insufficient_scope');
  await refused(manage(world, 'GET', `/maps/${id}`, undefined, 'nonsense'), 401, 'invalid_token');
});

it('gives a map whose name looks like an id a slug that does not', async () => {
  const world = new World();
  const { id } = await createMap(world, lantern({ name: id32(world) }));
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toMatchObject({ slug: `source-${id32(world)}` });
});

function id32(world: World): string {
  return world.tag.repeat(4);
}

it('serves the redirect flow: scopes of endpoints, and the map’s final location', async () => {
  const world = new World();
  const { id } = await createMap(world, lantern({ endpoints: { A: { route: '/a', scopes: ['a.read'] } } }));
  const connect = (body: unknown) => manage(world, 'POST', `/maps/${id}/connections`, body);
  const made = await connect({ endpoints: ['A'] });
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({
    provider_id: id,
    auth: { scopes: { requested: ['a.read'] } },
    redirect_url: expect.stringContaining(world.origin),
  });
  await refused(connect({ endpoints: ['B'] }), 400, 'invalid_request');
  const { redirect_url: _, ...auth } = lantern().auth as Record<string, unknown>;
  await ok(putMap(world, id, lantern({ auth })));
  await refused(connect({}), 400, 'invalid_request');
});

it('takes the same name many times at once', async () => {
  const world = new World();
  const document = lantern({ name: `Twin ${world.tag}` });
  const answers = await Promise.all([1, 2, 3].map(() => manage(world, 'POST', '/maps', document)));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
});
