import { beforeAll, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post, read, signIn, signInAs } from './harness/console.ts';
import { OpenIdIssuer, Signer } from './harness/openid-issuer.ts';
import { World } from './harness/world.ts';

const people = '/console/settings/people';
const page = '/console/settings/sessions';
let signer: Signer;

beforeAll(async () => {
  signer = await Signer.make();
});

/** A deployment with an issuer, whose person is on the list. */
function setting(changes: Partial<Bindings> = {}) {
  const world = new World();
  const issuer = new OpenIdIssuer(world, signer);
  issuer.claims.sub = `person-${world.tag}`;
  const email = `ada-${world.tag}@example.com`;
  issuer.claims.email = email;
  const set = (more: Partial<Bindings>) => {
    world.bindings = { ...world.bindings, ...more };
  };
  set({ CONSOLE_ALLOW: email, ...issuer.settings, ...changes });
  return { world, issuer, email, set };
}

async function signInAt(issuer: OpenIdIssuer, browser: Browser) {
  const begun = await browser.navigate('/console/sign-in/with/oidc');
  return browser.navigate(issuer.agree(begun.headers.get('Location') ?? ''), { from: issuer.issuer });
}

async function signedIn({ world, issuer }: { world: World; issuer: OpenIdIssuer }): Promise<Browser> {
  const browser = new Browser(world);
  expect((await signInAt(issuer, browser)).status).toBe(303);
  return browser;
}

/** Makes an invitation, and accepts it in another browser. */
async function accept(world: World, issuer: OpenIdIssuer, by: Browser, fields: Record<string, string>) {
  const made = await (await post(by, world, `${people}/invite`, fields)).text();
  const [, code = ''] = /console\/invitation#(trv_invite_[\w-]{43})</.exec(made) ?? [];
  const browser = new Browser(world);
  expect((await post(browser, world, '/console/invitation', { code })).status).toBe(303);
  return { browser, answer: await signInAt(issuer, browser) };
}

/** The next page of somebody who is let in no more says so, and they are signed out. */
async function expectSentAway(browser: Browser, text: string) {
  const answer = await browser.navigate(page);
  expect(answer.status).toBe(403);
  const said = await answer.text();
  expect(said).toContain('You are not signed in');
  expect(said).toContain(text);
  expect(said).toContain('href="/console/sign-in"');
  expect(await isSignedIn(browser)).toBe(false);
}

const accountOf = (world: World, { issuer }: OpenIdIssuer) =>
  world.db.prepare('SELECT developer_id FROM people WHERE issuer = ?').bind(issuer).first('developer_id');

describe('somebody who is taken off the list', () => {
  it('is signed out everywhere at their next page, told why, and refused from then on', async () => {
    const scene = setting();
    const { world, issuer, email, set } = scene;
    const [one, other] = [await signedIn(scene), await signedIn(scene)];
    expect(await isSignedIn(one)).toBe(true);
    set({ CONSOLE_ALLOW: 'somebody-else@example.com' });
    await expectSentAway(one, `${email} isn’t on the list of those who may sign in here.`);
    expect(await isSignedIn(other)).toBe(false);
    const again = await signInAt(issuer, new Browser(world));
    expect([again.status, await again.text()]).toEqual([403, expect.stringContaining('isn’t on the list')]);
    // Nothing of theirs is lost.
    const account = await accountOf(world, issuer);
    set({ CONSOLE_ALLOW: '@EXAMPLE.com' });
    expect(await isSignedIn(await signedIn(scene))).toBe(true);
    expect(await accountOf(world, issuer)).toBe(account);
  });

  it('keeps nothing by a form that is open', async () => {
    const scene = setting();
    const { world, set } = scene;
    const browser = await signedIn(scene);
    set({ CONSOLE_ALLOW: '' });
    const answer = await post(browser, world, `${people}/invite`, { name: 'A friend' });
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain('trv_invite_');
  });

  it('and whose page is asked for costs no further trip to the database', async () => {
    const scene = setting();
    const [listed, { browser: invited }] = [await signedIn(scene), await signInAs(scene.world)];
    const trips = async (browser: Browser) =>
      (await scene.world.count(() => browser.navigate('/console/settings'))).counts.d1;
    expect([await trips(listed), await trips(invited)]).toEqual([1, 1]);
  });

  it('is known by the address that the last sign-in showed, if that was verified', async () => {
    for (const claims of [{ email: 'ada@elsewhere.example' }, { email_verified: false }]) {
      const scene = setting();
      const { world, issuer } = scene;
      const before = await signedIn(scene);
      issuer.claims = { ...issuer.claims, ...claims };
      expect((await signInAt(issuer, new Browser(world))).status).toBe(403);
      await expectSentAway(before, 'email' in claims ? 'ada@elsewhere.example' : 'no e-mail address');
    }
  });

  it('comes back by an invitation, to what they had', async () => {
    const scene = setting();
    const { world, issuer, set } = scene;
    await signedIn(scene);
    const account = await accountOf(world, issuer);
    set({ CONSOLE_ALLOW: '' });
    const { browser, answer } = await accept(world, issuer, await signIn(world), { name: 'x', into: 'new' });
    expect(answer.status).toBe(303);
    expect(await isSignedIn(browser)).toBe(true);
    expect(await accountOf(world, issuer)).toBe(account);
    const { browser: colleague, developerId } = await signInAs(world);
    // Who is welcome keeps the invitation, and their account.
    await accept(world, issuer, colleague, { name: 'y' });
    expect(await accountOf(world, issuer)).not.toBe(developerId);
  });
});

describe('the list says nothing of', () => {
  it('those who were invited, into an account or to one of their own', async () => {
    for (const into of ['own', 'new']) {
      const { world, issuer, set } = setting({ CONSOLE_ALLOW: '' });
      const { browser } = await accept(world, issuer, await signIn(world), { name: 'Guest', into });
      expect(await isSignedIn(browser)).toBe(true);
      set({ CONSOLE_ALLOW: 'somebody@example.com' });
      expect(await isSignedIn(browser)).toBe(true);
      // Nor at their next sign-in, even where no address is verified.
      issuer.claims.email_verified = false;
      expect((await signInAt(issuer, new Browser(world))).status).toBe(303);
    }
    const { world, issuer } = setting({ CONSOLE_ALLOW: '' });
    const { browser: ada } = await signInAs(world);
    const { browser: colleague } = await accept(world, issuer, ada, { name: 'Colleague' });
    expect(await isSignedIn(colleague)).toBe(true);
  });

  it('the administrator’s token', async () => {
    const world = new World({ CONSOLE_ALLOW: 'somebody@example.com' });
    expect(await isSignedIn(await signIn(world))).toBe(true);
  });

  it('those whom Cloudflare Access lets through', async () => {
    const team = 'https://team.cloudflareaccess.com';
    const world = new World({
      CONSOLE_ALLOW: 'ada@example.com',
      CONSOLE_ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com',
      CONSOLE_ACCESS_AUD: 'audience',
    });
    world.internet.host(new URL(team).host, () => Response.json(signer.jwks));
    const now = Math.floor(world.now / 1000);
    const claims = { iss: team, aud: 'audience', sub: world.tag, email: 'ada@example.com', exp: now + 60 };
    const enter = async () =>
      world.request('/console/sign-in/access', {
        method: 'POST',
        headers: {
          Origin: world.origin,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Cf-Access-Jwt-Assertion': await signer.sign({ ...claims, iat: now }),
        },
      });
    const entered = await enter();
    expect(entered.status).toBe(303);
    world.bindings = { ...world.bindings, CONSOLE_ALLOW: '' };
    const [cookie = ''] = entered.headers.getSetCookie().map((line) => line.split(';')[0]);
    expect((await world.request(page, { headers: { Cookie: cookie } })).status).toBe(200);
    expect((await enter()).status).toBe(303);
  });
});

describe('an administrator who is taken off that list', () => {
  it('is none any more: they get an account of their own, or none', async () => {
    const scene = setting();
    const { world, issuer, email, set } = scene;
    set({ CONSOLE_ADMINISTRATORS: email });
    const browser = await signedIn(scene);
    expect(await read(browser, '/console/settings')).toContain('Developers');
    set({ CONSOLE_ADMINISTRATORS: '' });
    await expectSentAway(browser, 'isn’t on the list');
    const demoted = await signedIn(scene);
    expect(await read(demoted, '/console/settings')).not.toContain('Developers');
    expect(await accountOf(world, issuer)).not.toBe('platform');
    set({ CONSOLE_ADMINISTRATORS: email });
    await signedIn(scene);
    set({ CONSOLE_ADMINISTRATORS: '', CONSOLE_ALLOW: '' });
    expect((await signInAt(issuer, new Browser(world))).status).toBe(403);
  });
});

describe('the audit trail', () => {
  interface Entry {
    action: string;
    actor: string;
    actor_name: string;
    resource_type: string;
    resource_id: string;
  }

  const trailOf = async (world: World, account: unknown): Promise<Entry[]> =>
    (
      await world.db
        .prepare('SELECT * FROM audit_entries WHERE developer_id = ? ORDER BY rowid')
        .bind(account)
        .all<Entry & Record<string, unknown>>()
    ).results;

  it('tells of everyone who comes and goes: who, by what way, and from where', async () => {
    const scene = setting();
    const { world, issuer, email, set } = scene;
    const browser = await signedIn(scene);
    const other = await signedIn(scene);
    const third = await signedIn(scene);
    const account = await accountOf(world, issuer);
    const [, ended = ''] = /sessions\/([0-9a-f]{32})\/end"/.exec(await read(browser, page)) ?? [];
    await post(browser, world, `${page}/${ended}/end`);
    await post(browser, world, `${page}/end-others`);
    await post(browser, world, `${page}/end-others`);
    await post(browser, world, '/console/sign-out');
    await post(browser, world, '/console/sign-out');
    set({ CONSOLE_ALLOW: '' });
    await signInAt(issuer, new Browser(world));
    const trail = await trailOf(world, account);
    expect(trail.map(({ action, resource_type: type }) => [action, type])).toEqual([
      ['signIn', 'sign_in_method'],
      ['signIn', 'sign_in_method'],
      ['signIn', 'sign_in_method'],
      ['endSession', 'session'],
      ['endOtherSessions', 'session'],
      ['signOut', 'session'],
      ['refuseSignIn', 'person'],
    ]);
    const [{ id } = { id: '' }] = (
      await world.db
        .prepare('SELECT id FROM people WHERE issuer = ?')
        .bind(issuer.issuer)
        .all<{ id: string }>()
    ).results;
    for (const entry of trail) expect(entry).toMatchObject({ actor: `person:${id}`, actor_name: 'Ada' });
    expect(trail[0]).toMatchObject({ resource_id: 'oidc' });
    expect(trail[3]).toMatchObject({ resource_id: ended });
    expect(trail.at(-1)).toMatchObject({ resource_id: id });
    // No address of theirs, and no cookie.
    const everything = JSON.stringify(trail);
    expect(everything).not.toContain(email);
    for (const one of [browser, other, third])
      for (const { value } of one.cookies.values()) if (value) expect(everything).not.toContain(value);
  });

  it('tells of invitations and administrators, and of whoever has the token', async () => {
    const { world, issuer, email, set } = setting({ CONSOLE_ALLOW: '' });
    const administrator = await signIn(world);
    const since = (await trailOf(world, 'platform')).length - 1;
    const { browser } = await accept(world, issuer, administrator, { name: 'Guest', into: 'new' });
    const account = await accountOf(world, issuer);
    const [made] = (await trailOf(world, 'platform'))
      .slice(since)
      .filter((each) => each.action === 'createInvitation');
    expect((await trailOf(world, account)).map(({ action, resource_id }) => [action, resource_id])).toEqual([
      ['acceptInvitation', made?.resource_id],
      ['signIn', 'oidc'],
    ]);
    set({ CONSOLE_ADMINISTRATORS: email });
    expect((await signInAt(issuer, browser)).status).toBe(303);
    await post(administrator, world, '/console/sign-out');
    const platform = (await trailOf(world, 'platform')).slice(since);
    expect(platform.map(({ action, resource_id }) => [action, resource_id])).toEqual([
      ['signIn', 'token'],
      ['createInvitation', made?.resource_id],
      ['joinAccount', expect.stringMatching(/^[0-9a-f]{32}$/)],
      ['signIn', 'oidc'],
      ['signOut', expect.stringMatching(/^[0-9a-f]{32}$/)],
    ]);
    expect(platform[0]).toMatchObject({ actor: 'admin_token' });
  });
});
