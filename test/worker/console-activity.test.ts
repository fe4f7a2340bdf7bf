import { describe, expect, it } from 'vitest';
import { account } from './harness/account.ts';
import { ok } from './harness/answers.ts';
import type { Browser } from './harness/browser.ts';
import { post, read as readExactly, signInAs } from './harness/console.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { Receiver, type ShownDelivery } from './harness/receiver.ts';
import { finishedRun, Run } from './harness/run.ts';
import { World } from './harness/world.ts';

const path = '/console/activity';
const dayMs = 24 * 60 * 60 * 1000;

/** The page at a path; spaces that don't break are spaces. */
async function read(browser: Browser, at: string): Promise<string> {
  return (await readExactly(browser, at)).replaceAll('\u{a0}', ' ');
}

/** A developer's account of which counts are written down, and a person who is signed in to it. */
async function counted(
  rows: [
    kind: string,
    count: number,
    more?: { daysAgo?: number; reason?: string; source?: string; application?: string },
  ][],
) {
  const world = new World();
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  for (const [kind, count, { daysAgo = 0, reason = '', source = '', application = '' } = {}] of rows) {
    await world.db
      .prepare('INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?)')
      .bind(id, Math.floor(world.now / dayMs) - daysAgo, kind, application, source, reason, count)
      .run();
  }
  return { world, id, key, browser };
}

/** The rows of the table behind the picture whose message fits. */
function numbersOf(page: string, message: RegExp): string[][] {
  const figure = page.split('<figure').find((each) => message.test(each)) ?? '';
  const body = /<tbody>([\s\S]*)<\/tbody>/.exec(figure)?.[1] ?? '';
  return body
    .split('<tr>')
    .slice(1)
    .map((row) =>
      row
        .split(/<\/t[hd]>/)
        .slice(0, -1)
        .map((cell) => cell.replaceAll(/<[^>]+>/g, '').trim()),
    );
}

describe('the pictures', () => {
  it('count what really happened: opened, connected, finished, exchanged, denied', async () => {
    const world = new World();
    const { id, key } = await createDeveloper(world);
    const provider = new OAuth2Provider(world);
    const application = await createApplication(world, { name: `Shop ${world.tag}` }, key);
    const source = await provider.define({ name: `Steps ${world.tag}` }, key);
    // Rows of runs are dated by the database.
    world.now = Date.now();
    for (const clientUserId of ['1', '2', '3', '4']) {
      const run = await finishedRun(world, application, provider, source, { clientUserId });
      if (clientUserId !== '4') await ok(run.exchange({ clientUserId }));
    }
    const denied = await Run.fromPage(world, application);
    await ok(denied.bind());
    await denied.connect(provider, source, { allow: false });
    const { browser } = await signInAs(world, { developerId: id });
    const page = await read(browser, path);
    expect(page).toContain('80 % of those who open Connect finish');
    expect(page).toContain('1 finished, and were never exchanged');
    expect(numbersOf(page, /80 %/).map((row) => row.slice(0, 2))).toEqual([
      ['Opened', '5'],
      ['Connected', '4'],
      ['Finished', '4'],
      ['Exchanged', '3'],
    ]);
    // Three are too few for a picture.
    expect(page).toContain('3 times somebody connected');
    expect(page).toContain('One authorization brought nothing: the user chose not to share.');
  });

  it('show connects by day, by source and by application', async () => {
    const [steps, sleep] = ['a'.repeat(32), 'b'.repeat(32)];
    const { browser } = await counted([
      ['connection.created', 6, { daysAgo: 2, source: steps }],
      ['connection.created', 2, { source: sleep }],
      ['connection.reauthorized', 2, { source: steps }],
      ['connection.created', 100, { daysAgo: 40, source: steps }],
      ['connection.deleted', 50],
    ]);
    const page = await read(browser, path);
    expect(page).toContain('8 new Connections in 30 days, and 2 renewed');
    expect(numbersOf(page, /8 new/).map((row) => row.slice(1))).toEqual([
      ['6', '0'],
      ['2', '2'],
    ]);
    expect(page.match(/<rect x=/g)).toHaveLength(30);
    expect(numbersOf(page, /By data source: 80 %/)).toEqual([
      ['A deleted data source', '8', '80 %'],
      ['A deleted data source', '2', '20 %'],
    ]);
    expect(page).toContain('By application: all from links and imports, without an application');
    expect(await read(browser, `${path}?days=90`)).toContain('108 new Connections in 90 days');
    expect(await read(browser, `${path}?days=7`)).toContain('8 new Connections in 7 days');
    expect(await read(browser, `${path}?days=1000`)).toContain('in 30 days');
  });

  it('say why authorizations fail, and what to do', async () => {
    const { browser } = await counted([
      ['opened', 40],
      ['failed', 6, { reason: 'invalid_client' }],
      ['failed', 1, { reason: 'invalid_client', daysAgo: 1 }],
      ['failed', 2, { reason: 'made_up' }],
      ['denied', 1],
      ['connection.needs_reauthorization', 3],
    ]);
    const page = await read(browser, path);
    expect(page).toContain('The provider refused our client: 70 % of what fails');
    expect(page).toContain('Besides, 3 Connections ended at the provider');
    expect(numbersOf(page, /refused our client: 70 %/).map((row) => row.slice(0, 2))).toEqual([
      ['The provider refused our client invalid_client', '7'],
      ['The provider said made_up made_up', '2'],
      ['The user chose not to share', '1'],
    ]);
  });

  it('are sentences where there is too little, and teach where there is nothing', async () => {
    const few = await counted([
      ['opened', 2],
      ['connection.created', 1],
    ]);
    const page = await read(few.browser, path);
    expect(page).toContain('Connect was opened twice in these days.');
    expect(page).toContain('Once somebody connected in these 30 days.');
    expect(page).toContain('No authorization failed.');
    expect(page).not.toContain('<figure');
    const none = await counted([]);
    expect(await read(none.browser, path)).toContain('Nothing happened in 30 days');
  });

  it('cost as much however many Connections there are, and look at none', async () => {
    const { world, browser, bringOne } = await account();
    await read(browser, path);
    const before = await world.count(() => read(browser, path));
    for (let index = 0; index < 5; index += 1) await bringOne();
    const after = await world.count(() => read(browser, path));
    expect(after.counts.d1).toBe(before.counts.d1);
    expect(after.result).toContain('6 new Connections');
    const plan = await world.db
      .prepare(
        'EXPLAIN QUERY PLAN SELECT kind, sum(count) FROM activity WHERE developer_id = ? AND day >= ? GROUP BY kind',
      )
      .bind('x', 1)
      .all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join()).toMatch(
      /SEARCH activity USING .*developer_id=\? AND day>\?/,
    );
  });

  it('show what a provider made up as text', async () => {
    const planted = '"><script src=//evil.example></script>';
    const { browser } = await counted([['failed', 9, { reason: planted }]]);
    const page = await read(browser, path);
    expect(page).toContain('&lt;script src=//evil');
    expect(page).not.toContain('<script src=//evil');
  });
});

describe('event deliveries', () => {
  it('say what was sent and answered, are narrowed by status, and are sent again', async () => {
    const { world, browser, key, connection, bringOne } = await account();
    const receiver = await Receiver.listen(world, key);
    receiver.answer = () => new Response(null, { status: 500 });
    await bringOne();
    await world.sweep();
    const deliveries = `${path}/deliveries`;
    const page = await read(browser, deliveries);
    expect(page).toContain(receiver.url.replaceAll('&', '&amp;'));
    expect(page).toContain('connection.created');
    expect(page).toContain('On its way');
    expect(page).toContain('500');
    expect(page).not.toContain(connection.id);
    expect(await read(browser, `${deliveries}?status=delivered`)).toContain('Nothing fits');
    receiver.answer = () => new Response(null, { status: 204 });
    const [, action = ''] = /action="([^"]+\/replay)"/.exec(page) ?? [];
    const answer = await post(browser, world, action);
    expect(answer.headers.get('Location')).toBe(`${deliveries}?webhook=${receiver.webhook.id}`);
    await world.sweep();
    expect(receiver.taken).toHaveLength(1);
    expect(await read(browser, `${deliveries}?status=delivered`)).toContain('Delivered');
  });

  it('are nobody else’s to see or send', async () => {
    const { world, key } = await account();
    const receiver = await Receiver.listen(world, key);
    const { id } = await ok<ShownDelivery>(manage(world, 'POST', `${receiver.path}/test`, undefined, key));
    const { browser } = await signInAs(world);
    const page = await read(browser, `${path}/deliveries?webhook=${receiver.webhook.id}`);
    expect(page).toContain('No webhooks yet');
    const replay = `${path}/deliveries/${receiver.webhook.id}/${id}/replay`;
    expect((await post(browser, world, replay)).status).toBe(404);
  });
});

describe('the audit trail', () => {
  it('says who did what to what, is narrowed, and shows nothing of others', async () => {
    const { world, browser, connection, application } = await account();
    await post(browser, world, `/console/connections/${connection.id}/name`, { name: 'x' });
    const trail = `${path}/audit`;
    const page = await read(browser, trail);
    for (const text of ['importConnection', 'createApplication', 'updateConnection', 'Ada', connection.id])
      expect(page).toContain(text);
    expect(page).toContain(`href="/console/applications/${application.clientId}"`);
    const narrowed = await read(browser, `${trail}?action=updateConnection&resource_id=${connection.id}`);
    expect(narrowed).toContain('updateConnection</code></th>');
    expect(narrowed).not.toContain('importConnection</code></th>');
    expect(await read(browser, `${trail}?action=nothing`)).toContain('Nothing fits');
    const { browser: stranger } = await signInAs(world);
    expect(await read(stranger, `${trail}?resource_id=${connection.id}`)).toContain('Nothing fits');
    expect(await read(stranger, trail)).toContain('Nothing was changed yet');
  });

  it('is taken along as a file, which it says', async () => {
    const { world, browser, connection } = await account();
    const answer = await post(browser, world, `${path}/audit/export`);
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="audit-trail.ndjson"');
    const lines = new TextDecoder()
      .decode(await answer.arrayBuffer())
      .trim()
      .split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { action: string; resource_id: string });
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'importConnection', resource_id: connection.id }),
    );
    expect(await read(browser, `${path}/audit`)).toContain('exportAuditEntries');
  });
});
