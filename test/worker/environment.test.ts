import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/env.ts';
import { openEnvironment } from '../../src/sources/map-secrets.ts';
import { ok, refusedFields } from './harness/answers.ts';
import { connected, connectedPhotos } from './harness/connected.ts';
import { CredentialProvider, inHeader } from './harness/credential-provider.ts';
import { createSource, manage } from './harness/management.ts';
import type { Echo } from './harness/oauth2-provider.ts';
import { finishedRun } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { run, tryingOAuth2 } from './harness/trial.ts';
import { World } from './harness/world.ts';
import { createMap, lantern, putMap, rowOf } from './maps-client.ts';

const set = { set: true };
const key = 'PLANTED-environment-key';
const keyed = { api_headers: { 'X-Key': '{environment.api_key}' }, environment: { api_key: key } };

async function environmentOf(world: World, id: string) {
  const { sealed_environment: sealedEnvironment } = await rowOf(world, id);
  return openEnvironment({ id, sealedEnvironment }, readConfig(world.bindings));
}

describe('an environment', () => {
  it('is demanded where the definition has a place for it, and shown by its names', async () => {
    const { world, provider } = await setting();
    world.recording = true;
    const make = (fields: Record<string, unknown>) =>
      manage(world, 'POST', '/sources', provider.fields(fields));
    const { environment: _, ...bare } = keyed;
    expect(await refusedFields(make(bare))).toEqual({ 'environment.api_key': 'is required' });
    expect(await refusedFields(make({ ...bare, environment: { api_key: set } }))).toEqual({
      'environment.api_key': 'is required',
    });
    const misnamed = { api_key: key, apikey: key };
    expect(await refusedFields(make({ ...keyed, environment: misnamed }))).toEqual({
      'environment.apikey': 'has no place: none of the headers and parameters holds {environment.apikey}',
    });
    expect(Object.keys(await refusedFields(make({ ...keyed, environment: { api_key: 7 } })))).toEqual([
      'environment.api_key',
    ]);
    const made = await ok<{ id: string }>(make(keyed));
    expect(made).toMatchObject({ environment: { api_key: set } });
    expect(await ok(manage(world, 'GET', `/sources/${made.id}`))).toEqual(made);
    expect(await environmentOf(world, made.id)).toEqual({ api_key: key });
    const row = JSON.stringify(await rowOf(world, made.id));
    for (const text of [row, ...world.transcript, ...world.logs]) expect(text).not.toContain('PLANTED');
  });

  it('stays through a change, and goes with its place', async () => {
    const { world, source } = await setting(keyed);
    const change = (fields: Record<string, unknown>) =>
      manage(world, 'PATCH', `/sources/${source.id}`, fields);
    expect(await ok(change({ name: 'Other', environment: { api_key: set } }))).toMatchObject({
      environment: { api_key: set },
    });
    expect(await environmentOf(world, source.id)).toEqual({ api_key: key });
    expect(await refusedFields(change({ environment: { api_key: null } }))).toEqual({
      'environment.api_key': 'is required',
    });
    const another = { api_params: { app: '{environment.app}' }, environment: { app: 'app-1' } };
    expect(await ok(change(another))).toMatchObject({ environment: { api_key: set, app: set } });
    expect(await environmentOf(world, source.id)).toEqual({ api_key: key, app: 'app-1' });
    expect(await ok(change({ api_headers: {} }))).toMatchObject({ environment: { app: set } });
    expect(await environmentOf(world, source.id)).toEqual({ app: 'app-1' });
    expect(await ok(change({ api_params: {} }))).not.toHaveProperty('environment');
    expect((await rowOf(world, source.id)).sealed_environment).toBeNull();
  });

  it('goes to no host that it was not entered for (row 8a)', async () => {
    const { world, source, provider } = await setting(keyed);
    const change = (fields: Record<string, unknown>) =>
      manage(world, 'PATCH', `/sources/${source.id}`, fields);
    const moved = { api_host_url: 'https://evil.example' };
    expect(Object.keys(await refusedFields(change(moved))).sort()).toEqual([
      'client_secret',
      'environment.api_key',
    ]);
    const { clientSecret: client_secret } = provider;
    const known = await refusedFields(change({ ...moved, client_secret }));
    expect(known['environment.api_key']).toContain('evil.example');
    // Where a grant may name the API's host, whatever calls carry goes there.
    const widened = { api_host_from: 'callback.host', api_host_suffixes: ['.evil.example'] };
    expect((await refusedFields(change(widened)))['environment.api_key']).toContain('*.evil.example');
    const secret = {
      ...widened,
      api_headers: { 'X-Secret': '{client_secret}' },
    };
    expect(Object.keys(await refusedFields(change(secret)))).toEqual(['client_secret']);
    expect(await ok(change({ ...moved, client_secret, environment: { api_key: 'new' } }))).toMatchObject(
      moved,
    );
    // They were entered for that host alone.
    const back = { api_host_url: `https://${provider.apiHost}/v1` };
    expect(Object.keys(await refusedFields(change(back))).sort()).toEqual([
      'client_secret',
      'environment.api_key',
    ]);
  });

  it('is put into no URL that users see, by somebody who does not know it (row 8a)', async () => {
    const { world, source } = await setting(keyed);
    const authorization_params = { shown: '{environment.api_key}' };
    const change = (fields: Record<string, unknown>) =>
      manage(world, 'PATCH', `/sources/${source.id}`, fields);
    expect(await refusedFields(change({ authorization_params }))).toEqual({
      'environment.api_key': 'must be entered again: whoever connects could read it from now on',
    });
    await ok(change({ authorization_params, environment: { api_key: key } }));
    await ok(change({ name: 'Other' }));
    const codes = { redirect_uri: '{environment.api_key}' };
    const evil = { authorization_params: codes, environment: { api_key: 'https://evil.example' } };
    expect(Object.keys(await refusedFields(change(evil)))).toEqual(['authorization_params.redirect_uri']);
  });

  it('is shared with a map’s', async () => {
    const world = new World();
    const { id } = await createMap(world);
    const fields = {
      api_headers: { 'X-Key': '{environment.token}' },
      environment: { fresh: 'PLANTED-fresh' },
    };
    expect(await ok(manage(world, 'PATCH', `/sources/${id}`, fields))).toMatchObject({
      environment: { token: set, other: set, fresh: set },
    });
    const map = await ok<{ source: Record<string, unknown> }>(manage(world, 'GET', `/maps/${id}`));
    expect(map.source.environment).toEqual({ token: set, other: set, fresh: set });
    expect(await environmentOf(world, id)).toMatchObject({ fresh: 'PLANTED-fresh' });
    // The map can’t take away what the fields have a place for.
    expect(await refusedFields(putMap(world, id, lantern({ environment: { other: set } })))).toEqual({
      'environment.token': 'is required',
    });
    await ok(putMap(world, id, lantern({ environment: { token: set } })));
    const moved = { api_host_url: 'https://evil.example', client_secret: 'entered again' };
    expect(Object.keys(await refusedFields(manage(world, 'PATCH', `/sources/${id}`, moved)))).toEqual([
      'environment.token',
    ]);
    await ok(manage(world, 'PATCH', `/sources/${id}`, { ...moved, environment: { token: 'entered again' } }));
  });
});

describe('what a call carries', () => {
  it('is filled in, in the place of the caller’s', async () => {
    const { world, proxy, provider } = await connected({
      fields: {
        api_headers: { 'X-Key': '{environment.api_key}', 'X-Client': '{client_id};{client_secret}' },
        api_params: { key: '{environment.api_key}' },
        environment: { api_key: key },
      },
    });
    const { url, headers } = await ok<Echo>(proxy('/x?key=mine&a=b', { headers: { 'X-Key': 'mine' } }));
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({ key, a: 'b' });
    expect(headers).toMatchObject({
      'x-key': key,
      'x-client': `${provider.clientId};${provider.clientSecret}`,
    });
    // A provider that sends its caller on gives away nothing of it.
    provider.answerApi = ({ url: asked }) =>
      new Response(null, { status: 307, headers: { Location: asked } });
    const answer = await proxy('/elsewhere', { method: 'POST', body: 'x' });
    expect(answer.headers.get('Location')).toMatch(/\/elsewhere$/);
    expect(JSON.stringify([...world.logs])).not.toContain('PLANTED');
  });

  it('is signed over by OAuth 1.0a', async () => {
    const { photos, proxy } = await connectedPhotos(() => ({
      api_params: { key: '{environment.api_key}', client: '{client_id}' },
      environment: { api_key: key },
    }));
    const { url } = await ok<Echo>(proxy('/photos?a=1'));
    expect(new URL(url).searchParams.get('key')).toBe(key);
    expect(photos.refusals).toEqual([]);
  });

  it('comes from the source, where an application has credentials of its own, too', async () => {
    const { world, application, provider, source } = await setting({ ...keyed, client_secret: 'another' });
    await ok(
      manage(world, 'PUT', `/applications/${application.clientId}/sources/${source.id}`, {
        client_id: provider.clientId,
        client_secret: provider.clientSecret,
      }),
    );
    const session = await finishedRun(world, application, provider, source);
    const { accessToken } = await ok<{ accessToken: string }>(session.exchange({ clientUserId: 'user-1' }));
    const headers = { Authorization: `Bearer ${accessToken}` };
    const sent = await ok<Echo>(world.request(`/proxy/${source.id}/x`, { headers }));
    expect(sent.headers['x-key']).toBe(key);
  });

  it('is opened only where it is named', async () => {
    const { world, proxy, source } = await connected({ fields: keyed });
    // One that nobody can open any more.
    const spoil = 'UPDATE sources SET sealed_environment = ? WHERE id = ?';
    await world.db.prepare(spoil).bind('spoilt', source.id).run();
    expect((await proxy('/x')).status).toBe(500);
    const unnamed = 'UPDATE sources SET definition = json_remove(definition, ?) WHERE id = ?';
    await world.db.prepare(unnamed).bind('$.api_headers', source.id).run();
    await ok(proxy('/x'));
  });

  it('is not kept, where a profile repeats it', async () => {
    // This one echoes whatever it is sent.
    const { call } = await connected({ fields: { ...keyed, metadata_url: '/v1/me' } });
    const shown = await (await call('/user')).text();
    expect(shown).toContain('/v1/me');
    expect(shown).not.toContain('PLANTED');
  });

  it('is bound to its hosts where users type a credential, too', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    const source = await provider.define(keyed);
    expect(source).toMatchObject({ environment: { api_key: set } });
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { name: 'Weather' }));
    const moved = { api_host_url: 'https://evil.example', metadata_url: null };
    expect(Object.keys(await refusedFields(manage(world, 'PATCH', `/sources/${source.id}`, moved)))).toEqual([
      'environment.api_key',
    ]);
  });
});

it('a test of the source shows no value of it', async () => {
  const trying = await tryingOAuth2({
    ...keyed,
    metadata_url: '/v1/me',
    token_headers: { 'X-Key': '{environment.api_key}' },
    authorization_params: { who: '{environment.api_key}' },
  });
  const shown = await run(trying, { sample: '/steps' });
  expect(shown.text).toContain('PLAN… (23 characters)');
  expect(shown.html).not.toContain(key);
  const { requests } = trying.world.internet;
  const carrying = requests.filter(({ headers }) => headers.get('X-Key') === key);
  expect(carrying.map(({ url }) => new URL(url).pathname)).toEqual(
    expect.arrayContaining(['/token', '/revoke', '/v1/me', '/steps']),
  );
});

describe('the catalogue', () => {
  it('says which environment an entry wants, and demands it', async () => {
    const world = new World();
    expect(await ok(manage(world, 'GET', '/catalogue/bungie'))).toMatchObject({
      api_headers: { 'X-API-Key': '{environment.api_key}' },
      environment: { api_key: { label: 'API key', where: expect.stringContaining('bungie.net') } },
    });
    const body = { catalogue: 'bungie', client_id: 'a', client_secret: 'b' };
    expect(await refusedFields(manage(world, 'POST', '/sources', body))).toEqual({
      'environment.api_key': 'is required',
    });
    const made = await createSource(world, { ...body, environment: { api_key: key } });
    expect(made).toMatchObject({ environment: { api_key: set } });
  });

  it('asks for what it wants since a source was made from it', async () => {
    const world = new World();
    const assets = (env as unknown as { ASSETS: Fetcher }).ASSETS;
    let isOld = true;
    world.bindings = {
      ...world.bindings,
      ASSETS: {
        ...assets,
        connect: assets.connect.bind(assets),
        fetch: async (input: RequestInfo | URL) => {
          const response = await assets.fetch(input);
          if (!isOld || !new Request(input).url.endsWith('/catalogue/bungie.json')) return response;
          const { environment: _, ...entry } = await response.json<Record<string, object>>();
          const { api_headers: __, ...definition } = entry.definition as Record<string, unknown>;
          return Response.json({ ...entry, definition });
        },
      },
    };
    const { id } = await createSource(world, { catalogue: 'bungie', client_id: 'a', client_secret: 'b' });
    isOld = false;
    const take = (body: unknown) => manage(world, 'POST', `/sources/${id}/catalogue`, body);
    expect(await refusedFields(take({}))).toEqual({ 'environment.api_key': 'is required' });
    expect(await ok(take({ environment: { api_key: key } }))).toMatchObject({
      api_headers: { 'X-API-Key': '{environment.api_key}' },
      environment: { api_key: set },
    });
  });
});
