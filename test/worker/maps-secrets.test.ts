import { expect, it } from 'vitest';
import { readConfig } from '../../src/env.ts';
import { openEnvironment } from '../../src/sources/map-secrets.ts';
import { ok, refused } from './harness/answers.ts';
import { manage } from './harness/management.ts';
import { World } from './harness/world.ts';
import { createMap, lantern, type MapAnswer, putMap, readMap, rowOf } from './maps-client.ts';

const set = { set: true };

function auth(changes: Record<string, unknown> = {}) {
  return { ...(lantern().auth as Record<string, unknown>), ...changes };
}

/** What calls will fill `environment.x` with. */
async function environmentOf(world: World, id: string) {
  const { sealed_environment: sealedEnvironment } = await rowOf(world, id);
  const source = { id, sealedEnvironment };
  return openEnvironment(source, readConfig(world.bindings));
}

it('stores no secret in clear, and shows none', async () => {
  const world = new World();
  world.recording = true;
  const { id } = await createMap(world);
  await readMap(world, id);
  await ok(manage(world, 'GET', '/maps'));
  await ok(manage(world, 'GET', '/sources'));
  await refused(putMap(world, id, lantern({ url: 5 })), 400, 'invalid_request');
  const row = JSON.stringify(await rowOf(world, id));
  for (const text of [row, ...world.transcript, ...world.logs]) expect(text).not.toContain('PLANTED');
  expect(await environmentOf(world, id)).toEqual({
    token: 'PLANTED-environment-token',
    other: 'PLANTED-environment-other',
  });
});

it('loses nothing where a client reads a map and puts the whole of it back', async () => {
  const world = new World();
  const map = await createMap(world);
  const before = await rowOf(world, map.id);
  const environment = await environmentOf(world, map.id);
  expect(await ok(putMap(world, map.id, map.source))).toEqual(map);
  const after = await rowOf(world, map.id);
  expect(after.definition).toBe(before.definition);
  expect(after.document).toBe(before.document);
  expect(after.client_id).toBe(before.client_id);
  expect(after.secret_hosts).toBe(before.secret_hosts);
  expect(after.sealed_client_secret).not.toBeNull();
  expect(await environmentOf(world, map.id)).toEqual(environment);
});

it('keeps secrets that are absent, and clears those that are null', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const { auth_key: _, auth_secret: __, ...bare } = auth();
  const { environment: ___, ...document } = lantern({ auth: bare });
  const kept = await ok<MapAnswer>(putMap(world, id, document));
  expect(kept.source).toMatchObject({
    auth: { auth_key: set, auth_secret: set },
    environment: { token: set, other: set },
  });
  const cleared = await ok<MapAnswer>(
    putMap(world, id, lantern({ auth: auth({ auth_key: null, auth_secret: null }), environment: null })),
  );
  expect(cleared.source).toMatchObject({ auth: { auth_key: null, auth_secret: null }, environment: null });
  expect(await rowOf(world, id)).toMatchObject({
    client_id: null,
    sealed_client_secret: null,
    sealed_environment: null,
  });
});

it('drops a key left out of environment, clears one that is null, and takes a new one', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const environment = { token: set, fresh: 7 };
  expect(await ok<MapAnswer>(putMap(world, id, lantern({ environment })))).toMatchObject({
    source: { environment: { token: set, fresh: set } },
  });
  expect(await environmentOf(world, id)).toEqual({ token: 'PLANTED-environment-token', fresh: 7 });
  const nulled = { token: null, fresh: set, unknown: set };
  const answer = await ok<MapAnswer>(putMap(world, id, lantern({ environment: nulled })));
  expect(answer.source.environment).toEqual({ token: null, fresh: set, unknown: null });
  expect(await environmentOf(world, id)).toEqual({ fresh: 7 });
});

it('demands an auth_key with an auth_secret', async () => {
  const world = new World();
  const answer = await refused(
    manage(world, 'POST', '/maps', lantern({ auth: auth({ auth_key: null }) })),
    400,
    'invalid_request',
  );
  expect(answer.details).toEqual([{ path: 'auth.auth_key', message: 'is required with an auth_secret' }]);
});

it('keeps the credentials of a map outside of OAuth sealed, and through a change of type', async () => {
  const world = new World();
  const keyed = { type: 'api_key', auth_key: 'PLANTED-key', auth_secret: 'PLANTED-secret' };
  const { id, source } = await createMap(world, lantern({ auth: keyed }));
  expect(source.auth).toEqual({ type: 'api_key', auth_key: set, auth_secret: set });
  expect(JSON.stringify(await rowOf(world, id))).not.toContain('PLANTED');

  const url = 'https://www.lantern.example/';
  const oauth = {
    type: 'oauth2',
    authorization_url: url,
    access_token: url,
    auth_key: set,
    auth_secret: set,
  };
  const moved = await refused(putMap(world, id, lantern({ auth: oauth })), 400, 'invalid_request');
  expect(moved.details?.map(({ path }) => path)).toEqual(['auth.auth_secret']);
  const onHost = 'https://api.lantern.example/';
  const stays = { ...oauth, authorization_url: onHost, access_token: onHost };
  await ok(putMap(world, id, lantern({ auth: stays, environment: { token: 'new' } })));
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toMatchObject({
    client_id: 'PLANTED-key',
    client_secret: set,
  });
  expect((await ok<MapAnswer>(putMap(world, id, lantern({ auth: { type: 'basic' } })))).source.auth).toEqual({
    type: 'basic',
    auth_key: set,
    auth_secret: set,
  });
  expect((await rowOf(world, id)).client_id).toBeNull();
  expect(JSON.stringify(await rowOf(world, id))).not.toContain('PLANTED');
  expect((await ok<MapAnswer>(putMap(world, id, lantern({ auth: null })))).source.auth).toBeNull();
});

it.each([
  ['the API host', lantern({ url: 'https://evil.example/v2' })],
  ['the token endpoint', lantern({ auth: auth({ access_token: 'https://evil.example/token' }) })],
  ['the metadata endpoint', lantern({ meta: { endpoint: 'https://evil.example/me' } })],
  ['where users are sent', lantern({ auth: auth({ authorization_url: 'https://evil.example/a' }) })],
])('demands every secret again where %s moves (row 8a)', async (_, document) => {
  const world = new World();
  const map = await createMap(world);
  const before = await rowOf(world, map.id);
  const secrets = { auth_key: set, auth_secret: set };
  const moved = {
    ...document,
    auth: { ...(document.auth as object), ...secrets },
    environment: { token: set, other: 'entered again' },
  };
  const answer = await refused(putMap(world, map.id, moved), 400, 'invalid_request');
  expect(answer.details?.map(({ path }) => path)).toEqual(['auth.auth_secret', 'environment.token']);
  expect(answer.details?.[0]?.message).toContain('evil.example');
  expect(await rowOf(world, map.id)).toEqual(before);

  // Whoever knows the secrets may move them.
  const entered = { ...document, environment: { token: 'a', other: 'b' } };
  await ok(putMap(world, map.id, entered));
  expect((await rowOf(world, map.id)).secret_hosts).toContain('evil.example');
  // The hosts they were entered for first are not theirs any more.
  const back = lantern({ auth: auth(secrets), environment: { token: set } });
  if (JSON.stringify(document.auth) === JSON.stringify(lantern().auth) && document.url !== lantern().url) {
    await refused(putMap(world, map.id, back), 400, 'invalid_request');
  }
});

it('lets no PATCH of the fields move what is in environment (row 8a)', async () => {
  const world = new World();
  const { id } = await createMap(world);
  const patch = { api_host_url: 'https://evil.example', client_secret: 'entered again' };
  const answer = await refused(manage(world, 'PATCH', `/sources/${id}`, patch), 400, 'invalid_request');
  expect(answer.details?.map(({ path }) => path)).toEqual(['environment.token', 'environment.other']);
});

it('keeps credentials outside of OAuth through a PATCH, and bound to their hosts (row 8a)', async () => {
  const world = new World();
  const keyed = { type: 'api_key', auth_key: 'PLANTED-key', auth_secret: 'PLANTED-secret' };
  const map = await createMap(world, lantern({ auth: keyed, environment: {} }));
  await ok(manage(world, 'PATCH', `/sources/${map.id}`, { name: 'Lamp' }));
  expect(await readMap(world, map.id)).toEqual({ ...map, source: { ...map.source, name: 'Lamp' } });
  const moved = manage(world, 'PATCH', `/sources/${map.id}`, { api_host_url: 'https://evil.example' });
  const answer = await refused(moved, 400, 'invalid_request');
  expect(answer.details?.map(({ path }) => path)).toEqual(['auth.auth_secret']);
  await ok(manage(world, 'PATCH', `/sources/${map.id}`, { type: 'none' }));
  expect((await readMap(world, map.id)).source.auth).toMatchObject({ type: 'none' });
});

it('leaves sealed secrets unreadable in another row (row 8c)', async () => {
  const world = new World();
  const [mine, other] = [await createMap(world), await createMap(world)];
  await world.db
    .prepare('UPDATE sources SET sealed_environment = ? WHERE id = ?')
    .bind((await rowOf(world, mine.id)).sealed_environment, other.id)
    .run();
  await expect(environmentOf(world, other.id)).rejects.toThrow('does not open');
  expect(await environmentOf(world, mine.id)).toHaveProperty('token');
});
