import { describe, expect, it } from 'vitest';
import { post, read, signIn, signInAs } from './harness/console.ts';
import { CredentialProvider, inHeader } from './harness/credential-provider.ts';
import { createConnection, openLink } from './harness/link.ts';
import { createSource } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { comeBack, run, show, start, trying, tryingOAuth2 } from './harness/trial.ts';
import { adminToken, World } from './harness/world.ts';

const whoAmI = { metadata_url: '/v1/me', uniqueness: 'id', default_name: 'id' };

describe('a test of a source that works', () => {
  it('shows every step of OAuth 2, and ends what it was given', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { provider, world, browser, source, revocation } = setting;
    const started = await start(setting, { sample: '/v1/steps?day=1' });
    expect(started.text).toContain('Waiting for you');
    for (const name of ['redirect_uri', 'code_challenge', 'client_id']) expect(started.text).toContain(name);
    expect(started.text).toContain(`${world.origin}/done/${source.id}`);
    expect(started.text).toContain('What is asked for, divided by spaces.');
    const callback = provider.consent(started.authorizationUrl);
    const shown = await comeBack(setting, callback, started.path);
    expect(shown.findings).toEqual([]);
    expect(shown.text).toContain('works: an account can be connected and called');
    expect(statesOf(shown.html)).toEqual([
      ['Authorization request', 'Done'],
      ['Callback', 'Done'],
      ['Token request', 'Done'],
      ['Who connected', 'Done'],
      ['Refresh', 'Done'],
      ['Sample call', 'Done'],
      ['Revocation', 'Done'],
    ]);
    expect(shown.text).toContain('The account’s id at id: account-1.');
    expect(shown.text).toContain('A fresh access token, and a new refresh token.');
    // The sample call goes where its path leads, with the refreshed token; the last refresh token is what is revoked.
    expect(provider.refreshes).toBe(1);
    const sampled = world.internet.requests.find(({ url }) => url.endsWith('/v1/steps?day=1'));
    expect(sampled?.headers.get('Authorization')).toBe(`Bearer ${provider.issued.at(-1)}`);
    expect(revocation.asked).toMatchObject([{ hint: 'refresh_token' }]);
    expect(provider.presented).not.toContain(revocation.tokens[0]);
    // No Connection was made of it.
    const { results } = await world.db
      .prepare(
        'SELECT id FROM connections WHERE source_id = ? UNION SELECT id FROM grants WHERE source_id = ?',
      )
      .bind(source.id, source.id)
      .all();
    expect(results).toEqual([]);
    // A second callback changes nothing, and redeems nothing.
    const again = await browser.navigate(callback);
    expect(again.headers.get('Location')).toBe(started.path);
    expect([provider.redeemed, provider.replays]).toEqual([1, []]);
  });

  it('shows every step of OAuth 1.0a', async () => {
    const world = new World();
    const provider = new OAuth1Provider(world, 'trial');
    const setting = await trying(world, provider.fields({ metadata_url: '/api/me', uniqueness: 'id' }));
    const { path, authorizationUrl } = await start(setting, { sample: '/api/photos' });
    const shown = await comeBack(setting, provider.consent(setting.source, authorizationUrl), path);
    expect(shown.findings).toEqual([]);
    expect(statesOf(shown.html).map(([, state]) => state)).toEqual(Array(6).fill('Done'));
    expect(shown.text).toContain('oauth_consumer_key');
    expect(shown.html).not.toContain(provider.clientSecret);
    for (const token of provider.issued) expect(shown.html).not.toContain(token);
  });

  it('takes a key, and a user name and password, and keeps neither', async () => {
    const world = new World();
    const key = `key-${crypto.randomUUID()}`;
    const provider = new CredentialProvider(world, inHeader('X-Key'));
    provider.accounts.set(key, 'ada');
    const setting = await trying(world, provider.fields({ key_name: 'X-Key' }));
    const form = await read(setting.browser, `/console/sources/${setting.source.id}/test`);
    expect(form).toContain('name="key" type="password"');
    const wrong = await start(setting, { key: 'not-the-key-at-all', sample: '' });
    const refused = await show(setting.browser, wrong.path);
    expect(refused.findings).toEqual(['credential_refused']);
    const good = await start(setting, { key, sample: '/v1/weather' });
    const shown = await show(setting.browser, good.path);
    expect(shown.findings).toEqual([]);
    expect(statesOf(shown.html)).toEqual([
      ['Who connected', 'Done'],
      ['Sample call', 'Done'],
    ]);
    expect(shown.html).not.toContain(key);
    const faulty = await post(setting.browser, world, `/console/sources/${setting.source.id}/test`, {
      key: ' ',
    });
    expect(faulty.status).toBe(400);
    expect(await faulty.text()).toContain('id="error-key">The key must not be empty.<');

    const basic = await trying(world, { ...provider.fields(), type: 'basic', name: 'Basic' });
    provider.accounts.clear();
    const typed = await start(basic, { username: 'ada', password: 'correct horse battery' });
    expect((await show(basic.browser, typed.path)).html).not.toContain(btoa('ada:correct horse battery'));
    const missing = await post(basic.browser, world, `/console/sources/${basic.source.id}/test`, {});
    expect(await missing.text()).toContain('id="error-username"');
  });

  it('is the administrator’s with the sandbox, and a host’s name is asked for', async () => {
    const world = new World();
    const administrator = await signIn(world);
    const provider = new OAuth2Provider(world, 'hosted');
    const source = await createSource(world, {
      ...provider.fields(),
      auth_host_url: 'https://{shop}.hosted.example',
      full_auth_url: 'https://{shop}.hosted.example/authorize',
      api_host_url: 'https://{shop}.hosted.example',
      access_token_url: '/token',
    });
    const path = `/console/sources/${source.id}/test`;
    expect(await read(administrator, path)).toContain('name="value_shop"');
    const faulty = await post(administrator, world, path, { value_shop: 'a.b' });
    expect(faulty.status).toBe(400);
    expect(await faulty.text()).toContain('id="error-value_shop"');
    const { authorizationUrl } = await start(
      { world, browser: administrator, source },
      { value_shop: 'corner' },
    );
    expect(new URL(authorizationUrl).host).toBe('corner.hosted.example');
    const elsewhere = await post(administrator, world, path, {
      value_shop: 'corner',
      sample: 'https://evil.example/',
    });
    expect(await elsewhere.text()).toContain(
      'id="error-sample">The sample call must be a path on the API host',
    );
  });

  it('says what is missing where there are no credentials', async () => {
    const setting = await tryingOAuth2({ client_id: undefined, client_secret: undefined });
    const path = `/console/sources/${setting.source.id}/test`;
    expect(await read(setting.browser, path)).toContain('No credentials yet');
    expect((await post(setting.browser, setting.world, path)).status).toBe(400);
    const none = await trying(new World(), {
      type: 'none',
      name: 'Open',
      api_host_url: 'https://open.example',
    });
    expect(await read(none.browser, `/console/sources/${none.source.id}/test`)).toContain(
      'Nothing to authorize',
    );
  });

  it('leaves a grant alone that a Connection lives on', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { provider, world, source, browser, key, revocation } = setting;
    const { redirect_url } = await createConnection(world, source, {}, key);
    await browser.navigate(provider.consent(await openLink(browser, redirect_url)));
    const shown = await run(setting);
    expect(revocation.asked).toEqual([]);
    expect(shown.text).toContain('it would die with this test’s token');
    // Another account's isn't in the way.
    await run(setting, { account: 'account-2' });
    expect(revocation.asked).toHaveLength(1);
  });
});

describe('what a test shows', () => {
  it('is its own person’s alone, for half an hour', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { world, source, browser, provider } = setting;
    const shown = await run(setting);
    const { results } = await world.db
      .prepare('SELECT developer_id FROM sources WHERE id = ?')
      .bind(source.id)
      .all();
    const developerId = String(results[0]?.developer_id);
    const { browser: colleague } = await signInAs(world, { developerId });
    expect((await colleague.navigate(shown.path)).status).toBe(404);
    const { browser: stranger } = await signInAs(world);
    expect((await stranger.navigate(shown.path)).status).toBe(404);
    expect((await stranger.navigate(`/console/sources/${source.id}/test`)).status).toBe(404);
    expect((await post(stranger, world, `/console/sources/${source.id}/test`)).status).toBe(404);
    // Nor under another source of the same developer.
    const other = await createSource(world, provider.fields(), setting.key);
    expect(
      (await browser.navigate(`/console/sources/${other.id}/test/${shown.path.split('/').at(-1)}`)).status,
    ).toBe(404);
    expect((await browser.navigate(`${shown.path.slice(0, -1)}x`)).status).toBe(404);
  });

  it('stays theirs when their sign-in is renewed meanwhile, and another administrator’s it is not', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { world, provider } = setting;
    const administrator = await signIn(world);
    const source = await createSource(world, provider.fields());
    const trying = { world, browser: administrator, source };
    const { path, authorizationUrl } = await start(trying);
    await post(administrator, world, '/console/sign-out');
    await post(administrator, world, '/console/sign-in/token', { token: adminToken });
    const callback = provider.consent(authorizationUrl);
    const shown = await comeBack({ ...setting, ...trying }, callback, path);
    expect(shown.text).toContain('works: an account can be connected and called');
    const { browser: other } = await signInAs(world, { developerId: 'platform' });
    expect((await other.navigate(`/console/sources/${source.id}/test`)).status).toBe(200);
    expect((await other.navigate(path)).status).toBe(404);
    await world.db.prepare("DELETE FROM people WHERE developer_id = 'platform'").run();
  });

  it('needs the browser that started it: a callback elsewhere redeems nothing', async () => {
    const setting = await tryingOAuth2();
    const { world, provider } = setting;
    const { authorizationUrl, path } = await start(setting);
    const callback = provider.consent(authorizationUrl);
    const { browser: other } = await signInAs(world);
    const answer = await other.navigate(callback);
    expect(answer.status).toBe(400);
    expect(provider.redeemed).toBe(0);
    expect((await comeBack(setting, callback, path)).findings).toEqual([]);
  });

  it('holds no secret, wherever the provider repeats it', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { world, provider } = setting;
    world.recording = true;
    const odd = `odd-token-${crypto.randomUUID()}`;
    provider.tokenFields = {
      id_token: `eyJhbGciOi.${btoa('{"sub":"ada"}')}.c2ln`,
      data: { ticket: odd },
      session_key: odd,
    };
    const { path, authorizationUrl } = await start(setting, { sample: '/v1/steps' });
    const callback = provider.consent(authorizationUrl);
    const code = new URL(callback).searchParams.get('code') ?? '';
    world.transcript.length = 0;
    // An API that repeats what it is sent, token and all, and a page that does.
    provider.answerApi = async (request) =>
      Response.json({
        id: 'account-1',
        you_sent: request.headers.get('Authorization'),
        html: `<a href="?code=${code}">`,
      });
    const shown = await comeBack(setting, callback, path);
    const secrets = [
      code,
      odd,
      provider.clientSecret,
      encodeURIComponent(provider.clientSecret),
      ...provider.issued,
      ...provider.presented,
      new URL(authorizationUrl).searchParams.get('state') ?? '',
    ];
    expect(provider.issued.length).toBeGreaterThan(1);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(shown.html).not.toContain(secret);
      expect(world.logs.join('\n')).not.toContain(secret);
    }
    // Only the callback's own address has carried the code.
    expect(world.transcript.join('\n')).not.toContain(provider.issued[0]);
    expect(shown.text).toMatch(/code=?\s*code… \(41 characters\)/);
    // What is stored is sealed.
    const stored = await world.bindings.KV.get(`trial:${path.split('/').at(-1)}`);
    expect(stored).toBeTruthy();
    expect(stored).not.toContain('account-1');
  });

  it('is text, whatever the provider sends', async () => {
    const planted = '"><script src=//evil.example></script><img src=x onerror=alert(1)>';
    const setting = await tryingOAuth2({ ...whoAmI, name: planted });
    setting.provider.answerApi = () =>
      Response.json({ name: planted, [planted]: planted }, { headers: { 'X-Error': planted } });
    const { path, authorizationUrl } = await start(setting, { sample: '/v1/x' });
    const back = setting.provider.consent(authorizationUrl, { callback: { [planted]: planted } });
    const shown = await comeBack(setting, back, path);
    const seen = await read(setting.browser, `${path}?seen=${encodeURIComponent(planted)}`);
    const start_ = await read(
      setting.browser,
      `/console/sources/${setting.source.id}/test?sample=${encodeURIComponent(planted)}`,
    );
    for (const page of [shown.html, seen, start_]) {
      expect(page).toContain('&lt;script src=//evil.example&gt;');
      expect(page).not.toContain('<script src=//evil');
      expect(page).not.toContain('<img');
    }
    expect(shown.findings).toContain('uniqueness');
  });

  it('goes on where KV is behind, and isn’t begun where it is down', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { world, provider, browser } = setting;
    const { path, authorizationUrl } = await start(setting);
    const callback = provider.consent(authorizationUrl);
    world.storage.lagging = true;
    const answer = await browser.navigate(callback);
    expect(answer.headers.get('Location')).toBe(path);
    world.storage.lagging = false;
    world.advance({ minutes: 2 });
    const shown = await show(browser, path);
    expect(shown.text).toContain('The account’s id at id: account-1.');
    world.storage.kvDown = true;
    const down = await post(browser, world, `/console/sources/${setting.source.id}/test`);
    expect(down.status).toBe(503);
    expect(await down.text()).toContain('The test can’t be stored right now.');
  });
});

/** The steps that a page shows, each with how it stands. */
function statesOf(html: string): string[][] {
  return [...html.matchAll(/<li class="\w+"><h2>([^<]+)<\/h2><span class="status \w+">([^<]+)</g)].map(
    ([, title = '', state = '']) => [title, state],
  );
}
