import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { CredentialProvider, inHeader, inQuery } from './harness/credential-provider.ts';
import { exchanged, serverRun, viewOf } from './harness/hosted-run.ts';
import { createApplication, createDeveloper, manage, type Source } from './harness/management.ts';
import type { Echo } from './harness/oauth2-provider.ts';
import { type Exchanged, Run, type View } from './harness/run.ts';
import { World } from './harness/world.ts';

const secretKey = `wx-key-${crypto.randomUUID()}`;

/** The user types a credential and presses Connect. */
function enter(run: Run, source: Source, typed: Record<string, unknown>, world: World): Promise<Response> {
  return run.browser.post(world.origin, `/connect/runs/${run.id}/credential`, {
    source: source.id,
    ...typed,
  });
}

async function boundRun(world: World, application?: Awaited<ReturnType<typeof createApplication>>) {
  const run = await Run.fromPage(world, application ?? (await createApplication(world)));
  await ok(run.bind());
  return run;
}

/** A call through the proxy, and what of it reached the provider. */
async function callWith(world: World, { accessToken }: Exchanged, path: string, init: RequestInit = {}) {
  const headers = { Authorization: `Bearer ${accessToken}`, ...init.headers };
  return ok<Echo>(world.request(path, { ...init, headers }));
}

const basicOf = (username: string, password: string) =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;

interface Way {
  what: string;
  fields: Record<string, unknown>;
  credentialOf: (request: Request) => string | null;
  /** As the provider sees it. */
  arrives: string;
  typed: Record<string, string>;
}

const ways: Way[] = [
  {
    what: 'a key as a bearer token, by default',
    fields: {},
    credentialOf: inHeader('Authorization'),
    arrives: `Bearer ${secretKey}`,
    typed: { key: ` ${secretKey}\u00a0` },
  },
  {
    what: 'a key in a header of its own',
    fields: { key_name: 'X-Api-Key' },
    credentialOf: inHeader('X-Api-Key'),
    arrives: secretKey,
    typed: { key: secretKey },
  },
  {
    what: 'a key in a header, behind a prefix',
    fields: { key_in: 'header', key_name: 'Authorization', key_prefix: 'GenieKey ' },
    credentialOf: inHeader('Authorization'),
    arrives: `GenieKey ${secretKey}`,
    typed: { key: secretKey },
  },
  {
    what: 'a key in the query',
    fields: { key_in: 'query', key_name: 'appid' },
    credentialOf: inQuery('appid'),
    arrives: `${secretKey}&x=1+ü%`,
    typed: { key: `${secretKey}&x=1+ü%` },
  },
  {
    what: 'a user name and a password',
    fields: { type: 'basic' },
    credentialOf: inHeader('Authorization'),
    arrives: basicOf('ada', `pass:wörd ${secretKey} `),
    typed: { username: 'ada', password: `pass:wörd ${secretKey} ` },
  },
  {
    what: 'a user name and an empty password',
    fields: { type: 'basic' },
    credentialOf: inHeader('Authorization'),
    arrives: basicOf(secretKey, ''),
    typed: { username: secretKey, password: '' },
  },
];

describe('from the popup to a signed call', () => {
  it.each(ways)('carries $what', async ({ fields, credentialOf, arrives, typed }) => {
    const world = new World();
    const provider = new CredentialProvider(world, credentialOf);
    provider.accounts.set(arrives, 'account-1');
    const source = await provider.define(fields);
    const run = await boundRun(world);
    const shown = await ok<View>(run.view());
    expect(shown.sources.find(({ id }) => id === source.id)).toMatchObject({ connected: false, scopes: [] });

    const view = await ok<View>(enter(run, source, typed, world));
    expect(view).toMatchObject({
      changed: true,
      outcome: { result: 'connected', source: { id: source.id } },
    });
    expect(view.sources.find(({ id }) => id === source.id)?.connected).toBe(true);
    expect(provider.received).toMatchObject([{ method: 'GET' }]);
    await run.finished();
    const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    expect(user.connections).toHaveLength(1);

    const call = await callWith(world, user, `/proxy/${source.id}/today?city=Bern%20(BE)&q=a+b`, {
      headers: { 'X-Api-Key': 'the caller’s'.replace('’', '') },
    });
    expect(call.id).toBe('account-1');
    const url = new URL(call.url);
    expect(url.pathname).toBe('/v1/today');
    expect(url.search).toMatch(/^\?city=Bern%20\(BE\)&q=a\+b/);
    const own = await ok<{ auth: unknown; name: string; metadata: object }>(
      manage(world, 'GET', `/connections/${user.connections[0]}`),
    );
    expect(own).toMatchObject({
      name: 'account-1',
      auth: {
        status: { complete: true, authorized: true },
        data:
          'key' in typed
            ? { access_token: typed.key?.trim(), token_type: 'api_key' }
            : { access_token: typed.password, token_type: 'basic', username: typed.username },
        scopes: { requested: [], granted: [], missing: [] },
      },
    });
  });

  it('puts nothing of the caller’s in the place of the credential', async () => {
    const world = new World();
    const application = await createApplication(world);
    const inName = new CredentialProvider(world, inHeader('X-Api-Key'));
    const inParameter = new CredentialProvider(world, inQuery('appid'));
    for (const { accounts } of [inName, inParameter])
      accounts.set(secretKey, 'account-1').set('mine', 'account-2');
    const named = await inName.define({ key_name: 'X-Api-Key' });
    const queried = await inParameter.define({ key_in: 'query', key_name: 'appid' });
    const run = await boundRun(world, application);
    for (const source of [named, queried]) await ok(enter(run, source, { key: secretKey }, world));
    await run.finished();
    const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const first = await callWith(world, user, `/proxy/${named.id}/x`, { headers: { 'x-api-key': 'mine' } });
    expect(first).toMatchObject({ id: 'account-1', headers: { 'x-api-key': secretKey } });
    const second = await callWith(world, user, `/proxy/${queried.id}/x?appid=mine&a=1&app%69d=mine`);
    expect(second.id).toBe('account-1');
    expect(new URL(second.url).searchParams.getAll('appid')).toEqual([secretKey]);
    expect(second.headers).not.toHaveProperty('authorization');
  });

  it('takes a credential as it is where there is nobody to ask', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    const source = await provider.define({ metadata_url: null, uniqueness: null, default_name: null });
    const run = await boundRun(world);
    await ok(enter(run, source, { key: 'anything' }, world));
    expect(provider.received).toEqual([]);
    await run.finished();
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    expect(await ok(manage(world, 'GET', `/connections/${connections[0]}`))).not.toHaveProperty('metadata');
  });

  it('keeps the credential sealed', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    provider.accounts.set(`Bearer ${secretKey}`, 'account-1');
    const source = await provider.define();
    const run = await boundRun(world);
    await ok(enter(run, source, { key: secretKey }, world));
    const grant = await world.db.prepare('SELECT * FROM grants WHERE run_id = ?').bind(run.id).first();
    expect(grant).toMatchObject({ registration: null, hosts: JSON.stringify([provider.host]) });
    await run.finished();
    const { connections } = await ok<Exchanged>(run.exchange());
    const row = await world.db.prepare('SELECT * FROM connections WHERE id = ?').bind(connections[0]).first();
    expect(row?.metadata).toBe('{"id":"account-1"}');
    for (const stored of [grant, row]) {
      expect(stored?.sealed_tokens).toBeTruthy();
      expect(JSON.stringify(stored)).not.toContain(secretKey);
    }
  });

  it('asks no more of storage than a callback does', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    provider.accounts.set(`Bearer ${secretKey}`, 'account-1');
    const source = await provider.define();
    const run = await boundRun(world);
    const { counts } = await world.count(() => ok(enter(run, source, { key: secretKey }, world)));
    expect(counts).toEqual({ kvReads: 0, kvWrites: 0, d1: 2, outbound: 1 });
  });
});

describe('whose popups it is in', () => {
  it('is in those of every application, unless it is switched off there', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    const source = await provider.define();
    const application = await createApplication(world);
    const offered = async () =>
      (await ok<View>((await boundRun(world, application)).view())).sources.some(
        ({ id }) => id === source.id,
      );
    expect(await offered()).toBe(true);
    const choice = `/applications/${application.clientId}/sources/${source.id}`;
    await ok(manage(world, 'PUT', choice, { enabled: false }));
    expect(await offered()).toBe(false);
    const run = await boundRun(world, application);
    await refused(enter(run, source, { key: secretKey }, world), 404, 'not_found');
  });

  it('is in those of its own developer’s applications alone where it is private', async () => {
    const world = new World();
    const developer = await createDeveloper(world);
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    provider.accounts.set(`Bearer ${secretKey}`, 'account-1');
    const source = await provider.define({}, developer.key);
    const own = await boundRun(world, await createApplication(world, {}, developer.key));
    await ok(enter(own, source, { key: secretKey }, world));
    const foreign = await boundRun(world);
    expect(JSON.stringify(await ok(foreign.view()))).not.toContain(source.id);
    await refused(enter(foreign, source, { key: secretKey }, world), 404, 'not_found');
  });

  it('tells the popup what to ask for, and where the user finds it', async () => {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    const help = 'https://help.example/keys?for=you';
    const key = await provider.define({ key_label: 'Station key', key_help_url: help });
    const basic = await provider.define({ type: 'basic', username_label: 'Station' });
    const none = await provider.define({
      type: 'none',
      metadata_url: undefined,
      uniqueness: undefined,
      default_name: undefined,
    });
    const view = await ok<View>((await boundRun(world)).view());
    const asked = Object.fromEntries(
      view.sources.map((source) => [source.id, (source as { credential?: unknown }).credential]),
    );
    expect(asked[key.id]).toEqual({ keyLabel: 'Station key', helpUrl: help });
    expect(asked[basic.id]).toEqual({ usernameLabel: 'Station', passwordLabel: null, helpUrl: null });
    expect(asked).not.toHaveProperty(none.id);
  });
});

describe('a Connection whose credential is typed anew', () => {
  async function connected() {
    const world = new World();
    const provider = new CredentialProvider(world, inHeader('Authorization'));
    provider.accounts
      .set(`Bearer ${secretKey}`, 'account-1')
      .set('Bearer fresh', 'account-1')
      .set('Bearer other', 'account-2');
    const source = await provider.define();
    const application = await createApplication(world);
    const run = await serverRun(world, application);
    await ok(enter(run, source, { key: secretKey }, world));
    const first = await exchanged(run);
    return { world, provider, source, application, first, id: first.connections[0] ?? '' };
  }

  it('carries the new one from the exchange on, and no sooner', async () => {
    const { world, source, application, first, id } = await connected();
    const run = await serverRun(world, application, { connectionId: id });
    const { result, counts } = await world.count(() =>
      ok<View>(enter(run, source, { connection: id, key: 'fresh' }, world)),
    );
    expect(counts.d1).toBeLessThanOrEqual(3);
    expect(result).toMatchObject({ changed: true, outcome: { result: 'connected' } });
    const bearer = async () => (await callWith(world, first, `/proxy/${source.id}/x`)).headers.authorization;
    expect(await bearer()).toBe(`Bearer ${secretKey}`);
    expect((await exchanged(run)).connections).toEqual([id]);
    expect(await bearer()).toBe('Bearer fresh');
  });

  it('refuses another account’s', async () => {
    const { world, source, application, first, id } = await connected();
    const run = await serverRun(world, application, { connectionId: id });
    const view = await ok<View>(enter(run, source, { connection: id, key: 'other' }, world));
    expect(view).toMatchObject({ changed: false, outcome: { result: 'failed', error: 'account_mismatch' } });
    await refused(run.finish(), 400, 'invalid_request');
    expect((await callWith(world, first, `/proxy/${source.id}/x`)).id).toBe('account-1');
  });

  it('merges a second one of the same account into the first', async () => {
    const { world, source, application, first, id } = await connected();
    const run = await serverRun(world, application);
    await ok(enter(run, source, { key: 'fresh' }, world));
    expect((await exchanged(run)).connections).toEqual([id]);
    expect((await callWith(world, first, `/proxy/${source.id}/x`)).headers.authorization).toBe(
      'Bearer fresh',
    );
    const other = await serverRun(world, application);
    await ok(enter(other, source, { key: 'other' }, world));
    expect((await exchanged(other)).connections).not.toContain(id);
  });

  it('is nobody else’s to renew', async () => {
    const { world, source, application, id } = await connected();
    const run = await serverRun(world, application, { clientUserId: 'user-2' });
    await refused(enter(run, source, { connection: id, key: 'fresh' }, world), 404, 'not_found');
    expect((await viewOf(run)).changed).toBe(false);
  });

  it('is ended at the exchange, and nobody is told to revoke it', async () => {
    const { world, provider, application, id } = await connected();
    const run = await serverRun(world, application);
    await run.browser.post(world.origin, `/connect/runs/${run.id}/disconnect`, { connection: id });
    const before = provider.received.length;
    await exchanged(run);
    await world.sweep();
    await refused(manage(world, 'GET', `/connections/${id}`), 404, 'not_found');
    expect(provider.received).toHaveLength(before);
  });

  it('is exported with its credential', async () => {
    const { world, id } = await connected();
    const exported = await (await manage(world, 'GET', '/connections/export')).arrayBuffer();
    const lines = new TextDecoder().decode(exported).trim().split('\n');
    const line = lines.map((text) => JSON.parse(text)).find((row) => row.id === id);
    expect(line.auth.data).toEqual({ access_token: secretKey, token_type: 'api_key' });
  });
});
