import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { post, read, signInAs } from './harness/console.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from './harness/run.ts';
import { World } from './harness/world.ts';

/** A developer who is signed in, with an application and a data source. */
async function scene({ source: fields = {}, application: given = {}, test = false } = {}) {
  const world = new World();
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  const provider = new OAuth2Provider(world);
  const [application, source] = await Promise.all([
    createApplication(world, { name: `Shop ${world.tag}`, test, ...given }, key),
    provider.define({ name: `Steps ${world.tag}`, ...fields }, key),
  ]);
  const path = `/console/applications/${application.clientId}`;
  const offered = async () => {
    const run = await Run.fromPage(world, application);
    return (await ok<View>(run.bind())).sources.find((each) => each.id === source.id);
  };
  const secrets = async () => {
    const url = `/applications/${application.clientId}`;
    return (await ok<{ secrets: { id: string }[] }>(manage(world, 'GET', url, undefined, key))).secrets;
  };
  return { world, browser, key, application, source, provider, path, offered, secrets };
}

const withoutCredentials = { source: { client_id: undefined, client_secret: undefined } };

function errorAt(page: string, field: string): string | undefined {
  return new RegExp(`id="error-${field}">([^<]*)<`).exec(page)?.[1];
}

/** The row of the data source in the list. */
function rowOf(page: string, name: string): string {
  return page.split('<tr>').find((row) => row.includes(`>${name}<`)) ?? '';
}

describe('an application’s data sources', () => {
  it('are switched off and on', async () => {
    const { world, browser, source, path, offered } = await scene();
    expect(rowOf(await read(browser, `${path}/sources`), source.name)).toContain('>Offered<');
    const flip = (enabled: string) =>
      post(browser, world, `${path}/sources/${source.id}/switch`, { enabled });
    expect((await flip('false')).headers.get('Location')).toBe(`${path}/sources`);
    const page = await read(browser, `${path}/sources`);
    expect(rowOf(page, source.name)).toContain('Switched off');
    expect(page).toContain('It is switched off.');
    expect(await offered()).toBeUndefined();
    await flip('true');
    expect(await offered()).toBeDefined();
  });

  it('take credentials and scopes of the application’s own, which are never shown', async () => {
    const { world, browser, source, provider, path, offered } = await scene(withoutCredentials);
    expect(rowOf(await read(browser, `${path}/sources`), source.name)).toContain('Needs credentials');
    const form = `${path}/sources/${source.id}`;
    expect(await read(browser, form)).toContain(`id="redirect-url">${world.origin}/done/${source.id}<`);
    const fields = { enabled: 'on', client_id: provider.clientId, scopes: 'steps' };
    const half = await post(browser, world, form, fields);
    expect(half.status).toBe(400);
    const page = await half.text();
    expect(errorAt(page, 'client_secret')).toBe('The client secret is required with a client ID.');
    expect(page).toContain(`value="${provider.clientId}"`);

    const whole = await post(browser, world, form, { ...fields, client_secret: provider.clientSecret });
    expect(whole.headers.get('Location')).toBe(`${path}/sources`);
    expect(await offered()).toMatchObject({ scopes: ['steps'] });
    expect(rowOf(await read(browser, `${path}/sources`), source.name)).toContain('This application’s own');
    expect(await read(browser, form)).not.toContain(provider.clientSecret);
    // Left empty, the secret stays.
    await post(browser, world, form, { ...fields, scopes: 'steps\r\nprofile' });
    expect(await offered()).toMatchObject({ scopes: ['steps', 'profile'] });
    expect((await post(browser, world, `${form}/reset`)).status).toBe(303);
    expect(await offered()).toBeUndefined();
  });

  it('say which scope is none', async () => {
    const { world, browser, source, path } = await scene();
    const answer = await post(browser, world, `${path}/sources/${source.id}`, {
      enabled: 'on',
      scopes: 'ok schr\u00f6ps',
    });
    expect(errorAt(await answer.text(), 'scopes')).toBe('A scope must be printable ASCII without spaces.');
  });

  it('say whose credentials they run on', async () => {
    const { world, browser, path } = await scene();
    const lending = new OAuth2Provider(world, 'lending');
    const keeping = new OAuth2Provider(world, 'keeping');
    const lent = await lending.define({ name: `Lent ${world.tag}` });
    const kept = await keeping.define({ name: `Kept ${world.tag}`, credentials_for: [] });
    const page = await read(browser, `${path}/sources`);
    expect(rowOf(page, lent.name)).toContain('The platform’s');
    expect(rowOf(page, kept.name)).toContain('Needs credentials');
    expect(await read(browser, `${path}/sources/${lent.id}`)).toContain('you can ask for these alone');
  });

  it('aren’t another account’s', async () => {
    const { world, browser, path } = await scene();
    const { source: foreign } = await scene();
    expect((await browser.navigate(`${path}/sources/${foreign.id}`)).status).toBe(404);
    for (const each of ['', '/switch', '/reset'])
      expect((await post(browser, world, `${path}/sources/${foreign.id}${each}`)).status).toBe(404);
  });
});

describe('an application’s users', () => {
  async function withUsers(names: string[]) {
    const shop = await scene();
    const { world, application, provider, source } = shop;
    for (const clientUserId of names) {
      const run = await finishedRun(world, application, provider, source, { clientUserId });
      await ok<Exchanged>(run.exchange({ clientUserId }));
    }
    return shop;
  }

  it('are found by how their name begins', async () => {
    const { browser, path } = await withUsers(['ada-1', 'ada-2', 'bo']);
    const { browser: other, path: empty } = await scene();
    expect(await read(other, `${empty}/users`)).toContain('No users yet');
    const found = (page: string) =>
      [...page.matchAll(/<th scope="row">.*?<a[^>]*>([^<]*)</g)].map(([, n]) => n);
    expect(found(await read(browser, `${path}/users`))).toEqual(['ada-1', 'ada-2', 'bo']);
    expect(found(await read(browser, `${path}/users?name=ada`))).toEqual(['ada-1', 'ada-2']);
    expect(await read(browser, `${path}/users?name=ada-3`)).toContain('begins with “ada-3”');
    expect(await read(browser, `${path}/users?name=%25`)).toContain('begins with “%”');
  });

  it('whatever they are called, are shown and deleted with everything', async () => {
    const name = 'a/b ?&<script>#50%';
    const { world, browser, key, application, path } = await withUsers([name, 'other']);
    const query = `?${new URLSearchParams({ name })}`;
    const page = await read(browser, `${path}/user${query}`);
    expect(page).toContain('a/b ?&amp;&lt;script&gt;#50%');
    expect(page).toContain('>Connected<');
    const refusal = await post(browser, world, `${path}/user/delete${query}`, { name: 'other' });
    expect(refusal.status).toBe(400);
    const answer = await post(browser, world, `${path}/user/delete${query}`, { name });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${path}/users`]);
    const left = await ok<{ client_user_id: string }[]>(
      manage(world, 'GET', `/connections?application_id=${application.clientId}`, undefined, key),
    );
    expect(left.map((each) => each.client_user_id)).toEqual(['other']);
    expect((await browser.navigate(`${path}/user${query}`)).status).toBe(404);
  });

  it('never take the application with them, even where one is called “..”', async () => {
    const { world, browser, path } = await withUsers(['.', '..']);
    for (const name of ['.', '..']) {
      const answer = await post(browser, world, `${path}/user/delete?name=${name}`, { name });
      expect(answer.status).toBe(400);
      await read(browser, `${path}/user?name=${name}`);
    }
  });

  it('aren’t another application’s', async () => {
    const { path } = await withUsers(['ada']);
    const { browser: stranger, path: theirs, world } = await scene();
    for (const each of [`${path}/user?name=ada`, `${theirs}/user?name=ada`])
      expect((await stranger.navigate(each)).status).toBe(404);
    expect((await post(stranger, world, `${theirs}/user/delete?name=ada`, { name: 'ada' })).status).toBe(404);
  });
});

describe('Try it', () => {
  it('asks for this origin first, and adds it with one button', async () => {
    const { world, browser, path, key, application } = await scene();
    const before = await read(browser, `${path}/try`);
    expect(before).toContain('Add this origin');
    expect(before).toMatch(/id="connect"[^>]*disabled/);
    for (const _ of [1, 2]) {
      const answer = await post(browser, world, `${path}/try/origin`);
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${path}/try`]);
    }
    const shown = await ok<{ origins: string[] }>(
      manage(world, 'GET', `/applications/${application.clientId}`, undefined, key),
    );
    expect(shown.origins).toEqual([application.page, world.origin]);
    const page = await read(browser, `${path}/try?user=ada%22%3E`);
    expect(page).not.toContain('Add this origin');
    expect(page).toContain('data-client-user-id="ada&quot;&gt;"');
    expect(page).not.toMatch(/id="connect"[^>]*disabled/);
    const answer = await browser.navigate(`${path}/try`);
    expect(answer.headers.get('Content-Security-Policy')).toContain("connect-src 'self'");
    expect(answer.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin-allow-popups');
  });

  it('exchanges as the application’s server, and leaves neither secret nor token', async () => {
    const { world, browser, application, provider, source, path, secrets, key } = await scene();
    const before = await secrets();
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'tester' });
    world.recording = true;
    const { specialToken } = run;
    const fields = { specialToken, clientUserId: 'tester' };
    const answer = await post(browser, world, `${path}/try/exchange`, fields);
    world.recording = false;
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    const { calls, user } = JSON.parse(text);
    expect(user).toMatchObject({ clientUserId: 'tester', connections: [{ provider_id: source.id }] });
    expect(calls.map((call: { path: string; status: number }) => [call.path, call.status])).toEqual([
      ['/connect/tokens', 200],
      ['/user', 200],
    ]);
    expect(calls[0].sent).toMatchObject({
      clientId: application.clientId,
      clientUserId: 'tester',
      clientSecret: expect.stringMatching(/^trv_secret_[\w-]{3}…[\w-]{2}$/),
    });
    for (const output of [text, ...world.transcript, ...world.logs])
      expect(output).not.toMatch(/trv_(secret|access)_[\w-]{10}/);
    for (const issued of provider.issued) expect(text).not.toContain(issued);
    // What it took is gone, and the run counts as vouched for.
    expect(await secrets()).toEqual(before);
    const tokens = await world.db
      .prepare(
        'SELECT count(*) AS n FROM access_tokens JOIN end_users ON end_users.id = end_user_id WHERE application_id = ?',
      )
      .bind(application.clientId)
      .first('n');
    expect(tokens).toBe(0);
    const url = `/connections?application_id=${application.clientId}`;
    const [connection] = await ok<{ vouched?: boolean }[]>(manage(world, 'GET', url, undefined, key));
    expect(connection).toBeDefined();
    expect(connection).not.toHaveProperty('vouched');
  });

  it('says why an exchange fails, and leaves no secret then either', async () => {
    const { world, browser, application, provider, source, path, secrets } = await scene();
    const before = await secrets();
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'tester' });
    const attempt = (fields: Record<string, string>) => post(browser, world, `${path}/try/exchange`, fields);
    for (const fields of [
      { specialToken: 'forged.token', clientUserId: 'tester' },
      { specialToken: run.specialToken, clientUserId: 'another' },
      { specialToken: run.specialToken, clientUserId: 'tester' },
    ]) {
      const answer = await attempt(fields);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: 'invalid_grant', calls: [{ status: 400 }] });
    }
    expect(await (await attempt({})).json()).toMatchObject({ error: 'invalid_request' });
    expect(await secrets()).toEqual(before);
  });

  it('never exchanges what another account’s application was given', async () => {
    const { world, application, provider, source, path, secrets } = await scene();
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'tester' });
    const fields = { specialToken: run.specialToken, clientUserId: 'tester' };
    const { browser: stranger, path: theirs } = await scene();
    expect((await post(stranger, world, `${path}/try/exchange`, fields)).status).toBe(404);
    const answer = await post(stranger, world, `${theirs}/try/exchange`, fields);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    expect(await secrets()).toHaveLength(1);
    await ok(run.exchange({ clientUserId: 'tester' }));
  });
});
