import type { Bindings } from '../../../src/env.ts';
import { ok } from './answers.ts';
import { OAuth1Provider } from './oauth1-provider.ts';
import type { OAuth2Provider } from './oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from './run.ts';
import { setting } from './setting.ts';
import type { World } from './world.ts';

interface Wishes {
  /** Of the data source. */
  fields?: Record<string, unknown>;
  /** Of the deployment. */
  bindings?: Partial<Bindings>;
  /** Done to the provider before the user consents. */
  provider?: (provider: OAuth2Provider) => void;
}

/** A user of an application with one Connection, and what the application's server calls with. */
export async function connected({ fields, bindings, provider: prepare }: Wishes = {}) {
  const scene = await setting(fields, bindings);
  const { world, application, provider, source } = scene;
  prepare?.(provider);
  const run = await finishedRun(world, application, provider, source);
  const user = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
  const authorized = (init: RequestInit = {}) => ({
    ...init,
    headers: { Authorization: `Bearer ${user.accessToken}`, ...init.headers },
  });
  return {
    ...scene,
    user,
    id: user.connections[0] ?? '',
    authorized,
    call: (path: string, init?: RequestInit) => world.request(path, authorized(init)),
    proxy: (path: string, init?: RequestInit) =>
      world.request(`/proxy/${source.id}${path}`, authorized(init)),
  };
}

/** The same at an OAuth 1.0a provider, which checks every signature by itself. */
export async function connectedPhotos(
  fields: (photos: OAuth1Provider) => Record<string, unknown> = () => ({}),
) {
  const { world, application } = await setting();
  const photos = new OAuth1Provider(world);
  const source = await photos.define(fields(photos));
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
  await run.callback(photos.consent(source, redirectUrl));
  await run.finished();
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const call = (path: string, init: RequestInit = {}) =>
    world.request(path, { ...init, headers: { Authorization: `Bearer ${accessToken}`, ...init.headers } });
  return {
    world,
    photos,
    source,
    call,
    proxy: (path: string, init?: RequestInit) => call(`/proxy/${source.id}${path}`, init),
  };
}

/** A Connection's row, by the names of its columns. */
export async function rowOf(world: World, id: string): Promise<Record<string, string | number | null>> {
  const row = await world.db.prepare('SELECT * FROM connections WHERE id = ?').bind(id).first();
  return (row ?? {}) as Record<string, string | number | null>;
}

/** The types of a Connection's events, in order. */
export async function eventsOf(world: World, id: string): Promise<string[]> {
  const { results } = await world.db
    .prepare('SELECT type FROM events WHERE connection_id = ? ORDER BY seq')
    .bind(id)
    .all<{ type: string }>();
  return results.map(({ type }) => type);
}
