import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import {
  comeBack,
  createConnection,
  type Linked,
  linkedConnection,
  openLink,
  patchConnection,
  readConnection,
  walk,
} from './harness/link.ts';
import { manage } from './harness/management.ts';
import { setting } from './harness/setting.ts';
import { editTokens, withoutRefreshToken, withoutScope } from './harness/token-edit.ts';

// The contract's table of `complete` and `authorized`, a test a row.

const neither = { complete: false, authorized: false };
const complete = { complete: true, authorized: false };
const both = { complete: true, authorized: true };
const withAccount = { metadata_url: '/me', uniqueness: 'id' };

/** A Connection in force that has been asked for more than it has. */
async function askedForMore(fields: Record<string, unknown> = {}) {
  const made = await setting(fields);
  const { world, provider, source } = made;
  const { id } = await linkedConnection(world, provider, source);
  const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps', 'sleep'] }));
  return { ...made, id, link };
}

it('created, the user has not finished: neither', async () => {
  const { world, source } = await setting();
  const { id, redirectUrl } = await createConnection(world, source);
  await openLink(new Browser(world), redirectUrl);
  expect((await readConnection(world, id)).auth.status).toEqual(neither);
});

it('denied: neither', async () => {
  const { world, source, provider } = await setting();
  const { id } = await linkedConnection(world, provider, source, { choice: { allow: false } });
  expect((await readConnection(world, id)).auth).toMatchObject({ status: neither, data: {} });
});

it('granted everything asked: both', async () => {
  const { world, source, provider } = await setting();
  const { id } = await linkedConnection(world, provider, source, {
    choice: { scopes: ['steps', 'profile', 'extra'] },
  });
  const { auth } = await readConnection(world, id);
  expect(auth.status).toEqual(both);
  expect(auth.scopes).toEqual({
    requested: ['profile', 'steps'],
    granted: ['steps', 'profile', 'extra'],
    missing: [],
  });
});

it('the provider names no scopes: both', async () => {
  const { world, source, provider } = await setting();
  editTokens(world, provider, withoutScope);
  const { id } = await linkedConnection(world, provider, source);
  const { auth } = await readConnection(world, id);
  expect(auth.status).toEqual(both);
  expect(auth.scopes).toEqual({
    requested: ['profile', 'steps'],
    granted: ['profile', 'steps'],
    missing: [],
  });
});

it('granted less: complete, and missing tells', async () => {
  const { world, source, provider } = await setting();
  const { id } = await linkedConnection(world, provider, source, { choice: { scopes: ['steps'] } });
  const { auth } = await readConnection(world, id);
  expect(auth.status).toEqual(complete);
  expect(auth.scopes).toEqual({ requested: ['profile', 'steps'], granted: ['steps'], missing: ['profile'] });
});

describe('asked for more', () => {
  it('by scopes: complete, with a fresh URL for the user', async () => {
    const { world, id, link, provider } = await askedForMore();
    expect(link.auth.status).toEqual(complete);
    expect(link.auth.scopes).toEqual({
      requested: ['profile', 'steps', 'sleep'],
      granted: ['profile', 'steps'],
      missing: ['sleep'],
    });
    expect(link.redirectUrl).toMatch(/^https:\/\/trivet\.test\/authorize\/[A-Za-z0-9_-]{43}$/);
    expect(link.redirect_url).toBe(link.redirectUrl);
    expect(link.auth.data.access_token).toBe(provider.issued[0]);
    const { redirect_url: _one, redirectUrl: _other, ...shown } = link;
    expect(await readConnection(world, id)).toEqual(shown);
    const asked = new URL(await openLink(new Browser(world), link.redirectUrl));
    expect(asked.searchParams.get('scope')).toBe('profile steps sleep');
  });

  it('by endpoints: likewise', async () => {
    const { world, provider } = await setting();
    const { id: mapId } = await ok<{ id: string }>(
      manage(world, 'POST', '/maps', {
        url: `https://${provider.apiHost}`,
        auth: {
          type: 'oauth2',
          authorization_url: `https://${provider.host}/authorize?prompt=consent`,
          access_token: `https://${provider.host}/token`,
          auth_key: provider.clientId,
          auth_secret: provider.clientSecret,
        },
        endpoints: {
          Days: { route: '/days', scopes: ['days'] },
          Nights: { route: '/n', scopes: ['nights'] },
        },
      }),
    );
    const { id } = await linkedConnection(world, provider, { id: mapId }, { endpoints: ['Days'] });
    expect((await readConnection(world, id)).auth.status).toEqual(both);
    const link = await ok<Linked>(patchConnection(world, id, { endpoints: ['Days', 'Nights'] }));
    expect(link.auth.status).toEqual(complete);
    expect(link.auth.scopes.missing).toEqual(['nights']);
    await walk(world, provider, link);
    expect((await readConnection(world, id)).auth.status).toEqual(both);
    const none = await ok<Partial<Linked>>(patchConnection(world, id, { endpoints: ['Nights'] }));
    expect(none).not.toHaveProperty('redirectUrl');
    await refused(patchConnection(world, id, { endpoints: ['Weeks'] }), 400, 'invalid_request');
  });

  it('that is granted already: both, and no URL', async () => {
    const { world, provider, source } = await setting();
    const { id } = await linkedConnection(world, provider, source);
    const same = await ok<Partial<Linked>>(patchConnection(world, id, { scopes: ['steps'] }));
    expect(same.auth?.status).toEqual(both);
    expect(same).not.toHaveProperty('redirect_url');
    expect(same).not.toHaveProperty('redirectUrl');
  });

  it('and denied: complete, the old tokens in force', async () => {
    const { world, id, link, provider } = await askedForMore();
    const location = await walk(world, provider, link, { allow: false });
    expect(location.searchParams.get('error')).toBe('access_denied');
    expect(location.searchParams.get('connection_id')).toBe(id);
    const { auth } = await readConnection(world, id);
    expect(auth.status).toEqual(complete);
    expect(auth.data.access_token).toBe(provider.issued[0]);
  });

  it('and granted less again: complete', async () => {
    const { world, id, link, provider } = await askedForMore();
    await walk(world, provider, link, { scopes: ['profile', 'steps'] });
    const { auth } = await readConnection(world, id);
    expect(auth.status).toEqual(complete);
    expect(auth.scopes.missing).toEqual(['sleep']);
    expect(auth.data.access_token).toBe(provider.issued[1]);
  });
});

describe('re-consent', () => {
  it('on the same id: both, at the Connection’s own redirect_url, with the new tokens', async () => {
    const { world, provider, source } = await setting(withAccount);
    const own = 'https://shop.example/own?kept=1';
    const { id } = await linkedConnection(world, provider, source, { redirect_url: own });
    world.advance({ minutes: 5 });
    const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps', 'sleep'] }));
    const location = await walk(world, provider, link);
    expect(location.href.startsWith(own)).toBe(true);
    expect(location.searchParams.get('connection_id')).toBe(id);
    expect(location.searchParams.has('existing_connection_id')).toBe(false);
    const shown = await readConnection(world, id);
    expect(shown.auth.status).toEqual(both);
    expect(shown.auth.scopes.granted).toEqual(['profile', 'steps', 'sleep']);
    expect(shown.auth.data.access_token).toBe(provider.issued[1]);
    expect(Date.parse(shown.updated) - Date.parse(shown.created)).toBe(5 * 60_000);
  });

  it('that brings no refresh token keeps the one of the same account', async () => {
    const { world, id, link, provider } = await askedForMore(withAccount);
    const before = await readConnection(world, id);
    editTokens(world, provider, withoutRefreshToken);
    await walk(world, provider, link);
    const { auth } = await readConnection(world, id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.data.refresh_token).toBe(before.auth.data.refresh_token);
  });

  it('of a Connection that had ended: both again', async () => {
    const { world, provider, source } = await setting();
    const { id } = await linkedConnection(world, provider, source);
    await ok(patchConnection(world, id, { auth: { status: { complete: false } } }));
    expect((await readConnection(world, id)).auth.status).toEqual(neither);
    const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps'] }));
    await walk(world, provider, link);
    expect((await readConnection(world, id)).auth.status).toEqual(both);
  });

  it('as another account is refused: as before, the old tokens kept', async () => {
    const { world, id, link, provider } = await askedForMore(withAccount);
    const before = await readConnection(world, id);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, link.redirectUrl), {
      account: 'somebody-else',
    });
    const location = await comeBack(browser, callback);
    expect(location.searchParams.get('error')).toBe('account_mismatch');
    expect(location.searchParams.get('connection_id')).toBe(id);
    expect(location.searchParams.has('connection_code')).toBe(false);
    expect(await readConnection(world, id)).toEqual(before);
    // The right account can still follow.
    await walk(world, provider, link, {}, browser);
    expect((await readConnection(world, id)).auth.status).toEqual(both);
  });

  it('whose account can’t be learned doesn’t pass for the known one', async () => {
    const { world, id, link, provider } = await askedForMore(withAccount);
    provider.answerApi = () => new Response('Busy', { status: 503 });
    const location = await walk(world, provider, link, { account: 'somebody-else' });
    expect(location.searchParams.has('error')).toBe(true);
    expect((await readConnection(world, id)).auth.data.access_token).toBe(provider.issued[0]);
  });
});

it('imported with a token: both', async () => {
  const { world, source } = await setting();
  const body = { provider_id: source.id, auth: { data: { access_token: 'kept' } } };
  const { id } = await ok<Linked>(manage(world, 'POST', '/connections', body));
  expect((await readConnection(world, id)).auth.status).toEqual(both);
});
