import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { disconnect, exchanged, renewed, serverRun } from './harness/hosted-run.ts';
import {
  createConnection,
  linkedConnection,
  patchConnection,
  readConnection,
  redeem,
  type Shown,
  walk,
} from './harness/link.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { Receiver } from './harness/receiver.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { bring } from './harness/shop.ts';
import { World } from './harness/world.ts';

const unique = { metadata_url: '/me', uniqueness: 'id', default_name: 'id' };
const vouch = { clientUserId: 'user-1' };

/** A developer with an application, a source, and a receiver of everything. */
async function integrated(fields: Record<string, unknown> = unique) {
  const world = new World();
  const { id: developerId, key } = await createDeveloper(world);
  const provider = new OAuth2Provider(world);
  const source = await provider.define(fields, key);
  const application = await createApplication(world, {}, key);
  const receiver = await Receiver.listen(world, key);
  const finished = (clientUserId = 'user-1') =>
    finishedRun(world, application, provider, source, { clientUserId });
  const connect = async (clientUserId = 'user-1') =>
    (await ok<Exchanged>((await finished(clientUserId)).exchange({ clientUserId }))).connections[0] ?? '';
  /** What it was told since it was last asked, once all is sent. */
  let told = 0;
  const news = async () => {
    await world.sweep();
    const all = receiver.told.slice(told);
    told += all.length;
    world.advance({ seconds: 1 });
    return all;
  };
  const remove = async (path: string) =>
    expect((await manage(world, 'DELETE', path, undefined, key)).status).toBe(204);
  return {
    world,
    developerId,
    key,
    provider,
    source,
    application,
    receiver,
    finished,
    connect,
    news,
    remove,
  };
}

describe('in the widget', () => {
  it('a Connection is announced when it is exchanged, with whose it is', async () => {
    const { world, application, source, receiver, finished, news } = await integrated();
    const run = await finished();
    expect(await news()).toEqual([]);
    const { connections } = await ok<Exchanged>(run.exchange(vouch));
    expect(await news()).toEqual([['connection.created', connections[0]]]);
    expect(receiver.taken[0]?.body).toEqual({
      type: 'connection.created',
      timestamp: new Date(world.now - 1000).toISOString(),
      data: {
        connection_id: connections[0],
        provider_id: source.id,
        application_id: application.clientId,
        client_user_id: 'user-1',
      },
    });
    // A second exchange of the same token changes nothing.
    await run.exchange(vouch);
    expect(await news()).toEqual([]);
  });

  it('what is pending isn’t: a renewal, an end, or a grant that nobody agreed to', async () => {
    const { world, application, provider, source, connect, finished, news } = await integrated();
    const [renewedId, endedId] = [await connect(), await connect('user-2')];
    expect(await news()).toHaveLength(2);
    const renewing = await serverRun(world, application);
    await renewed(world, renewing, provider, source, renewedId);
    await renewing.finished();
    const ending = await serverRun(world, application, { clientUserId: 'user-2' });
    await disconnect(world, ending, endedId);
    await ending.finished();
    await finished('user-3');
    const denied = await Run.fromPage(world, application);
    await ok(denied.bind());
    await denied.connect(provider, source, { allow: false });
    expect(await news()).toEqual([]);
    await ok(renewing.exchange());
    expect(await news()).toEqual([['connection.reauthorized', renewedId]]);
    await ok(ending.exchange({ clientUserId: 'user-2' }));
    expect(await news()).toEqual([['connection.deleted', endedId]]);
    // What user-3's run brought in is removed, since nobody exchanged it: nobody heard of it, so nobody hears now.
    world.advance({ minutes: 61 });
    expect(await news()).toEqual([]);
  });

  it('the same account again renews the older Connection, and is no other one', async () => {
    const { connect, news } = await integrated();
    const id = await connect();
    expect(await news()).toEqual([['connection.created', id]]);
    expect(await connect()).toBe(id);
    expect(await news()).toEqual([['connection.reauthorized', id]]);
  });

  it('a dead Connection that is renewed is reauthorized, not created', async () => {
    const { world, key, application, provider, source, connect, news } = await integrated();
    const id = await connect();
    await ok(patchConnection(world, id, { auth: { status: { complete: false } } }, key));
    expect(await news()).toEqual([
      ['connection.created', id],
      ['connection.needs_reauthorization', id],
    ]);
    const run = await serverRun(world, application);
    await renewed(world, run, provider, source, id);
    await exchanged(run);
    expect(await news()).toEqual([['connection.reauthorized', id]]);
  });
});

describe('by a link', () => {
  it('a Connection is announced when its user has come back, and every time after', async () => {
    const { world, key, provider, source, news } = await integrated();
    const made = await createConnection(world, source, {}, key);
    expect(await news()).toEqual([]);
    await walk(world, provider, made, { scopes: ['profile'] });
    expect(await news()).toEqual([['connection.created', made.id]]);
    const patched = await ok<{ redirectUrl: string }>(
      patchConnection(world, made.id, { scopes: ['profile', 'steps', 'heart'] }, key),
    );
    expect(await news()).toEqual([]);
    await walk(world, provider, { ...made, redirectUrl: patched.redirectUrl });
    expect(await news()).toEqual([['connection.reauthorized', made.id]]);
  });

  it('one that turns out to be an older one renews that, and was never there', async () => {
    const { world, key, provider, source, news } = await integrated();
    const older = await linkedConnection(world, provider, source, { key });
    expect(await news()).toEqual([['connection.created', older.id]]);
    await linkedConnection(world, provider, source, { key });
    expect(await news()).toEqual([['connection.reauthorized', older.id]]);
  });

  it('one that waits to be confirmed is announced when it is redeemed', async () => {
    const { world, key, provider, source, news } = await integrated();
    const { id, location } = await linkedConnection(world, provider, source, { key, confirm: true });
    expect(await news()).toEqual([]);
    await ok(redeem(world, location.searchParams.get('connection_code'), key));
    expect(await news()).toEqual([['connection.created', id]]);
  });

  it('one that was denied, and then deleted, is nothing to tell of', async () => {
    const { world, key, provider, source, news, remove } = await integrated();
    const { id } = await linkedConnection(world, provider, source, { key, choice: { allow: false } });
    await remove(`/connections/${id}`);
    expect(await news()).toEqual([]);
  });
});

describe('over the API', () => {
  it('an import is announced, and so is what a PATCH does to whether it works', async () => {
    const { world, key, source, news } = await integrated();
    const body = { provider_id: source.id, auth: { data: { access_token: 'imported' } } };
    const { id } = await ok<Shown>(bring(world, body, key));
    expect(await news()).toEqual([['connection.created', id]]);
    await ok(patchConnection(world, id, { name: 'Mine', metadata: {} }, key));
    const shown = await readConnection(world, id, key);
    await ok(patchConnection(world, id, shown, key));
    expect(await news()).toEqual([]);
    await ok(patchConnection(world, id, { auth: { status: { complete: false } } }, key));
    expect(await news()).toEqual([['connection.needs_reauthorization', id]]);
    await ok(patchConnection(world, id, { auth: { status: { complete: false } } }, key));
    expect(await news()).toEqual([]);
  });

  it('a Connection that gets its first token by PATCH is announced', async () => {
    const { world, key, source, news } = await integrated();
    const { id } = await createConnection(world, source, {}, key);
    const auth = { status: { complete: true }, data: { access_token: 'brought' } };
    await ok(patchConnection(world, id, { auth }, key));
    expect(await news()).toEqual([['connection.created', id]]);
  });

  it('the end of a Connection is told, whoever ended it: alone, with its user, its application', async () => {
    const { application, connect, news, remove } = await integrated();
    const ids = [];
    for (const user of ['user-1', 'user-2', 'user-3', 'user-4']) ids.push(await connect(user));
    expect(await news()).toHaveLength(4);
    await remove(`/connections/${ids[0]}`);
    expect(await news()).toEqual([['connection.deleted', ids[0]]]);
    await remove(`/applications/${application.clientId}/users/user-2`);
    expect(await news()).toEqual([['connection.deleted', ids[1]]]);
    await remove(`/applications/${application.clientId}`);
    expect((await news()).map((each) => each.join()).sort()).toEqual(
      [ids[2], ids[3]].map((id) => `connection.deleted,${id}`).sort(),
    );
  });

  it('a developer’s end goes with whom it could be told to', async () => {
    const { world, developerId, receiver, connect, news } = await integrated();
    const id = await connect();
    expect(await news()).toHaveLength(1);
    expect((await manage(world, 'DELETE', `/developers/${developerId}`)).status).toBe(204);
    expect(await news()).toEqual([]);
    const left = 'SELECT count(*) AS n FROM deliveries WHERE webhook_id = ?';
    expect(await world.db.prepare(left).bind(receiver.webhook.id).first('n')).toBe(0);
    // What happened is on record all the same.
    const types = 'SELECT type FROM events WHERE connection_id = ? ORDER BY seq';
    const { results } = await world.db.prepare(types).bind(id).all();
    expect(results.map(({ type }) => type)).toEqual(['connection.created', 'connection.deleted']);
  });
});

it('what is told holds no token, no secret, and nobody’s name', async () => {
  const { world, key, provider, application, receiver, connect, news } = await integrated();
  world.recording = true;
  const id = await connect();
  await ok(patchConnection(world, id, { name: 'Ada’s own' }, key));
  await ok(patchConnection(world, id, { auth: { status: { complete: false } } }, key));
  await manage(world, 'DELETE', `/connections/${id}`, undefined, key);
  expect(await news()).toHaveLength(3);
  await receiver.deliveries();
  const everything = [
    ...receiver.attempts.map(({ text, headers }) => JSON.stringify([text, headers])),
  ].join();
  expect(provider.issued.length).toBeGreaterThan(0);
  const secret = receiver.webhook.secret ?? '';
  for (const planted of [
    ...provider.issued,
    provider.clientSecret,
    application.clientSecret,
    key,
    'Ada',
    secret,
  ]) {
    expect(everything).not.toContain(planted);
  }
  for (const said of [...world.logs, ...world.transcript]) expect(said).not.toContain(secret.slice(6));
  expect(everything).toContain(id);
});

it('events are kept for thirty days after they were sent, and as long as they are on their way', async () => {
  const { world, key, source, receiver, connect, remove } = await integrated();
  const gone = await connect();
  await remove(`/connections/${gone}`);
  world.advance({ minutes: 20 * 24 * 60 });
  receiver.answer = () => new Response(null, { status: 500 });
  const body = { provider_id: source.id, auth: { data: { access_token: 'imported' } } };
  await ok<Shown>(bring(world, body, key));
  // Everything else in this storage is swept, too: whatever it calls answers nothing.
  world.internet.elsewhere = () => new Response(null, { status: 503 });
  await world.sweep();
  const types = async () => (await receiver.deliveries()).map(({ type, status }) => `${type} ${status}`);
  const before = await types();
  expect(before.sort()).toEqual([
    'connection.created delivered',
    'connection.created pending',
    'connection.deleted delivered',
  ]);
  // The end of a Connection is dated by the database, in real time, which is months away from this test's.
  await world.db
    .prepare('UPDATE events SET created_at = ? WHERE connection_id = ?')
    .bind(world.now, gone)
    .run();
  world.advance({ minutes: 30 * 24 * 60 + 1 });
  await world.db
    .prepare("UPDATE deliveries SET next_attempt_at = ? WHERE webhook_id = ? AND status = 'pending'")
    .bind(world.now + 60_000, receiver.webhook.id)
    .run();
  await world.sweep();
  expect(await types()).toEqual(['connection.created pending']);
});
