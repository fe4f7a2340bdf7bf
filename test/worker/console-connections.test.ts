import { describe, expect, it } from 'vitest';
import { account, actsOn, pageOf } from './harness/account.ts';
import { ok } from './harness/answers.ts';
import { post, read, signInAs } from './harness/console.ts';
import { createConnection, linkedConnection, readConnection, walk } from './harness/link.ts';
import { manage } from './harness/management.ts';
import { newId } from './harness/shop.ts';

const list = '/console/connections';

describe('the list of Connections', () => {
  it('says whose each is, of what, and how it stands', async () => {
    const { world, browser, application, source, key, connection, bringOne } = await account();
    await bringOne({ client_user_id: 'user-2', name: '', auth: { data: { access_token: 'x' } } });
    const waiting = await createConnection(world, source, { name: 'Not yet' }, key);
    const page = await read(browser, list);
    for (const text of ['Ada’s steps', 'user-2', 'Not yet', source.name, `Shop ${world.tag}`])
      expect(page).toContain(text);
    for (const text of ['Scopes missing', 'Connected', 'Waiting for its user']) expect(page).toContain(text);
    expect(page).toContain(`href="${pageOf(connection)}"`);
    expect(page).toContain(`href="${pageOf(waiting)}"`);
    expect(page).not.toContain('Needs reconnecting');
    await ok(
      manage(world, 'PATCH', `/connections/${connection.id}`, { auth: { status: { complete: false } } }, key),
    );
    expect(await read(browser, list)).toContain('Needs reconnecting');
    expect(page).toContain(application.clientId);
  });

  it('is searched by a name’s beginning, by a user, and by an id', async () => {
    const { browser, connection, bringOne } = await account();
    const other = await bringOne({ client_user_id: 'someone-else', name: 'Bea’s steps' });
    const find = async (q: string) => {
      const page = await read(browser, `${list}?${new URLSearchParams({ q })}`);
      return [page.includes(pageOf(connection)), page.includes(pageOf(other))];
    };
    expect(await find('Ada')).toEqual([true, false]);
    expect(await find('someone-else')).toEqual([false, true]);
    expect(await find(connection.id)).toEqual([true, false]);
    expect(
      await find(connection.id.toUpperCase().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')),
    ).toEqual([true, false]);
    expect(await find(newId())).toEqual([false, false]);
    expect(await find('%')).toEqual([false, false]);
    expect(await read(browser, `${list}?q=nobody`)).toContain('Nothing fits');
    const both = await bringOne({ client_user_id: 'twice', name: 'twice' });
    const found = await read(browser, `${list}?q=twice`);
    expect(found.split(`"${pageOf(both)}"`)).toHaveLength(2);
  });

  it('is narrowed by source, application and state, and keeps what was chosen', async () => {
    const { world, browser, application, provider, source, key, connection, bringOne } = await account();
    const second = await provider.define({ name: `Second ${world.tag}` }, key);
    const bare = await bringOne({
      provider_id: second.id,
      application_id: undefined,
      client_user_id: undefined,
    });
    const waiting = await createConnection(world, source, {}, key);
    const find = async (query: Record<string, string>) => {
      const page = await read(browser, `${list}?${new URLSearchParams(query)}`);
      return [connection, bare, waiting].map((each) => page.includes(`"${pageOf(each)}"`));
    };
    expect(await find({ source: second.id })).toEqual([false, true, false]);
    expect(await find({ application: application.clientId })).toEqual([true, false, false]);
    expect(await find({ complete: 'false' })).toEqual([false, false, true]);
    expect(await find({ complete: 'true', source: source.id })).toEqual([true, false, false]);
    // What is no filter narrows nothing.
    expect(await find({ source: 'x', complete: 'maybe', application: '', q: '' })).toEqual([
      true,
      true,
      true,
    ]);
    const page = await read(browser, `${list}?source=${second.id}`);
    expect(page).toMatch(new RegExp(`<option value="${second.id}" selected`));
  });

  it('goes on page after page, also where it was searched', async () => {
    const { browser, bringOne } = await account();
    for (let index = 0; index < 51; index += 1)
      await bringOne({ name: `Many ${index}`, client_user_id: 'many' });
    for (const query of ['', '?q=many', '?q=Many']) {
      const seen: string[] = [];
      let at: string | undefined = `${list}${query}`;
      for (let pages = 0; at && pages < 4; pages += 1) {
        const page: string = await read(browser, at);
        seen.push(...[...page.matchAll(/<th scope="row"><a href="([^"]+)"/g)].map(([, href]) => href ?? ''));
        at = /href="([^"]+cursor=[^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
      }
      expect(new Set(seen).size, query).toBe(query === '' ? 52 : 51);
      expect(seen).toHaveLength(new Set(seen).size);
    }
  });

  it('teaches where nothing is, and shows nothing of another account', async () => {
    const { world, connection } = await account();
    const { browser } = await signInAs(world);
    const page = await read(browser, list);
    expect(page).toContain('No Connections yet');
    expect(await read(browser, `${list}?q=${connection.id}`)).toContain('Nothing fits');
    expect(await read(browser, `${list}?q=user-1`)).toContain('Nothing fits');
  });
});

describe('a Connection’s page', () => {
  it('tells whose it is, what was granted, what is missing and what happened', async () => {
    const { world, browser, application, source, key, connection } = await account();
    world.advance({ minutes: 5 });
    const ended = { auth: { status: { complete: false } } };
    await ok(manage(world, 'PATCH', `/connections/${connection.id}`, ended, key));
    const page = await read(browser, pageOf(connection));
    for (const text of [connection.id, source.name, application.clientId, 'user-1', 'Ada’s steps'])
      expect(page).toContain(text);
    expect(page).toContain('Needs reconnecting');
    expect(page).toMatch(/Scopes asked for<\/dt><dd>.*?profile.*?steps/);
    for (const happened of ['Imported', 'Connected', 'Changed', 'Its grant ended'])
      expect(page).toContain(happened);
    expect(page.indexOf('Its grant ended')).toBeLessThan(page.indexOf('>Imported'));
    expect(page).toContain('None in the last 30 days');
  });

  it('names the scopes that are missing while it is in force', async () => {
    const { browser, connection } = await account();
    expect(await read(browser, pageOf(connection))).toMatch(/Missing<\/dt><dd>.*?steps/);
  });

  it('shows no token, opens none and asks no provider for a fresh one', async () => {
    const { world, browser, provider, source, key } = await account();
    const { id } = await linkedConnection(world, provider, source, { key });
    world.advance({ minutes: 90 });
    world.recording = true;
    const [asked, before] = [world.internet.requests.length, await actsOn(world, id)];
    const page = await read(browser, pageOf({ id }));
    expect(page).toContain('With the next call');
    expect(world.internet.requests.length).toBe(asked);
    for (const token of provider.issued) expect(world.transcript.join()).not.toContain(token);
    expect(await actsOn(world, id)).toEqual(before);
  });

  it('lists its failed calls', async () => {
    const { world, browser, connection, developerId, source } = await account();
    await world.db
      .prepare(
        `INSERT INTO failed_calls (id, developer_id, connection_id, source_id, request_id, method, url, answered_by,
         status, error, created_at) VALUES (?, ?, ?, ?, ?, 'GET', 'https://api.example/me', 'trivet', 504,
         'provider_timeout', ?)`,
      )
      .bind(newId(), developerId, connection.id, source.id, newId(), world.now)
      .run();
    const page = await read(browser, pageOf(connection));
    for (const text of ['GET https://api.example/me', '504', 'provider_timeout', 'by Trivet'])
      expect(page).toContain(text);
  });

  it('gives it another name, or says at the field why not', async () => {
    const { world, browser, key, connection } = await account();
    const saved = await post(browser, world, `${pageOf(connection)}/name`, { name: '  Bea’s ' });
    expect([saved.status, saved.headers.get('Location')]).toEqual([303, pageOf(connection)]);
    expect((await readConnection(world, connection.id, key)).name).toBe('Bea’s');
    const refused = await post(browser, world, `${pageOf(connection)}/name`, { name: 'x'.repeat(201) });
    expect(refused.status).toBe(400);
    const page = await refused.text();
    expect(page).toMatch(/id="error-name">The name must be at most 200 characters\./);
    expect(page).toContain('x'.repeat(201));
    expect((await readConnection(world, connection.id, key)).name).toBe('Bea’s');
  });
});

describe('its tokens', () => {
  it('are shown to who asks for them, which the audit trail keeps', async () => {
    const { world, browser, connection, personId } = await account();
    const answer = await post(browser, world, `${pageOf(connection)}/tokens`);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const page = await answer.text();
    expect(page).toContain('the-access-token');
    expect(page).toContain('the-refresh-token');
    expect(await actsOn(world, connection.id)).toContainEqual(['viewTokens', `person:${personId}`]);
    expect(await read(browser, pageOf(connection))).toContain('Its tokens were shown in the console');
  });

  it('are shown to nobody else, and that is no entry', async () => {
    const { world, connection } = await account();
    const { browser } = await signInAs(world);
    const before = await actsOn(world, connection.id);
    const answer = await post(browser, world, `${pageOf(connection)}/tokens`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('the-access-token');
    expect(await actsOn(world, connection.id)).toEqual(before);
  });
});

describe('a reconnect link', () => {
  it('lets the user of a Connection that has ended consent again', async () => {
    const { world, browser, provider, source, key } = await account();
    const { id } = await linkedConnection(world, provider, source, { key });
    await ok(manage(world, 'PATCH', `/connections/${id}`, { auth: { status: { complete: false } } }, key));
    const answer = await post(browser, world, `${pageOf({ id })}/reconnect`);
    const [, redirectUrl = ''] = /id="reconnect-link">([^<]+)</.exec(await answer.text()) ?? [];
    expect(new URL(redirectUrl).pathname).toMatch(/^\/authorize\//);
    await walk(world, provider, { redirectUrl } as Parameters<typeof walk>[2]);
    const { auth } = await readConnection(world, id, key);
    expect(auth.status).toEqual({ complete: true, authorized: true });
    expect(await actsOn(world, id)).toContainEqual([
      'reconnectConnection',
      expect.stringContaining('person:'),
    ]);
  });

  it('leads nowhere but where its owner or the application says', async () => {
    const { world, browser, provider, source, key, connection } = await account();
    const { id } = await linkedConnection(world, provider, source, { key });
    for (const one of [pageOf({ id }), pageOf(connection)]) {
      const answer = await post(browser, world, `${one}/reconnect`, { redirect_url: 'javascript:alert(1)' });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toMatch(/id="error-redirect_url">The address must/);
    }
  });

  it('of an application’s user opens a hosted popup for that user alone', async () => {
    const { world, browser, application, connection } = await account();
    const answer = await post(browser, world, `${pageOf(connection)}/reconnect`, {
      redirect_url: application.returnUrl,
    });
    const [, connectUrl = ''] = /id="reconnect-link">([^<]+)</.exec(await answer.text()) ?? [];
    expect(connectUrl).toContain(`${world.origin}/connect#session=`);
    const sql = 'SELECT * FROM runs WHERE connection_id = ? ORDER BY rowid DESC';
    expect(await world.db.prepare(sql).bind(connection.id).first()).toMatchObject({
      application_id: application.clientId,
      client_user_id: 'user-1',
      delivery: 'hosted',
      return_url: application.returnUrl,
      server_minted: 1,
    });
  });
});

describe('disconnecting', () => {
  it('says first what ends, and then ends it', async () => {
    const { world, browser, source, key, connection, personId } = await account();
    const page = await read(browser, `${pageOf(connection)}/delete`);
    expect(page).toContain(`Its grant is revoked at ${source.name}`);
    expect((await readConnection(world, connection.id, key)).id).toBe(connection.id);
    const answer = await post(browser, world, `${pageOf(connection)}/delete`);
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, list]);
    expect((await manage(world, 'GET', `/connections/${connection.id}`, undefined, key)).status).toBe(404);
    expect(await read(browser, list)).toContain('Ada’s steps is disconnected.');
    expect((await browser.navigate(pageOf(connection))).status).toBe(404);
    expect(await actsOn(world, connection.id)).toContainEqual(['deleteConnection', `person:${personId}`]);
  });

  it('is nothing that another account can do', async () => {
    const { world, key, connection } = await account();
    const { browser } = await signInAs(world);
    for (const page of ['', '/delete', '/reconnect'])
      expect((await browser.navigate(`${pageOf(connection)}${page}`)).status).toBe(404);
    for (const form of ['/delete', '/name', '/reconnect', '/tokens'])
      expect((await post(browser, world, `${pageOf(connection)}${form}`, { name: 'x' })).status).toBe(404);
    expect(await readConnection(world, connection.id, key)).toMatchObject({ name: 'Ada’s steps' });
  });
});

describe('markup that a provider, an application or a user can plant', () => {
  const planted = '"><script src=//evil.example></script>\'';

  it('is text on every page', async () => {
    const { world, browser, provider, key, bringOne } = await account(planted);
    const source = await provider.define({ name: planted }, key);
    const connection = await bringOne({ provider_id: source.id, client_user_id: planted, name: planted });
    await world.db
      .prepare('UPDATE connections SET redirect_url = ?, scopes_requested = ? WHERE id = ?')
      .bind(planted, JSON.stringify([planted]), connection.id)
      .run();
    await post(browser, world, `${pageOf(connection)}/tokens`);
    const paths = [
      list,
      `${list}?${new URLSearchParams({ q: planted })}`,
      `${list}/import`,
      pageOf(connection),
      `${pageOf(connection)}/delete`,
      `${pageOf(connection)}/reconnect`,
    ];
    for (const path of paths) {
      const page = await read(browser, path);
      expect(page, path).toContain('&lt;script src=//evil');
      expect(page, path).not.toContain('<script src=//evil');
    }
  });
});
