import { ok } from './harness/answers.ts';
import { manage } from './harness/management.ts';
import type { World } from './harness/world.ts';

/** A map as the management API shows it. */
export interface MapAnswer {
  id: string;
  source: Record<string, unknown>;
}

/** A map's row, as far as tests read it. */
export interface SourceRow {
  document: string | null;
  definition: string;
  client_id: string | null;
  sealed_client_secret: string | null;
  sealed_environment: string | null;
  secret_hosts: string | null;
}

/** An OAuth 2 document with secrets in every place that can hold one. */
export function lantern(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: '1.0',
    url: 'https://api.lantern.example/v2',
    odd: { kept: [1, null, { deep: '{{ anything }}' }] },
    headers: { Authorization: 'Basic {{ environment.token }}' },
    auth: {
      type: 'oauth2',
      redirect_url: 'https://shop.example/connected',
      authorization_url: 'https://www.lantern.example/oauth2/authorize?duration=permanent',
      access_token: '/oauth2/token',
      auth_key: 'the-client-id',
      auth_secret: 'PLANTED-auth-secret',
      stateless: true,
    },
    environment: { token: 'PLANTED-environment-token', other: 'PLANTED-environment-other' },
    meta: { uniqueness_location: 'id', endpoint: { route: '/me' } },
    endpoints: { Pictures: { GET: { route: { path: '/pictures', data: 'items' }, odd: true } } },
    ...changes,
  };
}

export function createMap(world: World, document: unknown = lantern(), key?: string): Promise<MapAnswer> {
  return ok<MapAnswer>(manage(world, 'POST', '/maps', document, key));
}

export function readMap(world: World, id: string, key?: string): Promise<MapAnswer> {
  return ok<MapAnswer>(manage(world, 'GET', `/maps/${id}`, undefined, key));
}

export function putMap(world: World, id: string, document: unknown, key?: string): Promise<Response> {
  return manage(world, 'PUT', `/maps/${id}`, document, key);
}

export async function rowOf(world: World, id: string): Promise<SourceRow> {
  const row = await world.db.prepare('SELECT * FROM sources WHERE id = ?').bind(id).first<SourceRow>();
  if (!row) throw new Error(`No such source: ${id}`);
  return row;
}
