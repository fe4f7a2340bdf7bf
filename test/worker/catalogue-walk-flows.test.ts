import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { ok, refused } from './harness/answers.ts';
import { Clover } from './harness/doubles/clover.ts';
import { Docusign } from './harness/doubles/docusign.ts';
import type { Double } from './harness/doubles/double.ts';
import { Mailchimp } from './harness/doubles/mailchimp.ts';
import { Meta } from './harness/doubles/meta.ts';
import { scene } from './harness/doubles/scene.ts';
import { ShareFile } from './harness/doubles/sharefile.ts';
import { TripIt } from './harness/doubles/tripit.ts';
import { Zotero } from './harness/doubles/zotero.ts';
import { manage, type Source } from './harness/management.ts';
import type { World } from './harness/world.ts';

// Providers whose flow has a step more, or one elsewhere. Each double was written from its provider's documentation.

// What other tests left in the storage is due in a sweep, too, and their providers are gone.
beforeEach(() => (env as Bindings).DB.prepare('UPDATE connections SET refresh_due_at = NULL').run());

const doubles: Record<string, [make: (world: World) => Double, name: string]> = {
  Docusign: [(world) => new Docusign(world), 'susan.smart@example.com'],
  Mailchimp: [(world) => new Mailchimp(world), 'Freddie'],
  ShareFile: [(world) => new ShareFile(world), ''],
  Clover: [(world) => new Clover(world), 'Corner Store'],
  TripIt: [(world) => new TripIt(world), 'traveller'],
  Zotero: [(world) => new Zotero(world), 'Z public library'],
  Instagram: [(world) => new Meta(world, 'instagram'), 'jane'],
  Threads: [(world) => new Meta(world, 'threads'), 'jane'],
};

const each = Object.entries(doubles);
const meta = ['instagram', 'threads'] as const;

describe('a provider whose flow is odd', () => {
  it.each(each)('is connected and called, and its secrets stay: %s', async (_, [make, name]) => {
    const { world, double, connect } = await scene((made) => {
      made.recording = true;
      return make(made);
    });
    const { connections, call } = await connect({ account: 'account-7' });
    expect(await connections()).toMatchObject([
      { ...(name === '' ? {} : { name }), auth: { status: { complete: true, authorized: true } } },
    ]);
    expect(await ok(call())).toEqual(double.call.answer('account-7'));
    expect(double.forbidden).toEqual([]);
    for (const text of [...world.transcript, ...world.logs]) {
      expect(text).not.toContain(double.clientSecret);
      expect(text).not.toMatch(/short-|long-|zotero-key-/);
    }
  });

  it.each(each.filter(([name]) => name !== 'ShareFile'))(
    'tells one account from another: %s',
    async (_, [make]) => {
      const { double, connect } = await scene(make);
      await connect({ account: 'account-1' });
      await connect({ account: 'account-2' });
      expect(await (await connect({ account: 'account-1' })).connections()).toHaveLength(2);
      expect(double.forbidden).toEqual([]);
    },
  );

  it.each(['Docusign', 'ShareFile', 'Clover'])('is refreshed where the grant was: %s', async (provider) => {
    const [make] = doubles[provider] ?? [];
    if (!make) throw new Error(`There is no ${provider}.`);
    const { double, connect, outlive } = await scene(make);
    const { call } = await connect();
    for (const refreshes of [1, 2]) {
      outlive();
      expect(await ok(call())).toEqual(double.call.answer('account-1'));
      expect(double.refreshes).toBe(refreshes);
    }
    double.endGrants();
    outlive();
    await refused(call(), 409, 'invalid_grant');
    expect(double.forbidden).toEqual([]);
  });

  it.each([
    ['TripIt', { callback_at: 'request' }],
    ['Zotero', { api_headers: { 'Zotero-API-Version': '3' } }],
    ['Instagram', { refresh_method: 'POST' }],
    [
      'Instagram',
      { token_exchange_params: { grant_type: 'ig_exchange_token', access_token: '{access_token}' } },
    ],
    ['Instagram', { token_exchange_url: null }],
    ['ShareFile', { token_auth_method: 'client_secret_basic' }],
  ])('notices a wrong entry: %s with %j', async (provider, mistake) => {
    const [make] = doubles[provider] ?? [];
    if (!make) throw new Error(`There is no ${provider}.`);
    const { world, double, begin, visit, connect, change } = await scene(make);
    await change(mistake);
    const run = await begin();
    const { changed } = await visit(run).catch(() => ({ changed: false }));
    if (changed) {
      await connect().then(({ call }) => call());
      world.advance({ minutes: 8 * 24 * 60 });
      await world.sweep();
    }
    expect(double.forbidden).not.toEqual([]);
  });
});

describe('a token that is swapped for one that lasts', () => {
  it.each(meta)('is refreshed by itself while it is good: %s', async (slug) => {
    const { world, double, connect } = await scene((made) => new Meta(made, slug));
    const { call } = await connect();
    // Nobody calls for weeks: the sweep keeps it.
    for (const refreshes of [1, 2]) {
      world.advance({ minutes: 7 * 24 * 60 + 1 });
      await world.sweep();
      expect(double.refreshes).toBe(refreshes);
    }
    // A call shortly before its end, and no sweep since.
    world.advance({ seconds: double.lifetime - 120 });
    expect(await ok(call())).toEqual(double.call.answer('account-1'));
    expect(double.refreshes).toBe(3);
    expect(double.forbidden).toEqual([]);
  });

  it('ends where it has ended, since nothing refreshes it', async () => {
    const { world, connect, outlive } = await scene((made) => new Meta(made, 'instagram'));
    const { connections, call } = await connect();
    outlive();
    await refused(call(), 409, 'invalid_grant');
    const asked = world.internet.requests.length;
    await refused(call(), 409, 'invalid_grant');
    expect(world.internet.requests).toHaveLength(asked);
    expect(await connections()).toMatchObject([{ auth: { status: { complete: false } } }]);
  });

  it.each(['refuses', 'is down'] as const)('connects nothing where the provider %s', async (exchanges) => {
    const { world, double, source, begin, visit } = await scene((made) => new Meta(made, 'instagram'));
    double.exchanges = exchanges;
    const run = await begin();
    const { changed, outcome } = await visit(run);
    expect({ changed, outcome }).toMatchObject({ changed: false, outcome: { result: 'failed' } });
    // The code’s token and the exchange: nobody was asked who it is.
    expect(world.internet.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/oauth/access_token',
      '/access_token',
    ]);
    expect(await parked(world, source)).toBe(0);
    // Control: the same run connects, once the provider does.
    double.exchanges = 'well';
    expect(await visit(run)).toMatchObject({ changed: true });
    expect(await parked(world, source)).toBe(1);
  });

  it('takes its secret to no other host', async () => {
    const { world, source } = await scene((made) => new Meta(made, 'instagram'));
    const moved = { token_exchange_url: 'https://evil.example/access_token' };
    const body = await refused(
      manage(world, 'PATCH', `/sources/${source.id}`, moved),
      400,
      'invalid_request',
    );
    expect(body.details).toMatchObject([{ path: 'client_secret' }]);
  });
});

describe('an API host in the metadata', () => {
  it.each([
    'https://evil.example',
    'https://docusign.net.evil.example',
    'http://na3.docusign.net',
    'https://na3.docusign.net:8443',
    '',
    null,
  ])('that is %s connects nothing', async (baseUri) => {
    const { world, double, source, begin, visit } = await scene((made) => new Docusign(made));
    double.baseUri = baseUri;
    const run = await begin();
    expect(await visit(run)).toMatchObject({ changed: false, outcome: { error: 'provider_error' } });
    expect(await parked(world, source)).toBe(0);
    expect(new Set(world.internet.requests.map(({ url }) => new URL(url).host))).toEqual(
      new Set(['account.docusign.com']),
    );
  });

  it('is learned anew when the Connection is renewed', async () => {
    const { world, double, connect } = await scene((made) => new Docusign(made));
    await connect();
    double.baseUri = 'https://eu.docusign.net';
    world.internet.host('eu.docusign.net', () => Response.json({ moved: true }));
    const { call, connections } = await connect();
    // Another host is another place: the older one is not given these tokens.
    expect(await ok(call())).toEqual({ moved: true });
    expect(await connections()).toHaveLength(2);
  });
});

describe('a host that the callback names in parts', () => {
  it.each([
    { appcp: 'evil.example' },
    { appcp: 'sharefile.com.evil.example' },
    { subdomain: 'evil.example/' },
    { subdomain: 'evil.example#' },
    { appcp: 'sharefile.com:8443' },
  ])('gets neither code nor secret beyond the suffixes: %j', async (place) => {
    const { world, double, begin, visit } = await scene((made) => new ShareFile(made));
    double.place = { ...double.place, ...place };
    expect(await visit(await begin())).toMatchObject({ changed: false, outcome: { result: 'failed' } });
    expect(world.internet.requests).toEqual([]);
  });

  it('gets no call beyond them', async () => {
    const { double, begin, visit } = await scene((made) => new ShareFile(made));
    double.place = { ...double.place, apicp: 'evil.example' };
    expect(await visit(await begin())).toMatchObject({
      changed: false,
      outcome: { error: 'provider_error' },
    });
  });
});

describe('a user who declines at a provider of OAuth 1.0', () => {
  it('comes back as one who allows, and has connected nothing', async () => {
    const { world, source, begin, visit } = await scene((made) => new TripIt(made));
    expect(await visit(await begin(), { allow: false })).toMatchObject({
      changed: false,
      outcome: { result: 'failed' },
    });
    expect(await parked(world, source)).toBe(0);
  });
});

/** How many grants a source’s users have brought in, and nobody has exchanged. */
async function parked(world: World, source: Source): Promise<number | null> {
  const query = world.db.prepare('SELECT count(*) AS n FROM grants WHERE source_id = ?').bind(source.id);
  return query.first<number>('n');
}
