import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import {
  disconnect,
  exchanged,
  existingIn,
  renew,
  renewed,
  serverRun,
  viewOf,
} from './harness/hosted-run.ts';
import { readConnection, type Shown } from './harness/link.ts';
import { createApplication, manage } from './harness/management.ts';
import { revocable } from './harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
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

describe('the View of a session that the server minted', () => {
  it('shows its user’s Connections, and nobody else’s', async () => {
    const { world, application, provider, source, connect, id } = await withConnection();
    await connect('user-2', 'two');
    await (await finishedRun(world, application, provider, source)).exchange();
    await finishedRun(world, application, provider, source);
    const other = await createApplication(world);
    await ok((await finishedRun(world, other, provider, source)).exchange({ clientUserId: 'user-1' }));
    const run = await serverRun(world, application);
    expect(await existingIn(run)).toEqual([{ id, name: 'account-1', complete: true, change: null }]);
    expect(await viewOf(run)).toMatchObject({ changed: false });
    expect(await existingIn(await serverRun(world, application, { clientUserId: 'user-3' }))).toEqual([]);
  });

  it('shows the one it is for', async () => {
    const { world, application, connect, id } = await withConnection();
    const second = await connect('user-1', 'two');
    const all = (await existingIn(await serverRun(world, application))).map((shown) => shown.id);
    expect(all.sort()).toEqual([id, second].sort());
    const run = await serverRun(world, application, { connectionId: second });
    expect((await existingIn(run)).map((shown) => shown.id)).toEqual([second]);
    await refused(disconnect(world, run, id), 404, 'not_found');
    expect((await viewOf(run)).sources).toHaveLength(1);
  });

  it('is for no Connection of another user, application, or of an unvouched run', async () => {
    const { world, application, provider, source, connect } = await withConnection();
    const theirs = await connect('user-2', 'two');
    const unvouched = await ok<Exchanged>(
      (await finishedRun(world, application, provider, source)).exchange(),
    );
    const other = await createApplication(world);
    const run = await finishedRun(world, other, provider, source);
    const elsewhere = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const { clientId, clientSecret } = application;
    for (const connectionId of [theirs, unvouched.connections[0], elsewhere.connections[0], 'f'.repeat(32)]) {
      const body = { clientId, clientSecret, clientUserId: 'user-1', connectionId };
      const { details } = await refused(world.post('/connect/sessions', body), 400, 'invalid_request');
      expect(details?.map(({ path }) => path)).toEqual(['connectionId']);
    }
  });

  it('is not what a client-only run sees, or can use', async () => {
    const { world, application, source, id } = await withConnection();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    expect(await existingIn(run)).toEqual([]);
    await refused(renew(world, run, source, id), 404, 'not_found');
    await refused(disconnect(world, run, id), 404, 'not_found');
    await refused(disconnect(world, run, id, true), 404, 'not_found');
    expect((await viewOf(run)).changed).toBe(false);
  });

  it('is seen by the browser it is bound to alone', async () => {
    const { world, application, id } = await withConnection();
    const run = await Run.fromServer(world, application);
    const { sessionToken } = run.session;
    const preview = await run.browser.post(world.origin, '/connect/preview', { sessionToken });
    expect(await preview.text()).not.toContain(id);
    await ok(run.bind());
    const stranger = await Run.fromServer(world, application);
    await refused(run.view(stranger.browser), 404, 'not_found');
  });
});

describe('a renewal', () => {
  it('parks the new tokens, and swaps them at the exchange', async () => {
    const { world, application, provider, source, id, listed } = await withConnection();
    const before = await readConnection(world, id);
    const run = await serverRun(world, application);
    world.advance({ minutes: 1 });
    await renewed(world, run, provider, source, id);
    expect(await viewOf(run)).toMatchObject({ changed: true, outcome: { result: 'connected' } });
    expect(await existingIn(run)).toMatchObject([{ id, change: 'renewed' }]);
    const finished = await run.finished();
    expect(finished.metadata.sources.map((shown) => shown.id)).toEqual([source.id]);
    expect(await readConnection(world, id)).toEqual(before);

    const answer = await ok<Exchanged>(run.exchange());
    expect(answer.connections).toEqual([id]);
    expect(await listed()).toHaveLength(1);
    const shown = await readConnection(world, id);
    expect(shown.auth.data.access_token).toBe(provider.issued[1]);
    expect(shown.created).toBe(before.created);
  });

  it('that nobody exchanges leaves the old tokens, and revokes the new where that ends no others', async () => {
    const { world, application, provider, source, revocation, id } = await withConnection();
    const before = await readConnection(world, id);
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id);
    await run.finished();
    world.advance({ minutes: 61 });
    await world.sweep();
    await refused(run.exchange(), 400, 'invalid_grant');
    // An hour later its old tokens have been refreshed for whoever reads it.
    expect(provider.presented).toEqual([]);
    expect(await readConnection(world, id)).toMatchObject({ name: before.name, created: before.created });
    expect(provider.presented).toEqual([before.auth.data.refresh_token]);
    // The same account, the same client: revoking the new tokens would end the old ones with them.
    expect(revocation.asked).toEqual([]);
  });

  it('as another account is refused, and the old tokens stay', async () => {
    const { world, application, provider, source, id } = await withConnection();
    const before = await readConnection(world, id);
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id, { account: 'somebody-else' });
    expect(await viewOf(run)).toMatchObject({ changed: false, outcome: { error: 'account_mismatch' } });
    expect(await readConnection(world, id)).toEqual(before);
    await renewed(world, run, provider, source, id);
    await exchanged(run);
    expect((await readConnection(world, id)).auth.data.access_token).toBe(provider.issued.at(-1));
  });

  it('that the user declines changes nothing', async () => {
    const { world, application, provider, source, id } = await withConnection();
    const before = await readConnection(world, id);
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id, { allow: false });
    expect(await viewOf(run)).toMatchObject({ changed: false, outcome: { result: 'denied' } });
    expect(await readConnection(world, id)).toEqual(before);
  });

  it('brings back one that had ended', async () => {
    const { world, application, provider, source, id } = await withConnection();
    await ok(manage(world, 'PATCH', `/connections/${id}`, { auth: { status: { complete: false } } }));
    const run = await serverRun(world, application);
    expect(await existingIn(run)).toMatchObject([{ id, complete: false }]);
    await renewed(world, run, provider, source, id);
    await exchanged(run);
    expect((await readConnection(world, id)).auth.status).toEqual({ complete: true, authorized: true });
  });

  it('at another data source than the Connection’s own is refused', async () => {
    const { world, application, source, provider, id } = await withConnection({});
    const evil = await revocable(world);
    const before = await readConnection(world, id);
    const run = await serverRun(world, application);
    const answer = await renew(world, run, evil.source, id);
    // Without the guard, one provider's tokens would be sent to the other's API.
    if (answer.ok) {
      const { redirectUrl } = await answer.json<{ redirectUrl: string }>();
      await run.callback(evil.provider.consent(redirectUrl));
      await exchanged(run);
    }
    expect(await readConnection(world, id)).toEqual(before);
    expect([400, 404]).toContain(answer.status);
    expect(provider.issued).toHaveLength(1);
    expect(source.id).not.toBe(evil.source.id);
  });

  it('of a Connection that was deleted meanwhile brings nothing back', async () => {
    const { world, application, provider, source, id, listed } = await withConnection();
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id);
    expect((await manage(world, 'DELETE', `/connections/${id}`)).status).toBe(204);
    expect((await viewOf(run)).changed).toBe(false);
    expect(await listed()).toEqual([]);
  });
});
