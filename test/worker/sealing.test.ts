import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { connected, rowOf } from './harness/connected.ts';
import { post, read, signIn, signInAs } from './harness/console.ts';
import { openLink } from './harness/link.ts';
import { createDeveloper, createSource, manage, type Source } from './harness/management.ts';
import { putEndpoints } from './harness/mapped.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { Receiver, verify } from './harness/receiver.ts';
import { revocable } from './harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { World } from './harness/world.ts';

interface Batch {
  resealed: number;
  left: number;
}

const reseal = (world: World) => ok<Batch>(manage(world, 'POST', '/sealing'));

/** Columns with sealed values, by the database's own word. */
async function sealedColumns({ db }: World): Promise<[table: string, column: string][]> {
  const { results: tables } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
    .all<{ name: string }>();
  const columns = await db.batch<{ name: string }>(
    tables.map(({ name }) => db.prepare('SELECT name FROM pragma_table_info(?)').bind(name)),
  );
  return columns.flatMap(({ results }, index) =>
    results
      .filter(({ name }) => name.startsWith('sealed'))
      .map(({ name }): [string, string] => [tables[index]?.name ?? '', name]),
  );
}

/** What each column holds. */
async function sealedValues(world: World): Promise<[where: string, values: string[]][]> {
  return Promise.all(
    (await sealedColumns(world)).map(async ([table, column]): Promise<[string, string[]]> => {
      const { results } = await world.db
        .prepare(`SELECT ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`)
        .all<{ sealed: string }>();
      return [`${table}.${column}`, results.map(({ sealed }) => sealed)];
    }),
  );
}

/** What other tests left, whose keys and providers are gone. */
beforeEach(async () => {
  const world = new World();
  for (const [table, column] of await sealedColumns(world))
    await world.db.prepare(`DELETE FROM ${table} WHERE ${column} IS NOT NULL`).run();
});

/** A new key before those that are there. What it sealed is gone when the test is. */
function rotate(world: World) {
  const old = world.bindings.ENCRYPTION_KEYS ?? '';
  const fresh = `new:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
  const set = (ENCRYPTION_KEYS: string) => {
    world.bindings = { ...world.bindings, ENCRYPTION_KEYS };
  };
  set(`${fresh},${old}`);
  onTestFinished(async () => {
    for (const [table, column] of await sealedColumns(world))
      await world.db.prepare(`DELETE FROM ${table} WHERE ${column} LIKE 'new.%'`).run();
  });
  return { oldId: old.split(':')[0] ?? '', dropOld: () => set(fresh) };
}

/** A user of one of everything that is kept sealed, each with what tells that it opens. */
async function oneOfEach() {
  const scene = await connected({ fields: { metadata_url: '/me' } });
  const { world, application, provider, source } = scene;
  await ok(
    putEndpoints(
      world,
      source,
      { me: { GET: { route: '/me', parameters: { shop: '{{ environment.shop }}' } } } },
      { environment: { shop: 'corner' } },
    ),
  );
  const receiver = await Receiver.listen(world);
  const before = receiver.webhook.secret ?? '';
  const { secret = '' } = await receiver.patch({ rotate_secret: true });
  // The application's own credentials, at a source that has none.
  const lone = new OAuth2Provider(world, 'lone');
  const bare = await lone.define({ client_id: undefined, client_secret: undefined });
  const path = `/applications/${application.clientId}/sources/${bare.id}`;
  await ok(manage(world, 'PUT', path, { client_id: lone.clientId, client_secret: lone.clientSecret }));
  const pending = await finishedRun(world, application, provider, source, { clientUserId: 'user-2' });
  // A grant that couldn't be revoked yet.
  const ending = await revocable(world);
  const ended = await ok<Exchanged>(
    (await finishedRun(world, application, ending.provider, ending.source)).exchange(),
  );
  ending.revocation.reachable = false;
  await manage(world, 'DELETE', `/connections/${ended.connections[0]}`);
  ending.revocation.reachable = true;
  // A link whose user is back.
  const link = await ok<{ redirectUrl: string }>(
    manage(world, 'POST', `/maps/${source.id}/connections`, { redirect_url: 'https://shop.example/back' }),
  );
  const callback = provider.consent(await openLink(pending.browser, link.redirectUrl));
  const follow = async () => (await pending.browser.navigate(callback)).headers.get('Location');
  return {
    ...scene,
    receiver,
    secrets: [before, secret],
    lone,
    bare,
    pending,
    ending,
    follow,
    followed: await follow(),
  };
}

describe('POST /sealing', () => {
  it('moves every kind of value to the first key, with which alone it then opens', async () => {
    const scene = await oneOfEach();
    const { world, application, provider, proxy, call, source, lone, bare, pending, ending } = scene;
    const { receiver, secrets, follow, followed } = scene;
    const { oldId, dropOld } = rotate(world);
    const before = await sealedValues(world);
    for (const [where, values] of before) expect(values.length, where).toBeGreaterThan(0);
    const count = before.flatMap(([, values]) => values).length;
    const events = await world.db.prepare('SELECT count(*) AS n FROM events').first('n');
    expect(await ok(manage(world, 'GET', '/sealing'))).toEqual([
      { id: 'new', use: 'seals', sealed: 0 },
      { id: oldId, use: 'opens', sealed: count },
    ]);

    expect(await reseal(world)).toEqual({ resealed: count, left: 0 });
    expect(await reseal(world)).toEqual({ resealed: 0, left: 0 });
    for (const [where, values] of await sealedValues(world)) {
      for (const value of values) expect(value, where).toMatch(/^new\./);
    }
    expect(await ok(manage(world, 'GET', '/sealing'))).toEqual([
      { id: 'new', use: 'seals', sealed: count },
      { id: oldId, use: 'opens', sealed: 0 },
    ]);
    // It is nothing that happened to a Connection.
    expect(await world.db.prepare('SELECT count(*) AS n FROM events').first('n')).toBe(events);

    // Where a callback led: its browser's cookie is under the old key, and good for ten minutes.
    expect(await follow()).toBe(followed);
    dropOld();
    expect(await ok(manage(world, 'GET', '/sealing'))).toHaveLength(1);
    // Tokens, and a map's environment.
    const echo = await ok<Echo>(call(`/data/${source.id}/me`));
    expect(new URL(echo.url).searchParams.get('shop')).toBe('corner');
    // Where a finished run's result waits, and what it brought in.
    expect(await ok<{ handle: string }>(pending.outcome())).toMatchObject({ handle: pending.handle });
    await ok(pending.exchange());
    // Both secrets of a webhook.
    await receiver.test();
    const [told] = receiver.attempts.slice(-1);
    expect(told).toBeDefined();
    for (const secret of secrets) expect(() => told && verify(told, secret)).not.toThrow();
    // A grant that waits for its end, with its client's secret.
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(ending.revocation.asked.at(-1)?.client).toContain(ending.provider.clientSecret);
    // A source's client secret, and an application's own.
    const refreshes = provider.refreshes;
    await ok(proxy('/me'));
    expect(provider.refreshes).toBe(refreshes + 1);
    await ok((await finishedRun(world, application, lone, bare)).exchange());
  });

  it('goes on where it was broken off, a batch at a time', async () => {
    const world = new World();
    const fields = new OAuth2Provider(world, 'many').fields();
    for (let index = 0; index < 103; index += 1) await createSource(world, fields);
    rotate(world);
    // The answer to what it has written is lost, and then the worker is.
    const lost = () => world.withFault({ index: 2, when: 'after' }, () => reseal(world));
    expect(await lost()).toEqual({ resealed: 100, left: 3 });
    const cut = () => world.withFault({ index: 1, when: 'before' }, () => manage(world, 'POST', '/sealing'));
    expect((await cut()).status).toBe(500);
    expect(await reseal(world)).toEqual({ resealed: 3, left: 0 });
  });

  it('leaves alone what does not open, and says that it is left', async () => {
    const world = new World();
    const [one, other] = await Promise.all([
      new OAuth2Provider(world, 'one').define(),
      new OAuth2Provider(world, 'other').define(),
    ]);
    const { oldId } = rotate(world);
    await world.db
      .prepare(
        `UPDATE sources SET sealed_client_secret = (SELECT sealed_client_secret FROM sources WHERE id = ?)
         WHERE id = ?`,
      )
      .bind(one.id, other.id)
      .run();
    const swapped = await sealedOf(world, other);
    expect(await reseal(world)).toEqual({ resealed: 1, left: 1 });
    expect(await reseal(world)).toEqual({ resealed: 0, left: 1 });
    expect(await sealedOf(world, other)).toBe(swapped);
    expect(swapped).toMatch(new RegExp(`^${oldId}\\.`));
    expect(world.logs.join()).toContain('"task":"seal"');
    // A key that is not at hand opens nothing, and nobody waits for it.
    await world.db
      .prepare("UPDATE sources SET sealed_client_secret = 'gone.x' WHERE id = ?")
      .bind(other.id)
      .run();
    expect(await reseal(world)).toEqual({ resealed: 0, left: 0 });
    expect(await ok(manage(world, 'GET', '/sealing'))).toContainEqual({
      id: 'gone',
      use: 'missing',
      sealed: 1,
    });
  });

  it('never undoes a refresh: what is being refreshed stays until that is stored', async () => {
    const scene = await connected();
    const { world, id, provider, proxy } = scene;
    rotate(world);
    world.advance({ minutes: 61 });
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    provider.answerRefresh = async (form) => {
      const answer = await provider.refresh(form);
      ask();
      await released;
      return answer;
    };
    const called = proxy('/me');
    await asked;
    const { sealed_tokens: before } = await rowOf(world, id);
    // The source's secret and the run's result move, the tokens don't.
    expect(await reseal(world)).toEqual({ resealed: 2, left: 1 });
    expect((await rowOf(world, id)).sealed_tokens).toBe(before);
    release();
    await ok(called);
    expect((await rowOf(world, id)).sealed_tokens).toMatch(/^new\./);
    expect(await reseal(world)).toEqual({ resealed: 0, left: 0 });
    world.advance({ minutes: 61 });
    await ok(proxy('/me'));
    expect(provider).toMatchObject({ refreshes: 2, reuses: 0 });
  });

  it('puts nothing in the place of a value that was replaced meanwhile', async () => {
    const world = new World();
    const source = await new OAuth2Provider(world, 'replaced').define();
    rotate(world);
    const perform = world.storage.perform.bind(world.storage);
    let seen = 0;
    const spy = vi.spyOn(world.storage, 'perform').mockImplementation(async (call, run) => {
      seen += 1;
      // The values are read, and about to be replaced.
      if (seen === 3)
        await ok(manage(world, 'PATCH', `/sources/${source.id}`, { client_secret: 'typed meanwhile' }));
      return perform(call, run);
    });
    onTestFinished(() => spy.mockRestore());
    const before = await sealedOf(world, source);
    expect(await reseal(world)).toEqual({ resealed: 0, left: 1 });
    const after = await sealedOf(world, source);
    expect(after).not.toBe(before);
    spy.mockRestore();
    expect(await reseal(world)).toEqual({ resealed: 0, left: 0 });
    expect(await sealedOf(world, source)).toBe(after);
  });

  it('between a call’s look at its tokens and their refresh keeps nobody from refreshing them', async () => {
    const { world, provider, proxy } = await connected();
    rotate(world);
    world.advance({ minutes: 61 });
    const perform = world.storage.perform.bind(world.storage);
    let seen = 0;
    const spy = vi.spyOn(world.storage, 'perform').mockImplementation(async (call, run) => {
      seen += 1;
      // The call has read its Connection, and is about to take the lease.
      if (seen === 2) await reseal(world);
      return perform(call, run);
    });
    onTestFinished(() => spy.mockRestore());
    await ok(proxy('/me'));
    expect(provider).toMatchObject({ refreshes: 1, reuses: 0 });
  });

  it('and a refresh begun at the same moment lose nothing, whoever is first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { world, provider, proxy } = await connected();
      const { dropOld } = rotate(world);
      world.advance({ minutes: 61 });
      await Promise.all([proxy('/me'), reseal(world), proxy('/me'), reseal(world)]);
      world.advance({ minutes: 2 });
      expect((await reseal(world)).left).toBe(0);
      dropOld();
      world.advance({ minutes: 61 });
      await ok(proxy('/me'));
      expect(provider.reuses).toBe(0);
    }
  });

  it('is the administrator’s', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const limited = await createDeveloper(world, ['connections:write']);
    for (const method of ['GET', 'POST']) {
      for (const each of [key, limited.key])
        await refused(manage(world, method, '/sealing', undefined, each), 403, 'insufficient_scope');
      await refused(world.request('/sealing', { method }), 401, 'invalid_token');
    }
  });
});

describe('the console', () => {
  const path = '/console/settings/sealing';

  it('says how much is left, and re-seals it at the press of a button', async () => {
    const { world, proxy } = await connected();
    const { oldId, dropOld } = rotate(world);
    const browser = await signIn(world);
    const page = await read(browser, path);
    expect(page).toContain('3 of 3 are still under an older key.');
    expect(page).toContain('Re-seal under new');
    const answer = await post(browser, world, path);
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, path]);
    const after = await read(browser, path);
    expect(after).toContain('Re-sealed (3). Nothing is left under an older key.');
    expect(after).not.toContain('<button type="submit" class="button">Re-seal');
    dropOld();
    await ok(proxy('/me'));
    const trail = await ok<{ action: string; actor: string; resource_type: string }[]>(
      manage(world, 'GET', '/audit?action=reseal&limit=1'),
    );
    expect(trail).toMatchObject([{ actor: 'admin_token', resource_type: 'sealing_key' }]);
    expect(oldId).not.toBe('');
  });

  it('re-seals for nobody else', async () => {
    const { world, id } = await connected();
    rotate(world);
    const { browser } = await signInAs(world);
    expect((await post(browser, world, path)).status).toBe(403);
    expect((await rowOf(world, id)).sealed_tokens).not.toMatch(/^new\./);
  });
});

async function sealedOf(world: World, { id }: Source): Promise<string> {
  const row = 'SELECT sealed_client_secret AS sealed FROM sources WHERE id = ?';
  return (await world.db.prepare(row).bind(id).first<string>('sealed')) ?? '';
}
