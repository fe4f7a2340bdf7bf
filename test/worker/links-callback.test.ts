import { describe, expect, it } from 'vitest';
import { Browser } from './harness/browser.ts';
import { comeBack, createConnection, linkedConnection, openLink, readConnection } from './harness/link.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { setting } from './harness/setting.ts';

describe('coming back', () => {
  it('ends at the final location, its own query kept to the letter', async () => {
    const { world, source, provider } = await setting();
    const kept = 'https://shop.example/back?next=%2Fa%20b&flag&mark=a~b&x=1&x=2&plus=a+b';
    const { id, location } = await linkedConnection(world, provider, source, { redirect_url: kept });
    expect(location.searchParams.get('connection_id')).toBe(id);
    expect(location.searchParams.get('connection_code')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(location.searchParams.has('existing_connection_id')).toBe(false);
    expect(location.searchParams.has('error')).toBe(false);
    expect(location.href.slice(0, kept.length + 1)).toBe(`${kept}&`);
  });

  it('says what happened, whatever the final location’s own query claims', async () => {
    const { world, source, provider } = await setting();
    const claims = `https://shop.example/?connection_id=${'f'.repeat(32)}&connection_code=x&mine=1`;
    const { id, location } = await linkedConnection(world, provider, source, { redirect_url: claims });
    expect(location.searchParams.getAll('connection_id')).toEqual([id]);
    expect(location.searchParams.getAll('connection_code')).toHaveLength(1);
    expect(location.searchParams.get('connection_code')).not.toBe('x');
    expect(location.searchParams.get('mine')).toBe('1');
  });

  it('twice, or by Back and reload, ends at the same location and redeems once', async () => {
    const { world, source, provider } = await setting();
    const { redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, redirectUrl));
    const first = await comeBack(browser, callback);
    world.advance({ minutes: 5 });
    expect((await comeBack(browser, callback)).href).toBe(first.href);
    expect((await comeBack(browser, callback)).href).toBe(first.href);
    expect(provider.redeemed).toBe(1);
    expect(provider.replays).toEqual([]);
    const elsewhere = await new Browser(world).navigate(callback);
    expect(elsewhere.status).toBe(400);
  });

  it('fifty times at the same moment redeems once', async () => {
    const { world, source, provider } = await setting();
    const { redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, redirectUrl));
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser.navigate(callback)));
    expect(provider.redeemed).toBe(1);
    const locations = new Set(answers.flatMap((answer) => answer.headers.get('Location') ?? []));
    expect(locations.size).toBe(1);
    for (const { status } of answers) expect([302, 400]).toContain(status);
    const [location] = locations;
    expect((await comeBack(browser, callback)).href).toBe(location);
  });

  it('by a form that the provider posts goes through a page of ours', async () => {
    const { world, source, provider } = await setting();
    const { id, redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = new URL(provider.consent(await openLink(browser, redirectUrl)));
    const done = `/done/${source.id}`;
    const page = await browser.submit(done, callback.searchParams, { from: 'https://provider.example' });
    expect(page.status).toBe(200);
    expect(provider.redeemed).toBe(0);
    const fields = new URLSearchParams(
      [...(await page.text()).matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    const answer = await browser.submit(done, fields, { from: world.origin });
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get('Location') ?? '');
    expect(location.searchParams.get('connection_id')).toBe(id);
    expect(location.searchParams.has('connection_code')).toBe(true);
  });

  it('to another map’s callback spends nothing', async () => {
    const { world, source, provider } = await setting();
    const other = await provider.define();
    const { redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, redirectUrl));
    expect((await browser.navigate(callback.replace(source.id, other.id))).status).toBe(400);
    expect(provider.redeemed).toBe(0);
    await comeBack(browser, callback);
  });

  it('works with OAuth 1.0a too', async () => {
    const { world } = await setting();
    const photos = new OAuth1Provider(world);
    const source = await photos.define();
    const { id, redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const location = await comeBack(browser, photos.consent(source, await openLink(browser, redirectUrl)));
    expect(location.searchParams.get('connection_id')).toBe(id);
    const { auth } = await readConnection(world, id);
    expect(auth.status).toEqual({ complete: true, authorized: true });
    expect(auth.data.access_token).toBe(photos.issued[0]);
    expect(photos.refusals).toEqual([]);
  });

  it('fills an empty name from the metadata, and leaves a given one', async () => {
    const { world, source, provider } = await setting({ metadata_url: '/me', default_name: 'id' });
    const choice = { account: 'Ada' };
    const unnamed = await linkedConnection(world, provider, source, { choice });
    const named = await linkedConnection(world, provider, source, { choice, name: 'Mine' });
    expect(await readConnection(world, unnamed.id)).toMatchObject({ name: 'Ada', metadata: { id: 'Ada' } });
    expect(await readConnection(world, named.id)).toMatchObject({ name: 'Mine', metadata: { id: 'Ada' } });
    expect(named.made).toMatchObject({ name: 'Mine', metadata: {} });
  });
});
