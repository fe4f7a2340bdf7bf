import { describe, expect, it } from 'vitest';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post, read, sessionCookie, signIn, signInAs } from './harness/console.ts';
import { digest } from './harness/management.ts';
import { World } from './harness/world.ts';

const hour = 60;
const value = (browser: Browser) => browser.cookies.get(sessionCookie)?.value ?? '';

/** A browser that has kept an older value. */
function withValue(world: World, secret: string): Browser {
  const browser = new Browser(world);
  const expiresAt = Number.POSITIVE_INFINITY;
  browser.cookies.set(sessionCookie, { value: secret, expiresAt, sameSite: 'lax' });
  return browser;
}

describe('a session', () => {
  it('is a random cookie of this host, kept as a digest alone', async () => {
    const world = new World();
    world.recording = true;
    const browser = await signIn(world);
    const [set] = world.transcript.join('\n').match(/set-cookie: .*trivet-console=.*/i) ?? [];
    expect(set).toMatch(/__Host-trivet-console=[\w-]{43};/);
    for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'])
      expect(set).toContain(attribute);
    expect(set).not.toContain('Domain');
    const row = await world.db
      .prepare('SELECT * FROM console_sessions WHERE id = ?')
      .bind(await digest(value(browser)))
      .first();
    expect(row).not.toBeNull();
    expect(JSON.stringify(row)).not.toContain(value(browser));
    expect(await isSignedIn(withValue(world, await digest(value(browser))))).toBe(false);
  });

  it('over plain http has no prefix, where browsers would drop it', async () => {
    const world = new World({ PUBLIC_URL: 'http://localhost:8787' });
    const browser = await signIn(world);
    expect(browser.cookies.has('trivet-console')).toBe(true);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('gets a new value when somebody signs in over it, and the one before ends', async () => {
    const world = new World();
    const browser = await signIn(world);
    const before = value(browser);
    await post(browser, world, '/console/sign-in/token', { token: world.bindings.ADMIN_TOKEN ?? '' });
    expect(value(browser)).not.toBe(before);
    expect(await isSignedIn(withValue(world, before))).toBe(false);
  });

  it('gets a new value every hour, and the old one is good for half a minute more', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const first = value(browser);
    world.advance({ minutes: 59 });
    await isSignedIn(browser);
    expect(value(browser)).toBe(first);
    world.advance({ minutes: 1 });
    await isSignedIn(browser);
    const second = value(browser);
    expect(second).not.toBe(first);
    world.advance({ seconds: 29 });
    const late = withValue(world, first);
    expect(await isSignedIn(late)).toBe(true);
    expect(value(late)).toBe(first);
    world.advance({ seconds: 1 });
    expect(await isSignedIn(late)).toBe(false);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('survives requests at the same moment, of which one gets the new value', async () => {
    const world = new World();
    const { browser, personId } = await signInAs(world);
    const first = value(browser);
    world.advance({ minutes: hour });
    const tabs = Array.from({ length: 12 }, () => withValue(world, first));
    expect(await Promise.all(tabs.map(isSignedIn))).toEqual(tabs.map(() => true));
    const fresh = tabs.map(value).filter((each) => each !== first);
    expect(fresh).toHaveLength(1);
    world.advance({ minutes: 1 });
    expect(await isSignedIn(withValue(world, fresh[0] ?? ''))).toBe(true);
    const live = await world.db
      .prepare('SELECT count(*) AS n FROM console_sessions WHERE person_id = ? AND expires_at > ?')
      .bind(personId, world.now)
      .first('n');
    expect(live).toBe(1);
  });

  it('isn’t lost with an answer of the database', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let index = 0; index < 3; index += 1) {
        const world = new World();
        const { browser } = await signInAs(world);
        world.advance({ minutes: hour });
        await world.withFault({ index, when }, () => browser.navigate('/console/settings'));
        world.advance({ minutes: 1 });
        expect(await isSignedIn(browser), `${when} ${index}`).toBe(true);
      }
    }
  });

  it('ends after twelve hours without use', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    world.advance({ minutes: 12 * hour - 1 });
    expect(await isSignedIn(browser)).toBe(true);
    world.advance({ minutes: 12 * hour });
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('ends after seven days, however busy', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    for (let days = 0; days < 7; days += 0.25) {
      expect(await isSignedIn(browser)).toBe(true);
      world.advance({ minutes: 6 * hour });
    }
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('ends when its person signs out, in this browser and for whoever kept its value', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const kept = value(browser);
    const answer = await post(browser, world, '/console/sign-out');
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/console/sign-in']);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(withValue(world, kept))).toBe(false);
  });

  it('takes the value before along when it ends just after a new one', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const first = value(browser);
    world.advance({ minutes: hour });
    await isSignedIn(browser);
    await post(browser, world, '/console/sign-out');
    expect(await isSignedIn(withValue(world, first))).toBe(false);
  });
});

describe('the list of sessions', () => {
  const path = '/console/settings/sessions';
  const ends = (page: string) =>
    [...page.matchAll(/sessions\/([0-9a-f]{32})\/end"/g)].map(([, id]) => id ?? '');

  /** One person in several browsers. */
  async function severalBrowsers(world: World, count: number) {
    const { browser, personId, developerId } = await signInAs(world);
    const others = await Promise.all(
      Array.from({ length: count - 1 }, () => signInAs(world, { developerId })),
    );
    await world.db
      .prepare('UPDATE console_sessions SET person_id = ? WHERE developer_id = ?')
      .bind(personId, developerId)
      .run();
    return [browser, ...others.map((other) => other.browser)];
  }

  it('has each once, and ends one', async () => {
    const world = new World();
    const [mine, other] = await severalBrowsers(world, 2);
    if (!mine || !other) throw new Error('There are two.');
    world.advance({ minutes: hour });
    await isSignedIn(mine);
    const page = await read(mine, path);
    expect(page.match(/This browser/g)).toHaveLength(1);
    const [id, ...more] = ends(page);
    expect(more).toEqual([]);
    expect((await post(mine, world, `${path}/${id}/end`)).status).toBe(303);
    expect(await isSignedIn(other)).toBe(false);
    expect(await isSignedIn(mine)).toBe(true);
    expect((await post(mine, world, `${path}/${id}/end`)).status).toBe(404);
  });

  it('ends all others at once', async () => {
    const world = new World();
    const [mine, ...others] = await severalBrowsers(world, 4);
    if (!mine) throw new Error('There are four.');
    expect((await post(mine, world, `${path}/end-others`)).status).toBe(303);
    expect(await read(mine, path)).toContain('Signed out everywhere else (3).');
    expect(await read(mine, path)).not.toContain('Signed out everywhere else (3).');
    expect(await Promise.all(others.map(isSignedIn))).toEqual([false, false, false]);
  });

  it('is one person’s: colleagues and others neither see nor end it', async () => {
    const world = new World();
    const { browser: ada, developerId } = await signInAs(world);
    const { browser: colleague } = await signInAs(world, { name: 'Grace', developerId });
    const { browser: stranger } = await signInAs(world);
    const { family_id } = (await world.db
      .prepare('SELECT family_id FROM console_sessions WHERE id = ?')
      .bind(await digest(value(ada)))
      .first<{ family_id: string }>()) ?? { family_id: '' };
    for (const browser of [colleague, stranger, await signIn(world)]) {
      expect(await read(browser, path)).not.toContain(family_id);
      expect((await post(browser, world, `${path}/${family_id}/end`)).status).toBe(404);
      await post(browser, world, `${path}/end-others`);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });
});
