import { describe, expect, it } from 'vitest';
import { faultsOf, ok, refused, refusedFields } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import {
  comeBack,
  createConnection,
  finalUrl,
  type Linked,
  linkedConnection,
  openLink,
  readConnection,
  walk,
} from './harness/link.ts';
import { createDeveloper, createSource, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';
import { createMap } from './maps-client.ts';

/** A map of a provider, with endpoints that need scopes. */
function mapOf(provider: OAuth2Provider, auth: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    url: `https://${provider.apiHost}/v1`,
    auth: {
      type: 'oauth2',
      authorization_url: `https://${provider.host}/authorize?prompt=consent`,
      access_token: `https://${provider.host}/token`,
      auth_key: provider.clientId,
      auth_secret: provider.clientSecret,
      ...auth,
    },
    endpoints: {
      Days: { route: '/days', scopes: ['steps', 'sleep'] },
      Photos: {
        GET: { route: '/photos', scopes: 'photos steps' },
        POST: { route: '/photos', scopes: ['upload'] },
      },
      Open: { route: '/open' },
    },
  };
}

function scopeOf(authorizationUrl: string): string[] {
  return (new URL(authorizationUrl).searchParams.get('scope') ?? '').split(' ').filter(Boolean);
}

describe('a Connection made from a map', () => {
  it('is incomplete, and comes with the URL to send its user to', async () => {
    const { world, source } = await setting();
    const answer = await manage(world, 'POST', `/maps/${source.id}/connections`, { redirect_url: finalUrl });
    expect(answer.status).toBe(201);
    const made = await answer.json<Linked>();
    const now = new Date(world.now).toISOString();
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: '',
      auth: {
        status: { complete: false, authorized: false },
        data: {},
        scopes: { requested: ['profile', 'steps'], granted: [], missing: ['profile', 'steps'] },
      },
      created: now,
      updated: now,
      provider_id: source.id,
      redirect_url: expect.stringMatching(/^https:\/\/trivet\.test\/authorize\/[A-Za-z0-9_-]{43}$/),
      redirectUrl: made.redirect_url,
    });
    const { redirect_url: _one, redirectUrl: _other, ...shown } = made;
    expect(await readConnection(world, made.id)).toEqual(shown);
  });

  it('takes no body, null or an empty object where the map says where users go', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const { id } = await createMap(world, mapOf(provider, { redirect_url: 'https://shop.example/done' }));
    for (const body of [undefined, null, {}]) {
      const made = await ok<Linked>(manage(world, 'POST', `/maps/${id}/connections`, body));
      const location = await walk(world, provider, made, { scopes: [] });
      expect(`${location.origin}${location.pathname}`).toBe('https://shop.example/done');
      expect(location.searchParams.get('connection_id')).toBe(made.id);
    }
    const spaces = { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}`, 'Content-Type': 'text/plain' };
    await ok(world.request(`/maps/${id}/connections`, { method: 'POST', headers: spaces, body: ' \n' }));
  });

  it('goes to its own redirect_url before the map’s, and is refused where there is neither', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const { id } = await createMap(world, mapOf(provider, { redirect_url: 'https://shop.example/done' }));
    const { location } = await linkedConnection(world, provider, { id }, { choice: { scopes: [] } });
    expect(location.href.startsWith(finalUrl)).toBe(true);
    const bare = await createMap(world, mapOf(provider));
    for (const body of [undefined, {}]) {
      const faults = await refusedFields(manage(world, 'POST', `/maps/${bare.id}/connections`, body));
      expect(Object.keys(faults)).toEqual(['redirect_url']);
    }
  });

  it('asks for the scopes it names, and those that its endpoints need, once each', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const { id } = await createMap(world, mapOf(provider));
    const asked = async (fields: Record<string, unknown>) => {
      const made = await createConnection(world, { id }, fields);
      const scopes = scopeOf(await openLink(new Browser(world), made.redirectUrl));
      expect(made.auth.scopes.requested).toEqual(scopes);
      return [...scopes].sort();
    };
    expect(await asked({})).toEqual([]);
    expect(await asked({ scopes: ['a', 'b', 'a'] })).toEqual(['a', 'b']);
    expect(await asked({ endpoints: ['Days'] })).toEqual(['sleep', 'steps']);
    expect(await asked({ endpoints: ['Photos', 'Open'] })).toEqual(['photos', 'steps', 'upload']);
    expect(await asked({ endpoints: ['Days'], scopes: ['steps', 'c'] })).toEqual(['c', 'sleep', 'steps']);
  });

  it('is refused with every fault at once, and ignores what it does not know', async () => {
    const { world, source } = await setting();
    const path = `/maps/${source.id}/connections`;
    const body = { name: 7, redirect_url: [], scopes: ['a b'], endpoints: 'Days', confirm: 'yes' };
    const faults = await refusedFields(manage(world, 'POST', path, body));
    expect(Object.keys(faults).sort()).toEqual(['confirm', 'endpoints', 'name', 'redirect_url', 'scopes.0']);
    const endpoints = { redirect_url: finalUrl, endpoints: ['Nope', 'Neither'] };
    const { details = [] } = await refused(manage(world, 'POST', path, endpoints), 400, 'invalid_request');
    expect(details.map(({ message }) => /Nope|Neither/.exec(message)?.[0])).toEqual(['Nope', 'Neither']);
    await createConnection(world, source, {
      id: '0'.repeat(32),
      odd: true,
      auth: { status: { complete: true } },
    });
    await refused(
      world.request(path, {
        method: 'POST',
        headers: { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}` },
        body: '{',
      }),
      400,
      'invalid_request',
    );
  });

  it.each([
    'back',
    '/back',
    'javascript:alert(1)',
    'http://shop.example/back',
    'https://user:pass@shop.example/back',
    'https://127.0.0.1/back',
    'data:text/html,x',
  ])('sends nobody to %s', async (redirectUrl) => {
    const { world, source } = await setting();
    const body = { redirect_url: redirectUrl };
    const faults = await refusedFields(manage(world, 'POST', `/maps/${source.id}/connections`, body));
    expect(Object.keys(faults)).toEqual(['redirect_url']);
  });

  it('needs credentials, and somebody to authorize it', async () => {
    const { world, provider } = await setting();
    const without = await provider.define({ client_id: null, client_secret: null });
    const key = await createSource(world, {
      type: 'api_key',
      name: `Key ${world.tag}`,
      api_host_url: `https://${provider.apiHost}`,
    });
    for (const { id } of [without, key]) {
      const answer = manage(world, 'POST', `/maps/${id}/connections`, { redirect_url: finalUrl });
      expect(faultsOf(await refused(answer, 400, 'invalid_request'))).toEqual({});
    }
  });

  it('is nobody’s from a map of somebody else, whatever the body says', async () => {
    const { world, provider } = await setting();
    const [mine, theirs] = [await createDeveloper(world), await createDeveloper(world)];
    const source = await provider.define({}, mine.key);
    for (const body of [{ redirect_url: finalUrl }, { redirect_url: 7 }, undefined]) {
      for (const id of [source.id, '0'.repeat(32), 'x']) {
        const answer = manage(world, 'POST', `/maps/${id}/connections`, body, theirs.key);
        await refused(answer, 404, 'not_found');
      }
    }
  });
});

describe('a link', () => {
  it('sets this browser’s cookie and goes on to the provider', async () => {
    const { world, source, provider } = await setting();
    const { redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const response = await browser.navigate(redirectUrl);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get('Location') ?? '').host).toBe(provider.host);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-trivet-state-[^=]+=[^;]+;(?=.*HttpOnly)(?=.*Secure)(?=.*SameSite=Lax)/,
    );
  });

  it('is not spent by being opened, and is by its callback', async () => {
    const { world, source, provider } = await setting();
    const { id, redirectUrl } = await createConnection(world, source);
    const [scanner, browser] = [new Browser(world), new Browser(world)];
    await openLink(scanner, redirectUrl);
    const first = await openLink(browser, redirectUrl);
    const second = await openLink(browser, redirectUrl);
    expect(new URL(first).searchParams.get('state')).not.toBe(new URL(second).searchParams.get('state'));
    const location = await comeBack(browser, provider.consent(first));
    expect(location.searchParams.get('connection_id')).toBe(id);
    expect((await readConnection(world, id)).auth.status).toEqual({ complete: true, authorized: true });

    const again = await browser.navigate(redirectUrl);
    expect(again.status).toBe(404);
    expect(again.headers.get('Content-Type')).toContain('text/html');
    const late = await browser.navigate(provider.consent(second));
    expect(late.status).toBe(400);
    expect(late.headers.get('Location')).toBeNull();
    expect(provider.redeemed).toBe(1);
  });

  it('brings its user back to the browser that followed it, and to no other', async () => {
    const { world, source, provider } = await setting();
    const { id, redirectUrl } = await createConnection(world, source);
    const [mine, other] = [new Browser(world), new Browser(world)];
    const callback = provider.consent(await openLink(mine, redirectUrl));
    await openLink(other, redirectUrl);
    const stolen = await other.navigate(callback, { from: 'https://provider.example' });
    expect(stolen.status).toBe(400);
    expect(stolen.headers.get('Location')).toBeNull();
    expect(provider.redeemed).toBe(0);
    expect((await comeBack(mine, callback)).searchParams.get('connection_id')).toBe(id);
  });

  it('is of use to one where two come back at the same moment', async () => {
    const { world, source, provider } = await setting();
    const { id, redirectUrl } = await createConnection(world, source);
    const browsers = [new Browser(world), new Browser(world)];
    const callbacks = await Promise.all(
      browsers.map(async (browser, index) =>
        provider.consent(await openLink(browser, redirectUrl), { account: `account-${index}` }),
      ),
    );
    const answers = await Promise.all(
      browsers.map((browser, index) => browser.navigate(callbacks[index] ?? '')),
    );
    const codes = answers.flatMap((answer) => {
      const location = answer.headers.get('Location');
      return location === null ? [] : new URL(location).searchParams.getAll('connection_code');
    });
    expect(codes).toHaveLength(1);
    expect((await readConnection(world, id)).auth.status.complete).toBe(true);
  });

  it('ends after a day, and leads to a page where it is none', async () => {
    const { world, source } = await setting();
    const { redirectUrl } = await createConnection(world, source);
    world.advance({ minutes: 24 * 60 - 1 });
    await openLink(new Browser(world), redirectUrl);
    world.advance({ minutes: 2 });
    for (const url of [redirectUrl, '/authorize/x', `/authorize/${'A'.repeat(43)}`, '/authorize/%00']) {
      const page = await new Browser(world).navigate(url);
      expect(page.status).toBe(404);
      expect(page.headers.get('Content-Type')).toContain('text/html');
      expect(page.headers.getSetCookie()).toEqual([]);
    }
  });

  it('ends with its Connection, and with its map', async () => {
    const { world, source, provider } = await setting();
    const browser = new Browser(world);
    const [first, second] = [await createConnection(world, source), await createConnection(world, source)];
    const callback = provider.consent(await openLink(browser, first.redirectUrl));
    const other = provider.consent(await openLink(browser, second.redirectUrl));
    expect((await manage(world, 'DELETE', `/connections/${first.id}`)).status).toBe(204);
    expect((await browser.navigate(callback)).status).toBe(400);
    expect((await browser.navigate(first.redirectUrl)).status).toBe(404);
    expect((await manage(world, 'DELETE', `/maps/${source.id}`)).status).toBe(204);
    expect((await browser.navigate(other)).status).toBe(400);
    expect((await browser.navigate(second.redirectUrl)).status).toBe(404);
    expect(provider.redeemed).toBe(0);
  });
});
