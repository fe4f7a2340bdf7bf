import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { allEvents, Receiver, type ShownWebhook } from './harness/receiver.ts';
import { World } from './harness/world.ts';

const url = 'https://hooks.example/trivet';

function make(world: World, key: string, body: unknown = { url, events: allEvents }): Promise<Response> {
  return manage(world, 'POST', '/webhooks', body, key);
}

describe('a webhook', () => {
  it('is made with a secret that is shown this once', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const answer = await make(world, key, { url, events: ['connection.created', 'connection.created'] });
    expect(answer.status).toBe(201);
    const made = await answer.json<ShownWebhook>();
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      url,
      events: ['connection.created'],
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      created: new Date(world.now).toISOString(),
      updated: new Date(world.now).toISOString(),
    });
    const { secret, ...shown } = made;
    expect(await ok(manage(world, 'GET', `/webhooks/${made.id}`, undefined, key))).toEqual(shown);
    expect(await ok(manage(world, 'GET', '/webhooks', undefined, key))).toEqual([shown]);
    const stored = await world.db.prepare('SELECT * FROM webhooks WHERE id = ?').bind(made.id).first();
    expect(JSON.stringify(stored)).not.toContain(secret?.slice(6));
  });

  it('is changed field by field, and gone when it is deleted', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const { id } = await ok<ShownWebhook>(make(world, key));
    world.advance({ seconds: 1 });
    const path = `/webhooks/${id}`;
    const changed = await ok<ShownWebhook>(
      manage(world, 'PATCH', path, { events: ['connection.deleted'] }, key),
    );
    expect(changed).toMatchObject({ url, events: ['connection.deleted'] });
    expect(changed.updated).not.toBe(changed.created);
    expect(changed).not.toHaveProperty('secret');
    const other = `${url}/other`;
    expect(await ok(manage(world, 'PATCH', path, { url: other }, key))).toMatchObject({
      url: other,
      events: ['connection.deleted'],
    });
    const ended = await manage(world, 'DELETE', path, undefined, key);
    expect(ended.status).toBe(204);
    expect(ended.headers.get('Content-Type')).toBeNull();
    await refused(manage(world, 'GET', path, undefined, key), 404, 'not_found');
    await refused(manage(world, 'DELETE', path, undefined, key), 404, 'not_found');
  });

  it('is refused by its faults, all at once', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const faults = async (body: unknown) => Object.keys(await refusedFields(make(world, key, body))).sort();
    expect(await faults({})).toEqual(['events', 'url']);
    expect(await faults({ url: 'nowhere', events: [], secret: 'mine' })).toEqual(['events', 'secret', 'url']);
    expect(await faults({ url, events: ['connection.created', 'webhook.test', 'x'] })).toEqual([
      'events.1',
      'events.2',
    ]);
    const { id } = await ok<ShownWebhook>(make(world, key));
    const patch = { url: 'http://hooks.example', rotate_secret: false, secret: 'x' };
    const patchFaults = await refusedFields(manage(world, 'PATCH', `/webhooks/${id}`, patch, key));
    expect(Object.keys(patchFaults).sort()).toEqual(['rotate_secret', 'secret', 'url']);
  });

  it('leads to no place that a data source may not lead to', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    for (const forbidden of [
      'http://hooks.example/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://10.0.0.1/',
      'https://metadata.google.internal/',
      'https://localhost/',
      'https://user:password@hooks.example/',
      'https://hooks.example:22/',
      'ftp://hooks.example/',
      `${world.origin}/connections`,
    ]) {
      const fault = await refusedFields(make(world, key, { url: forbidden, events: allEvents }));
      expect(Object.keys(fault), forbidden).toEqual(['url']);
    }
    // What was stored under another policy goes nowhere either.
    const receiver = await Receiver.listen(world, key);
    await world.db
      .prepare('UPDATE webhooks SET url = ? WHERE id = ?')
      .bind('https://169.254.169.254/latest', receiver.webhook.id)
      .run();
    await receiver.test();
    expect(world.internet.requests).toEqual([]);
    expect(await receiver.deliveries()).toMatchObject([{ status: 'pending', error: 'refused' }]);
    await world.db.prepare('DELETE FROM webhooks WHERE id = ?').bind(receiver.webhook.id).run();
  });

  it('may be on an insecure host where the deployment says so', async () => {
    const world = new World({ INSECURE_HOSTS: 'localhost' });
    const { key } = await createDeveloper(world);
    const made = await make(world, key, { url: 'http://localhost:4567/hook', events: allEvents });
    expect(made.status).toBe(201);
  });

  it('is one of twenty at most', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const answers = await Promise.all(Array.from({ length: 25 }, () => make(world, key)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const failure = await refused(make(world, key), 409, 'conflict');
    expect(failure.error_description).toContain('20');
    await ok(make(world, (await createDeveloper(world)).key));
    const listed = await ok<ShownWebhook[]>(manage(world, 'GET', '/webhooks?limit=3', undefined, key));
    expect(listed).toHaveLength(3);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(3);
  });
});

describe('another developer', () => {
  it('finds nothing of it, whatever the body says', async () => {
    const world = new World();
    const [mine, theirs] = [await createDeveloper(world), await createDeveloper(world)];
    const receiver = await Receiver.listen(world, mine.key);
    const { id } = await receiver.test();
    const { path } = receiver;
    const routes: [method: string, path: string, body?: unknown][] = [
      ['GET', path],
      ['PATCH', path, { url: 'https://evil.example/' }],
      ['PATCH', path, { nonsense: true }],
      ['PATCH', path, { rotate_secret: true }],
      ['DELETE', path],
      ['GET', `${path}/deliveries`],
      ['POST', `${path}/test`],
      ['POST', `${path}/deliveries/${id}/replay`],
    ];
    const own = await Receiver.listen(world, theirs.key);
    for (const key of [theirs.key, undefined]) {
      for (const [method, route, body] of routes) {
        await refused(manage(world, method, route, body, key), 404, 'not_found');
      }
    }
    expect(await ok(manage(world, 'GET', '/webhooks', undefined, theirs.key))).toMatchObject([
      { id: own.webhook.id },
    ]);
    // Nor through a webhook of their own.
    await refused(own.replay({ id }), 404, 'not_found');
    expect(await own.deliveries()).toEqual([]);
    expect(receiver.attempts).toHaveLength(1);
  });

  it('takes a key with the scope', async () => {
    const world = new World();
    const scoped = await createDeveloper(world, ['webhooks']);
    const receiver = await Receiver.listen(world, scoped.key);
    await receiver.test();
    const lacking = await createDeveloper(world, ['connections:read', 'connections:write', 'applications']);
    for (const [method, path] of [
      ['GET', '/webhooks'],
      ['POST', '/webhooks'],
      ['GET', receiver.path],
      ['PATCH', receiver.path],
      ['DELETE', receiver.path],
      ['GET', `${receiver.path}/deliveries`],
      ['POST', `${receiver.path}/test`],
      ['POST', `${receiver.path}/deliveries/x/replay`],
    ] as const) {
      await refused(manage(world, method, path, undefined, lacking.key), 403, 'insufficient_scope');
    }
  });
});
