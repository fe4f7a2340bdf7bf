import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { manage } from '../worker/harness/management.ts';
import type { Echo } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import type { World } from '../worker/harness/world.ts';

interface User {
  userCode: string;
  clientUserId: string;
  connections: { id: string; vouched?: boolean }[];
}

const as = ({ accessToken }: Exchanged, headers: Record<string, string> = {}) => ({
  headers: { Authorization: `Bearer ${accessToken}`, ...headers },
});
const userOf = (world: World, who: Exchanged) => ok<User>(world.request('/user', as(who)));

/** A user who is signed in with the application’s server, and an attacker who typed that user’s id into a page. */
async function scene() {
  const { world, application, provider, source } = await setting();
  const connect = (account: string) =>
    finishedRun(world, application, provider, source, { clientUserId: 'victim', choice: { account } });
  const victim = await ok<Exchanged>((await connect('victim-account')).exchange({ clientUserId: 'victim' }));
  const attacker = await ok<Exchanged>((await connect('attacker-account')).exchange());
  return { world, application, provider, source, connect, victim, attacker };
}

describe('an unvouched exchange under somebody else’s name', () => {
  it('reaches its own run’s Connections alone', async () => {
    const { world, source, victim, attacker } = await scene();
    expect(attacker.userCode).toBe(victim.userCode);
    const { connections } = await userOf(world, attacker);
    expect(connections.map(({ id }) => id)).toEqual(attacker.connections);
    expect(connections).toMatchObject([{ vouched: false }]);
    const path = `/proxy/${source.id}/me`;
    expect((await ok<Echo>(world.request(path, as(attacker)))).id).toBe('attacker-account');
    const [stolen = ''] = victim.connections;
    await refused(world.request(path, as(attacker, { 'X-Connection-Id': stolen })), 404, 'not_found');
  });

  it('is not reached by the user’s own token', async () => {
    const { world, source, victim, attacker } = await scene();
    const { connections } = await userOf(world, victim);
    expect(connections.map(({ id }) => id)).toEqual(victim.connections);
    expect(connections[0]).not.toHaveProperty('vouched');
    const path = `/proxy/${source.id}/me`;
    expect((await ok<Echo>(world.request(path, as(victim)))).id).toBe('victim-account');
    const [planted = ''] = attacker.connections;
    await refused(world.request(path, as(victim, { 'X-Connection-Id': planted })), 404, 'not_found');
  });

  it('doesn’t even reach what another unvouched run brought in', async () => {
    const { world, connect, attacker } = await scene();
    const other = await ok<Exchanged>((await connect('third-account')).exchange());
    expect((await userOf(world, other)).connections.map(({ id }) => id)).toEqual(other.connections);
    expect((await userOf(world, attacker)).connections.map(({ id }) => id)).toEqual(attacker.connections);
  });

  it('shows as such to the owner', async () => {
    const { world, application, victim, attacker } = await scene();
    const path = `/connections?application_id=${application.clientId}`;
    const list = await ok<{ id: string; vouched?: boolean }[]>(manage(world, 'GET', path));
    const vouched = Object.fromEntries(list.map((connection) => [connection.id, connection.vouched]));
    expect(vouched).toEqual({
      [victim.connections[0] ?? '']: undefined,
      [attacker.connections[0] ?? '']: false,
    });
  });

  it('would have reached both, had the exchange been vouched for (the guard is off)', async () => {
    const { world, connect, victim } = await scene();
    const more = await ok<Exchanged>((await connect('second-account')).exchange({ clientUserId: 'victim' }));
    const { connections } = await userOf(world, more);
    expect(connections.map(({ id }) => id).sort()).toEqual(
      [...victim.connections, ...more.connections].sort(),
    );
  });
});

describe('an exchange that names the signed-in user', () => {
  it('fails where somebody else typed the id, and spends the token', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'victim' });
    await refused(run.exchange({ clientUserId: 'attacker' }), 400, 'invalid_grant');
    await refused(run.exchange({ clientUserId: 'victim' }), 400, 'invalid_grant');
    await refused(run.exchange(), 400, 'invalid_grant');
    const path = `/connections?application_id=${application.clientId}`;
    expect(await ok(manage(world, 'GET', path))).toEqual([]);
  });

  it('compares the id to the letter', async () => {
    const { world, application, provider, source } = await setting();
    for (const other of ['User-1', 'user-1 ', 'user-１', 'user-1\u200b']) {
      const run = await finishedRun(world, application, provider, source);
      await refused(run.exchange({ clientUserId: other }), 400, 'invalid_grant');
    }
  });
});
