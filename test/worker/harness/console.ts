import { expect } from 'vitest';
import { Browser } from './browser.ts';
import { digest, randomSecret } from './management.ts';
import { adminToken, type World } from './world.ts';

/** The console's session cookie, as an https deployment names it. */
export const sessionCookie = '__Host-trivet-console';

/** A browser that is signed in with the administrator's token. */
export async function signIn(world: World): Promise<Browser> {
  const browser = new Browser(world);
  const answer = await post(browser, world, '/console/sign-in/token', { token: adminToken });
  expect(answer.status).toBe(303);
  return browser;
}

/** A person who was invited into an account, and is signed in. The account is made where none is given. */
export async function signInAs(
  world: World,
  {
    name = 'Ada',
    email = null,
    developerId,
  }: { name?: string; email?: string | null; developerId?: string } = {},
): Promise<{ browser: Browser; personId: string; developerId: string }> {
  const [personId, family, account] = [newId(), newId(), developerId ?? newId()];
  const secret = randomSecret();
  await world.db.batch([
    world.db
      .prepare('INSERT OR IGNORE INTO developers (id, name, created_at) VALUES (?, ?, ?)')
      .bind(account, `${name}’s account`, world.now),
    world.db
      .prepare(
        'INSERT INTO people (id, developer_id, issuer, subject, name, email, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .bind(personId, account, 'https://people.example', personId, name, email, world.now, world.now),
    world.db
      .prepare(
        `INSERT INTO console_sessions (id, developer_id, person_id, family_id, user_agent, created_at, last_seen_at,
         rotated_at, expires_at) VALUES (?, ?, ?, ?, 'Test', ?, ?, ?, ?)`,
      )
      .bind(
        await digest(secret),
        account,
        personId,
        family,
        world.now,
        world.now,
        world.now,
        world.now + 7 * 24 * 3_600_000,
      ),
  ]);
  const browser = new Browser(world);
  const expiresAt = Number.POSITIVE_INFINITY;
  browser.cookies.set(sessionCookie, { value: secret, expiresAt, sameSite: 'lax' });
  return { browser, personId, developerId: account };
}

/** Sends a form of the console's own pages. */
export function post(
  browser: Browser,
  { origin }: World,
  path: string,
  fields: Record<string, string> = {},
): Promise<Response> {
  return browser.submit(path, new URLSearchParams(fields), { from: origin });
}

/** The page at a path, which must be there. */
export async function read(browser: Browser, path: string): Promise<string> {
  const answer = await browser.navigate(path);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}

/** Whether the browser is signed in. */
export async function isSignedIn(browser: Browser): Promise<boolean> {
  const answer = await browser.navigate('/console/settings/sessions');
  if (answer.status === 200) return true;
  expect(answer.headers.get('Location')).toBe('/console/sign-in');
  return false;
}

function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** The error beside a field, or null. */
export function errorOf(page: string, field: string): string | null {
  return new RegExp(`id="error-${field}">([^<]*)<`).exec(page)?.[1] ?? null;
}
