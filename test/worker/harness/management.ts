import { ok } from './answers.ts';
import { adminToken, type World } from './world.ts';

/** An application as its developer integrates it. */
export interface Application {
  clientId: string;
  clientSecret: string;
  /** The origin its pages are on. */
  page: string;
  returnUrl: string;
}

/** A data source as the management API shows it, as far as tests read it. */
export interface Source {
  id: string;
  slug: string;
  name: string;
}

/** Calls the management API. */
export function manage(
  world: World,
  method: string,
  path: string,
  body?: unknown,
  key: string = adminToken,
): Promise<Response> {
  return world.request(path, {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Registers an application with one origin and one return URL. */
export async function createApplication(
  world: World,
  fields: Record<string, unknown> = {},
  key?: string,
): Promise<Application> {
  const page = `https://shop-${crypto.randomUUID().slice(0, 8)}.example`;
  const returnUrl = `${page}/connected?from=trivet`;
  const body = { name: 'Shop', origins: [page], returnUrls: [returnUrl], ...fields };
  const made = await ok<{ clientId: string; clientSecret: string }>(
    manage(world, 'POST', '/applications', body, key),
  );
  return { ...made, page, returnUrl };
}

/** Defines a data source. */
export function createSource(world: World, fields: Record<string, unknown>, key?: string): Promise<Source> {
  return ok<Source>(manage(world, 'POST', '/sources', fields, key));
}

/** A second developer with an API key, straight into the database. */
export async function createDeveloper(world: World, scopes: string[] | null = null) {
  const id = crypto.randomUUID().replaceAll('-', '');
  const key = `trv_key_${crypto.randomUUID()}${crypto.randomUUID()}`;
  const insertDeveloper = 'INSERT INTO developers (id, name, created_at) VALUES (?, ?, ?)';
  const insertKey =
    'INSERT INTO api_keys (id, developer_id, name, key_hash, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?)';
  const keyId = crypto.randomUUID().replaceAll('-', '');
  await world.db.batch([
    world.db.prepare(insertDeveloper).bind(id, 'Another', world.now),
    world.db
      .prepare(insertKey)
      .bind(keyId, id, 'key', await digest(key), scopes && JSON.stringify(scopes), world.now),
  ]);
  return { id, key };
}

/** base64url(SHA-256(text)): PKCE's S256, and how this service keeps its own secrets. */
export async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return toBase64url(bytes);
}

/** 256 random bits. */
export function randomSecret(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
