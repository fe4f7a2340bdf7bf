import { afterAll, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { connected } from './harness/connected.ts';
import { manage } from './harness/management.ts';
import { putEndpoints } from './harness/mapped.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { type Exchanged, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import type { Counts } from './harness/world.ts';

// What each step may ask of storage and of others, exactly: every one of these is paid for by each connect.
const table: (Counts & { step: string })[] = [];

afterAll(() => {
  const line = (cells: (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(36) : String(cell).padStart(10))).join('');
  const rows = table.map(({ step, kvReads, kvWrites, d1, outbound }) =>
    line([step, kvReads, kvWrites, d1, outbound]),
  );
  console.log([line(['step', 'KV reads', 'KV writes', 'D1', 'outbound']), ...rows].join('\n'));
});

const note = (step: string, counts: Counts) => table.push({ step, ...counts });
const nothing = { kvReads: 0, kvWrites: 0, d1: 0, outbound: 0 };

it('spends on a connect what the budget allows', async () => {
  const { world, application, provider, source } = await setting();
  const photos = new OAuth1Provider(world);
  const photoSource = await photos.define();
  const measured = await setting({ metadata_url: '/me' });
  const count = async <T>(step: string, perform: () => Promise<T>, expected: Partial<Counts>): Promise<T> => {
    const { result, counts } = await world.count(perform);
    note(step, counts);
    expect(counts, step).toEqual({ ...nothing, ...expected });
    return result;
  };

  await count('session, by a server', () => Run.fromServer(world, application), { d1: 2 });
  const run = await count('session, by a page', () => Run.fromPage(world, application), { d1: 2 });
  await count('bind', () => ok(run.bind()), { d1: 2 });
  await count('view', () => ok(run.view()), { d1: 1 });
  const started = await count(
    'authorize, OAuth 2',
    () => ok<{ redirectUrl: string }>(run.authorize(source)),
    { kvWrites: 1, d1: 1 },
  );
  const url = provider.consent(started.redirectUrl);
  await count('callback, OAuth 2', () => run.callback(url), { kvReads: 1, d1: 2, outbound: 1 });
  await count('callback, repeated', () => run.callback(url), { kvReads: 1, d1: 1 });
  const photo = await count(
    'authorize, OAuth 1.0a',
    () => ok<{ redirectUrl: string }>(run.authorize(photoSource)),
    { kvWrites: 1, d1: 1, outbound: 1 },
  );
  const photoUrl = photos.consent(photoSource, photo.redirectUrl);
  await count('callback, OAuth 1.0a', () => run.callback(photoUrl), { kvReads: 1, d1: 2, outbound: 1 });
  await count('finish', () => run.finished(), { kvWrites: 1, d1: 1 });
  await count('outcome', () => ok(run.outcome()), { d1: 1 });
  const user = await count('exchange', () => ok<Exchanged>(run.exchange()), { kvReads: 1, d1: 2 });

  const headers = { Authorization: `Bearer ${user.accessToken}` };
  await count('user', () => ok(world.request('/user', { headers })), { d1: 1 });
  const call = (id: string) => () => ok(world.request(`/proxy/${id}/me`, { headers }));
  await count('proxied call, OAuth 2', call(source.id), { d1: 1, outbound: 1 });
  await count('proxied call, OAuth 1.0a', call(photoSource.id), { d1: 1, outbound: 1 });
  await count('connections, list', () => ok(manage(world, 'GET', '/connections?limit=10')), { d1: 1 });
  const [id] = user.connections;
  await count('connections, get', () => ok(manage(world, 'GET', `/connections/${id}`)), { d1: 1 });

  const other = await Run.fromPage(measured.world, measured.application);
  await ok(other.bind());
  const otherUrl = await other.consent(measured.provider, measured.source);
  const { counts } = await measured.world.count(() => other.callback(otherUrl));
  note('callback, OAuth 2 with metadata', counts);
  expect(counts).toEqual({ kvReads: 1, kvWrites: 0, d1: 2, outbound: 2 });
});

it('spends on a call what the budget allows, and on a refresh no more than it must', async () => {
  const { world, id, provider, source, call } = await connected();
  await ok(
    putEndpoints(world, source, { steps: '/steps/{{ identifier }}' }, { environment: { region: 'eu' } }),
  );
  const count = async (step: string, perform: () => Promise<unknown>, expected: Partial<Counts>) => {
    const { counts } = await world.count(perform);
    note(step, counts);
    expect(counts, step).toEqual({ ...nothing, ...expected });
  };
  const made = await ok<{ key: string }>(
    manage(world, 'POST', '/keys', {
      name: 'Server',
      scopes: ['calls', 'connections:read', 'connections:read_auth'],
    }),
  );
  const headers = { Authorization: `Bearer ${made.key}`, 'X-Connection-Id': id };
  const withKey = (path: string) => () => ok(world.request(path, { headers }));
  const proxied = `/proxy/${source.id}/me`;
  const data = `/data/${source.id}/steps/1`;
  const fresh = { d1: 1, outbound: 1 };
  await count('proxied call, API key', withKey(proxied), fresh);
  await count('data call', () => ok(call(data)), fresh);
  await count('data call, API key', withKey(data), fresh);
  await count('connections, get, own key', withKey(`/connections/${id}`), { d1: 2 });

  // Besides the call: the lease, and the fresh tokens.
  const refreshed = { d1: 3, outbound: 2 };
  world.advance({ minutes: 61 });
  await count('proxied call, refreshing', () => ok(call(proxied)), refreshed);
  world.advance({ minutes: 61 });
  await count('proxied call, API key, refreshing', withKey(proxied), refreshed);
  world.advance({ minutes: 61 });
  await count('connections, get, refreshing', withKey(`/connections/${id}`), { d1: 6, outbound: 1 });

  provider.answerRefresh = () => new Response('', { status: 503 });
  world.advance({ minutes: 57 });
  await count('proxied call, refresh fails', () => ok(call(proxied)), refreshed);
  // Who comes in the pause that follows goes on with the old token.
  await count('proxied call, in the pause', () => ok(call(proxied)), { d1: 1, outbound: 1 });
});

it('notes the use of an access token once a day, not with each call', async () => {
  const { world, application, provider, source } = await setting();
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  await run.connect(provider, source);
  await run.finished();
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const headers = { Authorization: `Bearer ${accessToken}` };
  const call = async () => (await world.count(() => ok(world.request('/user', { headers })))).counts.d1;
  expect(await call()).toBe(1);
  world.advance({ minutes: 25 * 60 });
  expect(await call()).toBe(2);
  expect(await call()).toBe(1);
});

it('asks storage for nothing where a request can be refused without it', async () => {
  const { world, application } = await setting();
  const run = await Run.fromPage(world, application);
  const { counts } = await world.count(async () => {
    await world.request('/user');
    await world.request('/proxy/x/y');
    await world.request('/connections');
    await world.request(`/done/${run.id}`);
    await run.view();
    await world.post('/connect/tokens', { specialToken: 'x' });
    await world.request('/no/such/route');
  });
  expect(counts).toEqual(nothing);
});
