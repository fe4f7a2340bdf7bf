import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { BigCommerce } from './harness/doubles/bigcommerce.ts';
import { Bungie } from './harness/doubles/bungie.ts';
import type { Double } from './harness/doubles/double.ts';
import { DropboxSign } from './harness/doubles/dropbox-sign.ts';
import { EBay } from './harness/doubles/ebay.ts';
import { scene } from './harness/doubles/scene.ts';
import { Zalo } from './harness/doubles/zalo.ts';
import type { World } from './harness/world.ts';

// Providers that want more in their requests than OAuth has, each at its own place.

const doubles: Record<string, [make: (world: World) => Double, name: string]> = {
  BigCommerce: [(world) => new BigCommerce(world), 'merchant@example.com'],
  Bungie: [(world) => new Bungie(world), 'name#1234'],
  'Dropbox Sign': [(world) => new DropboxSign(world), 'me@dropboxsign.com'],
  eBay: [(world) => new EBay(world), 'acme-seller'],
  Zalo: [(world) => new Zalo(world), 'Nguyễn Văn A'],
};

describe('a provider with places to fill', () => {
  it.each(Object.entries(doubles))('is connected, called and refreshed: %s', async (_, [make, name]) => {
    const { world, double, connect, outlive } = await scene((made) => {
      made.recording = true;
      return make(made);
    });
    const { connections, call } = await connect({ account: 'account-1' });
    expect(await connections()).toMatchObject([{ name, auth: { status: { authorized: true } } }]);
    expect(await ok(call())).toEqual(double.call.answer('account-1'));
    for (const refreshes of double.lifetime === null ? [] : [1, 2]) {
      outlive();
      expect(await ok(call())).toEqual(double.call.answer('account-1'));
      expect(double.refreshes).toBe(refreshes);
    }
    await connect({ account: 'account-2' });
    expect(await connections()).toHaveLength(2);
    expect(double.forbidden).toEqual([]);
    // What is a secret is in no answer and no log of ours.
    expect(world.transcript.length).toBeGreaterThan(5);
    for (const text of [...world.transcript, ...world.logs]) expect(text).not.toContain('PLANTED');
  });

  it.each([
    ['BigCommerce', { token_params: { context: '{callback.context}' } }],
    ['Bungie', { api_headers: {} }],
    ['Dropbox Sign', { token_params: {} }],
    ['eBay', { token_params: {} }],
    ['eBay', { authorization_params: {} }],
    ['Zalo', { token_headers: { secret_key: '{client_id}' } }],
  ])('notices a wrong entry: %s with %j', async (provider, mistake) => {
    const [make] = doubles[provider] ?? [];
    if (!make) throw new Error(`There is no ${provider}.`);
    const { double, begin, visit, connect, change } = await scene(make);
    await change(mistake);
    const run = await begin();
    const { changed } = await visit(run).catch(() => ({ changed: false }));
    if (changed) await connect().then(({ call }) => call());
    expect(double.forbidden).not.toEqual([]);
  });
});
