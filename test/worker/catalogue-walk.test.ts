import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { doubles, scene } from './harness/doubles/scene.ts';

// Each double was written from its provider's documentation, and knows nothing of the entry that is walked here.

/** What a Connection is called at first. */
const names: Record<string, string> = {
  Fitbit: 'Jane D.',
  GitHub: 'octocat',
  'a GitHub App': 'octocat',
  Google: 'jane@example.com',
  Microsoft: 'AdeleV@contoso.com',
  Slack: 'grace',
  Notion: 'Ada Lovelace’s Notion',
  Reddit: 'spez',
  Strava: 'marianne_t',
  Zoom: 'jchill@example.com',
  Shopify: 'Acme',
  Salesforce: 'jane@example.com',
  QuickBooks: 'Larry’s Bakery',
  Trello: 'bentleycook',
};

/** Their tokens stay. */
const unending = ['GitHub', 'Trello'];

const each = Object.entries(doubles);
const refreshing = each.filter(([name]) => !unending.includes(name));

describe('a provider of the catalogue', () => {
  it.each(each)('is declined, connected, called and refreshed: %s', async (provider, make) => {
    const { double, begin, visit, connect, outlive } = await scene(make);
    const run = await begin();
    const { changed, sources, outcome } = await visit(run, { allow: false });
    expect({ changed, connected: sources.filter((source) => source.connected) }).toEqual({
      changed: false,
      connected: [],
    });
    // Trello's page keeps who declines.
    if (provider !== 'Trello') expect(outcome).toMatchObject({ result: 'denied', error: 'access_denied' });

    const { connections, call } = await connect({ account: 'account-7' }, run);
    expect(await connections()).toMatchObject([
      {
        name: names[provider] ?? '',
        auth: { status: { complete: true, authorized: true }, scopes: { missing: [] } },
      },
    ]);
    expect(await ok(call())).toEqual(double.call.answer('account-7'));
    for (const refreshes of unending.includes(provider) ? [] : [1, 2]) {
      outlive();
      expect(await ok(call())).toEqual(double.call.answer('account-7'));
      expect(double.refreshes).toBe(refreshes);
    }
    expect(await connections()).toMatchObject([{ auth: { status: { complete: true, authorized: true } } }]);
    expect(double.forbidden).toEqual([]);
  });

  it.each(refreshing)('that has ended the grant is not asked twice: %s', async (_, make) => {
    const { world, double, connect, outlive } = await scene(make);
    const { connections, call } = await connect();
    double.endGrants();
    outlive();
    await refused(call(), 409, 'invalid_grant');
    const asked = world.internet.requests.length;
    await refused(call(), 409, 'invalid_grant');
    expect(world.internet.requests).toHaveLength(asked);
    expect(await connections()).toMatchObject([{ auth: { status: { complete: false } } }]);
    expect(double.forbidden).toEqual([]);
  });
});
