import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { manage } from '../worker/harness/management.ts';
import { OAuth1Provider } from '../worker/harness/oauth1-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import { adminToken, type World } from '../worker/harness/world.ts';

interface Sealed {
  sealed: string;
}

const sealedOf = (world: World, table: string, column: string, id: string) =>
  world.db.prepare(`SELECT ${column} AS sealed FROM ${table} WHERE id = ?`).bind(id).first<Sealed>();
const plant = (world: World, table: string, column: string, id: string, value: string) =>
  world.db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`).bind(value, id).run();

describe('a swapped ciphertext does not open', () => {
  it('between two Connections of one user', async () => {
    const { world, application, provider, source } = await setting();
    const connect = (account: string) =>
      finishedRun(world, application, provider, source, { choice: { account } });
    const first = await ok<Exchanged>((await connect('a')).exchange({ clientUserId: 'user-1' }));
    const second = await ok<Exchanged>((await connect('b')).exchange({ clientUserId: 'user-1' }));
    const [a = '', b = ''] = [first.connections[0], second.connections[0]];
    const headers = { Authorization: `Bearer ${second.accessToken}`, 'X-Connection-Id': b };
    const call = () => world.request(`/proxy/${source.id}/me`, { headers });
    expect(await ok(call())).toMatchObject({ id: 'b' });

    const [own, other] = [
      await sealedOf(world, 'connections', 'sealed_tokens', b),
      await sealedOf(world, 'connections', 'sealed_tokens', a),
    ];
    await plant(world, 'connections', 'sealed_tokens', b, other?.sealed ?? '');
    await refused(call(), 500, 'server_error');
    await refused(manage(world, 'GET', `/connections/${b}`), 500, 'server_error');
    expect(provider.issued.filter((token) => world.logs.join().includes(token))).toEqual([]);
    // Control: in its own row it opens again.
    await plant(world, 'connections', 'sealed_tokens', b, own?.sealed ?? '');
    expect(await ok(call())).toMatchObject({ id: 'b' });
  });

  it('between a pending grant and the Connection it becomes', async () => {
    const { world, application, provider, source } = await setting();
    const attacker = await finishedRun(world, application, provider, source, {
      choice: { account: 'attacker' },
    });
    const victim = await finishedRun(world, application, provider, source, { choice: { account: 'victim' } });
    await world.db
      .prepare(
        `UPDATE grants SET sealed_tokens = (SELECT sealed_tokens FROM grants WHERE run_id = ?1) WHERE run_id = ?2`,
      )
      .bind(victim.id, attacker.id)
      .run();
    const exchanged = await ok<Exchanged>(attacker.exchange());
    const headers = { Authorization: `Bearer ${exchanged.accessToken}` };
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 500, 'server_error');
  });

  it('between two data sources’ client secrets', async () => {
    const scene = await setting();
    const { world, application, provider, source } = scene;
    const other = await provider.define({ name: 'Other', client_secret: 'another secret' });
    const stolen = await sealedOf(world, 'sources', 'sealed_client_secret', other.id);
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    await plant(world, 'sources', 'sealed_client_secret', source.id, stolen?.sealed ?? '');
    const answer = await run.callback(url);
    expect(answer.status).not.toBe(200);
    expect(provider.redeemed).toBe(0);
  });

  it('and neither does a tampered one, or one under an unknown key', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { accessToken, connections } = await ok<Exchanged>(run.exchange());
    const [id = ''] = connections;
    const { sealed = '' } = (await sealedOf(world, 'connections', 'sealed_tokens', id)) ?? {};
    const headers = { Authorization: `Bearer ${accessToken}` };
    for (const changed of [
      `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`,
      sealed.replace(/^[^.]+/, 'unknown'),
      sealed.split('.')[1] ?? '',
      '{"accessToken":"x"}',
    ]) {
      await plant(world, 'connections', 'sealed_tokens', id, changed);
      await refused(world.request(`/proxy/${source.id}/me`, { headers }), 500, 'server_error');
    }
  });
});

it('goes on opening what an older key sealed', async () => {
  const { world, application, provider, source } = await setting();
  const run = await finishedRun(world, application, provider, source);
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const fresh = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  world.bindings = { ...world.bindings, ENCRYPTION_KEYS: `new:${fresh},${world.bindings.ENCRYPTION_KEYS}` };
  const headers = { Authorization: `Bearer ${accessToken}` };
  expect(await ok(world.request(`/proxy/${source.id}/me`, { headers }))).toMatchObject({ id: 'account-1' });
  const next = await finishedRun(world, application, provider, source);
  const { connections } = await ok<Exchanged>(next.exchange());
  const row = await sealedOf(world, 'connections', 'sealed_tokens', connections[0] ?? '');
  expect(row?.sealed).toMatch(/^new\./);
});

it('keeps no secret in clear, in any column of any table, nor in KV', async () => {
  const { world, application, provider, source } = await setting();
  const photos = new OAuth1Provider(world);
  const photoSource = await photos.define();
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  const stateUrl = await run.consent(provider, source);
  await run.callback(stateUrl);
  const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(photoSource));
  await run.callback(photos.consent(photoSource, redirectUrl));
  await ok(run.authorize(photoSource));
  await run.finished();
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const unfinished = await finishedRun(world, application, provider, source);

  const secrets = {
    adminToken,
    clientSecret: application.clientSecret,
    providerSecret: provider.clientSecret,
    consumerSecret: photos.clientSecret,
    sessionToken: run.session.sessionToken,
    runSecret: run.runSecret,
    handle: run.handle,
    pendingHandle: unfinished.handle,
    state: new URL(stateUrl).searchParams.get('state') ?? '',
    accessToken,
    providerToken: provider.issued[0] ?? '',
    photoToken: photos.issued[0] ?? '',
    cookie: [...run.browser.cookies.values()][0]?.value ?? '',
  };
  for (const [name, secret] of Object.entries(secrets)) expect(secret.length, name).toBeGreaterThan(20);

  const { results: tables } = await world.db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
    .all<{ name: string }>();
  expect(tables.length).toBeGreaterThan(8);
  const stored = await Promise.all(
    tables.map(async ({ name }) =>
      JSON.stringify((await world.db.prepare(`SELECT * FROM "${name}"`).all()).results),
    ),
  );
  const { keys } = await world.bindings.KV.list();
  const values = await Promise.all(
    keys.map(async ({ name }) => `${name}: ${await world.bindings.KV.get(name)}`),
  );
  expect(values.length).toBeGreaterThan(0);
  const everything = [...stored, ...values].join('\n');
  for (const [name, secret] of Object.entries(secrets)) {
    expect(everything.includes(secret), name).toBe(false);
    // A secret made of parts is in none of them either.
    for (const part of secret.split(/[._]/)) {
      if (part.length > 40) expect(everything.includes(part), name).toBe(false);
    }
  }
  expect(everything).toContain(application.clientId);
});
