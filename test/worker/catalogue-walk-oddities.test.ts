import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { Google } from './harness/doubles/google.ts';
import { Intuit } from './harness/doubles/intuit.ts';
import { Notion } from './harness/doubles/notion.ts';
import { Salesforce } from './harness/doubles/salesforce.ts';
import { doubles, scene } from './harness/doubles/scene.ts';
import { Strava } from './harness/doubles/strava.ts';
import { Trello } from './harness/doubles/trello.ts';
import { Withings } from './harness/doubles/withings.ts';
import { manage } from './harness/management.ts';

function some(...names: string[]) {
  return Object.entries(doubles).filter(([name]) => names.includes(name));
}

describe('a provider of the catalogue', () => {
  it.each(Object.entries(doubles))('tells one account from another: %s', async (_, make) => {
    const { double, connect } = await scene(make);
    await connect({ account: 'account-1' });
    await connect({ account: 'account-2' });
    expect(await (await connect({ account: 'account-1' })).connections()).toHaveLength(2);
    expect(double.forbidden).toEqual([]);
  });

  it.each(some('Fitbit', 'Google', 'Reddit', 'Zoom', 'Salesforce', 'QuickBooks'))(
    'is told when a Connection ends: %s',
    async (_, make) => {
      const { world, double, connect } = await scene(make);
      // The storage is shared: another test's Connection of the same account would spare this one.
      const account = `account-${crypto.randomUUID()}`;
      const [connection] = await (await connect({ account })).connections();
      expect((await manage(world, 'DELETE', `/connections/${connection?.id}`)).status).toBe(204);
      expect(double.revoked).toEqual([expect.stringMatching(/\S/)]);
      expect(double.forbidden).toEqual([]);
    },
  );
});

describe('what providers have of their own', () => {
  it('Google gives a refresh token the second time, too', async () => {
    const { double, connect, outlive } = await scene((world) => new Google(world));
    await connect();
    const { call } = await connect();
    outlive();
    expect(await ok(call())).toEqual(double.call.answer('account-1'));
    expect(double.refreshes).toBe(1);
  });

  it('Strava says in the callback which scopes were left out', async () => {
    const { double, connect } = await scene((world) => new Strava(world));
    double.withheld = ['activity:read'];
    expect(await (await connect()).connections()).toMatchObject([
      { auth: { status: { authorized: false }, scopes: { granted: ['read'], missing: ['activity:read'] } } },
    ]);
  });

  it('Salesforce is called at the host that the grant names', async () => {
    const { world, connect } = await scene((made) => new Salesforce(made));
    await ok((await connect()).call());
    const host = 'https://acme-dev-ed.my.salesforce.com';
    expect(world.internet.requests.at(-1)?.url).toBe(`${host}/services/data/v62.0/limits`);
  });

  it('QuickBooks says in the callback which company it is, and confirms it', async () => {
    const { double, connect } = await scene((world) => new Intuit(world));
    expect(await (await connect()).connections()).toMatchObject([
      { metadata: { realmId: double.realmOf('account-1'), CompanyInfo: { CompanyName: 'Larry’s Bakery' } } },
    ]);
  });

  it('a company that QuickBooks didn’t confirm is one with no other', async () => {
    const { double, connect } = await scene((world) => new Intuit(world));
    const { connections } = await connect();
    double.answersCompany = false;
    await connect();
    expect(await connections()).toHaveLength(2);
    double.answersCompany = true;
    await connect();
    expect(await connections()).toHaveLength(2);
    expect(double.forbidden).toEqual([]);
  });

  it('nobody becomes another company by writing its number into the callback', async () => {
    const { double, begin, connect } = await scene((world) => new Intuit(world));
    const { connections } = await connect({ account: 'victim' });
    double.forgedRealm = double.realmOf('victim');
    const run = await begin();
    await connect({ account: 'attacker' }, run);
    // Control: the victim’s own second consent is the same Connection.
    double.forgedRealm = null;
    await connect({ account: 'victim' });
    expect(await connections()).toHaveLength(2);
  });

  it('Withings says with the tokens whose they are, and has no profile', async () => {
    const { connect } = await scene((world) => new Withings(world));
    expect(await (await connect()).connections()).toMatchObject([{ metadata: { userid: 'account-1' } }]);
  });

  it('Notion says with the tokens which workspace it is', async () => {
    const { connect } = await scene((world) => new Notion(world));
    expect(await (await connect()).connections()).toMatchObject([
      { metadata: { workspace_name: 'Ada Lovelace’s Notion', bot_id: 'account-1' } },
    ]);
  });

  it('Trello is asked for no scope before the user is there', async () => {
    const { world, connect } = await scene((made) => new Trello(made));
    await connect();
    expect(world.internet.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://trello.com/1/OAuthGetRequestToken',
      'POST https://trello.com/1/OAuthGetAccessToken',
      'GET https://api.trello.com/1/members/me',
    ]);
  });
});

/** One wrong word in each entry. */
const mistakes: [provider: keyof typeof doubles, mistake: Record<string, unknown>][] = [
  ['Fitbit', { pkce: 'none' }],
  ['GitHub', { api_headers: {} }],
  ['Google', { token_auth_method: 'client_secret_basic' }],
  ['Microsoft', { scope_separator: ',' }],
  ['Slack', { scope_param: 'scope' }],
  ['Notion', { token_body_format: 'form' }],
  ['Reddit', { token_headers: {} }],
  ['Strava', { scope_separator: ' ' }],
  ['Withings', { token_params: {} }],
  ['Zoom', { token_auth_method: 'client_secret_post' }],
  ['Shopify', { api_headers: {} }],
  ['Salesforce', { pkce: 'none' }],
  ['QuickBooks', { token_auth_method: 'client_secret_post' }],
  ['QuickBooks', { api_headers: {} }],
  ['Trello', { scope_at: 'request' }],
  ['Garmin', { pkce: 'plain' }],
];

describe('a wrong entry is noticed', () => {
  it.each(mistakes)('at %s with %j', async (provider, mistake) => {
    const { double, begin, visit, connect, change } = await scene(doubles[provider]);
    await change(mistake);
    const run = await begin();
    const { changed } = await visit(run).catch(() => ({ changed: false }));
    if (changed) await connect().then(({ call }) => call());
    expect(double.forbidden).not.toEqual([]);
  });
});
