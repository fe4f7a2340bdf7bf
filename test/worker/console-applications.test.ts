import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { post, read, signIn, signInAs } from './harness/console.ts';
import { type Application, createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { World } from './harness/world.ts';

const list = '/console/applications';

interface Shown {
  clientId: string;
  name: string;
  origins: string[];
  returnUrls: string[];
  logo: string | null;
  test: boolean;
  secrets: { id: string; hint: string }[];
}

/** A developer who is signed in, with an application. */
async function scene(fields: Record<string, unknown> = {}) {
  const world = new World();
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  const application = await createApplication(world, { name: `Shop ${world.tag}`, ...fields }, key);
  const shown = () =>
    ok<Shown>(manage(world, 'GET', `/applications/${application.clientId}`, undefined, key));
  return { world, browser, key, application, shown, path: `${list}/${application.clientId}` };
}

/** What stands beside a field that was refused. */
function errorAt(page: string, field: string): string | undefined {
  return new RegExp(`id="error-${field}">([^<]*)<`).exec(page)?.[1];
}

/** The secret on a page that shows it once. */
function secretOn(page: string): string {
  return /id="client-secret">(trv_secret_[\w-]{43})</.exec(page)?.[1] ?? '';
}

/** Whether a client secret is one of the application's: the exchange then speaks of the token. */
async function isGood(world: World, { clientId }: Pick<Application, 'clientId'>, clientSecret: string) {
  const answer = await world.post('/connect/tokens', { specialToken: 'none', clientId, clientSecret });
  return (await answer.json<{ error: string }>()).error === 'invalid_grant';
}

describe('the list', () => {
  it('teaches where it is empty, and leads to each application', async () => {
    const { world, browser, path } = await scene();
    const { browser: newcomer } = await signInAs(world);
    const empty = await read(newcomer, list);
    expect(empty).toContain('No applications yet');
    expect(empty.match(/New application/g)).toHaveLength(1);
    const page = await read(browser, list);
    expect(page).toContain(`href="${path}"`);
    expect(page).not.toContain('No applications yet');
  });
});

describe('a new application', () => {
  it('is made from the form, and shows its secret this once', async () => {
    const { world, browser, key } = await scene();
    const name = `Bakery ${world.tag}`;
    const answer = await post(browser, world, `${list}/new`, {
      name,
      origins: 'https://bakery.example\r\n\r\n  https://www.bakery.example  ',
      returnUrls: 'https://bakery.example/back',
      logo: '',
      test: 'on',
    });
    expect(answer.status).toBe(200);
    const page = await answer.text();
    const all = await ok<Shown[]>(manage(world, 'GET', '/applications', undefined, key));
    const made = all.find((each) => each.name === name);
    expect(made).toMatchObject({
      origins: ['https://bakery.example', 'https://www.bakery.example'],
      returnUrls: ['https://bakery.example/back'],
      logo: null,
      test: true,
    });
    expect(page).toContain(`id="client-id">${made?.clientId}<`);
    const secret = secretOn(page);
    expect(await isGood(world, { clientId: made?.clientId ?? '' }, secret)).toBe(true);
    for (const tab of ['', '/secrets', '/settings'])
      expect(await read(browser, `${list}/${made?.clientId}${tab}`)).not.toContain(secret);
  });

  it('is refused with each fault beside its field, and what was typed', async () => {
    const { world, browser } = await scene();
    const answer = await post(browser, world, `${list}/new`, {
      name: ' ',
      origins: 'https://bakery.example\nhttps://bakery.example/shop',
      returnUrls: 'https://bakery.example/back#top',
      logo: 'bakery.png',
      test: 'on',
    });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(errorAt(page, 'name')).toBe('The name must not be empty.');
    expect(errorAt(page, 'origins')).toMatch(/^“https:\/\/bakery\.example\/shop” must be an origin/);
    expect(errorAt(page, 'returnUrls')).toMatch(/^“https:\/\/bakery\.example\/back#top” must not have a/);
    expect(errorAt(page, 'logo')).toBe('The logo must be an absolute URL.');
    expect(page).toContain('https://bakery.example\nhttps://bakery.example/shop</textarea>');
    expect(page).toMatch(/id="field-test"[^>]*checked/);
    expect(secretOn(page)).toBe('');
    expect(await read(browser, list)).not.toContain('bakery');
  });

  it('can’t be for testing where there is no sandbox', async () => {
    const { world, browser, key } = await scene();
    world.bindings = { ...world.bindings, SANDBOX: '' };
    expect(await read(browser, `${list}/new`)).not.toContain('For testing');
    await post(browser, world, `${list}/new`, { name: `Quiet ${world.tag}`, test: 'on' });
    const all = await ok<Shown[]>(manage(world, 'GET', '/applications', undefined, key));
    expect(all.find(({ name }) => name === `Quiet ${world.tag}`)).toMatchObject({ test: false });
  });
});

describe('an application’s overview', () => {
  it('has the code to copy, with its own id and this deployment’s URLs', async () => {
    const { world, browser, application, path } = await scene();
    const page = await read(browser, path);
    const code = page
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'");
    for (const text of [
      `${world.origin}/connect.js`,
      `data-client-id="${application.clientId}"`,
      `from '${world.origin}/connect.mjs'`,
      `curl ${world.origin}/connect/tokens`,
      `fetch('${world.origin}/user'`,
    ])
      expect(code).toContain(text);
    expect(page).not.toContain(application.clientSecret);
  });

  it('says what is missing before anybody can connect', async () => {
    const { world, browser, path, key } = await scene({ origins: [] });
    // The platform's, which other tests may have made.
    for (const [, id] of (await read(browser, `${path}/sources`)).matchAll(/sources\/(\w{32})\/switch/g))
      await post(browser, world, `${path}/sources/${id}/switch`, { enabled: 'false' });
    const nothing = await read(browser, path);
    expect(nothing).toContain('Add an origin');
    expect(nothing).toContain('Choose a data source');
    await new OAuth2Provider(world).define({}, key);
    await post(browser, world, `${path}/settings`, {
      name: 'Shop',
      origins: 'https://shop.example',
    });
    expect(await read(browser, path)).not.toContain('Before your users can connect');
  });
});

describe('an application’s settings', () => {
  it('are changed, and what stays isn’t touched', async () => {
    const { world, browser, application, shown, path } = await scene({ test: true });
    const before = await shown();
    const answer = await post(browser, world, `${path}/settings`, {
      name: `Market ${world.tag}`,
      origins: [...before.origins, 'https://market.example'].join('\n'),
      returnUrls: '',
      logo: '',
    });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${path}/settings`]);
    expect(await shown()).toMatchObject({
      name: `Market ${world.tag}`,
      origins: [...before.origins, 'https://market.example'],
      returnUrls: [],
      test: false,
    });
    const page = await read(browser, `${path}/settings`);
    expect(page).toContain('Saved.');
    expect(page).toContain('https://market.example</textarea>');
    const { results } = await world.db
      .prepare('SELECT actor, action, resource_id FROM audit_entries WHERE resource_id = ?')
      .bind(application.clientId)
      .all();
    const actor = expect.stringMatching(/^person:/);
    expect(results).toContainEqual({
      actor,
      action: 'updateApplication',
      resource_id: application.clientId,
    });
  });

  it('come back with what is wrong', async () => {
    const { world, browser, shown, path } = await scene();
    const before = await shown();
    const answer = await post(browser, world, `${path}/settings`, { name: 'x'.repeat(121), origins: 'shop' });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(errorAt(page, 'name')).toBe('The name must be at most 120 characters.');
    expect(errorAt(page, 'origins')).toMatch(/^“shop” must be an origin/);
    expect(await shown()).toEqual(before);
  });

  it('fetch a logo when it is another one, and say so when it can’t be had', async () => {
    const { world, browser, shown, path } = await scene();
    const host = `img-${world.tag}.example`;
    let fetched = 0;
    world.internet.host(host, ({ url }) => {
      fetched += 1;
      return new URL(url).pathname === '/logo.png'
        ? new Response(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3))
        : new Response('no', { status: 404 });
    });
    const { name, origins } = await shown();
    const fields = { name, origins: origins.join('\n'), logo: `https://${host}/logo.png` };
    expect((await post(browser, world, `${path}/settings`, fields)).status).toBe(303);
    expect((await post(browser, world, `${path}/settings`, { ...fields, name: 'Other' })).status).toBe(303);
    expect(fetched).toBe(1);
    expect(await read(browser, list)).toMatch(/<img src="\/logos\/[0-9a-f]+"/);
    const gone = { ...fields, logo: `https://${host}/gone.png` };
    const answer = await post(browser, world, `${path}/settings`, gone);
    expect(errorAt(await answer.text(), 'logo')).toBe(
      'The logo could not be fetched: the host answered 404.',
    );
  });

  it('end with the application, once its name is typed', async () => {
    const { world, browser, application, key, path } = await scene();
    expect(await read(browser, `${path}/delete`)).toContain('Connections, which are revoked');
    const refusal = await post(browser, world, `${path}/delete`, { name: 'Shop' });
    expect(refusal.status).toBe(400);
    expect(await refusal.text()).toContain('Nothing was deleted.');
    const answer = await post(browser, world, `${path}/delete`, { name: `Shop ${world.tag}` });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, list]);
    expect(await read(browser, list)).toContain('is deleted.');
    const gone = await manage(world, 'GET', `/applications/${application.clientId}`, undefined, key);
    expect(gone.status).toBe(404);
    expect((await browser.navigate(path)).status).toBe(404);
  });
});

describe('client secrets', () => {
  it('are added and deleted, with overlap', async () => {
    const { world, browser, application, shown, path } = await scene();
    expect(await read(browser, `${path}/secrets`)).toContain('The only one');
    const made = await post(browser, world, `${path}/secrets`);
    const secret = secretOn(await made.text());
    expect(await isGood(world, application, secret)).toBe(true);
    expect(await isGood(world, application, application.clientSecret)).toBe(true);
    const page = await read(browser, `${path}/secrets`);
    expect(page).not.toContain(secret);
    expect(page).toContain(`…${secret.slice(-4)}`);

    const [old] = (await shown()).secrets;
    expect(await read(browser, `${path}/secrets/${old?.id}/delete`)).toContain('invalid_client');
    expect((await post(browser, world, `${path}/secrets/${old?.id}/delete`)).status).toBe(303);
    expect(await isGood(world, application, application.clientSecret)).toBe(false);
    expect(await isGood(world, application, secret)).toBe(true);
  });

  it('keep the last one', async () => {
    const { world, browser, application, shown, path } = await scene();
    const [only] = (await shown()).secrets;
    const page = await read(browser, `${path}/secrets/${only?.id}/delete`);
    expect(page).toContain('This is the only client secret');
    expect(page).not.toContain('Delete the secret');
    expect((await post(browser, world, `${path}/secrets/${only?.id}/delete`)).status).toBe(409);
    expect(await isGood(world, application, application.clientSecret)).toBe(true);
  });

  it('of another application aren’t found under this one', async () => {
    const { world, browser, key, path } = await scene();
    const other = await createApplication(world, {}, key);
    const { secrets } = await ok<Shown>(
      manage(world, 'GET', `/applications/${other.clientId}`, undefined, key),
    );
    await post(browser, world, `${path}/secrets`);
    expect((await post(browser, world, `${path}/secrets/${secrets[0]?.id}/delete`)).status).toBe(404);
    expect(await isGood(world, other, other.clientSecret)).toBe(true);
  });
});

describe('markup and strangers', () => {
  const planted = '"><script src=//evil.example></script><img src=x onerror=alert(1)>\'';

  it('in an application’s name is text on each of its pages', async () => {
    const { browser, path, shown } = await scene({ name: planted });
    const [secret] = (await shown()).secrets;
    const pages = ['', '/sources', '/try', '/users', '/secrets', '/settings', '/delete'];
    for (const each of [...pages, `/secrets/${secret?.id}/delete`]) {
      const page = await read(browser, path + each);
      expect(page, each).toContain('&lt;script src=//evil.example&gt;');
      expect(page, each).not.toContain('<script src=//evil');
      expect(page, each).not.toContain('<img');
    }
  });

  it('find nothing of another account', async () => {
    const { world, shown, path } = await scene();
    const before = await shown();
    const [secret] = before.secrets;
    const { browser: stranger } = await signInAs(world);
    const administrator = await signIn(world);
    for (const other of [stranger, administrator]) {
      for (const each of ['', '/sources', '/try', '/users', '/secrets', '/settings', '/delete'])
        expect((await other.navigate(path + each)).status, each).toBe(404);
      for (const each of [
        '/settings',
        '/delete',
        '/secrets',
        `/secrets/${secret?.id}/delete`,
        '/try/origin',
        '/try/exchange',
      ])
        expect((await post(other, world, path + each, { name: before.name })).status, each).toBe(404);
    }
    expect(await shown()).toEqual(before);
  });
});
