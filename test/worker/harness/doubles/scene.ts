import { expect } from 'vitest';
import { ok } from '../answers.ts';
import { createApplication, createSource, manage } from '../management.ts';
import { type Exchanged, Run, type View } from '../run.ts';
import { World } from '../world.ts';
import type { Decision, Double } from './double.ts';
import { Fitbit } from './fitbit.ts';
import { Garmin } from './garmin.ts';
import { GitHub } from './github.ts';
import { Google } from './google.ts';
import { Intuit } from './intuit.ts';
import { Microsoft } from './microsoft.ts';
import { Notion } from './notion.ts';
import { Reddit } from './reddit.ts';
import { Salesforce } from './salesforce.ts';
import { Shopify } from './shopify.ts';
import { Slack } from './slack.ts';
import { Strava } from './strava.ts';
import { Trello } from './trello.ts';
import { Withings } from './withings.ts';
import { Zoom } from './zoom.ts';

/** A Connection as its user's application sees it. */
interface Shown {
  id: string;
  name: string;
  metadata?: Record<string, unknown>;
  auth: {
    status: { complete: boolean; authorized: boolean };
    scopes: { granted: string[]; missing: string[] };
  };
}

const makers = {
  Fitbit: (world) => new Fitbit(world),
  GitHub: (world) => new GitHub(world),
  'a GitHub App': (world) => new GitHub(world, { isGitHubApp: true }),
  Google: (world) => new Google(world),
  Microsoft: (world) => new Microsoft(world),
  Slack: (world) => new Slack(world),
  Notion: (world) => new Notion(world),
  Reddit: (world) => new Reddit(world),
  Strava: (world) => new Strava(world),
  Withings: (world) => new Withings(world),
  Zoom: (world) => new Zoom(world),
  Shopify: (world) => new Shopify(world),
  Salesforce: (world) => new Salesforce(world),
  QuickBooks: (world) => new Intuit(world),
  Trello: (world) => new Trello(world),
  Garmin: (world) => new Garmin(world),
} satisfies Record<string, (world: World) => Double>;

/** Every double, by the name of its provider. */
export const doubles: Record<keyof typeof makers, (world: World) => Double> = makers;

/** A provider of the catalogue, set up by somebody who has a client ID and a secret, and an application to connect it to. */
export async function scene<D extends Double>(make: (world: World) => D) {
  const world = new World();
  const double = make(world);
  const application = await createApplication(world);
  const source = await createSource(world, {
    catalogue: double.slug,
    client_id: double.clientId,
    client_secret: double.clientSecret,
    ...double.fields,
  });
  double.registered = `${world.origin}/done/${source.id}`;
  const begin = async () => {
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    return run;
  };
  /** The user of a run goes to the provider, and comes back to the popup. */
  const visit = async (run: Run, decision: Decision = {}) => {
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    const back = double.visit(redirectUrl, decision);
    if (back.startsWith(world.origin)) await run.callback(back);
    return ok<View>(run.view());
  };
  /** Connects, and exchanges: what the application's server can do from then on. */
  const connect = async (decision: Decision = {}, begun?: Run) => {
    const run = begun ?? (await begin());
    const { outcome } = await visit(run, decision);
    expect(outcome).toMatchObject({ result: 'connected' });
    await run.finished();
    const { accessToken } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const headers = { Authorization: `Bearer ${accessToken}` };
    const { path, init = {} } = double.call;
    return {
      connections: async () =>
        (await ok<{ connections: Shown[] }>(world.request('/user', { headers }))).connections,
      call: () =>
        world.request(`/proxy/${source.id}${path}`, {
          ...init,
          headers: { ...headers, ...(init.headers as Record<string, string>) },
        }),
    };
  };
  /** Changes what the entry says. */
  const change = (fields: Record<string, unknown>) =>
    ok(manage(world, 'PATCH', `/sources/${source.id}`, fields));
  /** Past the end of an access token, whatever its provider says of it. */
  const outlive = () => world.advance({ seconds: (double.lifetime ?? 0) + 60 });
  return { world, double, source, begin, visit, connect, change, outlive };
}
