import { describe, expect, it } from 'vitest';
import { faultsOf, ok, refused, refusedFields } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import {
  comeBack,
  createConnection,
  finalUrl,
  patchConnection,
  readConnection,
} from '../worker/harness/link.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import type { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { setting } from '../worker/harness/setting.ts';
import type { World } from '../worker/harness/world.ts';

/** A developer of this name, made by the administrator. */
function developer(world: World, name: string): Promise<{ id: string; key: string }> {
  return ok(manage(world, 'POST', '/developers', { name }));
}

/** The user goes past the page that names the developer. */
async function press(browser: Browser, url: string, from: string): Promise<Response> {
  return browser.submit(url, new URLSearchParams(), { from });
}

/** A Connection of a developer’s on the platform’s credentials, its user’s consent given. */
async function lentConnection(world: World, provider: OAuth2Provider, source: { id: string }, key: string) {
  const made = await createConnection(world, source, {}, key);
  const browser = new Browser(world);
  const onward = await press(browser, made.redirectUrl, world.origin);
  await comeBack(browser, provider.consent(onward.headers.get('Location') ?? ''));
  return made.id;
}

describe('the platform’s credentials, lent to a developer', () => {
  it('name the developer first: no page of the provider’s can', async () => {
    const { world, source, provider } = await setting();
    const name = '<img src=x onerror=alert(1)> & Sons';
    const { key } = await developer(world, name);
    const { id, redirectUrl } = await createConnection(world, source, {}, key);
    const browser = new Browser(world);
    const page = await browser.navigate(redirectUrl);
    expect(page.status).toBe(200);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(page.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
    const html = await page.text();
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; Sons');
    expect(html).not.toContain('<img');

    const onward = await press(browser, redirectUrl, world.origin);
    expect(onward.status).toBe(302);
    const location = await comeBack(browser, provider.consent(onward.headers.get('Location') ?? ''));
    expect(location.searchParams.get('connection_id')).toBe(id);

    // Without the guard: the administrator's own links, and those on a developer's own credentials, go straight on.
    const straight = await createConnection(world, source);
    expect((await browser.navigate(straight.redirectUrl)).status).toBe(302);
    const own = await provider.define({}, key);
    const ownLink = await createConnection(world, own, {}, key);
    expect((await browser.navigate(ownLink.redirectUrl)).status).toBe(302);
  });

  it('can’t be skipped past by another page’s form', async () => {
    const { world, source } = await setting();
    const { key } = await developer(world, 'Mallory');
    const { redirectUrl } = await createConnection(world, source, {}, key);
    for (const from of ['https://evil.example', 'null']) {
      const answer = await press(new Browser(world), redirectUrl, from);
      expect(answer.status).toBe(403);
      expect(answer.headers.get('Location')).toBeNull();
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    const curl = await world.request(new URL(redirectUrl).pathname, { method: 'POST' });
    expect(curl.status).toBe(403);
  });

  it('go no further than the administrator’s scopes', async () => {
    const { world, source, provider } = await setting();
    const { key } = await developer(world, 'Mallory');
    const beyond = { redirect_url: finalUrl, scopes: ['steps', 'admin'] };
    const path = `/maps/${source.id}/connections`;
    const faults = await refusedFields(manage(world, 'POST', path, beyond, key));
    expect(faults.scopes).toContain('admin');
    await ok(manage(world, 'POST', path, { ...beyond, scopes: ['steps'] }, key));
    const id = await lentConnection(world, provider, source, key);
    const asked = await refused(
      patchConnection(world, id, { scopes: ['admin'] }, key),
      400,
      'invalid_request',
    );
    expect(faultsOf(asked).scopes).toContain('admin');
    expect((await readConnection(world, id, key)).auth.scopes.requested).toEqual(['profile', 'steps']);

    // On credentials of one's own there is no such bound.
    const own = await provider.define({}, key);
    await ok(manage(world, 'POST', `/maps/${own.id}/connections`, beyond, key));
  });

  it('serve those alone whom the administrator lends them to', async () => {
    const { world, provider } = await setting();
    const [friend, stranger] = [await createDeveloper(world), await createDeveloper(world)];
    const source = await provider.define({ credentials_for: [friend.id] });
    const path = `/maps/${source.id}/connections`;
    await ok(manage(world, 'POST', path, { redirect_url: finalUrl }, friend.key));
    await refused(
      manage(world, 'POST', path, { redirect_url: finalUrl }, stranger.key),
      400,
      'invalid_request',
    );
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [stranger.id] }));
    await refused(
      manage(world, 'POST', path, { redirect_url: finalUrl }, friend.key),
      400,
      'invalid_request',
    );
  });

  it('are gone from a link that was made before they were taken back', async () => {
    const { world, source, provider } = await setting();
    const { key } = await developer(world, 'Former friend');
    const { redirectUrl } = await createConnection(world, source, {}, key);
    const browser = new Browser(world);
    const onward = await press(browser, redirectUrl, world.origin);
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [] }));
    expect((await browser.navigate(redirectUrl)).status).toBe(404);
    expect((await press(browser, redirectUrl, world.origin)).status).toBe(404);
    const callback = provider.consent(onward.headers.get('Location') ?? '');
    expect((await browser.navigate(callback)).status).toBe(400);
    expect(provider.redeemed).toBe(0);
  });
});

describe('a stolen refresh token', () => {
  const stolen = { access_token: 'stolen-access-token', refresh_token: 'stolen-refresh-token' };

  it('is imported to be refreshed by nobody’s client but the developer’s own', async () => {
    const { world, source, provider } = await setting();
    const { key } = await createDeveloper(world);
    const application = await createApplication(world, {}, key);
    const body = { provider_id: source.id, auth: { data: stolen } };
    const withApplication = { ...body, application_id: application.clientId };
    for (const attempt of [body, withApplication]) {
      const faults = await refusedFields(manage(world, 'POST', '/connections', attempt, key));
      expect(Object.keys(faults)).toEqual(['provider_id']);
    }
    expect(await ok(manage(world, 'GET', '/connections', undefined, key))).toEqual([]);

    // With own credentials it works: those are the guard.
    const credentials = { client_id: 'mine', client_secret: 'my secret' };
    await ok(
      manage(world, 'PUT', `/applications/${application.clientId}/sources/${source.id}`, credentials, key),
    );
    await refusedFields(manage(world, 'POST', '/connections', body, key));
    expect((await manage(world, 'POST', '/connections', withApplication, key)).status).toBe(201);
    const own = await provider.define({}, key);
    const mine = { ...body, provider_id: own.id };
    expect((await manage(world, 'POST', '/connections', mine, key)).status).toBe(201);
  });

  it.each([
    ['a refresh token', { refresh_token: stolen.refresh_token }],
    ['an access token', { access_token: stolen.access_token }],
    ['both', stolen],
  ])('is no more planted by PATCH than by import: %s', async (_what, data) => {
    const { world, source, provider } = await setting();
    const { key } = await developer(world, 'Mallory');
    const id = await lentConnection(world, provider, source, key);
    const pending = await createConnection(world, source, {}, key);
    for (const target of [id, pending.id]) {
      const before = await readConnection(world, target, key);
      await refused(patchConnection(world, target, { auth: { data } }, key), 400, 'invalid_request');
      expect((await readConnection(world, target, key)).auth).toEqual(before.auth);
      // The whole object sent back is still no change.
      await ok(patchConnection(world, target, before, key));
    }

    // On own credentials it is the owner's to change.
    const own = await provider.define({}, key);
    const mine = await createConnection(world, own, {}, key);
    await ok(patchConnection(world, mine.id, { auth: { data: stolen } }, key));
    expect((await readConnection(world, mine.id, key)).auth.data).toMatchObject(stolen);
  });
});
