import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { exchanged, serverRun } from './harness/hosted-run.ts';
import { linkedConnection, patchConnection, readConnection, type Shown } from './harness/link.ts';
import { createApplication, createDeveloper, manage, type Source } from './harness/management.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { World } from './harness/world.ts';

/** A developer with a source of its own. */
async function shop(world = new World()) {
  const developer = await ok<{ id: string; key: string }>(
    manage(world, 'POST', '/developers', { name: 'Shop Ltd' }),
  );
  const provider = new OAuth2Provider(world);
  const source = await provider.define({ metadata_url: '/me', default_name: 'id' }, developer.key);
  return { world, provider, source, ...developer };
}

type Define = (world: World, provider: OAuth2Provider, id: string, key: string) => Promise<string>;

/** Makes a data source of this id, its secret entered. */
const asSource: Define = async (_world, provider, id, key) => (await provider.define({ id }, key)).id;

/** Makes a map of this id, its secret entered. */
const asMap: Define = async (world, provider, id, key) => {
  const auth = {
    type: 'oauth2',
    authorization_url: `https://${provider.host}/authorize?prompt=consent`,
    access_token: `https://${provider.host}/token`,
    auth_key: provider.clientId,
    auth_secret: provider.clientSecret,
  };
  const map = { id, source: { url: `https://${provider.apiHost}`, auth, odd: { kept: true } } };
  return (await ok<{ id: string }>(manage(world, 'POST', '/maps', map, key))).id;
};

async function exportOf(world: World, key: string): Promise<Shown[]> {
  const answer = await manage(world, 'GET', '/connections/export', undefined, key);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Type')).toBe('application/x-ndjson');
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  const text = await answer.text();
  if (text !== '') expect(text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Shown);
}

function bring(world: World, body: unknown, key: string): Promise<Response> {
  return manage(world, 'POST', '/connections', body, key);
}

function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

describe('an import', () => {
  it('takes a Connection as it is, with the id it had', async () => {
    const { world, source, key } = await shop();
    const application = await createApplication(world, {}, key);
    const id = newId();
    const data = {
      access_token: 'kept-access-token',
      token_type: 'bearer',
      refresh_token: 'kept-refresh-token',
      expires_at: '2026-12-01T00:00:00.000Z',
      odd: { kept: true },
    };
    const body = {
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      name: 'Ada’s steps',
      metadata: { own: [1] },
      auth: {
        status: { complete: false },
        data,
        scopes: { requested: ['a', 'b'], granted: ['a', 'b'], missing: ['z'] },
      },
      created: '2020-01-01T00:00:00.000Z',
      odd: 'ignored',
    };
    const answer = await bring(world, body, key);
    expect(answer.status).toBe(201);
    const made = await answer.json<Shown>();
    expect(made).toMatchObject({
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      name: 'Ada’s steps',
      metadata: { own: [1] },
      auth: {
        status: { complete: true, authorized: true },
        data,
        scopes: { requested: ['a', 'b'], granted: ['a', 'b'], missing: [] },
      },
    });
    expect(await readConnection(world, id, key)).toEqual(made);
    const hyphenated = newId().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const second = await ok<Shown>(bring(world, { ...body, id: hyphenated.toUpperCase() }, key));
    expect(second.id).toBe(hyphenated.replaceAll('-', ''));
    const bare = await ok<Shown>(
      bring(world, { provider_id: source.id, auth: { data: { access_token: 'x' } } }, key),
    );
    expect(bare.id).toMatch(/^[0-9a-f]{32}$/);
    expect(bare).not.toHaveProperty('application_id');
    expect(bare).not.toHaveProperty('client_user_id');
  });

  it('is refused where the id is taken, by whomever, and leaves nothing', async () => {
    const { world, source, provider, key } = await shop();
    const application = await createApplication(world, {}, key);
    const { id } = await linkedConnection(world, provider, source, { key });
    const before = await readConnection(world, id, key);
    const body = {
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'left-behind',
      auth: { data: { access_token: 'other' } },
    };
    await refused(bring(world, body, key), 409, 'conflict');
    expect(await readConnection(world, id, key)).toEqual(before);
    const other = await shop(world);
    const theirs = { id, provider_id: other.source.id, auth: { data: { access_token: 'other' } } };
    await refused(bring(world, theirs, other.key), 409, 'conflict');
    await refused(manage(world, 'GET', `/connections/${id}`, undefined, other.key), 404, 'not_found');
    const users = 'SELECT count(*) AS n FROM end_users WHERE application_id = ?';
    expect(await world.db.prepare(users).bind(application.clientId).first('n')).toBe(0);
    const racing = { ...body, id: newId() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => bring(world, racing, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('names every fault at once', async () => {
    const { world, source, key } = await shop();
    const other = await createApplication(world);
    const nothing = await refusedFields(bring(world, {}, key));
    expect(Object.keys(nothing).sort()).toEqual(['auth', 'provider_id']);
    const shapes = {
      id: 'x',
      provider_id: 7,
      application_id: 'y',
      client_user_id: '',
      name: 'n'.repeat(201),
      metadata: 'm',
      auth: { data: { expires_at: 'soon' }, scopes: { requested: 'a', granted: ['a b'] } },
    };
    expect(Object.keys(await refusedFields(bring(world, shapes, key))).sort()).toEqual([
      'application_id',
      'auth.data.access_token',
      'auth.data.expires_at',
      'auth.scopes.granted.0',
      'auth.scopes.requested',
      'client_user_id',
      'id',
      'metadata',
      'name',
      'provider_id',
    ]);
    const auth = { data: { access_token: 'x' } };
    const strangers = { provider_id: newId(), application_id: other.clientId, auth };
    expect(Object.keys(await refusedFields(bring(world, strangers, key))).sort()).toEqual([
      'application_id',
      'provider_id',
    ]);
    const userAlone = { provider_id: source.id, client_user_id: 'user-1', auth };
    expect(Object.keys(await refusedFields(bring(world, userAlone, key)))).toEqual(['application_id']);
  });

  it.each(['javascript:alert(1)', 'http://shop.example/', '/back', 'https://10.0.0.1/'])(
    'sends nobody to %s later',
    async (redirectUrl) => {
      const { world, source, key } = await shop();
      const body = {
        provider_id: source.id,
        redirect_url: redirectUrl,
        auth: { data: { access_token: 'x' } },
      };
      expect(Object.keys(await refusedFields(bring(world, body, key)))).toEqual(['redirect_url']);
    },
  );

  it('names no user by what the widget wouldn’t take for a name', async () => {
    const { world, source, key } = await shop();
    const application = await createApplication(world, {}, key);
    const body = {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'a\u0000b',
      auth: { data: { access_token: 'x' } },
    };
    expect(Object.keys(await refusedFields(bring(world, body, key)))).toEqual(['client_user_id']);
  });

  it('takes a key that may write, and a source that is visible', async () => {
    const { world, source, key } = await shop();
    const body = { provider_id: source.id, auth: { data: { access_token: 'x' } } };
    const reader = await createDeveloper(world, ['connections:read', 'connections:read_auth']);
    await refused(bring(world, body, reader.key), 403, 'insufficient_scope');
    const stranger = await createDeveloper(world);
    const theirs = await refusedFields(bring(world, body, stranger.key));
    const nowhere = await refusedFields(bring(world, { ...body, provider_id: newId() }, stranger.key));
    expect(theirs).toEqual(nowhere);
    const { key: writer } = await ok<{ key: string }>(
      manage(world, 'POST', '/keys', { name: 'w', scopes: ['connections:write'] }, key),
    );
    expect((await ok<Shown>(bring(world, body, writer))).auth.data).toEqual({});
  });

  it('serves its user: listed, called, renewed', async () => {
    const { world, source, provider, key } = await shop();
    const application = await createApplication(world, {}, key);
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'other-user' });
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'other-user' }));
    const { auth } = await readConnection(world, connections[0] ?? '', key);
    const body = {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      auth: { data: auth.data },
    };
    const { id } = await ok<Shown>(bring(world, body, key));
    const session = await serverRun(world, application);
    await session.connect(provider, source);
    const { accessToken } = await exchanged(session);
    const headers = { Authorization: `Bearer ${accessToken}`, 'X-Connection-Id': id };
    const user = await ok<{ connections: { id: string }[] }>(world.request('/user', { headers }));
    expect(user.connections.map((shown) => shown.id)).toContain(id);
    expect((await ok<Echo>(world.request(`/proxy/${source.id}/me`, { headers }))).id).toBe('account-1');
  });
});

describe('an export', () => {
  it('holds every Connection of the developer’s, tokens included, and nobody else’s', async () => {
    const { world, source, provider, key } = await shop();
    expect(await exportOf(world, key)).toEqual([]);
    const application = await createApplication(world, {}, key);
    const vouched = await finishedRun(world, application, provider, source);
    await ok(vouched.exchange({ clientUserId: 'user-1' }));
    await ok((await finishedRun(world, application, provider, source)).exchange());
    await linkedConnection(world, provider, source, { key, choice: { allow: false } });
    await finishedRun(world, application, provider, source);
    const other = await shop(world);
    await linkedConnection(world, other.provider, other.source, { key: other.key });

    const lines = await exportOf(world, key);
    const listed = await ok<Shown[]>(manage(world, 'GET', '/connections', undefined, key));
    expect(lines.map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toEqual(await readConnection(world, line.id, key));
    const tokens = lines.flatMap(({ auth }) => auth.data.access_token ?? []);
    expect(tokens.sort()).toEqual([provider.issued[0], provider.issued[1]].sort());
  });

  it('streams page by page, however many there are', async () => {
    const { world, source, id: developerId, key } = await shop();
    const insert = world.db.prepare(
      `INSERT INTO connections (id, developer_id, source_id, vouched, name, complete, authorized, scopes_requested, created_at, updated_at)
       VALUES (?, ?, ?, 1, ?, 0, 0, '[]', ?, ?)`,
    );
    const rows = Array.from({ length: 450 }, (_, index) => {
      const at = world.now - Math.floor(index / 7);
      return insert.bind(newId(), developerId, source.id, `row ${index}`, at, at);
    });
    await world.db.batch(rows);
    const { result, counts } = await world.count(() => exportOf(world, key));
    expect(new Set(result.map(({ id }) => id)).size).toBe(450);
    const dates = result.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(counts.d1).toBeLessThanOrEqual(1 + 3);
  });

  it.each([
    ['a data source', asSource],
    ['a map', asMap],
  ])(
    'goes into an emptied deployment with other keys, and %s’s tokens work without consent',
    async (_what, define) => {
      const { world, provider, id, key } = await shop();
      const sourceId = await define(world, provider, newId(), key);
      const source = await ok<Source>(manage(world, 'GET', `/sources/${sourceId}`, undefined, key));
      const granted = { scopes: ['steps'] };
      const named = { key, name: 'Ünïcode “name”', scopes: ['steps'], choice: granted };
      const plain = await linkedConnection(world, provider, source, named);
      const partial = await linkedConnection(world, provider, source, {
        ...named,
        scopes: ['steps', 'sleep'],
      });
      const application = await createApplication(world, {}, key);
      const run = await finishedRun(world, application, provider, source, { choice: granted });
      await ok(run.exchange({ clientUserId: 'user-1' }));
      const lines = await exportOf(world, key);
      expect(lines).toHaveLength(3);
      expect((await manage(world, 'DELETE', `/developers/${id}`)).status).toBe(204);

      const ENCRYPTION_KEYS = `fresh:${btoa('another thirty-two bytes of key.')}`;
      world.bindings = { ...world.bindings, ENCRYPTION_KEYS };
      const { key: fresh } = await ok<{ key: string }>(
        manage(world, 'POST', '/developers', { name: 'Shop' }),
      );
      expect(await define(world, provider, sourceId, fresh)).toBe(sourceId);
      const again = await createApplication(world, {}, fresh);
      for (const line of [...lines].reverse()) {
        const moved = line.application_id === undefined ? line : { ...line, application_id: again.clientId };
        const {
          created: _created,
          updated: _updated,
          ...shown
        } = await ok<Shown>(bring(world, moved, fresh));
        const { created: _was, updated: _then, ...exported } = moved;
        expect(shown).toEqual(exported);
      }
      expect((await exportOf(world, fresh)).map((line) => line.id)).toEqual(lines.map((line) => line.id));
      expect((await readConnection(world, plain.id, fresh)).name).toBe('Ünïcode “name”');
      expect((await readConnection(world, partial.id, fresh)).auth.status.authorized).toBe(false);

      const session = await serverRun(world, again);
      await session.connect(provider, source, { account: 'second', ...granted });
      const { accessToken } = await exchanged(session);
      const theirs = lines.find((line) => line.client_user_id === 'user-1')?.id ?? '';
      const headers = { Authorization: `Bearer ${accessToken}`, 'X-Connection-Id': theirs };
      expect((await ok<Echo>(world.request(`/proxy/${sourceId}/me`, { headers }))).id).toBe('account-1');
    },
  );

  it('needs its sources’ ids, which are free or a conflict', async () => {
    const { world, provider, source, key } = await shop();
    const other = await createDeveloper(world);
    for (const caller of [key, other.key]) {
      const fields = { ...provider.fields(), id: source.id };
      await refused(manage(world, 'POST', '/sources', fields, caller), 409, 'conflict');
      const document = { id: source.id, source: { url: 'https://api.example' } };
      await refused(manage(world, 'POST', '/maps', document, caller), 409, 'conflict');
    }
    const wrong = { ...provider.fields(), id: 'x' };
    expect(Object.keys(await refusedFields(manage(world, 'POST', '/sources', wrong, key)))).toEqual(['id']);
  });

  it('of what nobody vouched for is not vouched for by its import', async () => {
    const { world, source, provider, key } = await shop();
    const application = await createApplication(world, {}, key);
    const { connections } = await ok<Exchanged>(
      (await finishedRun(world, application, provider, source)).exchange(),
    );
    const [line] = await exportOf(world, key);
    expect(line).toMatchObject({ id: connections[0], vouched: false });
    expect((await manage(world, 'DELETE', `/connections/${line?.id}`, undefined, key)).status).toBe(204);
    expect(await ok<Shown>(bring(world, line, key))).toMatchObject({ vouched: false });
    // A vouched token of that user's doesn't reach it: anyone could have typed the name.
    const session = await serverRun(world, application);
    await session.connect(provider, source);
    const { accessToken } = await exchanged(session);
    const headers = { Authorization: `Bearer ${accessToken}` };
    const user = await ok<{ connections: { id: string }[] }>(world.request('/user', { headers }));
    expect(user.connections.map(({ id }) => id)).not.toContain(line?.id);
  });

  it('sent back to where it came from is a conflict, and a PATCH of it nothing', async () => {
    const { world, source, provider, key } = await shop();
    const { id } = await linkedConnection(world, provider, source, { key });
    const [line] = await exportOf(world, key);
    await refused(bring(world, line, key), 409, 'conflict');
    const { updated: _one, ...patched } = await ok<Shown>(patchConnection(world, id, line, key));
    const { updated: _other, ...exported } = line ?? ({} as Shown);
    expect(patched).toEqual(exported);
  });
});
