import { describe, expect, it } from 'vitest';
import { account, actsOn } from './harness/account.ts';
import { ok } from './harness/answers.ts';
import { post, read, signInAs } from './harness/console.ts';
import { readConnection, type Shown } from './harness/link.ts';
import { manage } from './harness/management.ts';

const path = '/console/connections';

/** The id of the Connection whose page an answer leads to. */
function idAt(answer: Response): string {
  return answer.headers.get('Location')?.split('/').at(-1) ?? '';
}

describe('an import by fields', () => {
  it('takes in what the fields say, in the person’s name', async () => {
    const { world, browser, source, application, key, personId } = await account();
    const page = await read(browser, `${path}/import`);
    expect(page).toContain(source.name);
    const answer = await post(browser, world, `${path}/import`, {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: ' user-9 ',
      name: 'Moved',
      access_token: 'moved-access',
      refresh_token: 'moved-refresh',
      token_secret: '',
      expires_at: '2027-01-31T12:00:00Z',
      scopes: 'steps\r\nprofile',
    });
    expect(answer.status).toBe(303);
    const made = await readConnection(world, idAt(answer), key);
    expect(made).toMatchObject({
      name: 'Moved',
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-9',
      auth: {
        status: { complete: true, authorized: true },
        data: {
          access_token: 'moved-access',
          refresh_token: 'moved-refresh',
          expires_at: '2027-01-31T12:00:00.000Z',
        },
        scopes: { requested: ['steps', 'profile'], granted: ['steps', 'profile'] },
      },
    });
    expect(await actsOn(world, made.id)).toEqual([['importConnection', `person:${personId}`]]);
  });

  it('says at each field what is wrong, and never fills in a secret', async () => {
    const { world, browser } = await account();
    const answer = await post(browser, world, `${path}/import`, {
      provider_id: '',
      client_user_id: 'user-9',
      name: 'n'.repeat(201),
      access_token: '',
      refresh_token: 'a-refresh-token',
      expires_at: 'tomorrow',
      scopes: 'schön',
    });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    for (const [field, error] of Object.entries({
      provider_id: 'The data source has to be chosen.',
      name: 'The name must be at most 200 characters.',
      access_token: 'The access token is required.',
      expires_at: 'The end of the access token must be an ISO 8601 date.',
      scopes: 'The scopes must be printable ASCII without spaces.',
    }))
      expect(page).toContain(`id="error-${field}">${error}`);
    expect(page).toContain('value="user-9"');
    expect(page).not.toContain('a-refresh-token');
  });

  it('takes no source of another account, nor an application', async () => {
    const { world, source, application } = await account();
    const { browser } = await signInAs(world);
    const answer = await post(browser, world, `${path}/import`, {
      provider_id: source.id,
      application_id: application.clientId,
      access_token: 'x',
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('The data source is no data source of yours.');
  });
});

describe('an import from JSON', () => {
  it('takes the lines of an export, and leaves those that are refused', async () => {
    const { world, browser, source, key } = await account();
    const line = (name: string, provider = source.id) =>
      JSON.stringify({ provider_id: provider, name, auth: { data: { access_token: `token of ${name}` } } });
    const bad = line('Second', 'f'.repeat(32));
    const lines = [line('First'), bad, '{"not": ', line('Third')].join('\r\n');
    const answer = await post(browser, world, `${path}/import/json`, { lines });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain('2 imported, 2 not; those are left below.');
    expect(page).toContain('Connection 2: provider_id is no data source of yours.');
    expect(page).toContain('Connection 3: This is not JSON.');
    const [, left = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(page) ?? [];
    expect(left).toContain('Second');
    expect(left).not.toContain('First');
    const names = (await ok<Shown[]>(manage(world, 'GET', '/connections', undefined, key))).map(
      ({ name }) => name,
    );
    expect(names).toEqual(expect.arrayContaining(['First', 'Third']));
    expect(names).not.toContain('Second');
  });

  it('takes one over several lines', async () => {
    const { world, browser, source } = await account();
    const lines = JSON.stringify({ provider_id: source.id, auth: { data: { access_token: 'x' } } }, null, 2);
    const answer = await post(browser, world, `${path}/import/json`, { lines });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, path]);
    expect(await read(browser, path)).toContain('One Connection is imported.');
  });

  it('takes neither nothing nor too much', async () => {
    const { world, browser } = await account();
    const none = await post(browser, world, `${path}/import/json`, { lines: ' \n ' });
    expect([none.status, (await none.text()).includes('Paste at least one')]).toEqual([400, true]);
    const many = await post(browser, world, `${path}/import/json`, { lines: '{}\n'.repeat(21) });
    expect([many.status, (await many.text()).includes('These are 21 Connections')]).toEqual([400, true]);
  });
});

describe('an export', () => {
  it('is a file with the account’s own Connections and their tokens, and is in the audit trail', async () => {
    const { world, browser, connection, personId, developerId } = await account();
    const other = await account();
    expect(await read(browser, `${path}/export`)).toContain('The tokens are in it.');
    const answer = await post(browser, world, `${path}/export`);
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="connections.ndjson"');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const lines = new TextDecoder()
      .decode(await answer.arrayBuffer())
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Shown).id)).toEqual([connection.id]);
    expect(lines[0]).toContain('the-access-token');
    expect(lines.join()).not.toContain(other.connection.id);
    const entry = await world.db
      .prepare(`SELECT actor FROM audit_entries WHERE developer_id = ? AND action = 'exportConnections'`)
      .bind(developerId)
      .first('actor');
    expect(entry).toBe(`person:${personId}`);
  });
});
