import { describe, expect, it } from 'vitest';
import { Browser } from './harness/browser.ts';
import { comeBack, createConnection, finalUrl, openLink, readConnection, walk } from './harness/link.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { setting } from './harness/setting.ts';

const untouched = { complete: false, authorized: false };

/** What a final location says, but for what was there before. */
function saidBy(location: URL): Record<string, string> {
  expect(location.href.startsWith(finalUrl)).toBe(true);
  const { from: _own, ...said } = Object.fromEntries(location.searchParams);
  return said;
}

describe('a user who declines', () => {
  it('comes back with the reason, and has spent the link', async () => {
    const { world, source, provider } = await setting();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const location = await walk(world, provider, made, { allow: false }, browser);
    expect(saidBy(location)).toEqual({
      connection_id: made.id,
      error: 'access_denied',
      error_description: expect.stringMatching(/./),
    });
    expect((await readConnection(world, made.id)).auth.status).toEqual(untouched);
    expect((await browser.navigate(made.redirectUrl)).status).toBe(404);
    expect(provider.redeemed).toBe(0);
  });

  it('at an OAuth 1.0a provider does too', async () => {
    const { world } = await setting();
    const photos = new OAuth1Provider(world);
    const source = await photos.define();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const asked = await openLink(browser, made.redirectUrl);
    const location = await comeBack(browser, photos.consent(source, asked, { allow: false }));
    expect(saidBy(location)).toMatchObject({ connection_id: made.id, error: 'access_denied' });
    expect((await readConnection(world, made.id)).auth.status).toEqual(untouched);
  });

  it('twice is told the same', async () => {
    const { world, source, provider } = await setting();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, made.redirectUrl), { allow: false });
    const first = await comeBack(browser, callback);
    expect((await comeBack(browser, callback)).href).toBe(first.href);
  });
});

describe('a provider that fails', () => {
  it.each([
    ['is down', () => new Response('Busy', { status: 503 }), 'temporarily_unavailable'],
    [
      'can’t be reached',
      () => Promise.reject(new TypeError('Connection refused')),
      'temporarily_unavailable',
    ],
    ['refuses the code', () => Response.json({ error: 'invalid_grant' }, { status: 400 }), 'invalid_grant'],
    [
      'answers a page',
      () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
      'provider_error',
    ],
  ])('that %s is said, and the link goes on being of use', async (_what, answerToken, error) => {
    const { world, source, provider } = await setting();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, made.redirectUrl));
    provider.answerToken = answerToken;
    const location = await comeBack(browser, callback);
    expect(saidBy(location)).toEqual({
      connection_id: made.id,
      error,
      error_description: expect.stringMatching(/.{10}/),
    });
    expect((await comeBack(browser, callback)).href).toBe(location.href);
    expect((await readConnection(world, made.id)).auth.status).toEqual(untouched);
    provider.answerToken = null;
    const again = await walk(world, provider, made, {}, browser);
    expect(again.searchParams.has('connection_code')).toBe(true);
    expect((await readConnection(world, made.id)).auth.status.complete).toBe(true);
  });

  it('says so in its own words, kept harmless', async () => {
    const { world, source } = await setting();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const state = new URL(await openLink(browser, made.redirectUrl)).searchParams.get('state') ?? '';
    const callback = new URL(`/done/${source.id}`, world.origin);
    callback.searchParams.set('state', state);
    callback.searchParams.set('error', 'server_error');
    callback.searchParams.set('error_description', 'Line\r\nSet-Cookie: a=b&connection_code=forged');
    const said = saidBy(await comeBack(browser, callback.href));
    expect(Object.keys(said).sort()).toEqual(['connection_id', 'error', 'error_description']);
    expect(said.error).toBe('server_error');
    expect(said.error_description).not.toMatch(/[\r\n]/);
  });

  it('of OAuth 1.0a that can’t begin is shown on a page, and the link goes on being of use', async () => {
    const { world } = await setting();
    const photos = new OAuth1Provider(world);
    const source = await photos.define();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    photos.answer = () => new Response('Busy', { status: 503 });
    const page = await browser.navigate(made.redirectUrl);
    expect(page.status).toBe(502);
    expect(page.headers.get('Content-Type')).toContain('text/html');
    photos.answer = null;
    const asked = await openLink(browser, made.redirectUrl);
    expect((await comeBack(browser, photos.consent(source, asked))).searchParams.has('connection_code')).toBe(
      true,
    );
  });
});

describe('a callback that nothing in this browser waits for', () => {
  it('is a page, whatever it brings', async () => {
    const { world, source } = await setting();
    const browser = new Browser(world);
    for (const query of [
      '',
      '?state=x&code=y',
      '?error=access_denied',
      '?state=a&state=b',
      '?oauth_token=x',
    ]) {
      const page = await browser.navigate(`/done/${source.id}${query}`);
      expect(page.status).toBe(400);
      expect(page.headers.get('Content-Type')).toContain('text/html');
      expect(page.headers.get('Location')).toBeNull();
    }
  });

  it('after ten minutes is one', async () => {
    const { world, source, provider } = await setting();
    const made = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, made.redirectUrl));
    world.advance({ minutes: 10, seconds: 1 });
    expect((await browser.navigate(callback)).status).toBe(400);
    expect(provider.redeemed).toBe(0);
    await walk(world, provider, made, {}, browser);
  });
});
