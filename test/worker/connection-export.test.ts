import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { exchanged, serverRun } from './harness/hosted-run.ts';
import { linkedConnection, patchConnection, readConnection, type Shown } from './harness/link.ts';
import { createApplication, createDeveloper, manage, type Source } from './harness/management.ts';
import type { Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { bring, newId, shop } from './harness/shop.ts';
import type { World } from './harness/world.ts';

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
    // Who asks, a page each, and the audit trail.
    expect(counts.d1).toBeLessThanOrEqual(1 + 3 + 1);
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
