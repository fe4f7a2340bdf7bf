import { describe, expect, it } from 'vitest';
import { openDb } from '../../src/db/client.ts';
import { recordFailedCall } from '../../src/events/failed-call.ts';
import { ok, refused } from './harness/answers.ts';
import type { Shown } from './harness/link.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { bring, newId, shop } from './harness/shop.ts';

interface ShownCall {
  id: string;
  method: string;
  url: string;
  status: number;
  answered_by: string;
  error: string | null;
  request_id: string;
  created: string;
}

/** A Connection, and what fails on it. */
async function failing() {
  const made = await shop();
  const { world, source, key } = made;
  const body = { provider_id: source.id, auth: { data: { access_token: 'imported' } } };
  const { id } = await ok<Shown>(bring(world, body, key));
  const fail = (path: string, changes: Partial<Parameters<typeof recordFailedCall>[1]> = {}) => {
    const requestId = newId();
    const parts = { db: openDb(world.bindings.DB), now: () => world.now, requestId };
    const url = new URL(path, 'https://api.example');
    const call = {
      connectionId: id,
      method: 'GET',
      url,
      answeredBy: 'provider',
      status: 500,
      error: null,
    } as const;
    return recordFailedCall(parts, { ...call, ...changes }).then(() => requestId);
  };
  const listed = (query = '') =>
    ok<ShownCall[]>(manage(world, 'GET', `/connections/${id}/failed-calls${query}`, undefined, key));
  return { ...made, connectionId: id, fail, listed };
}

describe('a call that went wrong', () => {
  it('is told by what was called, who answered what, and its request', async () => {
    const { world, fail, listed } = await failing();
    const first = await fail('/v1/me?access_token=secret#fragment');
    world.advance({ seconds: 1 });
    const second = await fail('/v1/me', {
      method: 'POST',
      answeredBy: 'trivet',
      status: 504,
      error: 'provider_timeout',
    });
    const calls = await listed();
    expect(calls).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        method: 'POST',
        url: 'https://api.example/v1/me',
        status: 504,
        answered_by: 'trivet',
        error: 'provider_timeout',
        request_id: second,
        created: new Date(world.now).toISOString(),
      },
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        method: 'GET',
        url: 'https://api.example/v1/me',
        status: 500,
        answered_by: 'provider',
        error: null,
        request_id: first,
        created: new Date(world.now - 1000).toISOString(),
      },
    ]);
    const stored = await world.db.prepare('SELECT * FROM failed_calls').all();
    expect(JSON.stringify(stored.results)).not.toContain('secret');
  });

  it('in a storm leaves ten traces a minute, of each Connection', async () => {
    const { world, fail, listed } = await failing();
    const other = await failing();
    for (let index = 0; index < 40; index += 1) await fail(`/${'x'.repeat(600)}`);
    expect(await listed()).toHaveLength(10);
    for (const { url } of await listed()) expect(url).toHaveLength(500);
    await other.fail('/');
    expect(await other.listed()).toHaveLength(1);
    world.advance({ seconds: 61 });
    await fail('/again');
    expect(await listed()).toHaveLength(11);
  });

  it('is listed page by page, for thirty days', async () => {
    const { world, key, connectionId, fail, listed } = await failing();
    for (let index = 0; index < 5; index += 1) {
      if (index % 2 === 0) world.advance({ seconds: 1 });
      await fail(`/${index}`);
    }
    const seen: ShownCall[] = [];
    for (
      let next: string | undefined = `/connections/${connectionId}/failed-calls?limit=2`;
      next !== undefined;
    ) {
      const answer = await manage(world, 'GET', next, undefined, key);
      seen.push(...(await ok<ShownCall[]>(answer.clone())));
      next = /^<([^>]+)>; rel="next"$/
        .exec(answer.headers.get('Link') ?? '')?.[1]
        ?.slice(world.origin.length);
    }
    expect(seen.map(({ url }) => url).sort()).toEqual([0, 1, 2, 3, 4].map((n) => `https://api.example/${n}`));
    const dates = seen.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort().reverse());
    world.internet.elsewhere = () => new Response(null, { status: 503 });
    world.advance({ minutes: 30 * 24 * 60 - 1 });
    await fail('/late');
    world.advance({ minutes: 2 });
    await world.sweep();
    expect((await listed()).map(({ url }) => url)).toEqual(['https://api.example/late']);
  });

  it('is its Connection’s owner’s business, by a key that may read', async () => {
    const { world, connectionId, fail } = await failing();
    await fail('/');
    const path = `/connections/${connectionId}/failed-calls`;
    const other = await createDeveloper(world);
    await refused(manage(world, 'GET', path, undefined, other.key), 404, 'not_found');
    await refused(manage(world, 'GET', path), 404, 'not_found');
    const limited = await createDeveloper(world, ['connections:write', 'calls']);
    await refused(manage(world, 'GET', path, undefined, limited.key), 403, 'insufficient_scope');
  });

  it('goes with its Connection, and of one that is gone nothing is kept', async () => {
    const { world, key, connectionId, fail } = await failing();
    await fail('/');
    const count = () =>
      world.db
        .prepare('SELECT count(*) AS n FROM failed_calls WHERE connection_id = ?')
        .bind(connectionId)
        .first('n');
    expect(await count()).toBe(1);
    expect((await manage(world, 'DELETE', `/connections/${connectionId}`, undefined, key)).status).toBe(204);
    await fail('/');
    expect(await count()).toBe(0);
    expect(world.logs.join()).not.toContain('failed call');
  });

  it('that can’t be stored fails nobody', async () => {
    const { world, fail, listed } = await failing();
    await world.withFault({ index: 0, when: 'after' }, () => fail('/'));
    expect(await listed()).toHaveLength(1);
    await world.db.exec('ALTER TABLE failed_calls RENAME TO failed_calls_away');
    try {
      await fail('/?token=planted');
    } finally {
      await world.db.exec('ALTER TABLE failed_calls_away RENAME TO failed_calls');
    }
    const shout = world.logs.find((line) => line.includes('failed call'));
    expect(shout).toContain('"level":"error"');
    expect(shout).not.toContain('planted');
  });
});
