import { ok } from './answers.ts';
import { connected } from './connected.ts';
import { manage } from './management.ts';
import type { Echo } from './oauth2-provider.ts';
import type { World } from './world.ts';

type Document = Record<string, unknown>;

/** Gives a data source's map these endpoints. */
export async function putEndpoints(
  world: World,
  { id }: { id: string },
  endpoints: Document,
  more: Document = {},
): Promise<Response> {
  const map = await ok<{ source: Document }>(manage(world, 'GET', `/maps/${id}`));
  return manage(world, 'PUT', `/maps/${id}`, { source: { ...map.source, endpoints, ...more } });
}

/** A connected user, and the endpoints of the map that their Connection is at. */
export async function mapped(endpoints: Document, more: Document = {}) {
  const scene = await connected({ fields: { metadata_url: '/me' } });
  const { world, source, id } = scene;
  await ok(putEndpoints(world, source, endpoints, more));
  await world.db
    .prepare('UPDATE connections SET metadata = ? WHERE id = ?')
    .bind(JSON.stringify({ id: 'account-1', team: { ids: ['t 1', 't/2'] }, size: 42, none: null }), id)
    .run();
  const data = (path: string, init?: RequestInit) => scene.call(`/data/${source.id}${path}`, init);
  return {
    ...scene,
    data,
    /** What reached the provider. */
    sent: async (path: string, init?: RequestInit) => {
      const { url, ...others } = await ok<Echo>(data(path, init));
      const { pathname, search, searchParams } = new URL(url);
      return { ...others, path: pathname, query: Object.fromEntries(searchParams), search };
    },
  };
}
