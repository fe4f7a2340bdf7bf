import { describe, expect, it } from 'vitest';
import { makeLinkCode } from '../../src/access/sign-in/link-code.ts';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post, read, sessionCookie, signIn } from './harness/console.ts';
import { adminToken, World } from './harness/world.ts';

function withoutToken(world: World): void {
  const { ADMIN_TOKEN: _, ...rest } = world.bindings;
  world.bindings = rest;
}

describe('the sign-in page', () => {
  it('is where everyone goes who isn’t signed in', async () => {
    const browser = new Browser(new World());
    for (const path of [
      '/console',
      '/console/applications',
      '/console/settings/people',
      '/console/nowhere',
    ]) {
      const answer = await browser.navigate(path);
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/console/sign-in']);
    }
  });

  it('offers what is configured and nothing else', async () => {
    const credentials = (name: string) => ({
      [`CONSOLE_${name}_CLIENT_ID`]: 'id',
      [`CONSOLE_${name}_CLIENT_SECRET`]: 'secret',
    });
    const offered = async (settings: Record<string, string>) => {
      const page = await read(new Browser(new World(settings)), '/console/sign-in');
      return [...page.matchAll(/Continue with ([^<]+)/g)].map(([, label]) => label?.trim());
    };
    expect(await offered({})).toEqual([]);
    expect(await offered(credentials('GITHUB'))).toEqual(['GitHub']);
    const tenant = { CONSOLE_MICROSOFT_TENANT: crypto.randomUUID() };
    const issuer = { CONSOLE_OIDC_ISSUER: 'https://id.example' };
    const access = { CONSOLE_ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com', CONSOLE_ACCESS_AUD: 'x' };
    expect(
      await offered({
        ...credentials('GITHUB'),
        ...credentials('GOOGLE'),
        ...credentials('MICROSOFT'),
        ...tenant,
        ...credentials('OIDC'),
        ...issuer,
        ...access,
      }),
    ).toEqual(['Cloudflare Access', 'GitHub', 'Google', 'Microsoft', 'id.example']);
    const browser = new Browser(new World(credentials('GITHUB')));
    for (const method of ['google', 'microsoft', 'oidc', 'constructor'])
      expect((await browser.navigate(`/console/sign-in/with/${method}`)).status).toBe(404);
  });

  it('leads back to the page that was asked for, if it is one of ours', async () => {
    const world = new World();
    const browser = new Browser(world);
    await browser.navigate('/console/settings/people');
    const answer = await post(browser, world, '/console/sign-in/token', { token: adminToken });
    expect(answer.headers.get('Location')).toBe('/console/settings/people');
    const planted = new Browser(world);
    const value = encodeURIComponent('//evil.example');
    planted.cookies.set('__Host-trivet-console-place', {
      value,
      expiresAt: Number.POSITIVE_INFINITY,
      sameSite: 'lax',
    });
    const second = await post(planted, world, '/console/sign-in/token', { token: adminToken });
    expect(second.headers.get('Location')).toBe('/console');
  });
});

describe('the administrator’s token', () => {
  it('signs its holder in', async () => {
    const world = new World();
    const browser = await signIn(world);
    expect(await isSignedIn(browser)).toBe(true);
    expect(await read(browser, '/console/settings')).toContain('Developers');
    expect((await browser.navigate('/console')).headers.get('Location')).toBe('/console/applications');
  });

  it('is refused where it is another', async () => {
    const world = new World();
    for (const token of ['', 'wrong', `${adminToken}x`, 'undefined', 'null']) {
      const browser = new Browser(world);
      const answer = await post(browser, world, '/console/sign-in/token', { token });
      expect(answer.status).toBe(401);
      const page = await answer.text();
      expect(page).toContain('This is not the administrator’s token.');
      if (token) expect(page).not.toContain(`value="${token}"`);
      expect(browser.cookies.has(sessionCookie)).toBe(false);
    }
  });

  it('lets nobody in once it is retired, and ends the sessions that began with it', async () => {
    const world = new World();
    const browser = await signIn(world);
    withoutToken(world);
    expect(await isSignedIn(browser)).toBe(false);
    const page = await read(new Browser(world), '/console/sign-in');
    expect(page).not.toContain('name="token"');
    for (const token of ['', 'null', 'undefined', adminToken]) {
      const answer = await post(new Browser(world), world, '/console/sign-in/token', { token });
      expect(answer.status).toBe(404);
    }
    const code = await makeLinkCode(adminToken, world.now);
    expect((await post(new Browser(world), world, '/console/sign-in/link', { code })).status).toBe(401);
  });
});

describe('a one-time link', () => {
  const spend = (world: World, code: string) =>
    post(new Browser(world), world, '/console/sign-in/link', { code }).then(({ status }) => status);

  it('does nothing when it is opened, and signs in when its button is pressed', async () => {
    const world = new World();
    const browser = new Browser(world);
    const code = await makeLinkCode(adminToken, world.now);
    expect(await read(browser, '/console/sign-in/link')).toContain('name="code"');
    expect(await isSignedIn(browser)).toBe(false);
    expect((await post(browser, world, '/console/sign-in/link', { code: ` ${code}\n` })).status).toBe(303);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('is good once, however many press at once', async () => {
    const world = new World();
    const code = await makeLinkCode(adminToken, world.now);
    const statuses = await Promise.all(Array.from({ length: 30 }, () => spend(world, code)));
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(29);
    world.advance({ minutes: 30 });
    expect(await spend(world, code)).toBe(401);
  });

  it('is good for an hour and no longer, whatever it says', async () => {
    const world = new World();
    const [early, late] = await Promise.all([1, 2].map(() => makeLinkCode(adminToken, world.now)));
    world.advance({ minutes: 59 });
    expect(await spend(world, early ?? '')).toBe(303);
    world.advance({ minutes: 1 });
    expect(await spend(world, late ?? '')).toBe(401);
    expect(await spend(world, await makeLinkCode(adminToken, world.now + 60_000))).toBe(401);
  });

  it('is refused where it was made with another token, or changed', async () => {
    const world = new World();
    const code = await makeLinkCode(adminToken, world.now);
    const [expiry = '', nonce = '', mac = ''] = code.split('.');
    const forged = [
      await makeLinkCode('another-administrator-token-0123456789-0123456789', world.now),
      `${Number(expiry) + 1}.${nonce}.${mac}`,
      `${expiry}.${nonce.replace(/^./, (char) => (char === 'A' ? 'B' : 'A'))}.${mac}`,
      `${expiry}.${nonce}`,
      '',
      'x',
    ];
    for (const each of forged) expect(await spend(world, each)).toBe(401);
    expect(await spend(world, code)).toBe(303);
  });
});

describe('settings that can’t be used', () => {
  for (const [settings, named] of [
    [{ CONSOLE_GITHUB_CLIENT_ID: 'id' }, 'CONSOLE_GITHUB_CLIENT_SECRET'],
    [{ CONSOLE_GOOGLE_CLIENT_SECRET: 'planted-secret' }, 'CONSOLE_GOOGLE_CLIENT_ID'],
    [
      { CONSOLE_MICROSOFT_CLIENT_ID: 'id', CONSOLE_MICROSOFT_CLIENT_SECRET: 'planted-secret' },
      'CONSOLE_MICROSOFT_TENANT',
    ],
    [
      {
        CONSOLE_MICROSOFT_CLIENT_ID: 'id',
        CONSOLE_MICROSOFT_CLIENT_SECRET: 'planted-secret',
        CONSOLE_MICROSOFT_TENANT: 'common',
      },
      'CONSOLE_MICROSOFT_TENANT',
    ],
    [
      {
        CONSOLE_OIDC_ISSUER: 'id.example',
        CONSOLE_OIDC_CLIENT_ID: 'id',
        CONSOLE_OIDC_CLIENT_SECRET: 'planted-secret',
      },
      'CONSOLE_OIDC_ISSUER',
    ],
    [{ CONSOLE_ACCESS_AUD: 'x' }, 'CONSOLE_ACCESS_TEAM_DOMAIN'],
    [{ CONSOLE_ACCESS_AUD: 'x', CONSOLE_ACCESS_TEAM_DOMAIN: 'evil.example' }, 'CONSOLE_ACCESS_TEAM_DOMAIN'],
    [{ CONSOLE_ALLOW: 'ada@example.com, everyone' }, 'CONSOLE_ALLOW'],
    [{ CONSOLE_ADMINISTRATORS: '@example.com' }, 'CONSOLE_ADMINISTRATORS'],
  ] as const) {
    it(`stop the worker and are named: ${JSON.stringify(settings)}`, async () => {
      const world = new World(settings);
      const answer = await world.request('/healthz');
      expect(answer.status).toBe(500);
      const text = await answer.text();
      expect(text).toContain(named);
      expect(text).not.toContain('planted-secret');
      const page = await new Browser(world).navigate('/console');
      expect([page.status, page.headers.get('Content-Type')]).toEqual([500, 'text/html; charset=UTF-8']);
    });
  }
});
