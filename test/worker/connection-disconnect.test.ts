import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { disconnect, exchanged, existingIn, renewed, serverRun, viewOf } from './harness/hosted-run.ts';
import { readConnection, type Shown } from './harness/link.ts';
import { createApplication, manage } from './harness/management.ts';
import { queued, refreshTokenOf, revocable } from './harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { World } from './harness/world.ts';

const unique = { metadata_url: '/me', uniqueness: 'id', default_name: 'id' };

/** An application whose user-1 has a Connection, vouched for. */
async function withConnection(fields: Record<string, unknown> = unique) {
  const world = new World();
  const { provider, revocation, source } = await revocable(world, fields);
  const application = await createApplication(world);
  const connect = async (clientUserId = 'user-1', account = 'account-1') => {
    const run = await finishedRun(world, application, provider, source, {
      clientUserId,
      choice: { account },
    });
    return (await ok<Exchanged>(run.exchange({ clientUserId }))).connections[0] ?? '';
  };
  const id = await connect();
  const listed = () =>
    ok<Shown[]>(manage(world, 'GET', `/connections?application_id=${application.clientId}`));
  return { world, provider, revocation, source, application, connect, id, listed };
}

describe('a disconnect', () => {
  it('happens at the exchange, and revokes', async () => {
    const { world, application, provider, revocation, id } = await withConnection();
    const token = await refreshTokenOf(world, id);
    const run = await serverRun(world, application);
    const answer = await disconnect(world, run, id);
    expect(answer.status).toBe(204);
    expect(await viewOf(run)).toMatchObject({ changed: true });
    expect(await existingIn(run)).toMatchObject([{ id, change: 'disconnected' }]);
    const finished = await run.finished();
    expect(finished.metadata.sources).toEqual([]);
    await readConnection(world, id);
    expect(revocation.asked).toEqual([]);

    const { connections } = await ok<Exchanged>(run.exchange());
    expect(connections).toEqual([]);
    await refused(manage(world, 'GET', `/connections/${id}`), 404, 'not_found');
    expect(revocation.tokens).toEqual([token]);
    expect(await queued(world, provider)).toBe(0);
  });

  it('can be taken back', async () => {
    const { world, application, id } = await withConnection();
    const run = await serverRun(world, application);
    expect((await disconnect(world, run, id)).status).toBe(204);
    expect((await disconnect(world, run, id)).status).toBe(204);
    expect((await disconnect(world, run, id, true)).status).toBe(204);
    expect(await viewOf(run)).toMatchObject({ changed: false });
    expect(await existingIn(run)).toMatchObject([{ id, change: null }]);
    expect((await disconnect(world, run, id, true)).status).toBe(204);
  });

  it('that nobody exchanges never happens', async () => {
    const { world, application, revocation, id } = await withConnection();
    const run = await serverRun(world, application);
    await disconnect(world, run, id);
    await run.finished();
    world.advance({ minutes: 61 });
    await world.sweep();
    await refused(run.exchange(), 400, 'invalid_grant');
    await readConnection(world, id);
    expect(revocation.asked).toEqual([]);
  });

  it('and a renewal: the last one counts', async () => {
    const { world, application, provider, source, id } = await withConnection();
    const first = await serverRun(world, application);
    await disconnect(world, first, id);
    await renewed(world, first, provider, source, id);
    expect(await existingIn(first)).toMatchObject([{ change: 'renewed' }]);
    expect((await exchanged(first)).connections).toEqual([id]);
    const second = await serverRun(world, application);
    await renewed(world, second, provider, source, id);
    await disconnect(world, second, id);
    expect(await existingIn(second)).toMatchObject([{ change: 'disconnected' }]);
    await exchanged(second);
    await refused(manage(world, 'GET', `/connections/${id}`), 404, 'not_found');
  });

  it('beside a new account of the same source: one ends, the other begins', async () => {
    const { world, application, provider, source, id } = await withConnection();
    const run = await serverRun(world, application);
    await disconnect(world, run, id);
    await run.connect(provider, source, { account: 'new' });
    const { connections } = await exchanged(run);
    expect(connections).toHaveLength(1);
    expect(connections).not.toContain(id);
    await refused(manage(world, 'GET', `/connections/${id}`), 404, 'not_found');
    expect((await readConnection(world, connections[0] ?? '')).name).toBe('new');
  });

  it('of an account that the same run connects anew ends with a Connection in force', async () => {
    const { world, application, provider, source, id, listed } = await withConnection();
    const run = await serverRun(world, application);
    await disconnect(world, run, id);
    await run.connect(provider, source);
    const { connections } = await exchanged(run);
    expect(connections).toHaveLength(1);
    const left = await listed();
    expect(left.map((shown) => shown.id)).toEqual(connections);
    expect(left[0]?.auth.status.complete).toBe(true);
    expect((await readConnection(world, connections[0] ?? '')).auth.data.access_token).toBe(
      provider.issued[1],
    );
  });

  it('in two runs at once, or beside a DELETE, ends it once', async () => {
    const { world, application, revocation, id } = await withConnection();
    const runs = [await serverRun(world, application), await serverRun(world, application)];
    for (const run of runs) {
      await disconnect(world, run, id);
      await run.finished();
    }
    const answers = await Promise.all(runs.map((run) => run.exchange()));
    for (const { status } of answers) expect([200, 400]).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(revocation.asked).toHaveLength(1);
  });

  it('is for an open run, and the user’s own Connections', async () => {
    const { world, application, connect, id } = await withConnection();
    const theirs = await connect('user-2', 'two');
    const run = await serverRun(world, application);
    await refused(disconnect(world, run, theirs), 404, 'not_found');
    await refused(disconnect(world, run, 'x'), 400, 'invalid_request');
    await disconnect(world, run, id);
    await run.finished();
    await refused(disconnect(world, run, id, true), 409, 'run_ended');
    await ok(run.exchange());
  });
});
