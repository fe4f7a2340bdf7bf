import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { patchConnection, type Shown } from './harness/link.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { type Message, Receiver, verify } from './harness/receiver.ts';
import { bring, newId, shop } from './harness/shop.ts';
import { World } from './harness/world.ts';

/** A developer with a receiver, and Connections that come and go. */
async function listening(world = new World()) {
  const made = await shop(world);
  const { source, key } = made;
  const receiver = await Receiver.listen(world, key);
  const connect = async () => {
    const body = {
      provider_id: source.id,
      auth: { data: { access_token: `imported-${crypto.randomUUID()}` } },
    };
    return (await ok<Shown>(bring(world, body, key))).id;
  };
  const kill = (id: string) => ok(patchConnection(world, id, { auth: { status: { complete: false } } }, key));
  const end = async (id: string) =>
    expect((await manage(world, 'DELETE', `/connections/${id}`, undefined, key)).status).toBe(204);
  return { ...made, world, receiver, connect, kill, end };
}

/** Lets so many minutes pass, with the sweep of each. */
async function pass(world: World, minutes: number, step = 1): Promise<void> {
  for (let minute = 0; minute < minutes; minute += step) {
    world.advance({ minutes: step });
    await world.sweep();
  }
}

/** Lets time pass from attempt to attempt, until there is none to come. */
async function passAll(world: World, receiver: Receiver): Promise<void> {
  for (;;) {
    const [next] = (await receiver.deliveries('?status=pending'))
      .map((each) => each.next_attempt ?? '')
      .sort();
    if (next === undefined) return;
    world.now = Math.max(Date.parse(next), world.now + 60_000);
    await world.sweep();
  }
}

const down = () => new Response('<html>No.</html>', { status: 503 });

describe('an event', () => {
  it('reaches its receiver right after it happened, signed as Standard Webhooks has it', async () => {
    const { world, receiver, source, connect } = await listening();
    const id = await connect();
    const [message] = receiver.taken;
    expect(receiver.attempts).toHaveLength(1);
    if (!message) throw new Error('Nothing came.');
    expect(message.method).toBe('POST');
    expect(message.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Trivet',
      'webhook-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'webhook-timestamp': String(Math.floor(world.now / 1000)),
    });
    expect(verify(message, receiver.webhook.secret)).toEqual({
      type: 'connection.created',
      timestamp: new Date(world.now).toISOString(),
      data: { connection_id: id, provider_id: source.id, application_id: null, client_user_id: null },
    });
    const forged = { ...message, text: message.text.replace(id, '0'.repeat(32)) };
    expect(() => verify(forged, receiver.webhook.secret)).toThrow('signature');
    const renamed = { ...message, headers: { ...message.headers, 'webhook-id': 'x' } };
    expect(() => verify(renamed, receiver.webhook.secret)).toThrow('signature');
    expect(await receiver.deliveries()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        event_id: message.id,
        type: 'connection.created',
        connection_id: id,
        status: 'delivered',
        attempts: 1,
        response_status: 204,
        error: null,
        last_attempt: new Date(world.now).toISOString(),
        next_attempt: null,
        created: new Date(world.now).toISOString(),
      },
    ]);
    await pass(world, 3);
    expect(receiver.attempts).toHaveLength(1);
  });

  it('goes to the webhooks that asked for it, of its own developer', async () => {
    const { world, key, receiver, connect, end } = await listening();
    const ends = await Receiver.listen(world, key, ['connection.deleted']);
    const foreign = await Receiver.listen(world, (await createDeveloper(world)).key);
    const id = await connect();
    await end(id);
    expect(receiver.told).toEqual([
      ['connection.created', id],
      ['connection.deleted', id],
    ]);
    expect(ends.told).toEqual([['connection.deleted', id]]);
    expect(ends.taken[0]?.id).toBe(receiver.taken[1]?.id);
    expect(foreign.attempts).toEqual([]);
  });

  it('from before a webhook was made isn’t told to it, nor to one that is gone', async () => {
    const { world, key, receiver, connect, end } = await listening();
    const id = await connect();
    const late = await Receiver.listen(world, key);
    receiver.answer = down;
    await end(id);
    expect(late.told).toEqual([['connection.deleted', id]]);
    expect((await manage(world, 'DELETE', receiver.path, undefined, key)).status).toBe(204);
    await pass(world, 5);
    expect(receiver.attempts).toHaveLength(2);
  });
});

describe('a receiver that is down for a day and comes back', () => {
  it('gets everything once per webhook-id, in order per Connection', { timeout: 60_000 }, async () => {
    const { world, receiver, connect, kill, end } = await listening();
    receiver.answer = down;
    const expected = new Map<string, string[]>();
    for (let index = 0; index < 4; index += 1) {
      const id = await connect();
      expected.set(id, ['connection.created', 'connection.needs_reauthorization', 'connection.deleted']);
      await pass(world, 60, 20);
      await kill(id);
      await pass(world, 60, 20);
      await end(id);
    }
    await pass(world, 16 * 60, 60);
    expect(receiver.taken).toEqual([]);
    // Twelve in three days: no storm of attempts either.
    const perEvent = Map.groupBy(receiver.attempts, ({ id }) => id);
    for (const attempts of perEvent.values()) {
      expect(attempts.length).toBeLessThan(12);
      expect(new Set(attempts.map(({ text }) => text)).size).toBe(1);
    }
    const before = receiver.attempts.length;
    await pass(world, 30);
    expect(receiver.attempts.length - before).toBeLessThan(5);

    receiver.answer = () => new Response('thank you', { status: 200 });
    await pass(world, 26 * 60, 60);
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(12);
    expect(receiver.taken).toHaveLength(12);
    for (const message of receiver.taken) verify(message, receiver.webhook.secret);
    for (const [id, types] of expected) {
      const told = receiver.told.filter(([, connectionId]) => connectionId === id).map(([type]) => type);
      expect(told).toEqual(types);
    }
    expect((await receiver.deliveries()).map(({ status }) => status)).toEqual(Array(12).fill('delivered'));
  });

  it('is tried less and less, and given up on after about three days', async () => {
    const { world, receiver, connect } = await listening();
    receiver.answer = down;
    const begun = world.now;
    await connect();
    await passAll(world, receiver);
    const gaps = receiver.attempts.map(({ at }, index) => at - (receiver.attempts[index - 1]?.at ?? begun));
    expect(receiver.attempts).toHaveLength(12);
    for (const [index, gap] of gaps.entries()) {
      if (index > 1) expect(gap).toBeGreaterThan(gaps[index - 1] ?? 0);
    }
    const days = ((receiver.attempts.at(-1)?.at ?? 0) - begun) / (24 * 60 * 60_000);
    expect(days).toBeGreaterThan(2.5);
    expect(days).toBeLessThan(3.7);
    expect(await receiver.deliveries()).toMatchObject([
      { status: 'dead', attempts: 12, next_attempt: null, response_status: 503, error: 'rejected' },
    ]);
    await pass(world, 24 * 60, 12 * 60);
    expect(receiver.attempts).toHaveLength(12);
  });

  it('gets no later event of a Connection before the earlier one, and no other’s later for it', async () => {
    const { world, receiver, connect, kill } = await listening();
    receiver.answer = down;
    const id = await connect();
    receiver.answer = () => new Response();
    await kill(id);
    expect(receiver.taken).toEqual([]);
    const other = await connect();
    expect(receiver.told).toEqual([['connection.created', other]]);
    await pass(world, 2);
    expect(receiver.told.slice(1)).toEqual([
      ['connection.created', id],
      ['connection.needs_reauthorization', id],
    ]);
  });

  it('lets what comes after a dead event pass, and doesn’t wait another three days for each', async () => {
    const { world, receiver, connect, kill } = await listening();
    receiver.answer = down;
    const begun = world.now;
    const id = await connect();
    await kill(id);
    await passAll(world, receiver);
    const of = (type: string) => receiver.attempts.filter(({ body }) => body.type === type);
    expect(of('connection.created')).toHaveLength(12);
    // Four at least; more where three days aren't quite over.
    expect(of('connection.needs_reauthorization').length).toBeGreaterThanOrEqual(4);
    expect(of('connection.needs_reauthorization').length).toBeLessThan(10);
    const first = of('connection.needs_reauthorization')[0]?.at ?? 0;
    expect(first).toBeGreaterThanOrEqual(of('connection.created').at(-1)?.at ?? 0);
    expect((await receiver.deliveries()).map(({ status }) => status)).toEqual(['dead', 'dead']);
    expect(world.now - begun).toBeLessThan(4 * 24 * 60 * 60_000);
  });
});

describe('an answer that isn’t 2xx', () => {
  for (const [what, answer, error, status] of [
    ['a redirect', () => Response.redirect('https://elsewhere.example/', 308), 'redirected', 308],
    ['a refusal', () => new Response(null, { status: 410 }), 'rejected', 410],
    ['a failure', () => new Response('x'.repeat(5_000_000), { status: 500 }), 'rejected', 500],
    [
      'none',
      () => {
        throw new TypeError('connection refused');
      },
      'unreachable',
      null,
    ],
  ] as [string, () => Response, string, number | null][]) {
    it(`is a failure: ${what}`, async () => {
      const { world, receiver, connect } = await listening();
      receiver.answer = answer;
      await connect();
      expect(await receiver.deliveries()).toMatchObject([
        { status: 'pending', attempts: 1, error, response_status: status },
      ]);
      // A redirect isn't followed: nobody declared where it leads.
      expect(receiver.attempts).toHaveLength(1);
      receiver.answer = () => new Response(null, { status: 299 });
      await pass(world, 2);
      expect(await receiver.deliveries()).toMatchObject([
        { status: 'delivered', attempts: 2, error: null, response_status: 299, next_attempt: null },
      ]);
    });
  }
});

/** A receiver whose answer never comes, with the time in the test's hands. Gives what resolves at each attempt. */
function hang(receiver: Receiver) {
  const arrived: ((message: Message) => void)[] = [];
  receiver.answer = (message) => {
    arrived.shift()?.(message);
    return new Promise<Response>(() => {});
  };
  return () => new Promise<Message>((resolve) => arrived.push(resolve));
}

describe('a receiver that never answers', () => {
  it('is given up on after ten seconds, and delays no other', async () => {
    const { world, key, receiver, connect } = await listening();
    const other = await Receiver.listen(world, key);
    const next = hang(receiver);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = next();
    const connecting = connect();
    await asked;
    // The other one has its event while this one is waited for.
    await vi.waitFor(() => expect(other.told).toHaveLength(1), { timeout: 5_000 });
    expect(receiver.attempts).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    await connecting;
    expect(await receiver.deliveries()).toMatchObject([
      { status: 'pending', error: 'timeout', response_status: null },
    ]);
  });

  it('is one of many: what is fresh goes out while they are waited for', async () => {
    const { world, receiver: well, id: developerId, source } = await listening();
    const sick: Receiver[] = [];
    for (let index = 0; index < 8; index += 1) {
      const { receiver, connect } = await listening(world);
      receiver.answer = down;
      // Each has more due than one run tries.
      for (let made = 0; made < 5; made += 1) await connect();
      sick.push(receiver);
    }
    // The worker died between a change and what follows it.
    await world.db
      .prepare(
        `INSERT INTO events (id, developer_id, type, connection_id, source_id, created_at)
         VALUES (?, ?, 'connection.created', ?, ?, ?)`,
      )
      .bind(newId(), developerId, newId(), source.id, world.now)
      .run();
    world.advance({ minutes: 2 });
    const waiting: (() => void)[] = [];
    for (const receiver of sick) {
      receiver.answer = () => new Promise((resolve) => waiting.push(() => resolve(down())));
    }
    let over = false;
    const sweep = world.sweep().then(() => {
      over = true;
    });
    await vi.waitFor(() => expect(well.told).toHaveLength(1), { timeout: 5_000 });
    await vi.waitFor(() => expect(waiting).toHaveLength(2), { timeout: 5_000 });
    while (!over) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(waiting.length).toBeLessThanOrEqual(2);
    }
    await sweep;
    // One try each: the others of theirs would fail just so.
    for (const receiver of sick) {
      expect(receiver.attempts.filter(({ at }) => at === world.now)).toHaveLength(1);
    }
  });
});

describe('two workers', () => {
  it('never send the same at the same time', async () => {
    const { world, receiver, connect } = await listening();
    receiver.answer = down;
    const ids = [await connect(), await connect(), await connect()];
    receiver.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return new Response();
    };
    world.advance({ minutes: 2 });
    await Promise.all(Array.from({ length: 8 }, () => world.sweep()));
    expect(receiver.taken).toHaveLength(3);
    expect(receiver.told.map(([, id]) => id).sort()).toEqual(ids.sort());
  });
});

describe('a rotated secret', () => {
  it('signs beside the one before for a day, then alone', async () => {
    const { world, receiver, connect } = await listening();
    const first = receiver.webhook.secret;
    const rotated = await receiver.patch({ rotate_secret: true });
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(first);
    expect(rotated.previous_secret_until).toBe(new Date(world.now + 24 * 60 * 60_000).toISOString());
    const receive = async () => {
      await connect();
      const message = receiver.taken.at(-1);
      if (!message) throw new Error('Nothing came.');
      return message;
    };
    const both = await receive();
    expect(both.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    verify(both, first);
    verify(both, rotated.secret);

    // Rotated again at once: the first one is out.
    const again = await receiver.patch({ rotate_secret: true });
    const third = await receive();
    expect(() => verify(third, first)).toThrow();
    verify(third, rotated.secret);
    verify(third, again.secret);

    world.advance({ minutes: 24 * 60 });
    const alone = await receive();
    expect(alone.headers['webhook-signature']).toMatch(/^v1,\S+$/);
    expect(() => verify(alone, rotated.secret)).toThrow();
    verify(alone, again.secret);
    const { secret, previous_secret_until } = await receiver.patch({});
    expect([secret, previous_secret_until]).toEqual([undefined, undefined]);
  });
});

describe('a replay', () => {
  it('sends what was delivered again, at once, under the same id', async () => {
    const { world, receiver, connect } = await listening();
    await connect();
    const [delivery] = await receiver.deliveries();
    if (!delivery) throw new Error('There is no delivery.');
    world.advance({ minutes: 90 });
    const answer = await receiver.replay(delivery);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ id: delivery.id, status: 'pending', attempts: 0 });
    const [one, two] = receiver.taken;
    expect(two?.id).toBe(one?.id);
    expect(two?.text).toBe(one?.text);
    expect(two?.headers['webhook-timestamp']).not.toBe(one?.headers['webhook-timestamp']);
    if (two) verify(two, receiver.webhook.secret);
    expect(await receiver.deliveries()).toMatchObject([{ status: 'delivered', attempts: 1 }]);
    expect(receiver.taken).toHaveLength(2);
  });

  it('revives what was dead, with delays of its own', async () => {
    const { world, receiver, connect } = await listening();
    receiver.answer = down;
    await connect();
    await passAll(world, receiver);
    const [delivery] = await receiver.deliveries();
    if (delivery?.status !== 'dead') throw new Error('It isn’t dead.');
    await ok(receiver.replay(delivery));
    expect(await receiver.deliveries('?status=pending')).toMatchObject([{ attempts: 1 }]);
    receiver.answer = () => new Response();
    await pass(world, 2);
    expect(receiver.taken).toHaveLength(1);
    expect(receiver.taken[0]?.id).toBe(receiver.attempts[0]?.id);
    await refused(receiver.replay({ id: '0'.repeat(32) }), 404, 'not_found');
    await refused(receiver.replay({ id: 'x' }), 404, 'not_found');
  });
});

describe('a test event', () => {
  it('reaches its one webhook, whatever that asked for, and waits for no other test', async () => {
    const { world, key, receiver } = await listening();
    const other = await Receiver.listen(world, key, ['connection.deleted']);
    other.answer = down;
    await other.test();
    const delivery = await other.test();
    expect(other.attempts).toHaveLength(2);
    other.answer = () => new Response();
    const third = await other.test();
    expect(other.taken).toHaveLength(1);
    const [message] = other.taken;
    if (!message) throw new Error('Nothing came.');
    expect(message.id).toBe(third.event_id);
    expect(verify(message, other.webhook.secret)).toEqual({
      type: 'webhook.test',
      timestamp: new Date(world.now).toISOString(),
      data: { connection_id: null, provider_id: null, application_id: null, client_user_id: null },
    });
    expect(delivery).toMatchObject({ type: 'webhook.test', connection_id: null, status: 'pending' });
    expect(receiver.attempts).toEqual([]);
    await pass(world, 2);
    expect(other.taken).toHaveLength(3);
  });
});

describe('the list of deliveries', () => {
  it('has each once, newest first, page by page, by status', async () => {
    const { world, key, receiver, connect } = await listening();
    for (let index = 0; index < 5; index += 1) {
      if (index === 3) receiver.answer = down;
      if (index % 2 === 0) world.advance({ seconds: 1 });
      await connect();
    }
    const seen: { id: string; created: string }[] = [];
    for (let next: string | undefined = `${receiver.path}/deliveries?limit=2`; next !== undefined; ) {
      const answer = await manage(world, 'GET', next, undefined, key);
      seen.push(...(await ok<{ id: string; created: string }[]>(answer.clone())));
      next = /^<([^>]+)>; rel="next"$/
        .exec(answer.headers.get('Link') ?? '')?.[1]
        ?.slice(world.origin.length);
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
    expect(seen).toHaveLength(5);
    const dates = seen.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(await receiver.deliveries('?status=delivered')).toHaveLength(3);
    expect(await receiver.deliveries('?status=pending')).toHaveLength(2);
    expect(await receiver.deliveries('?status=dead')).toEqual([]);
    await refused(
      manage(world, 'GET', `${receiver.path}/deliveries?status=lost`, undefined, key),
      400,
      'invalid_request',
    );
  });
});
