import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { errorOf, post, read, signIn, signInAs } from './harness/console.ts';
import { createApplication, createDeveloper, createSource, manage } from './harness/management.ts';
import { adminToken, World } from './harness/world.ts';

const path = '/console/sources';

interface Shown extends Record<string, unknown> {
  id: string;
  name: string;
}

/** What a form for OAuth 2 is sent with. */
const fitbit = {
  name: 'Fitbit',
  api_host_url: 'https://api.fitbit.example',
  auth_host_url: 'https://www.fitbit.example',
  auth_url: '/oauth2/authorize',
  full_auth_url: '',
  access_token_url: 'https://api.fitbit.example/oauth2/token',
  client_id: 'client-1',
  client_secret: 'secret-of-the-client',
  scopes: 'profile\r\nactivity heartrate',
  scope_separator: ',',
  pkce: 'S256',
  token_auth_method: 'client_secret_post',
  token_body_format: 'form',
  token_method: '',
  authorization_params: 'prompt=consent\r\n\r\nfilter=a=b',
  token_response_access_token: 'data.token',
  signature: 'header',
};

const definition = {
  type: 'oauth2',
  name: 'Pulse',
  api_host_url: 'https://api.pulse.example',
  auth_host_url: 'https://pulse.example',
  auth_url: '/authorize',
  full_auth_url: 'https://pulse.example/authorize',
  access_token_url: '/token',
};

/** A developer who is signed in, with a key. */
async function setting() {
  const world = new World();
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  const source = (fields: Record<string, unknown> = {}) =>
    createSource(world, { ...definition, ...fields }, key);
  const shown = (sourceId: string) => ok<Shown>(manage(world, 'GET', `/sources/${sourceId}`, undefined, key));
  const all = () => ok<Shown[]>(manage(world, 'GET', '/sources', undefined, key));
  return { world, browser, developerId: id, key, source, shown, all };
}

describe('the list', () => {
  it('shows a developer’s own sources, and the platform’s as such', async () => {
    const { world, browser, source, developerId } = await setting();
    expect(await read(browser, path)).toContain('No data sources of your own yet');
    const own = await source({ name: `Own ${world.tag}` });
    const lent = { ...definition, client_id: 'x', client_secret: 'y' };
    const platform = await createSource(world, { ...lent, name: `Everyone’s ${world.tag}` });
    const other = await createSource(world, {
      ...lent,
      name: `Narrow ${world.tag}`,
      credentials_for: ['0'.repeat(32)],
    });
    const page = await read(browser, path);
    const rowOf = (id: string) => page.split('<tr>').find((row) => row.includes(`${path}/${id}`)) ?? '';
    expect(page.indexOf(`Own ${world.tag}`)).toBeLessThan(page.indexOf('The platform’s'));
    expect(rowOf(own.id)).toContain('Missing');
    expect(page.indexOf(`Everyone’s ${world.tag}`)).toBeGreaterThan(page.indexOf('The platform’s'));
    expect(rowOf(platform.id)).toContain('The platform’s');
    expect(rowOf(other.id)).toContain('Bring your own');
    // The platform's is looked at, and no more.
    const shown = await read(browser, `${path}/${platform.id}`);
    expect(shown).toContain(`${world.origin}/done/${platform.id}`);
    expect(shown).not.toContain('Delete');
    expect(shown).not.toContain('client_secret');
    for (const tab of ['definition', 'document', 'delete'])
      expect((await browser.navigate(`${path}/${platform.id}/${tab}`)).status).toBe(404);
    await manage(world, 'DELETE', `/sources/${platform.id}`);
    await manage(world, 'DELETE', `/sources/${other.id}`);
    expect(developerId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a new source', () => {
  it('is made from a form, with the redirect URL that the form showed', async () => {
    const { world, browser, all } = await setting();
    const form = await read(browser, `${path}/new/oauth2`);
    const [, id = ''] = /\/done\/([0-9a-f]{32})</.exec(form) ?? [];
    const answer = await post(browser, world, `${path}/new/oauth2`, { ...fitbit, id });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${path}/${id}`]);
    const [made] = await all();
    expect(made).toMatchObject({
      id,
      type: 'oauth2',
      name: 'Fitbit',
      full_auth_url: 'https://www.fitbit.example/oauth2/authorize',
      scopes: ['profile', 'activity', 'heartrate'],
      scope_separator: ',',
      token_auth_method: 'client_secret_post',
      authorization_params: { prompt: 'consent', filter: 'a=b' },
      token_response: { access_token: 'data.token' },
      client_id: 'client-1',
      client_secret: { set: true },
      callback_url: `${world.origin}/done/${id}`,
    });
    const page = await read(browser, `${path}/${id}`);
    expect(page).toContain(`${world.origin}/done/${id}`);
    expect(page).toContain(`<a href="${path}/${id}" aria-current="page">Overview</a>`);
    expect(page).toContain(`href="${path}/${id}/test"`);
    const trail = await world.db
      .prepare("SELECT action FROM audit_entries WHERE resource_id = ? AND action = 'createSource'")
      .bind(id)
      .all();
    expect(trail.results).toHaveLength(1);
  });

  it('comes back with every fault beside its field, and without the secret', async () => {
    const { world, browser, all } = await setting();
    const faulty = {
      ...fitbit,
      name: ' ',
      api_host_url: 'http://api.fitbit.example',
      auth_url: '',
      slug: 'Not a slug',
      scopes: 'fine\nnot™',
      client_id: '',
    };
    const answer = await post(browser, world, `${path}/new/oauth2`, faulty);
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(errorOf(page, 'name')).toBe('The name must not be empty.');
    expect(errorOf(page, 'api_host_url')).toBe('The API host URL must be an https URL.');
    expect(errorOf(page, 'auth_url')).toContain('The auth URL is required');
    expect(errorOf(page, 'slug')).toContain('The slug must be lowercase');
    expect(errorOf(page, 'scopes')).toContain('Line 2 of the scopes must be printable ASCII');
    expect(page).toContain('value="https://www.fitbit.example"');
    expect(page).not.toContain(fitbit.client_secret);
    // What is wrong inside of a group is open.
    expect(page).toMatch(/<details class="group" open=""><summary>Scopes/);
    expect(await all()).toEqual([]);
  });

  it('has its lines of name=value checked before anything is made', async () => {
    const { world, browser, all } = await setting();
    const send = async (authorization_params: string) =>
      (await post(browser, world, `${path}/new/oauth2`, { ...fitbit, authorization_params })).text();
    expect(errorOf(await send('prompt=consent\nmissing'), 'authorization_params')).toContain(
      'line 2 has not',
    );
    expect(errorOf(await send('a=1\na=2'), 'authorization_params')).toContain('line 2 has one again');
    expect(await all()).toEqual([]);
  });

  it('is made from an issuer, and says why not where that fails', async () => {
    const { world, browser, all } = await setting();
    const issuer = `https://id-${world.tag}.example`;
    world.internet.host(new URL(issuer).host, (request) =>
      request.url.endsWith('/.well-known/openid-configuration')
        ? Response.json({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            response_types_supported: ['code'],
          })
        : new Response(null, { status: 404 }),
    );
    const fields = { name: 'Realm', issuer, api_host_url: `${issuer}/api`, pkce: 'S256' };
    const wrong = await post(browser, world, `${path}/new/issuer`, { ...fields, issuer: `${issuer}/other` });
    expect(errorOf(await wrong.text(), 'issuer')).toContain('The issuer publishes');
    expect((await post(browser, world, `${path}/new/issuer`, fields)).status).toBe(303);
    const [made] = await all();
    expect(made).toMatchObject({ type: 'oauth2', issuer });
    expect(made?.auth_url).toBeUndefined();
    // Changed later, it is still one by its issuer.
    expect(await read(browser, `${path}/${made?.id}/definition`)).toContain(`value="${issuer}"`);
  });

  for (const [type, fields, made] of [
    ['api_key', { key_name: 'X-Api-Key', key_prefix: 'Key ' }, { key_name: 'X-Api-Key', key_prefix: 'Key ' }],
    ['api_key', { key_prefix_none: 'on' }, { key_prefix: '' }],
    ['basic', { username_label: 'Account' }, { username_label: 'Account' }],
    ['none', {}, {}],
    [
      'oauth1',
      {
        auth_host_url: 'https://photos.example',
        auth_url: '/authorize',
        request_token_url: '/request',
        access_token_url: '/access',
        signature_method: 'HMAC-SHA256',
        scope_separator: ' ',
      },
      { full_auth_url: 'https://photos.example/authorize', signature_method: 'HMAC-SHA256' },
    ],
  ] as const) {
    it(`is made of type ${type} (${Object.keys(fields).join(', ')})`, async () => {
      const { world, browser, all } = await setting();
      await read(browser, `${path}/new/${type}`);
      const shared = { name: 'Notes', api_host_url: 'https://api.notes.example' };
      const answer = await post(browser, world, `${path}/new/${type}`, { ...shared, ...fields });
      expect(answer.status, await answer.text()).toBe(303);
      const [source] = await all();
      expect(source).toMatchObject({ type, name: 'Notes', ...made });
      // The form shows what was made: sent back, it changes nothing.
      expect(await read(browser, `${path}/${source?.id}/definition`)).toContain('value="Notes"');
    });
  }

  it('of no known type is not there', async () => {
    const { world, browser } = await setting();
    expect((await browser.navigate(`${path}/new/saml`)).status).toBe(404);
    expect((await post(browser, world, `${path}/new/constructor`, fitbit)).status).toBe(404);
    expect((await browser.navigate(`${path}/new/catalogue/nobody-${world.tag}`)).status).toBe(404);
  });

  it('starts where no provider fits what is searched for', async () => {
    const { world, browser } = await setting();
    const page = await read(browser, `${path}/new?q=${world.tag}`);
    expect(page).toContain(`No provider in the catalogue fits “${world.tag}”`);
    expect(page).toContain(`href="${path}/new/issuer?id=`);
  });
});

/** What a browser sends of a page’s form: its fields as they are, changed. */
async function sendBack(page: string, changes: Record<string, string>): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  let area: string | null = null;
  let select: string | null = null;
  await new HTMLRewriter()
    .on('form.fields input', {
      element(input) {
        const name = input.getAttribute('name') ?? '';
        if (input.getAttribute('type') !== 'checkbox')
          fields[name] = decode(input.getAttribute('value') ?? '');
        else if (input.hasAttribute('checked')) fields[name] = 'on';
      },
    })
    .on('form.fields textarea', {
      element(element) {
        area = element.getAttribute('name') ?? '';
        fields[area] = '';
      },
      text(chunk) {
        if (area !== null) fields[area] = (fields[area] ?? '') + decode(chunk.text);
      },
    })
    .on('form.fields select', {
      element(element) {
        select = element.getAttribute('name') ?? '';
      },
    })
    .on('form.fields option', {
      element(option) {
        if (select === null) return;
        if (!(select in fields) || option.hasAttribute('selected'))
          fields[select] = option.getAttribute('value') ?? '';
      },
    })
    .transform(new Response(page))
    .text();
  return { ...fields, ...changes };
}

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

describe('a definition', () => {
  it('changes in what was changed, and in nothing else', async () => {
    const { world, browser, source, shown } = await setting();
    const { id } = await source({
      client_id: 'client-1',
      client_secret: 'stored-and-sealed',
      scopes: ['a', 'b'],
      token_response: { access_token: 'x.y', expires_in_unit: 'ms' },
      authorization_params: { access_type: 'offline' },
      api_headers: { 'X-Version': '2' },
      metadata_url: '/me',
      uniqueness: 'id',
    });
    const before = await shown(id);
    world.advance({ minutes: 1 });
    const page = await read(browser, `${path}/${id}/definition`);
    expect(page).not.toContain('stored-and-sealed');
    const same = await post(browser, world, `${path}/${id}/definition`, await sendBack(page, {}));
    expect(same.headers.get('Location')).toBe(`${path}/${id}`);
    expect({ ...(await shown(id)), updated: 0 }).toEqual({ ...before, updated: 0 });
    const changes = { name: 'Pulse 2', metadata_url: '', token_response_expires_in_unit: '', scopes: 'b' };
    await post(browser, world, `${path}/${id}/definition`, await sendBack(page, changes));
    const { metadata_url: _, ...rest } = before;
    expect({ ...(await shown(id)), updated: 0 }).toEqual({
      ...rest,
      name: 'Pulse 2',
      scopes: ['b'],
      token_response: { access_token: 'x.y' },
      updated: 0,
    });
  });

  it('takes, keeps and removes the secret', async () => {
    const { world, browser, source, shown } = await setting();
    const { id } = await source();
    const send = async (changes: Record<string, string>) => {
      const fields = await sendBack(await read(browser, `${path}/${id}/definition`), changes);
      return post(browser, world, `${path}/${id}/definition`, fields);
    };
    const alone = await (await send({ client_secret: 'alone' })).text();
    expect(errorOf(alone, 'client_id')).toBe('The client ID is required with a client_secret.');
    await send({ client_id: 'client-1', client_secret: 'secret' });
    expect(await shown(id)).toMatchObject({ client_id: 'client-1', client_secret: { set: true } });
    // Where a host moves, it has to be entered again.
    const moved = await (await send({ access_token_url: 'https://evil.example/token' })).text();
    expect(errorOf(moved, 'client_secret')).toContain('The client secret must be entered again');
    await send({ clear_client_secret: 'on' });
    expect(await shown(id)).toMatchObject({ client_id: 'client-1', client_secret: null });
  });

  it('can be completed with credentials on the first page', async () => {
    const { world, browser, source, shown } = await setting();
    const { id } = await source();
    expect(await read(browser, `${path}/${id}`)).toContain('None are stored');
    const empty = await post(browser, world, `${path}/${id}/client`, { client_id: ' ' });
    expect(empty.status).toBe(400);
    expect(errorOf(await empty.text(), 'client_id')).toBe('The client ID must not be empty.');
    await post(browser, world, `${path}/${id}/client`, { client_id: 'client-1', client_secret: 'secret' });
    expect(await shown(id)).toMatchObject({ client_id: 'client-1', client_secret: { set: true } });
    expect(await read(browser, `${path}/${id}`)).not.toContain('None are stored');
  });
});

describe('a document', () => {
  const map = {
    url: 'https://api.pulse.example',
    auth: {
      type: 'oauth2',
      authorization_url: 'https://pulse.example/authorize',
      access_token: 'https://pulse.example/token',
    },
    endpoints: { me: { route: '/me', headers: { 'X-Kind': 'a' } } },
  };

  it('is read, changed and saved, its secrets kept', async () => {
    const { world, browser, source, key } = await setting();
    const { id } = await source({ client_id: 'client-1', client_secret: 'never shown' });
    const page = await read(browser, `${path}/${id}/document`);
    expect(page).toContain('{&quot;set&quot;: true}');
    expect(page).not.toContain('never shown');
    const text = (await sendBack(page, {})).document ?? '';
    const document = JSON.parse(text);
    const changed = JSON.stringify({ ...document, endpoints: map.endpoints }, null, 2).replaceAll(
      '\n',
      '\r\n',
    );
    const answer = await post(browser, world, `${path}/${id}/document`, { document: changed });
    expect(answer.headers.get('Location')).toBe(`${path}/${id}/document`);
    const { source: saved } = await ok<{ source: typeof document }>(
      manage(world, 'GET', `/maps/${id}`, undefined, key),
    );
    expect(saved).toMatchObject({ endpoints: map.endpoints, auth: { auth_secret: { set: true } } });
  });

  it('has its faults at their lines', async () => {
    const { world, browser, source } = await setting();
    const { id } = await source();
    const text = `{
  "url": "https://api.pulse.example",
  "auth": {
    "type": "oauth2",
    "authorization_url": "https://pulse.example/authorize"
  },
  "endpoints": {
    "me": {
      "route": "/me",
      "headers": {
        "not a header": "{{ nowhere.x }}"
      }
    }
  }
}`;
    const answer = await post(browser, world, `${path}/${id}/document`, { document: text });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    const lines = [...page.matchAll(/data-line="(\d+)"/g)].map(([, line]) => Number(line));
    expect(lines).toEqual([3, 11, 11]);
    expect(page).toContain('<code>auth.access_token</code> is required.');
    expect(page).toContain('is no name for a header.');
    // What was typed is still there.
    expect((await sendBack(page, {})).document).toBe(text);
  });

  it('that is no JSON says where and why', async () => {
    const { world, browser, source } = await setting();
    const { id } = await source();
    const send = async (document: string) =>
      (await post(browser, world, `${path}/${id}/document`, { document })).text();
    const page = await send('{\n  "url": "https://api.pulse.example",\n}');
    expect(page).toContain('Line 3, column 1');
    expect(page).toContain('There is a comma too many before this }.');
    expect(await send('[]')).toContain('The document must be a JSON object.');
    expect(await send(`${'['.repeat(100_000)}`)).toContain('nested more than');
    expect(await send('')).toContain('The document ends too early');
  });
});

describe('the platform’s credentials', () => {
  it('are lent to everyone, or to chosen developers', async () => {
    const world = new World();
    const { id: developerId } = await createDeveloper(world);
    const browser = await signIn(world);
    const name = `Lent ${world.tag}`;
    const { id } = await createSource(world, { ...definition, name, client_id: 'x', client_secret: 'y' });
    const lending = async () =>
      (await ok<{ credentials_for: unknown }>(manage(world, 'GET', `/sources/${id}`))).credentials_for;
    const page = await read(browser, `${path}/${id}`);
    expect(page).toContain(`name="developer_${developerId}"`);
    await post(browser, world, `${path}/${id}/lending`, { to: 'chosen', [`developer_${developerId}`]: 'on' });
    expect(await lending()).toEqual([developerId]);
    expect(await read(browser, `${path}/${id}`)).toMatch(
      new RegExp(`id="field-developer_${developerId}"[^>]*checked`),
    );
    await post(browser, world, `${path}/${id}/lending`, { to: 'chosen' });
    expect(await lending()).toEqual([]);
    await post(browser, world, `${path}/${id}/lending`, { to: 'everyone' });
    expect(await lending()).toBe('everyone');
    await manage(world, 'DELETE', `/sources/${id}`, undefined, adminToken);
  });

  it('are the administrator’s to lend', async () => {
    const { world, browser, source } = await setting();
    const { id } = await source();
    expect(await read(browser, `${path}/${id}`)).not.toContain('lending');
    const answer = await post(browser, world, `${path}/${id}/lending`, { to: 'everyone' });
    expect(answer.status).toBe(403);
  });
});

describe('a source’s applications', () => {
  it('are told with whose credentials they use it', async () => {
    const { world, browser, source, key } = await setting();
    const { id } = await source({ client_id: 'client-1', client_secret: 'secret' });
    const shop = await createApplication(world, { name: 'Shop' }, key);
    const bank = await createApplication(world, { name: 'Bank' }, key);
    const club = await createApplication(world, { name: 'Club' }, key);
    await ok(
      manage(
        world,
        'PUT',
        `/applications/${bank.clientId}/sources/${id}`,
        { client_id: 'b', client_secret: 's' },
        key,
      ),
    );
    await ok(manage(world, 'PUT', `/applications/${club.clientId}/sources/${id}`, { enabled: false }, key));
    const page = await read(browser, `${path}/${id}`);
    const rowOf = (clientId: string) => page.split('<tr>').find((row) => row.includes(clientId)) ?? '';
    expect(rowOf(shop.clientId)).toContain('The source’s');
    expect(rowOf(bank.clientId)).toContain('The application’s own');
    expect(rowOf(club.clientId)).toBe('');
    expect(page).toContain('One other application doesn’t offer it.');
  });
});

describe('deleting a source', () => {
  it('says what stays, and asks for its name', async () => {
    const { world, browser, source, key, all } = await setting();
    const { id, name } = await source({ client_id: 'client-1', client_secret: 'secret' });
    const token = { access_token: 'a', token_type: 'Bearer' };
    await ok(manage(world, 'POST', '/connections', { provider_id: id, auth: { data: token } }, key));
    expect(await read(browser, `${path}/${id}/delete`)).toContain('One Connection stays readable but dead');
    expect((await post(browser, world, `${path}/${id}/delete`, { name: 'Another' })).status).toBe(400);
    expect(await all()).toHaveLength(1);
    const answer = await post(browser, world, `${path}/${id}/delete`, { name });
    expect(answer.headers.get('Location')).toBe(path);
    expect(await all()).toEqual([]);
  });
});

describe('the sandbox’s sources', () => {
  it('are shown, and not changed', async () => {
    const world = new World();
    await ok(
      world.request('/sandbox/setup', { method: 'POST', headers: { Authorization: `Bearer ${adminToken}` } }),
    );
    const browser = await signIn(world);
    const id = '5c1ebbbcb13b47508fb1f37504e8982c';
    expect(await read(browser, path)).toContain('Sandbox');
    const page = await read(browser, `${path}/${id}`);
    expect(page).not.toContain(`${path}/${id}/delete`);
    expect(page).not.toContain(`${path}/${id}/definition`);
    expect(await read(browser, `${path}/${id}/document`)).not.toContain('<textarea');
    for (const [tab, fields] of Object.entries({
      definition: { name: 'Mine' },
      document: { document: '{"url":"https://x.example"}' },
      client: { client_id: 'x' },
      delete: { name: 'Pacer (sandbox)' },
    })) {
      expect((await post(browser, world, `${path}/${id}/${tab}`, fields)).status, tab).toBe(409);
    }
    expect(await read(browser, `${path}/${id}`)).toContain('Pacer (sandbox)');
  });
});

describe('somebody else', () => {
  it('never sees nor changes a source', async () => {
    const { world, source, shown } = await setting();
    const { id } = await source();
    const before = await shown(id);
    const { browser: stranger } = await signInAs(world);
    for (const tab of ['', '/definition', '/document', '/delete'])
      expect((await stranger.navigate(`${path}/${id}${tab}`)).status, tab).toBe(404);
    for (const tab of ['definition', 'document', 'client', 'catalogue', 'delete'])
      expect((await post(stranger, world, `${path}/${id}/${tab}`, fitbit)).status, tab).toBe(404);
    expect(await shown(id)).toEqual(before);
  });
});

describe('markup that somebody planted', () => {
  const planted = '"><script src=//evil.example></script><img src=x onerror=alert(1)>\'';

  it('in names and documents is shown as it is', async () => {
    const { world, browser, source, key } = await setting();
    await createApplication(world, { name: planted }, key);
    const { id } = await source({ name: planted, client_id: planted, client_secret: 'x' });
    for (const page of [
      await read(browser, path),
      await read(browser, `${path}/${id}`),
      await read(browser, `${path}/${id}/definition`),
      await read(browser, `${path}/${id}/document`),
      await read(browser, `${path}/${id}/delete`),
      await read(browser, `${path}/new?q=${encodeURIComponent(planted)}`),
      await (
        await post(browser, world, `${path}/${id}/document`, { document: `{"</textarea>${planted}` })
      ).text(),
      await (await post(browser, world, `${path}/new/oauth2`, { name: planted, slug: planted })).text(),
      await (
        await post(browser, world, `${path}/${id}/client`, { client_id: '', [planted]: planted })
      ).text(),
    ]) {
      expect(page).toMatch(/&lt;script src=(\/\/|\\)/);
      expect(page).not.toContain('<script src=//evil');
      expect(page).not.toContain('<img src=x');
    }
  });
});
