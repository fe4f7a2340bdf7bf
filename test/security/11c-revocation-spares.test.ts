import { describe, expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { createConnection, linkedConnection, walk } from '../worker/harness/link.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import {
  queued,
  RevocationEndpoint,
  refreshTokenOf,
  revocable,
} from '../worker/harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun } from '../worker/harness/run.ts';
import { World } from '../worker/harness/world.ts';

// A provider that ends the whole grant of a client and an account when one of its tokens is revoked: whoever
// deletes their Connection would end yours. In each test the last of them is revoked: that is the guard's other side.

const unique = { metadata_url: '/me', uniqueness: 'id' };
const nothing = {};

function remove(world: World, id: string, key?: string): Promise<Response> {
  return manage(world, 'DELETE', `/connections/${id}`, undefined, key);
}

/** A user's Connection through the widget. */
async function connected(
  world: World,
  application: Awaited<ReturnType<typeof createApplication>>,
  provider: OAuth2Provider,
  source: Awaited<ReturnType<OAuth2Provider['define']>>,
  { clientUserId = 'user-1', account = 'account-1' } = {},
): Promise<string> {
  const run = await finishedRun(world, application, provider, source, { clientUserId, choice: { account } });
  return (await ok<Exchanged>(run.exchange({ clientUserId }))).connections[0] ?? '';
}

describe('with the remote account known', () => {
  it('spares the same account of another application, user and owner', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const { key } = await createDeveloper(world);
    const theirs = await createApplication(world, {}, key);
    const mine = await createApplication(world);
    const ids = [
      await connected(world, mine, provider, source),
      await connected(world, mine, provider, source, { clientUserId: 'user-2' }),
      await connected(world, theirs, provider, source),
    ];
    const last = await refreshTokenOf(world, ids[2] ?? '', key);
    await remove(world, ids[0] ?? '');
    await remove(world, ids[1] ?? '');
    world.advance({ minutes: 60 * 24 });
    await world.sweep();
    expect(revocation.asked).toEqual([]);
    await remove(world, ids[2] ?? '', key);
    expect(revocation.tokens).toEqual([last]);
  });

  it('does not spare another account', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const one = await linkedConnection(world, provider, source, { choice: { account: 'one' } });
    await linkedConnection(world, provider, source, { choice: { account: 'two' } });
    await remove(world, one.id);
    expect(revocation.asked).toHaveLength(1);
  });

  it('does not spare one that has ended', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const application = await createApplication(world);
    const one = await linkedConnection(world, provider, source);
    const two = await connected(world, application, provider, source);
    await ok(manage(world, 'PATCH', `/connections/${two}`, { auth: { status: { complete: false } } }));
    await remove(world, one.id);
    expect(revocation.asked).toHaveLength(1);
  });

  it('does not spare one of another client registration, or at another provider', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const one = await linkedConnection(world, provider, source);
    const other = await revocable(world, unique);
    await linkedConnection(world, other.provider, other.source);
    // The same client ID by chance, with another authorization server.
    const twin = Object.assign(new OAuth2Provider(world, 'twin'), { clientId: provider.clientId });
    await linkedConnection(world, twin, await twin.define(unique));
    await remove(world, one.id);
    expect(revocation.asked).toHaveLength(1);
  });

  it('spares one whose account is unknown and might be the same', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const known = await linkedConnection(world, provider, source);
    provider.answerApi = () => new Response('Busy', { status: 503 });
    const unknown = await linkedConnection(world, provider, source);
    await remove(world, known.id);
    expect(revocation.asked).toEqual([]);
    await remove(world, unknown.id);
    expect(revocation.asked).toHaveLength(1);
  });
});

describe('with the remote account unknown', () => {
  it('spares what is of the same end user, and nothing of another’s', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const application = await createApplication(world);
    const first = await connected(world, application, provider, source);
    const second = await connected(world, application, provider, source);
    await connected(world, application, provider, source, { clientUserId: 'user-2' });
    const last = await refreshTokenOf(world, second);
    await remove(world, first);
    expect(revocation.asked).toEqual([]);
    await remove(world, second);
    expect(revocation.tokens).toEqual([last]);
  });

  it('spares, without an end user, what is of the same owner, and nothing of another’s', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { key } = await createDeveloper(world);
    const theirs = await createApplication(world, {}, key);
    const first = await linkedConnection(world, provider, source);
    const second = await linkedConnection(world, provider, source);
    await connected(world, theirs, provider, source);
    await remove(world, first.id);
    expect(revocation.asked).toEqual([]);
    await remove(world, second.id);
    expect(revocation.asked).toHaveLength(1);
  });

  it('what nobody exchanged ends no Connection of the same user', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { key } = await createDeveloper(world);
    const application = await createApplication(world, {}, key);
    const live = await connected(world, application, provider, source);
    await finishedRun(world, application, provider, source);
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toEqual([]);
    await remove(world, live, key);
    expect(revocation.asked).toHaveLength(1);
  });

  it('what nobody exchanged is revoked beside another user’s Connection', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const application = await createApplication(world);
    await connected(world, application, provider, source);
    await finishedRun(world, application, provider, source, { clientUserId: 'user-2' });
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(1);
  });

  it('what nobody redeemed ends no Connection of the same owner', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const { provider, revocation, source } = await revocable(world, {}, key);
    const live = await linkedConnection(world, provider, source, { key });
    await walk(world, provider, await createConnection(world, source, { confirm: true }, key));
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toEqual([]);
    await remove(world, live.id, key);
    expect(revocation.asked).toHaveLength(1);
  });
});

describe('a pending sibling', () => {
  it.each([
    ['known', unique],
    ['unknown', nothing],
  ])(
    'puts it off until it is decided: not exchanged, both are revoked (account %s)',
    async (_what, fields) => {
      const world = new World();
      const { provider, revocation, source } = await revocable(world, fields);
      const application = await createApplication(world);
      const id = await connected(world, application, provider, source);
      await finishedRun(world, application, provider, source);
      await remove(world, id);
      expect(revocation.asked).toEqual([]);
      expect(await queued(world, provider)).toBe(1);
      for (let hour = 0; hour < 3; hour += 1) {
        world.advance({ minutes: 61 });
        await world.sweep();
      }
      expect(revocation.asked).toHaveLength(2);
      expect(await queued(world, provider)).toBe(0);
    },
  );

  it('that waits for its code to be redeemed puts it off too', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const { provider, revocation, source } = await revocable(world, {}, key);
    const live = await linkedConnection(world, provider, source, { key });
    await walk(world, provider, await createConnection(world, source, { confirm: true }, key));
    await remove(world, live.id, key);
    expect(revocation.asked).toEqual([]);
    for (let hour = 0; hour < 3; hour += 1) {
      world.advance({ minutes: 61 });
      await world.sweep();
    }
    expect(revocation.asked).toHaveLength(2);
  });

  it('that is exchanged is spared for good', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, unique);
    const application = await createApplication(world);
    const id = await connected(world, application, provider, source);
    const run = await finishedRun(world, application, provider, source);
    await remove(world, id);
    await ok(run.exchange({ clientUserId: 'user-1' }));
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toEqual([]);
    expect(await queued(world, provider)).toBe(0);
  });

  it.each([
    ['unknown', nothing],
    ['known', unique],
  ])('of another user puts nothing off (account %s)', async (_what, fields) => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, fields);
    const application = await createApplication(world);
    const id = await connected(world, application, provider, source);
    const choice = { account: 'another' };
    await finishedRun(world, application, provider, source, { clientUserId: 'user-2', choice });
    await remove(world, id);
    expect(revocation.asked).toHaveLength(1);
  });
});

it('the whole grant of a client and an account: what the attack does without the guard', async () => {
  const world = new World();
  const { provider, source } = await revocable(world, unique);
  const revocation = new RevocationEndpoint(world, provider);
  const victim = await linkedConnection(world, provider, source);
  const application = await createApplication(world);
  const attacker = await connected(world, application, provider, source);
  // Somebody deletes the row without asking for siblings: the provider is asked, and the victim's grant ends.
  await world.db
    .prepare('UPDATE connections SET registration = ? WHERE id = ?')
    .bind('other', victim.id)
    .run();
  await remove(world, attacker);
  expect(revocation.asked).toHaveLength(1);
});
