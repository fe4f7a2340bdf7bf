import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { readConnection } from './harness/link.ts';
import { type Application, createApplication, createDeveloper, manage } from './harness/management.ts';
import { refreshTokenOf, revocable } from './harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { World } from './harness/world.ts';

function remove(world: World, path: string, key?: string): Promise<Response> {
  return manage(world, 'DELETE', path, undefined, key);
}

async function expectEmpty(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  expect(response.status).toBe(204);
  expect(response.headers.get('Content-Type')).toBeNull();
  expect(await response.text()).toBe('');
}

describe('deleting whom Connections belong to', () => {
  /** A developer with an application, and two users' Connections, one of them pending. */
  async function household() {
    const world = new World();
    const developer = await ok<{ id: string; key: string }>(
      manage(world, 'POST', '/developers', { name: 'Shop Ltd' }),
    );
    const { key } = developer;
    const { provider, revocation, source } = await revocable(world, {}, key);
    const application = await createApplication(world, {}, key);
    const connect = async (clientUserId: string) => {
      const run = await finishedRun(world, application, provider, source, { clientUserId });
      const user = await ok<Exchanged>(run.exchange({ clientUserId }));
      const [id = ''] = user.connections;
      return { id, ...user, token: await refreshTokenOf(world, id, key) };
    };
    const users = [await connect('ada'), await connect('bob')] as const;
    return { world, developer, key, provider, revocation, source, application, users };
  }

  const userPath = ({ clientId }: Application, name: string) => `/applications/${clientId}/users/${name}`;

  it('an end user: everything of theirs ends and is revoked, nobody else’s', async () => {
    const { world, key, revocation, application, users } = await household();
    const [ada, bob] = users;
    await expectEmpty(remove(world, userPath(application, 'ada'), key));
    expect(revocation.tokens).toEqual([ada.token]);
    await refused(manage(world, 'GET', `/connections/${ada.id}`, undefined, key), 404, 'not_found');
    const user = (accessToken: string) =>
      world.request('/user', { headers: { Authorization: `Bearer ${accessToken}` } });
    await refused(user(ada.accessToken), 401, 'invalid_token');
    await ok(user(bob.accessToken));
    await readConnection(world, bob.id, key);
    await refused(remove(world, userPath(application, 'ada'), key), 404, 'not_found');
    await refused(remove(world, userPath(application, 'nobody'), key), 404, 'not_found');
  });

  it('an end user: what a run of theirs has parked can’t bring them back', async () => {
    const { world, key, provider, source, revocation, application } = await household();
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'ada' });
    await expectEmpty(remove(world, userPath(application, 'ada'), key));
    await refused(run.exchange({ clientUserId: 'ada' }), 400, 'invalid_grant');
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.tokens).toHaveLength(2);
  });

  it('an end user: names of all kinds, and only the application’s owner', async () => {
    const { world, key, provider, source, application } = await household();
    const odd = 'a/b?c#d%20 é';
    const run = await finishedRun(world, application, provider, source, { clientUserId: odd });
    await ok(run.exchange({ clientUserId: odd }));
    const path = userPath(application, encodeURIComponent(odd));
    const other = await createDeveloper(world);
    await refused(remove(world, path, other.key), 404, 'not_found');
    const limited = await ok<{ key: string }>(
      manage(world, 'POST', '/keys', { name: 'k', scopes: ['connections:write'] }, key),
    );
    await refused(remove(world, path, limited.key), 403, 'insufficient_scope');
    await expectEmpty(remove(world, path, key));
  });

  it('an application: its users, tokens and Connections end, and are revoked', async () => {
    const { world, key, provider, source, revocation, application, users } = await household();
    const parked = await finishedRun(world, application, provider, source, { clientUserId: 'cy' });
    await expectEmpty(remove(world, `/applications/${application.clientId}`, key));
    for (const { id, accessToken } of users) {
      await refused(manage(world, 'GET', `/connections/${id}`, undefined, key), 404, 'not_found');
      const headers = { Authorization: `Bearer ${accessToken}` };
      await refused(world.request('/user', { headers }), 401, 'invalid_token');
    }
    await refused(parked.exchange({ clientUserId: 'cy' }), 401, 'invalid_client');
    world.advance({ minutes: 61 });
    await world.sweep();
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.tokens).toEqual(expect.arrayContaining(users.map(({ token }) => token)));
    // What nobody exchanged too: it will never be.
    expect(revocation.asked).toHaveLength(3);
  });

  it('a developer: keys, applications, sources and Connections end, and are revoked', async () => {
    const { world, key, developer, revocation, source, application, users } = await household();
    const run = await Run.fromPage(world, application);
    const path = `/developers/${developer.id}`;
    await refused(remove(world, path, key), 404, 'not_found');
    await expectEmpty(remove(world, path));
    expect([...revocation.tokens].sort()).toEqual(users.map(({ token }) => token).sort());
    await refused(manage(world, 'GET', '/connections', undefined, key), 401, 'invalid_token');
    await refused(run.bind(), 404, 'not_found');
    const rows = await world.db
      .prepare(
        `SELECT (SELECT count(*) FROM sources WHERE id = ?1) + (SELECT count(*) FROM applications WHERE id = ?2)
          + (SELECT count(*) FROM connections WHERE developer_id = ?3) + (SELECT count(*) FROM api_keys WHERE developer_id = ?3)
          + (SELECT count(*) FROM end_users WHERE application_id = ?2) AS n`,
      )
      .bind(source.id, application.clientId, developer.id)
      .first('n');
    expect(rows).toBe(0);
    await refused(remove(world, path), 404, 'not_found');
  });

  it('a map: its Connections stay readable and say so', async () => {
    const { world, key, revocation, source, users } = await household();
    await expectEmpty(remove(world, `/maps/${source.id}`, key));
    expect(revocation.asked).toEqual([]);
    for (const { id } of users) {
      const shown = await readConnection(world, id, key);
      expect(shown).toMatchObject({ provider_deleted: true, provider_id: source.id });
      expect(shown.auth.data).toHaveProperty('access_token');
      await expectEmpty(remove(world, `/connections/${id}`, key));
    }
  });
});
