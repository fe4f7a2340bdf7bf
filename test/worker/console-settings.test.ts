import { describe, expect, it, onTestFinished } from 'vitest';
import { refused } from './harness/answers.ts';
import { post, read, signIn, signInAs } from './harness/console.ts';
import { manage } from './harness/management.ts';
import { allEvents, Receiver, verify } from './harness/receiver.ts';
import { World } from './harness/world.ts';

const keys = '/console/settings/keys';
const webhooks = '/console/settings/webhooks';
const planted = '"><script src=//evil.example></script>';

async function person() {
  const world = new World();
  return { world, ...(await signInAs(world)) };
}

/** The text of an element that is there to be copied. */
function copyable(page: string, id: string): string {
  return new RegExp(`<code id="${id}">([^<]+)<`).exec(page)?.[1] ?? '';
}

describe('API keys', () => {
  it('are made with what is ticked, shown once, and end', async () => {
    const { world, browser } = await person();
    expect(await read(browser, keys)).toContain('No API keys yet');
    const form = await read(browser, `${keys}/new`);
    for (const scope of ['connections:read_auth', 'maps:write', 'calls']) expect(form).toContain(scope);
    const answer = await post(browser, world, `${keys}/new`, {
      name: 'Reporting',
      reach: 'limited',
      'scope-connections-read': 'on',
      'scope-webhooks': 'on',
    });
    const page = await answer.text();
    const key = copyable(page, 'key');
    expect(page).toContain('This is the only time you see the API key.');
    expect((await manage(world, 'GET', '/connections', undefined, key)).status).toBe(200);
    await refused(manage(world, 'GET', '/applications', undefined, key), 403, 'insufficient_scope');
    const list = await read(browser, keys);
    expect(list).toContain('Reporting');
    expect(list).toContain('connections:read');
    expect(list).not.toContain(key);
    const [, path = ''] = /href="([^"]+\/delete)"/.exec(list) ?? [];
    expect(await read(browser, path)).toContain('is refused from then on');
    const wrong = await post(browser, world, path, { name: 'Another' });
    expect([wrong.status, (await wrong.text()).includes('id="error-name"')]).toEqual([400, true]);
    expect((await post(browser, world, path, { name: 'Reporting' })).status).toBe(303);
    await refused(manage(world, 'GET', '/connections', undefined, key), 401, 'invalid_token');
  });

  it('may do everything only where that was chosen', async () => {
    const { world, browser } = await person();
    const answer = await post(browser, world, `${keys}/new`, { name: 'All', reach: 'everything' });
    const key = copyable(await answer.text(), 'key');
    expect((await manage(world, 'GET', '/keys', undefined, key)).status).toBe(200);
    const none = await post(browser, world, `${keys}/new`, { name: '', reach: 'limited' });
    expect(none.status).toBe(400);
    const page = await none.text();
    expect(page).toMatch(/id="error-scopes">The key needs at least one permission/);
    expect(page).toMatch(/id="error-name">The name must not be empty/);
  });

  it('of another account can’t be seen or deleted, and names are text', async () => {
    const { world, browser, developerId } = await person();
    await post(browser, world, `${keys}/new`, { name: planted, reach: 'everything' });
    const list = await read(browser, keys);
    expect(list).toContain('&lt;script src');
    expect(list).not.toContain('<script src=//');
    const [, path = ''] = /href="([^"]+\/delete)"/.exec(list) ?? [];
    expect(await read(browser, path)).not.toContain('<script src=//');
    const { browser: stranger } = await signInAs(world);
    expect((await stranger.navigate(path)).status).toBe(404);
    expect((await post(stranger, world, path, { name: planted })).status).toBe(404);
    const count = await world.db
      .prepare('SELECT count(*) AS n FROM api_keys WHERE developer_id = ?')
      .bind(developerId)
      .first('n');
    expect(count).toBe(1);
  });
});

describe('webhooks', () => {
  it('are made with a secret that is shown once and signs, and send a test event', async () => {
    const { world, browser, developerId } = await person();
    const { browser: colleague } = await signInAs(world, { developerId });
    const keyed = await post(browser, world, `${keys}/new`, { name: 'All', reach: 'everything' });
    const receiver = await Receiver.listen(world, copyable(await keyed.text(), 'key'));
    const url = receiver.url.replace('?from=trivet', '/second');
    onTestFinished(async () => {
      await world.db.prepare('DELETE FROM webhooks WHERE url = ?').bind(url).run();
    });
    const fields = Object.fromEntries(
      allEvents.slice(0, 2).map((type) => [`event-${type.replace('connection.', '')}`, 'on']),
    );
    const made = await post(browser, world, `${webhooks}/new`, { url, ...fields });
    const secret = copyable(await made.text(), 'secret');
    expect(secret).toMatch(/^whsec_/);
    const list = await read(colleague, webhooks);
    expect(list).toContain(url);
    expect(list).not.toContain(secret);
    const [, path = ''] = new RegExp(`href="([^"]+)">${url}<`).exec(list) ?? [];
    expect(await read(browser, path)).toMatch(/event-created"[^>]*checked/);
    const sent = await post(browser, world, `${path}/test`);
    expect(sent.headers.get('Location')).toBe(
      `/console/activity/deliveries?webhook=${path.split('/').at(-1)}`,
    );
    await world.sweep();
    const [message] = receiver.taken;
    if (!message) throw new Error('Nothing arrived');
    expect(verify(message, secret)).toMatchObject({ type: 'webhook.test' });
    const rotated = copyable(await (await post(browser, world, `${path}/rotate`)).text(), 'secret');
    expect(rotated).toMatch(/^whsec_/);
    expect(rotated).not.toBe(secret);
    expect(await read(browser, path)).toContain('The one before is good until');
  });

  it('are changed and deleted, with faults at their fields', async () => {
    const { world, browser } = await person();
    const bad = await post(browser, world, `${webhooks}/new`, { url: 'http://10.0.0.1/x' });
    expect(bad.status).toBe(400);
    const page = await bad.text();
    expect(page).toContain('id="error-url">The URL ');
    expect(page).toContain('id="error-events">The events must name at least one event.');
    expect(page).toContain('value="http://10.0.0.1/x"');
    const url = `https://hooks-${world.tag}.example/a`;
    await post(browser, world, `${webhooks}/new`, { url, 'event-deleted': 'on' });
    const [, path = ''] = /href="([^"]+webhooks\/[0-9a-f]{32})"/.exec(await read(browser, webhooks)) ?? [];
    const changed = await post(browser, world, path, { url: `${url}2`, 'event-created': 'on' });
    expect(changed.headers.get('Location')).toBe(path);
    expect(await read(browser, webhooks)).toContain(`${url}2`);
    expect((await post(browser, world, path, { url: 'nonsense', 'event-created': 'on' })).status).toBe(400);
    const { browser: stranger } = await signInAs(world);
    for (const form of ['', '/rotate', '/test', '/delete'])
      expect((await post(stranger, world, `${path}${form}`, { url })).status).toBe(404);
    expect((await stranger.navigate(path)).status).toBe(404);
    expect(await read(browser, `${path}/delete`)).toContain(`${url}2`);
    expect((await post(browser, world, `${path}/delete`)).status).toBe(303);
    expect(await read(browser, webhooks)).toContain('No webhooks yet');
  });
});

describe('sealing keys', () => {
  const [first, second] = ['first', 'second'].map(
    (id) => `${id}:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`,
  );

  it('are told by their ids and use, never by their bytes; a missing one is shouted', async () => {
    const world = new World();
    world.bindings = { ...world.bindings, ENCRYPTION_KEYS: `${first},${second}` };
    const browser = await signIn(world);
    const page = await read(browser, '/console/settings/sealing');
    expect(page).toMatch(
      /<code>first<\/code>.*?Seals and opens.*?<code>second<\/code>.*?Opens what it sealed/s,
    );
    for (const key of [first, second]) expect(page).not.toContain(key?.split(':')[1]);
    await world.db
      .prepare(
        `INSERT INTO connections (id, developer_id, source_id, vouched, complete, authorized, scopes_requested,
         sealed_tokens, created_at, updated_at) VALUES (?, 'platform', 'x', 1, 0, 0, '[]', 'gone.abc', 1, 1)`,
      )
      .bind(crypto.randomUUID().replaceAll('-', ''))
      .run();
    const after = await read(browser, '/console/settings/sealing');
    expect(after).toMatch(/<code>gone<\/code>.*?Missing/s);
    await world.db.prepare(`DELETE FROM connections WHERE sealed_tokens = 'gone.abc'`).run();
  });

  it('and checks are the administrator’s', async () => {
    const { browser } = await person();
    for (const page of ['sealing', 'checks']) {
      expect((await browser.navigate(`/console/settings/${page}`)).status).toBe(403);
      expect(await read(browser, '/console/settings')).not.toContain(`/console/settings/${page}`);
    }
  });
});

describe('deployment checks', () => {
  /** What the page says of each thing, of a deployment that was changed after somebody signed in. */
  async function check(changes: Partial<World['bindings']> = {}, at = '') {
    const world = new World();
    const browser = await signIn(world);
    world.bindings = { ...world.bindings, ...changes };
    const page = await (await browser.navigate(`${at}/console/settings/checks`)).text();
    return Object.fromEntries(
      [...page.matchAll(/<h2>([^<]+)<\/h2><div><span class="status (\w+)">([^<]*)</g)].map(
        ([, title, tone, state]) => [title, `${tone}: ${state}`],
      ),
    );
  }

  it('find a deployment that is set up as it should be', async () => {
    const ENCRYPTION_KEYS = `k:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
    const { SANDBOX: _, ...bindings } = new World().bindings;
    const world = new World();
    world.bindings = { ...bindings, ENCRYPTION_KEYS };
    const browser = await signIn(world);
    const page = await read(browser, '/console/settings/checks');
    expect(page).toMatch(/Sandbox<\/h2><div><span class="status success">Off/);
    expect(page).toMatch(/Sealing keys<\/h2><div><span class="status success">One key/);
    expect(page).toMatch(/Database<\/h2><div><span class="status success">Up to date/);
    expect(page).toMatch(/Public URL<\/h2><div><span class="status success">Right/);
    expect(page).toMatch(/HTTPS<\/h2><div><span class="status success">On/);
    expect(page).toMatch(/Insecure hosts<\/h2><div><span class="status success">None/);
    expect(page).not.toContain(ENCRYPTION_KEYS.slice(2));
    expect(page).not.toContain(world.bindings.ADMIN_TOKEN);
  });

  it('shout at a sandbox in production, and at keys that somebody typed', async () => {
    const checks = await check({ INSECURE_HOSTS: 'intranet.example' });
    expect(checks).toMatchObject({
      Sandbox: 'danger: ON IN PRODUCTION',
      'Insecure hosts': 'danger: intranet.example',
      'Sealing keys': 'danger: Guessable',
    });
    expect(Object.values(checks)[0]).toMatch(/^danger/);
    const weak = await check({ ADMIN_TOKEN: 'a'.repeat(64) });
    expect(weak['Administrator’s token']).toBe('danger: Guessable');
  });

  it('know somebody’s own machine', async () => {
    const local = { PUBLIC_URL: 'http://localhost:8787', INSECURE_HOSTS: 'localhost,127.0.0.1' };
    const world = new World(local);
    const page = await read(await signIn(world), '/console/settings/checks');
    for (const title of ['HTTPS', 'Sandbox', 'Insecure hosts', 'Public URL'])
      expect(page).toMatch(new RegExp(`${title}</h2><div><span class="status success"`));
  });

  it('see that the worker is reached at another address', async () => {
    expect((await check({}, 'https://other.example'))['Public URL']).toBe('danger: Another address');
  });

  it('see an overdue schedule, and a database that lacks something', async () => {
    const world = new World();
    await world.db
      .prepare('INSERT INTO claims (id, claimed_by, created_at, expires_at) VALUES (?, ?, 1, ?)')
      .bind(`overdue:${world.tag}`, 'x', world.now - 3 * 60 * 60_000)
      .run();
    const { Schedule } = await check();
    expect(Schedule).toMatch(/^warning: Overdue by \d+ minutes/);
    await world.db.prepare('DELETE FROM claims WHERE id = ?').bind(`overdue:${world.tag}`).run();
    await world.db.prepare('ALTER TABLE retired_tokens RENAME COLUMN retired_at TO retired_was').run();
    try {
      expect((await check()).Database).toBe('danger: Migrations missing');
    } finally {
      await world.db.prepare('ALTER TABLE retired_tokens RENAME COLUMN retired_was TO retired_at').run();
    }
  });

  it('say when the administrator’s token can be retired', async () => {
    const world = new World();
    const { personId } = await signInAs(world, { name: 'Root', developerId: 'platform' });
    expect((await check())['Administrator’s token']).toBe('warning: Can be retired');
    await world.db.prepare('DELETE FROM people WHERE id = ?').bind(personId).run();
  });
});
