import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createApplication, createDeveloper, manage, randomSecret } from './harness/management.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

interface Shown {
  clientId: string;
  clientSecret?: string;
  name: string;
  origins: string[];
  returnUrls: string[];
  secrets: { id: string; hint: string }[];
  created: string;
  updated: string;
}

describe('an application', () => {
  it('is created with its secret shown this once', async () => {
    const world = new World();
    const fields = {
      name: ' Shop ',
      origins: ['https://shop.example'],
      returnUrls: ['https://shop.example/back?x=1'],
    };
    const answer = await manage(world, 'POST', '/applications', fields);
    expect(answer.status).toBe(201);
    const made = await ok<Shown>(answer);
    expect(made).toMatchObject({ ...fields, name: 'Shop', logo: null, test: false });
    expect(made.clientId).toMatch(/^[0-9a-f]{32}$/);
    expect(made.clientSecret).toMatch(/^trv_secret_[\w-]{43}$/);
    expect(made.created).toBe(new Date(world.now).toISOString());
    const { clientSecret, ...rest } = made;
    const shown = await ok<Shown>(manage(world, 'GET', `/applications/${made.clientId}`));
    expect(shown).toEqual(rest);
    expect(shown.secrets).toMatchObject([{ hint: clientSecret?.slice(-4) }]);
  });

  it('is found by its id in either form', async () => {
    const world = new World();
    const { clientId } = await createApplication(world);
    const hyphenated = clientId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase();
    expect(await ok<Shown>(manage(world, 'GET', `/applications/${hyphenated}`))).toMatchObject({ clientId });
    await refused(manage(world, 'GET', '/applications/nonsense'), 404, 'not_found');
  });

  it('is changed field by field', async () => {
    const world = new World();
    const { clientId, page } = await createApplication(world);
    world.advance({ seconds: 1 });
    const path = `/applications/${clientId}`;
    const changed = await ok<Shown>(manage(world, 'PATCH', path, { name: 'Store', test: true }));
    expect(changed).toMatchObject({ name: 'Store', test: true, origins: [page] });
    expect(changed).not.toHaveProperty('clientSecret');
    expect(changed.updated > changed.created).toBe(true);
    await ok(manage(world, 'PATCH', path, { origins: [] }));
    expect((await ok<Shown>(manage(world, 'GET', path))).origins).toEqual([]);
  });

  it('gone takes its users, tokens and Connections along', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const pending = await finishedRun(world, application, provider, source);
    const { accessToken, connections } = await ok<Exchanged>(run.exchange());
    const gone = await manage(world, 'DELETE', `/applications/${application.clientId}`);
    expect([gone.status, await gone.text(), gone.headers.get('Content-Type')]).toEqual([204, '', null]);
    const headers = { Authorization: `Bearer ${accessToken}` };
    await refused(world.request('/user', { headers }), 401, 'invalid_token');
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 401, 'invalid_token');
    await refused(manage(world, 'GET', `/connections/${connections[0]}`), 404, 'not_found');
    await refused(pending.exchange(), 401, 'invalid_client');
    await refused(pending.view(), 404, 'not_found');
    const left = await world.db
      .prepare('SELECT count(*) AS n FROM grants WHERE run_id = ?')
      .bind(pending.id)
      .first('n');
    expect(left).toBe(0);
  });
});

describe('the faults of an application', () => {
  it('are named all at once, unknown fields by their names', async () => {
    const world = new World();
    const body = {
      name: '',
      origins: ['https://shop.example/path', 7, 'http://shop.example', 'https://10.0.0.1'],
      returnUrls: 'https://shop.example',
      test: 'yes',
      clientSecret: 'mine',
      owner: 'me',
    };
    const named = await refusedFields(manage(world, 'POST', '/applications', body));
    const paths = ['clientSecret', 'name', 'origins.1', 'owner', 'returnUrls', 'test'];
    expect(Object.keys(named).sort()).toEqual(expect.arrayContaining(paths));
    expect(named.owner).toBe('is not a known field');
    expect(named.test).toBe('must be of type boolean');
    // Every fault of a body is reported at once: those that a schema can't see, too.
    expect(Object.keys(named)).toEqual(expect.arrayContaining(['origins.0', 'origins.2', 'origins.3']));
  });

  it('name a missing field, a body that is no object, and one that is no JSON', async () => {
    const world = new World();
    expect(await refusedFields(manage(world, 'POST', '/applications', {}))).toEqual({
      name: 'is required',
      origins: 'is required',
    });
    for (const body of [[], 'text', 7, null]) {
      await refused(manage(world, 'POST', '/applications', body), 400, 'invalid_request');
    }
    const headers = {
      Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}`,
      'Content-Type': 'application/json',
    };
    const broken = { method: 'POST', headers, body: '{"name":' };
    await refused(world.request('/applications', broken), 400, 'invalid_request');
    await refused(world.request('/applications', { ...broken, body: '' }), 400, 'invalid_request');
  });

  it('are an origin that isn’t exactly one', async () => {
    const world = new World();
    for (const origin of [
      'https://shop.example/',
      'HTTPS://shop.example',
      'https://shop.example:443',
      'https://user@shop.example',
      'https://*.example',
      'http://shop.example',
      'https://localhost',
      'https://127.0.0.1',
      'https://shop',
      'ftp://shop.example',
      'null',
      'self',
      '*',
      '',
    ]) {
      const body = { name: 'Shop', origins: [origin] };
      const named = await refusedFields(manage(world, 'POST', '/applications', body));
      expect(Object.keys(named), origin).toEqual(['origins.0']);
    }
  });

  it('leave a changed application as it was', async () => {
    const world = new World();
    const { clientId } = await createApplication(world);
    const path = `/applications/${clientId}`;
    const before = await ok<Shown>(manage(world, 'GET', path));
    await refused(
      manage(world, 'PATCH', path, { name: 'New', origins: ['nonsense'] }),
      400,
      'invalid_request',
    );
    await refused(manage(world, 'PATCH', path, { name: 'New', clientId: 'x' }), 400, 'invalid_request');
    expect(await ok<Shown>(manage(world, 'GET', path))).toEqual(before);
  });
});

describe('client secrets', () => {
  it('overlap while they are rotated', async () => {
    const { world, application } = await setting();
    const path = `/applications/${application.clientId}/secrets`;
    const answer = await manage(world, 'POST', path);
    expect(answer.status).toBe(201);
    const second = await ok<{ id: string; clientSecret: string; hint: string }>(answer);
    expect(second.clientSecret).toMatch(new RegExp(`^trv_secret_[\\w-]{39}${second.hint}$`));
    await Run.fromServer(world, application);
    const renewed = { ...application, clientSecret: second.clientSecret };
    await Run.fromServer(world, renewed);
    const { secrets } = await ok<Shown>(manage(world, 'GET', `/applications/${application.clientId}`));
    expect(secrets).toHaveLength(2);
    const first = secrets.find(({ id }) => id !== second.id);
    expect((await manage(world, 'DELETE', `${path}/${first?.id}`)).status).toBe(204);
    await expect(Run.fromServer(world, application)).rejects.toThrow('401');
    await Run.fromServer(world, renewed);
    await refused(manage(world, 'DELETE', `${path}/${first?.id}`), 404, 'not_found');
  });

  it('are never all gone', async () => {
    const world = new World();
    const { clientId } = await createApplication(world);
    const path = `/applications/${clientId}/secrets`;
    const second = await ok<{ id: string }>(manage(world, 'POST', path));
    const { secrets } = await ok<Shown>(manage(world, 'GET', `/applications/${clientId}`));
    const answers = await Promise.all(secrets.map(({ id }) => manage(world, 'DELETE', `${path}/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(second.id).toHaveLength(32);
  });
});

describe('a list of applications', () => {
  it('runs from the newest to the oldest, page by page', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      // Two of an instant: ties go by id.
      if (index % 2 === 0) world.advance({ seconds: 1 });
      made.push((await createApplication(world, { name: `App ${index}` }, key)).clientId);
    }
    const listed: string[] = [];
    let path: string | null = '/applications?limit=2';
    for (let pages = 0; path !== null && pages < 9; pages += 1) {
      const answer: Response = await manage(world, 'GET', path, undefined, key);
      const rows = await ok<Shown[]>(answer);
      expect(rows.length).toBeLessThanOrEqual(2);
      for (const row of rows) {
        expect(row).not.toHaveProperty('clientSecret');
        expect(row.secrets).toHaveLength(1);
        listed.push(row.clientId);
      }
      const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1];
      expect(link === undefined || link.startsWith(`${world.origin}/applications?`)).toBe(true);
      path = link ?? null;
    }
    expect(listed).toHaveLength(5);
    expect([...listed].sort()).toEqual([...made].sort());
    expect(new Set(listed.slice(0, 1))).toEqual(new Set(made.slice(4)));
  });

  it('has as many as there are, past a hundred', async () => {
    const world = new World();
    const { id, key } = await createDeveloper(world);
    const insert = `INSERT INTO applications (id, developer_id, name, origins, return_urls, test, created_at, updated_at)
      VALUES (?, ?, 'App', '[]', '[]', 0, ?, 0)`;
    const rows = Array.from({ length: 150 }, (_, at) =>
      world.db.prepare(insert).bind(crypto.randomUUID().replaceAll('-', ''), id, at),
    );
    await world.db.batch(rows);
    const first = await manage(world, 'GET', '/applications', undefined, key);
    expect(await ok<Shown[]>(first)).toHaveLength(100);
    const all = await manage(world, 'GET', '/applications?limit=1000', undefined, key);
    expect(await ok<Shown[]>(all)).toHaveLength(150);
    expect(all.headers.get('Link')).toBeNull();
  });

  it('names the faults of its query', async () => {
    const world = new World();
    for (const [query, path] of [
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=1.5', 'limit'],
      ['cursor=x', 'cursor'],
    ]) {
      const answer = manage(world, 'GET', `/applications?${query}`);
      expect(Object.keys(await refusedFields(answer))).toEqual([path]);
    }
  });
});

describe('a logo', () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 1, 2, 3]);
  const logo = (world: World) => `https://img-${world.tag}.example/logo.png`;

  it('is fetched once and served by us, inert', async () => {
    const world = new World();
    world.internet.host(
      new URL(logo(world)).host,
      () => new Response(png, { headers: { 'Content-Type': 'text/html' } }),
    );
    const { clientId, page } = await createApplication(world, { logo: logo(world) });
    const run = await Run.fromPage(world, { clientId, clientSecret: '', page, returnUrl: '' });
    const view = await ok<{ application: { logo: string } }>(run.bind());
    expect(view.application.logo.startsWith(`${world.origin}/logos/`)).toBe(true);
    const picture = await world.request(view.application.logo);
    expect(picture.headers.get('Content-Type')).toBe('image/png');
    expect(picture.headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(png);
    expect(world.internet.requests).toHaveLength(1);
  });

  it('is refused where it is none, too big, elsewhere, or not to be had', async () => {
    const world = new World();
    const { host } = new URL(logo(world));
    for (const answer of [
      () => new Response('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
      () => new Response(new Uint8Array([...png, ...new Uint8Array(64 * 1024)])),
      () => new Response(null, { status: 302, headers: { Location: 'https://127.0.0.1/' } }),
      () => new Response(png, { status: 404 }),
      () => Promise.reject(new TypeError('down')),
    ]) {
      world.internet.host(host, answer);
      const body = { name: 'Shop', origins: [], logo: logo(world) };
      const named = await refusedFields(manage(world, 'POST', '/applications', body));
      expect(Object.keys(named)).toEqual(['logo']);
    }
    await refused(world.request(`/logos/${randomSecret()}`), 404, 'not_found');
  });
});
