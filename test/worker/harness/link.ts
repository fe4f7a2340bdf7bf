import { expect } from 'vitest';
import { ok } from './answers.ts';
import { Browser } from './browser.ts';
import { manage } from './management.ts';
import type { Choice, OAuth2Provider } from './oauth2-provider.ts';
import type { World } from './world.ts';

/** A Connection as the management API shows it. */
export interface Shown {
  id: string;
  name: string;
  auth: {
    status: { complete: boolean; authorized: boolean };
    data: Record<string, unknown>;
    scopes: { requested: string[]; granted: string[]; missing: string[] };
  };
  metadata?: Record<string, unknown>;
  created: string;
  updated: string;
  provider_id: string;
  application_id?: string;
  client_user_id?: string;
  provider_deleted?: boolean;
  vouched?: boolean;
}

/** A Connection with the link that sends its user to the provider. */
export interface Linked extends Shown {
  redirect_url: string;
  redirectUrl: string;
}

/** Where the users of links end up, where a test doesn’t say. */
export const finalUrl = 'https://shop.example/back?from=app';

/** A developer’s server makes a Connection, and gets its link. */
export function createConnection(
  world: World,
  { id }: { id: string },
  fields: Record<string, unknown> = {},
  key?: string,
): Promise<Linked> {
  const body = { redirect_url: finalUrl, ...fields };
  return ok<Linked>(manage(world, 'POST', `/maps/${id}/connections`, body, key));
}

export function readConnection(world: World, id: string, key?: string): Promise<Shown> {
  return ok<Shown>(manage(world, 'GET', `/connections/${id}`, undefined, key));
}

/** The user follows a link and is sent to the provider: gives the authorization URL. */
export async function openLink(browser: Browser, url: string): Promise<string> {
  return locationOf(await browser.navigate(url, { from: 'https://shop.example' }));
}

/** The provider sends the browser back, and we send it on: gives the final location. */
export async function comeBack(browser: Browser, callbackUrl: string): Promise<URL> {
  return new URL(await locationOf(await browser.navigate(callbackUrl, { from: 'https://provider.example' })));
}

async function locationOf(response: Response): Promise<string> {
  expect(response.status, response.ok ? await response.text() : '').toBe(302);
  return response.headers.get('Location') ?? '';
}

/** A user walks a link from end to end: gives the final location. */
export async function walk(
  world: World,
  provider: OAuth2Provider,
  { redirectUrl }: Linked,
  choice: Choice = {},
  browser: Browser = new Browser(world),
): Promise<URL> {
  return comeBack(browser, provider.consent(await openLink(browser, redirectUrl), choice));
}

interface Walked {
  /** The new Connection, as it was made. */
  made: Linked;
  id: string;
  /** Where its user ended up. */
  location: URL;
}

/** A Connection whose user has walked its link. */
export async function linkedConnection(
  world: World,
  provider: OAuth2Provider,
  source: { id: string },
  { choice = {}, key, ...fields }: { choice?: Choice; key?: string; [field: string]: unknown } = {},
): Promise<Walked> {
  const made = await createConnection(world, source, fields, key);
  return { made, id: made.id, location: await walk(world, provider, made, choice) };
}

/** The developer’s server redeems what its user came back with. */
export function redeem(world: World, connectionCode: string | null, key?: string): Promise<Response> {
  return manage(world, 'POST', '/connections/redeem', { connection_code: connectionCode }, key);
}

export function patchConnection(world: World, id: string, body: unknown, key?: string): Promise<Response> {
  return manage(world, 'PATCH', `/connections/${id}`, body, key);
}
