import { expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { manage } from './harness/management.ts';
import { World } from './harness/world.ts';
import { createMap, lantern, type MapAnswer, putMap, readMap } from './maps-client.ts';

const set = { set: true };

function patch(world: World, id: string, fields: Record<string, unknown>): Promise<Response> {
  return manage(world, 'PATCH', `/sources/${id}`, fields);
}

it('changes the document where a field has its place there', async () => {
  const world = new World();
  const { id, source } = await createMap(world);
  await ok(
    patch(world, id, { name: 'Lamp', uniqueness: null, access_token_url: '/t', signature: 'parameter' }),
  );
  expect((await readMap(world, id)).source).toEqual({
    ...source,
    name: 'Lamp',
    auth: {
      ...(source.auth as object),
      access_token: 'https://www.lantern.example/t',
      signature: 'parameter',
    },
    meta: { endpoint: { route: '/me' } },
  });
});

it('keeps a field without a place beside the document, and through a PUT', async () => {
  const world = new World();
  const map = await createMap(world);
  const beside = {
    pkce: 'none',
    scopes: ['pictures'],
    token_auth_method: 'client_secret_post',
    revocation_url: 'https://www.lantern.example/revoke',
  };
  await ok(patch(world, map.id, beside));
  expect(await readMap(world, map.id)).toEqual(map);
  await ok(putMap(world, map.id, { ...map.source, name: 'Lamp' }));
  expect(await ok(manage(world, 'GET', `/sources/${map.id}`))).toMatchObject({ ...beside, name: 'Lamp' });
  const basic = { ...map.source, auth: { ...(map.source.auth as object), use_auth_header: true } };
  await ok(putMap(world, map.id, basic));
  expect(await ok(manage(world, 'GET', `/sources/${map.id}`))).toMatchObject({
    ...beside,
    token_auth_method: 'client_secret_basic',
  });
});

it('takes a whole data source back by PATCH without touching its document', async () => {
  const world = new World();
  const map = await createMap(world);
  const { id, callback_url, credentials_for, sandbox, created, updated, ...fields } = await ok<
    Record<string, unknown>
  >(manage(world, 'GET', `/sources/${map.id}`));
  await ok(patch(world, map.id, fields));
  expect(await readMap(world, map.id)).toEqual(map);
});

it('moves the metadata endpoint along with the API host', async () => {
  const world = new World();
  const { id } = await createMap(world, lantern({ environment: {} }));
  const moved = { api_host_url: 'https://api.lamp.example/v3', client_secret: 'entered again' };
  expect(await ok(patch(world, id, moved))).toMatchObject({ metadata_url: 'https://api.lamp.example/v3/me' });
  expect((await readMap(world, id)).source).toMatchObject({
    url: 'https://api.lamp.example/v3',
    meta: { uniqueness_location: 'id', endpoint: { route: '/me' } },
  });
});

it('refuses to move the API host away from under an endpoint', async () => {
  const world = new World();
  const route = 'https://api.lantern.example/upload';
  const { id } = await createMap(world, lantern({ environment: {}, endpoints: { Upload: route } }));
  const moved = { api_host_url: 'https://api.lamp.example', client_secret: 'entered again' };
  const answer = await refused(patch(world, id, moved), 400, 'invalid_request');
  expect(answer.details?.map(({ path }) => path)).toEqual(['endpoints.Upload']);
});

it('shows credentials that came by the fields in the document', async () => {
  const world = new World();
  const { auth, ...document } = lantern();
  const { auth_key: _, auth_secret: __, ...bare } = auth as Record<string, unknown>;
  const { id, source } = await createMap(world, { ...document, auth: bare });
  expect(source.auth).toEqual(bare);
  await ok(patch(world, id, { client_id: 'a', client_secret: 'b' }));
  expect((await readMap(world, id)).source.auth).toEqual({ ...bare, auth_key: set, auth_secret: set });
  await ok(patch(world, id, { client_id: null }));
  expect((await readMap(world, id)).source.auth).toEqual({ ...bare, auth_key: null, auth_secret: null });
});

it('keeps an issuer’s discovery through a PUT', async () => {
  const world = new World();
  const issuer = `https://id-${world.tag}.example`;
  world.internet.host(new URL(issuer).host, () =>
    Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
    }),
  );
  const fields = { type: 'oauth2', name: 'Found', api_host_url: 'https://api.found.example', issuer };
  const { id } = await ok<{ id: string }>(manage(world, 'POST', '/sources', fields));
  const asked = world.internet.requests.length;
  const { source } = await readMap(world, id);
  await ok<MapAnswer>(putMap(world, id, { ...source, description: 'found' }));
  expect(await ok(manage(world, 'GET', `/sources/${id}`))).toMatchObject({ issuer });
  expect(world.internet.requests.length).toBe(asked);
});

it('refuses to replace what the sandbox is', async () => {
  const world = new World();
  await ok(manage(world, 'POST', '/sandbox/setup', {}));
  const maps = await ok<MapAnswer[]>(manage(world, 'GET', '/maps?limit=1000'));
  const pacer = maps.find(({ source }) => source.name === 'Pacer (sandbox)');
  expect(pacer?.source).toMatchObject({ url: '/sandbox/api', auth: { type: 'oauth2', auth_key: set } });
  await refused(putMap(world, pacer?.id ?? '', lantern()), 409, 'conflict');
});
