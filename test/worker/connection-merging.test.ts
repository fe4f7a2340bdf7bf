import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { exchanged, renewed, serverRun } from './harness/hosted-run.ts';
import { readConnection, type Shown } from './harness/link.ts';
import { manage } from './harness/management.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { editTokens, withoutRefreshToken } from './harness/token-edit.ts';

// Uniqueness in the widget: it happens at the exchange.

const unique = { metadata_url: '/me', uniqueness: 'id', default_name: 'id' };
const vouch = { clientUserId: 'user-1' };

/** A setting, and how to connect an account in it through the widget. */
async function widget() {
  const made = await setting(unique);
  const { world, application, provider, source } = made;
  const finish = (account = 'account-1', clientUserId = 'user-1') =>
    finishedRun(world, application, provider, source, { choice: { account }, clientUserId });
  const listed = () =>
    ok<Shown[]>(manage(world, 'GET', `/connections?application_id=${application.clientId}`));
  return { ...made, finish, listed };
}

describe('a vouched exchange of a remote account that is connected', () => {
  it('gives the older Connection the fresh tokens', async () => {
    const { world, provider, finish, listed } = await widget();
    const [id = ''] = (await ok<Exchanged>((await finish()).exchange(vouch))).connections;
    const again = await finish();
    expect((await readConnection(world, id)).auth.data.access_token).toBe(provider.issued[0]);
    const { connections } = await ok<Exchanged>(again.exchange(vouch));
    expect(connections).toEqual([id]);
    expect((await listed()).map((shown) => shown.id)).toEqual([id]);
    const { auth } = await readConnection(world, id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.status).toEqual({ complete: true, authorized: true });
  });

  it('is a Connection of its own for another account', async () => {
    const { finish, listed } = await widget();
    await ok((await finish('one')).exchange(vouch));
    await ok((await finish('two')).exchange(vouch));
    expect((await listed()).map(({ name }) => name).sort()).toEqual(['one', 'two']);
  });

  it('keeps the older one’s refresh token where the provider gave none the second time', async () => {
    const { world, provider, finish } = await widget();
    const [id = ''] = (await ok<Exchanged>((await finish()).exchange(vouch))).connections;
    const before = await readConnection(world, id);
    editTokens(world, provider, withoutRefreshToken);
    await ok((await finish()).exchange(vouch));
    const { auth } = await readConnection(world, id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.data.refresh_token).toBe(before.auth.data.refresh_token);
  });

  it('is one again where the older one was ended in between', async () => {
    const { world, finish, listed } = await widget();
    const [id = ''] = (await ok<Exchanged>((await finish()).exchange(vouch))).connections;
    const again = await finish();
    expect((await manage(world, 'DELETE', `/connections/${id}`)).status).toBe(204);
    const { connections } = await ok<Exchanged>(again.exchange(vouch));
    expect(connections).toHaveLength(1);
    expect(connections).not.toContain(id);
    expect((await listed()).map((shown) => shown.id)).toEqual(connections);
  });

  it('is one also where both runs were minted by the server', async () => {
    const { world, application, provider, source, listed } = await widget();
    const connect = async () => {
      const run = await serverRun(world, application);
      await run.connect(provider, source);
      return exchanged(run);
    };
    const first = await connect();
    expect((await connect()).connections).toEqual(first.connections);
    expect(await listed()).toHaveLength(1);
  });

  it('twenty times at the same moment ends with one Connection', async () => {
    const { world, provider, finish, listed } = await widget();
    const runs = await Promise.all(Array.from({ length: 20 }, () => finish()));
    const answers = await Promise.all(runs.map((run) => ok<Exchanged>(run.exchange(vouch))));
    const left = await listed();
    expect(left).toHaveLength(1);
    for (const { connections } of answers) expect(connections).toEqual([left[0]?.id]);
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(20);
    const { auth } = await readConnection(world, left[0]?.id ?? '');
    expect(provider.issued).toContain(auth.data.access_token);
  });
});

describe('an exchange that nobody vouches for', () => {
  it('never merges, with what is vouched for or with its like', async () => {
    const { world, provider, finish, listed } = await widget();
    const [vouched = ''] = (await ok<Exchanged>((await finish()).exchange(vouch))).connections;
    const one = await ok<Exchanged>((await finish()).exchange());
    const two = await ok<Exchanged>((await finish()).exchange());
    const ids = [vouched, ...one.connections, ...two.connections];
    expect(new Set(ids).size).toBe(3);
    const shown = await listed();
    expect(shown.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const { id, vouched: said } of shown) expect(said).toBe(id === vouched ? undefined : false);
    expect((await readConnection(world, vouched)).auth.data.access_token).toBe(provider.issued[0]);
    // And what is vouched for doesn't merge with those.
    expect((await ok<Exchanged>((await finish()).exchange(vouch))).connections).toEqual([vouched]);
  });

  it('ten at once are ten', async () => {
    const { finish, listed } = await widget();
    const runs = await Promise.all(Array.from({ length: 10 }, () => finish()));
    await Promise.all(runs.map((run) => ok(run.exchange())));
    expect(await listed()).toHaveLength(10);
  });
});

describe('a renewal in the widget', () => {
  it('keeps the refresh token of the same account where none came', async () => {
    const { world, application, provider, source, finish } = await widget();
    const [id = ''] = (await ok<Exchanged>((await finish()).exchange(vouch))).connections;
    const before = await readConnection(world, id);
    editTokens(world, provider, withoutRefreshToken);
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id);
    await exchanged(run);
    const { auth } = await readConnection(world, id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.data.refresh_token).toBe(before.auth.data.refresh_token);
  });

  it('makes an import unique from then on', async () => {
    const { world, application, provider, source, finish, listed } = await widget();
    const body = {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      auth: { data: { access_token: 'imported' } },
    };
    const { id } = await ok<Shown>(manage(world, 'POST', '/connections', body));
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id);
    await exchanged(run);
    expect((await ok<Exchanged>((await finish()).exchange(vouch))).connections).toEqual([id]);
    expect(await listed()).toHaveLength(1);
  });
});
