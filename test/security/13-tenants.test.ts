import { expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { adminToken, World } from '../worker/harness/world.ts';

/** Everything one developer can own, and an end user’s token. */
async function tenant(world: World, name: string) {
  const developer = await createDeveloper(world);
  const provider = new OAuth2Provider(world, name);
  const application = await createApplication(world, {}, developer.key);
  const source = await provider.define({}, developer.key);
  const run = await finishedRun(world, application, provider, source);
  const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
  const path = `/applications/${application.clientId}`;
  const { secrets } = await ok<{ secrets: { id: string }[] }>(
    manage(world, 'GET', path, undefined, developer.key),
  );
  return { developer, provider, application, source, user, secretId: secrets[0]?.id ?? '' };
}

type Tenant = Awaited<ReturnType<typeof tenant>>;

/** Every route that names a resource, with a body that would do, and one that wouldn’t. */
function routesOf({
  application,
  source,
  user,
  secretId,
}: Tenant): [method: string, path: string, body?: unknown][] {
  const app = `/applications/${application.clientId}`;
  return [
    ['GET', app],
    ['PATCH', app, { name: 'Mine' }],
    ['PATCH', app, { nonsense: true }],
    ['POST', `${app}/secrets`],
    ['DELETE', `${app}/secrets/${secretId}`],
    ['PUT', `${app}/sources/${source.id}`, { enabled: false }],
    ['PUT', `${app}/sources/${source.id}`, { nonsense: true }],
    ['DELETE', `${app}/sources/${source.id}`],
    ['GET', `/sources/${source.id}`],
    ['PATCH', `/sources/${source.id}`, { name: 'Mine' }],
    ['PATCH', `/sources/${source.id}`, { access_token_url: 'https://evil.example/token' }],
    ['PATCH', `/sources/${source.id}`, { name: 7 }],
    ['GET', `/connections/${user.connections[0]}`],
    ['DELETE', `/sources/${source.id}`],
    ['DELETE', app],
  ];
}

it('answers 404 to every key of another tenant, whatever the body says', async () => {
  const world = new World();
  const mine = await tenant(world, 'mine');
  const theirs = await tenant(world, 'theirs');
  for (const key of [theirs.developer.key, adminToken]) {
    for (const [method, path, body] of routesOf(mine)) {
      const failure = await refused(manage(world, method, path, body, key), 404, 'not_found');
      const [kind, , section] = path.split('/').slice(1);
      const nowhere = `/${kind}/${'0'.repeat(32)}${section ? path.slice(path.indexOf(`/${section}`)) : ''}`;
      const absent = await refused(manage(world, method, nowhere, body, key), 404, 'not_found');
      expect(failure.error_description, `${method} ${path}`).toBe(absent.error_description);
    }
  }
});

it('takes no credential of another kind for a key', async () => {
  const world = new World();
  const mine = await tenant(world, 'mine');
  const others = [
    mine.user.accessToken,
    mine.user.userCode,
    mine.application.clientSecret,
    mine.developer.id,
    'x',
  ];
  for (const key of others) {
    for (const [method, path, body] of routesOf(mine)) {
      await refused(manage(world, method, path, body, key), 401, 'invalid_token');
    }
    for (const path of ['/applications', '/sources', '/connections']) {
      await refused(manage(world, 'GET', path, undefined, key), 401, 'invalid_token');
    }
  }
  for (const [method, path] of routesOf(mine)) {
    await refused(world.request(path, { method }), 401, 'invalid_token');
  }
});

it('lists to each what is its own', async () => {
  const world = new World();
  const mine = await tenant(world, 'mine');
  const theirs = await tenant(world, 'theirs');
  for (const [own, other] of [
    [mine, theirs],
    [theirs, mine],
  ] as const) {
    const list = async (path: string) =>
      JSON.stringify(await ok(manage(world, 'GET', path, undefined, own.developer.key)));
    const all = [await list('/applications'), await list('/sources'), await list('/connections')].join();
    expect(all).toContain(own.application.clientId);
    expect(all).toContain(own.source.id);
    expect(all).toContain(own.user.connections[0]);
    for (const foreign of [
      other.application.clientId,
      other.source.id,
      other.user.connections[0] ?? 'none',
    ]) {
      expect(all).not.toContain(foreign);
    }
    const filter = `/connections?application_id=${other.application.clientId}`;
    expect(await ok(manage(world, 'GET', filter, undefined, own.developer.key))).toEqual([]);
  }
});

it('uses no private source of another tenant', async () => {
  const world = new World();
  const mine = await tenant(world, 'mine');
  const theirs = await tenant(world, 'theirs');
  const path = `/applications/${theirs.application.clientId}/sources/${mine.source.id}`;
  for (const [method, body] of [['PUT', {}], ['PUT', { nonsense: 1 }], ['DELETE']] as const) {
    await refused(manage(world, method, path, body, theirs.developer.key), 404, 'not_found');
  }
  const run = await Run.fromPage(world, theirs.application);
  const view = await ok<{ sources: { id: string }[] }>(run.bind());
  expect(view.sources.map(({ id }) => id)).not.toContain(mine.source.id);
  await refused(run.authorize(mine.source), 404, 'not_found');
  const { clientId, clientSecret } = theirs.application;
  const body = { clientId, clientSecret, clientUserId: 'u', sources: [mine.source.id] };
  await refused(world.post('/connect/sessions', body), 400, 'invalid_request');
  // A slug that both have means each one’s own.
  const slug = `same-${world.tag}`;
  await ok(manage(world, 'PATCH', `/sources/${mine.source.id}`, { slug }, mine.developer.key));
  await ok(manage(world, 'PATCH', `/sources/${theirs.source.id}`, { slug }, theirs.developer.key));
  const named = await Run.fromServer(world, theirs.application, {}, { sources: [slug] });
  const shown = await ok<{ sources: { id: string }[] }>(named.bind());
  expect(shown.sources.map(({ id }) => id)).toEqual([theirs.source.id]);
});

it('reaches no Connection of another tenant’s user of the same name', async () => {
  const world = new World();
  const mine = await tenant(world, 'mine');
  const theirs = await tenant(world, 'theirs');
  expect(mine.user.userCode).not.toBe(theirs.user.userCode);
  const headers = { Authorization: `Bearer ${theirs.user.accessToken}` };
  const { connections } = await ok<{ connections: { id: string }[] }>(world.request('/user', { headers }));
  expect(connections.map(({ id }) => id)).toEqual(theirs.user.connections);
  await refused(world.request(`/proxy/${mine.source.id}/me`, { headers }), 404, 'not_found');
  const named = { ...headers, 'X-Connection-Id': mine.user.connections[0] ?? '' };
  for (const { id } of [mine.source, theirs.source]) {
    await refused(world.request(`/proxy/${id}/me`, { headers: named }), 404, 'not_found');
  }
});

it('does what a key’s scopes allow, and says which one it lacks', async () => {
  const world = new World();
  const source = { type: 'none', name: 'Plain', api_host_url: 'https://plain.example' };
  for (const [method, path, scope, body] of [
    ['GET', '/applications', 'applications'],
    ['POST', '/applications', 'applications', { name: 'x', origins: [] }],
    ['GET', '/sources', 'maps:read'],
    ['POST', '/sources', 'maps:write', source],
    ['GET', '/connections', 'connections:read'],
  ] as const) {
    const all = ['applications', 'maps:read', 'maps:write', 'connections:read', 'connections:write', 'calls'];
    const without = await createDeveloper(
      world,
      all.filter((other) => other !== scope),
    );
    const failure = await refused(manage(world, method, path, body, without.key), 403, 'insufficient_scope');
    expect(failure.error_description).toContain(scope);
    const just = await createDeveloper(world, [scope]);
    expect((await manage(world, method, path, body, just.key)).ok).toBe(true);
  }
});
