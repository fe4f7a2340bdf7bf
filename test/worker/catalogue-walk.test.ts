import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import type { Decision, Double } from './harness/doubles/double.ts';
import { Fitbit } from './harness/doubles/fitbit.ts';
import { Garmin } from './harness/doubles/garmin.ts';
import { GitHub } from './harness/doubles/github.ts';
import { Google } from './harness/doubles/google.ts';
import { Intuit } from './harness/doubles/intuit.ts';
import { Microsoft } from './harness/doubles/microsoft.ts';
import { Notion } from './harness/doubles/notion.ts';
import { Reddit } from './harness/doubles/reddit.ts';
import { Salesforce } from './harness/doubles/salesforce.ts';
import { Shopify } from './harness/doubles/shopify.ts';
import { Slack } from './harness/doubles/slack.ts';
import { Strava } from './harness/doubles/strava.ts';
import { Trello } from './harness/doubles/trello.ts';
import { Withings } from './harness/doubles/withings.ts';
import { Zoom } from './harness/doubles/zoom.ts';
import { createApplication, createSource, manage } from './harness/management.ts';
import { type Exchanged, Run, type View } from './harness/run.ts';
import { World } from './harness/world.ts';

// Each double was written from its provider's documentation, and knows nothing of the entry that is walked here.

interface Shown {
  id: string;
  name: string;
  metadata?: Record<string, unknown>;
  auth: {
    status: { complete: boolean; authorized: boolean };
    scopes: { granted: string[] | null; missing: string[] };
  };
}

/** A provider of the catalogue, as somebody with nothing but a client ID and a secret sets it up. */
async function scene<D extends Double>(make: (world: World) => D) {
  const world = new World();
  const double = make(world);
  const application = await createApplication(world);
  const source = await createSource(world, {
    catalogue: double.slug,
    client_id: double.clientId,
    client_secret: double.clientSecret,
    ...double.fields,
  });
  const begin = async (clientUserId = 'user-1') => {
    const run = await Run.fromPage(world, application, { clientUserId });
    await ok(run.bind());
    return run;
  };
  /** The user of a run goes to the provider, and comes back. */
  const visit = async (run: Run, decision: Decision = {}) => {
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    const back = double.visit(redirectUrl, decision);
    if (back.startsWith(world.origin)) await run.callback(back);
    return ok<View>(run.view());
  };
  const connect = async (decision: Decision = {}) => {
    const run = await begin();
    const { outcome } = await visit(run, decision);
    expect(outcome).toMatchObject({ result: 'connected' });
    await run.finished();
    const { accessToken } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const headers = { Authorization: `Bearer ${accessToken}` };
    const connections = async () =>
      (await ok<{ connections: Shown[] }>(world.request('/user', { headers }))).connections;
    const { path, init = {} } = double.call;
    const call = () =>
      world.request(`/proxy/${source.id}${path}`, {
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string>) },
      });
    return { connections, call };
  };
  return { world, double, source, begin, visit, connect };
}

/** Past the end of an access token, whatever its provider says of it. */
function outlive(world: World, double: Double): void {
  world.advance({ seconds: (double.lifetime ?? 0) + 60 });
}

interface Walk {
  make: (world: World) => Double;
  /** What the Connection is called at first. */
  name: string;
}

const walks: Record<string, Walk> = {
  Fitbit: { make: (world) => new Fitbit(world), name: 'Jane D.' },
  GitHub: { make: (world) => new GitHub(world), name: 'octocat' },
  'a GitHub App': { make: (world) => new GitHub(world, { isGitHubApp: true }), name: 'octocat' },
  Google: { make: (world) => new Google(world), name: 'jane@example.com' },
  Microsoft: { make: (world) => new Microsoft(world), name: 'AdeleV@contoso.com' },
  Slack: { make: (world) => new Slack(world), name: 'grace' },
  Notion: { make: (world) => new Notion(world), name: 'Ada Lovelace’s Notion' },
  Reddit: { make: (world) => new Reddit(world), name: 'spez' },
  Strava: { make: (world) => new Strava(world), name: 'marianne_t' },
  Withings: { make: (world) => new Withings(world), name: '' },
  Zoom: { make: (world) => new Zoom(world), name: 'jchill@example.com' },
  Shopify: { make: (world) => new Shopify(world), name: 'Acme' },
  Salesforce: { make: (world) => new Salesforce(world), name: 'jane@example.com' },
  QuickBooks: { make: (world) => new Intuit(world), name: 'john@example.com' },
  Trello: { make: (world) => new Trello(world), name: 'bentleycook' },
  Garmin: { make: (world) => new Garmin(world), name: '' },
};

const each = Object.entries(walks);
const refreshing = each.filter(([name]) => name !== 'GitHub' && name !== 'Trello');

describe('a provider of the catalogue', () => {
  it.each(each)('connects and is called: %s', async (_, { make, name }) => {
    const { double, connect } = await scene(make);
    const { connections, call } = await connect({ account: 'account-7' });
    expect(await connections()).toMatchObject([
      { name, auth: { status: { complete: true, authorized: true }, scopes: { missing: [] } } },
    ]);
    expect(await ok(call())).toEqual(double.call.answer('account-7'));
    expect(double.forbidden).toEqual([]);
  });

  it.each(refreshing)('is refreshed, again and again: %s', async (_, { make }) => {
    const { world, double, connect } = await scene(make);
    const { connections, call } = await connect();
    for (const refreshes of [1, 2]) {
      outlive(world, double);
      // A call with a body isn't repeated: the next one finds the token refreshed.
      if ((await call()).status === 401) await call();
      expect(await ok(call())).toEqual(double.call.answer('account-1'));
      expect(double.refreshes).toBe(refreshes);
    }
    expect(await connections()).toMatchObject([{ auth: { status: { complete: true, authorized: true } } }]);
    expect(double.forbidden).toEqual([]);
  });

  it.each(refreshing)('that has ended the grant is not asked twice: %s', async (_, { make }) => {
    const { world, double, connect } = await scene(make);
    const { connections, call } = await connect();
    double.endGrants();
    outlive(world, double);
    await refused(call(), 409, 'invalid_grant');
    const asked = world.internet.requests.length;
    await refused(call(), 409, 'invalid_grant');
    expect(world.internet.requests).toHaveLength(asked);
    expect(await connections()).toMatchObject([{ auth: { status: { complete: false } } }]);
    expect(double.forbidden).toEqual([]);
  });

  it.each(each)('may be declined: %s', async (_, { make }) => {
    const { double, begin, visit } = await scene(make);
    const run = await begin();
    const { changed, sources, outcome } = await visit(run, { allow: false });
    expect({ changed, connected: sources.some((source) => source.connected) }).toEqual({
      changed: false,
      connected: false,
    });
    // Trello's page keeps who declines.
    if (double.slug !== 'trello') expect(outcome).toMatchObject({ result: 'denied', error: 'access_denied' });
    // The same run goes on.
    expect(await visit(run)).toMatchObject({ changed: true, outcome: { result: 'connected' } });
    expect(double.forbidden).toEqual([]);
  });

  // Who connected at QuickBooks is known from the callback alone, which anybody could have written.
  it.each(each.filter(([name]) => name !== 'QuickBooks'))('knows its accounts: %s', async (_, { make }) => {
    const { double, connect } = await scene(make);
    await connect({ account: 'account-1' });
    expect(await (await connect({ account: 'account-1' })).connections()).toHaveLength(1);
    expect(await (await connect({ account: 'account-2' })).connections()).toHaveLength(2);
    expect(double.forbidden).toEqual([]);
  });

  it.each(each.filter(([name]) => ['Fitbit', 'Google', 'Reddit', 'Zoom', 'Salesforce'].includes(name)))(
    'is told when a Connection ends: %s',
    async (_, { make }) => {
      const { world, double, connect } = await scene(make);
      const [connection] = await (await connect()).connections();
      expect((await manage(world, 'DELETE', `/connections/${connection?.id}`)).status).toBe(204);
      expect(double.revoked).toEqual([expect.stringMatching(/\S/)]);
      expect(double.forbidden).toEqual([]);
    },
  );
});

describe('what providers have of their own', () => {
  it('Google gives a refresh token the second time, too', async () => {
    const { world, double, connect } = await scene((made) => new Google(made));
    await connect();
    const { call } = await connect();
    outlive(world, double);
    expect(await ok(call())).toEqual(double.call.answer('account-1'));
    expect(double.refreshes).toBe(1);
  });

  it('Strava says in the callback which scopes were left out', async () => {
    const { double, connect } = await scene((made) => new Strava(made));
    double.withheld = ['activity:read'];
    const { connections } = await connect();
    expect(await connections()).toMatchObject([
      { auth: { status: { authorized: false }, scopes: { granted: ['read'], missing: ['activity:read'] } } },
    ]);
  });

  it('Salesforce is called at the host that the grant names', async () => {
    const { world, connect } = await scene((made) => new Salesforce(made));
    const { call } = await connect();
    await ok(call());
    expect(world.internet.requests.at(-1)?.url).toBe(
      'https://acme-dev-ed.my.salesforce.com/services/data/v62.0/limits',
    );
  });

  it('QuickBooks says in the callback which company it is', async () => {
    const { connect } = await scene((made) => new Intuit(made));
    expect(await (await connect()).connections()).toMatchObject([
      { metadata: { realmId: '1231434565226279', email: 'john@example.com' } },
    ]);
  });

  it('Withings and Notion say with the tokens what their profiles don’t', async () => {
    const withings = await scene((made) => new Withings(made));
    expect(await (await withings.connect()).connections()).toMatchObject([
      { metadata: { userid: 'account-1' } },
    ]);
    const notion = await scene((made) => new Notion(made));
    expect(await (await notion.connect()).connections()).toMatchObject([
      { metadata: { workspace_name: 'Ada Lovelace’s Notion', bot_id: 'account-1' } },
    ]);
  });

  it('Trello shows the user the application’s own name, where it was given', async () => {
    const { connect, world } = await scene((made) => {
      const trello = new Trello(made);
      trello.fields.name = 'Trello of ours';
      return trello;
    });
    await connect();
    expect(world.internet.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'POST /1/OAuthGetRequestToken',
      'POST /1/OAuthGetAccessToken',
      'GET /1/members/me',
    ]);
  });
});
