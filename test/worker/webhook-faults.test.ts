import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import type { Shown } from './harness/link.ts';
import { manage } from './harness/management.ts';
import { Receiver, verify } from './harness/receiver.ts';
import { bring, newId, shop } from './harness/shop.ts';

// Storage fails, or the worker dies, anywhere between a change and its delivery: nothing is lost, and what is sent
// twice has the same id.

async function listening() {
  const made = await shop();
  const { world, source, key } = made;
  const receiver = await Receiver.listen(world, key);
  const connect = () =>
    bring(world, { provider_id: source.id, auth: { data: { access_token: newId() } } }, key);
  const ids = async () =>
    (await ok<Shown[]>(manage(world, 'GET', `/connections?provider_id=${source.id}`, undefined, key)))
      .map(({ id }) => id)
      .sort();
  return { ...made, receiver, connect, ids };
}

/** Expects each Connection to have been announced, under one id. */
function expectAnnounced(receiver: Receiver, ids: string[]): void {
  expect([...new Set(receiver.told.map(([, id]) => id))].sort()).toEqual(ids);
  expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(ids.length);
  for (const message of receiver.taken) verify(message, receiver.webhook.secret);
}

describe('a storage call that fails during a change and what follows it', () => {
  for (let index = 0; index < 11; index += 1) {
    for (const when of ['before', 'after'] as const) {
      it(`loses no event: call ${index + 1}, ${when} it took effect`, async () => {
        const { world, receiver, connect, ids } = await listening();
        await world.withFault({ index, when }, connect);
        for (let minute = 0; minute < 3; minute += 1) {
          world.advance({ minutes: 1 });
          await world.sweep();
        }
        expectAnnounced(receiver, await ids());
        expect((await receiver.deliveries()).every(({ status }) => status === 'delivered')).toBe(true);
      });
    }
  }

  it('is each that there is', async () => {
    const { world, connect } = await listening();
    const { counts } = await world.count(connect);
    expect(counts).toMatchObject({ d1: 10, outbound: 1 });
  });
});

describe('a storage call that fails during a sweep', () => {
  for (let index = 0; index < 6; index += 1) {
    for (const when of ['before', 'after'] as const) {
      it(`loses no event: call ${index + 1}, ${when} it took effect`, async () => {
        const { world, receiver, connect, ids } = await listening();
        receiver.answer = () => new Response(null, { status: 500 });
        await ok(connect());
        await ok(connect());
        receiver.answer = () => new Response();
        world.advance({ minutes: 2 });
        await world.withFault({ index, when }, () => world.sweep()).catch(() => {});
        world.advance({ minutes: 1 });
        await world.sweep();
        expectAnnounced(receiver, await ids());
        expect(await receiver.deliveries('?status=pending')).toEqual([]);
      });
    }
  }
});

for (const when of ['before', 'after'] as const) {
  it(`the write that stores what came of it is repeated, and nothing sent twice: lost ${when} it took effect`, async () => {
    const { world, receiver, connect } = await listening();
    receiver.answer = () => new Response(null, { status: 500 });
    await ok(connect());
    receiver.answer = () => new Response();
    world.advance({ minutes: 2 });
    // Which webhooks, what is due there, the claim, and then the write.
    await world.withFault({ index: 3, when }, () => world.sweep());
    world.advance({ minutes: 5 });
    await world.sweep();
    expect(receiver.taken).toHaveLength(1);
    expect(await receiver.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });
}

it('a worker that dies with an event in its hands is taken for dead, and the event is sent again', async () => {
  const { world, receiver, connect } = await listening();
  let release = () => {};
  receiver.answer = () =>
    new Promise((resolve) => {
      release = () => resolve(new Response(null, { status: 500 }));
    });
  const dying = connect();
  await expect.poll(() => receiver.attempts.length).toBe(1);
  receiver.answer = () => new Response();
  world.advance({ seconds: 29 });
  await world.sweep();
  expect(receiver.attempts).toHaveLength(1);
  world.advance({ seconds: 1 });
  await world.sweep();
  const [first, second] = receiver.attempts;
  expect(second?.id).toBe(first?.id);
  expect(receiver.taken).toHaveLength(1);
  // Should it come back to life, it changes nothing that has been done since.
  release();
  await dying;
  expect(await receiver.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2, error: null }]);
});

it('a secret that can’t be opened any more sends nothing unsigned, and says so to its owner', async () => {
  const { world, receiver, connect } = await listening();
  const sealed = 'UPDATE webhooks SET sealed_secret = ? WHERE id = ?';
  await world.db.prepare(sealed).bind('gone.AAAA', receiver.webhook.id).run();
  await ok(connect());
  expect(receiver.attempts).toEqual([]);
  expect(await receiver.deliveries()).toMatchObject([{ status: 'pending', error: 'secret_unreadable' }]);
  const { secret } = await receiver.patch({ rotate_secret: true });
  world.advance({ minutes: 2 });
  await world.sweep();
  const [message] = receiver.taken;
  if (!message) throw new Error('Nothing came.');
  verify(message, secret);
});
