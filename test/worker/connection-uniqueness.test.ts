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
  type Shown,
  walk,
} from './harness/link.ts';
import { manage } from './harness/management.ts';
import { setting } from './harness/setting.ts';
import { editTokens, withoutRefreshToken } from './harness/token-edit.ts';
import type { World } from './harness/world.ts';

const unique = { metadata_url: '/me', uniqueness: 'id' };

function listOf(world: World, source: { id: string }, query = ''): Promise<Shown[]> {
  return ok<Shown[]>(manage(world, 'GET', `/connections?provider_id=${source.id}${query}`));
}

const existing = (location: URL) => location.searchParams.get('existing_connection_id');

describe('a second Connection of the same remote account', () => {
  it('is one with the older: that takes the fresh tokens, and the new one is gone', async () => {
    const { world, source, provider } = await setting(unique);
    const older = await linkedConnection(world, provider, source, { name: 'Older' });
    world.advance({ minutes: 1 });
    const newer = await linkedConnection(world, provider, source, { name: 'Newer' });
    expect(newer.location.searchParams.get('connection_id')).toBe(newer.id);
    expect(existing(newer.location)).toBe(older.id);
    expect(newer.location.searchParams.get('from')).toBe('app');
    await refused(manage(world, 'GET', `/connections/${newer.id}`), 404, 'not_found');
    const shown = await readConnection(world, older.id);
    expect(shown.name).toBe('Older');
    expect(shown.auth.data.access_token).toBe(provider.issued[1]);
    expect(shown.auth.status).toEqual({ complete: true, authorized: true });
    expect((await listOf(world, source)).map(({ id }) => id)).toEqual([older.id]);
  });

  it('is told the same on reload', async () => {
    const { world, source, provider } = await setting(unique);
    await linkedConnection(world, provider, source);
    const { redirectUrl } = await createConnection(world, source);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, redirectUrl));
    const first = await comeBack(browser, callback);
    expect(existing(first)).not.toBeNull();
    expect((await comeBack(browser, callback)).href).toBe(first.href);
  });

  it('takes over what is asked and granted now', async () => {
    const { world, source, provider } = await setting(unique);
    const older = await linkedConnection(world, provider, source, { choice: { scopes: ['steps'] } });
    expect((await readConnection(world, older.id)).auth.status.authorized).toBe(false);
    await linkedConnection(world, provider, source);
    const { auth } = await readConnection(world, older.id);
    expect(auth.status.authorized).toBe(true);
    expect(auth.scopes.missing).toEqual([]);
  });

  it('keeps the older one’s refresh token where the provider gave none the second time', async () => {
    const { world, source, provider } = await setting(unique);
    const older = await linkedConnection(world, provider, source);
    const before = await readConnection(world, older.id);
    editTokens(world, provider, withoutRefreshToken);
    await linkedConnection(world, provider, source);
    const { auth } = await readConnection(world, older.id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.data.refresh_token).toBe(before.auth.data.refresh_token);
  });

  it('doesn’t make the older one’s stale tokens good again', async () => {
    const { world, source, provider } = await setting(unique);
    const older = await linkedConnection(world, provider, source);
    const stale = await readConnection(world, older.id);
    await linkedConnection(world, provider, source);
    const answer = await ok<Shown>(patchConnection(world, older.id, stale));
    expect(answer.auth.data.access_token).toBe(provider.issued[1]);
  });

  it.each([
    ['of a source without uniqueness', { metadata_url: '/me' }, undefined],
    ['whose place in the metadata is empty', { metadata_url: '/me', uniqueness: 'nowhere' }, undefined],
    ['whose metadata can’t be had', unique, () => new Response('Busy', { status: 503 })],
    ['whose metadata is no object', unique, () => Response.json(['account-1'])],
    ['whose value is nothing', unique, () => Response.json({ id: '' })],
  ])('%s never merges', async (_what, fields, answerApi) => {
    const { world, source, provider } = await setting(fields);
    if (answerApi) provider.answerApi = answerApi;
    const older = await linkedConnection(world, provider, source);
    const newer = await linkedConnection(world, provider, source);
    expect(existing(newer.location)).toBeNull();
    expect(await listOf(world, source, '&complete=true')).toHaveLength(2);
    expect((await readConnection(world, older.id)).auth.data.access_token).toBe(provider.issued[0]);
  });

  it.each([
    ['a dotted path', 'user.account'],
    ['a JSON pointer', '/user/account'],
  ])('is found by %s', async (_what, uniqueness) => {
    const { world, source, provider } = await setting({ metadata_url: '/me', uniqueness });
    provider.answerApi = () => Response.json({ user: { account: 7 } });
    const older = await linkedConnection(world, provider, source);
    const newer = await linkedConnection(world, provider, source);
    expect(existing(newer.location)).toBe(older.id);
  });

  it('is another where the older has ended, and one again with whichever is in force', async () => {
    const { world, source, provider } = await setting(unique);
    const older = await linkedConnection(world, provider, source);
    await ok(patchConnection(world, older.id, { auth: { status: { complete: false } } }));
    const newer = await linkedConnection(world, provider, source);
    expect(existing(newer.location)).toBeNull();
    const third = await linkedConnection(world, provider, source);
    expect(existing(third.location)).toBe(newer.id);
  });
});

describe('the value that is compared', () => {
  it('is none that a PATCH of metadata can change', async () => {
    const { world, source, provider } = await setting(unique);
    const mine = await linkedConnection(world, provider, source, { choice: { account: 'mine' } });
    await ok(patchConnection(world, mine.id, { metadata: { id: 'victim' } }));
    const victim = await linkedConnection(world, provider, source, { choice: { account: 'victim' } });
    expect(existing(victim.location)).toBeNull();
    const again = await linkedConnection(world, provider, source, { choice: { account: 'mine' } });
    expect(existing(again.location)).toBe(mine.id);
  });

  it('is still there after the status went and came back', async () => {
    const { world, source, provider } = await setting(unique);
    const mine = await linkedConnection(world, provider, source);
    for (const complete of [false, true]) {
      await ok(patchConnection(world, mine.id, { auth: { status: { complete } } }));
    }
    const again = await linkedConnection(world, provider, source);
    expect(existing(again.location)).toBe(mine.id);
  });

  it('is none in an import, whatever its metadata says, until its user consents again', async () => {
    const { world, source, provider } = await setting(unique);
    const body = {
      provider_id: source.id,
      metadata: { id: 'account-1' },
      redirect_url: 'https://shop.example/back',
      auth: { data: { access_token: 'imported' } },
    };
    const imported = await ok<Linked>(manage(world, 'POST', '/connections', body));
    const own = await linkedConnection(world, provider, source, { choice: { account: 'other' } });
    const first = await linkedConnection(world, provider, source);
    expect(existing(first.location)).toBeNull();
    expect((await readConnection(world, imported.id)).auth.data.access_token).toBe('imported');

    const link = await ok<Linked>(patchConnection(world, imported.id, { scopes: ['profile', 'more'] }));
    const location = await walk(world, provider, link, { account: 'other' });
    expect(existing(location)).toBe(own.id);
  });
});

describe('at the same moment', () => {
  it('twenty with the same value end with one Connection', async () => {
    const { world, source, provider } = await setting(unique);
    const ready = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { id, redirectUrl } = await createConnection(world, source);
        const browser = new Browser(world);
        return { id, browser, callback: provider.consent(await openLink(browser, redirectUrl)) };
      }),
    );
    const locations = await Promise.all(ready.map(({ browser, callback }) => comeBack(browser, callback)));
    const left = await listOf(world, source);
    expect(left).toHaveLength(1);
    const [survivor] = left;
    expect(survivor?.auth.status).toEqual({ complete: true, authorized: true });
    for (const [index, location] of locations.entries()) {
      const { id } = ready[index] ?? {};
      expect(location.searchParams.get('connection_id')).toBe(id);
      expect(existing(location)).toBe(id === survivor?.id ? null : survivor?.id);
      expect(location.searchParams.has('connection_code')).toBe(true);
    }
    const { auth } = await readConnection(world, survivor?.id ?? '');
    expect(provider.issued).toContain(auth.data.access_token);
  });

  it('ten of each of two values end with two', async () => {
    const { world, source, provider } = await setting(unique);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        linkedConnection(world, provider, source, { choice: { account: `account-${index % 2}` } }),
      ),
    );
    expect(await listOf(world, source)).toHaveLength(2);
  });
});
