import { beforeAll, describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post, read, signIn, signInAs } from './harness/console.ts';
import { createApplication, digest, manage } from './harness/management.ts';
import { OpenIdIssuer, Signer } from './harness/openid-issuer.ts';
import { World } from './harness/world.ts';

const people = '/console/settings/people';
const developers = '/console/settings/developers';
let signer: Signer;

beforeAll(async () => {
  signer = await Signer.make();
});

/** A deployment whose issuer knows people that are on no list. */
function setting() {
  const world = new World();
  const issuer = new OpenIdIssuer(world, signer);
  issuer.claims = { sub: `guest-${world.tag}`, name: 'Guest' };
  world.bindings = { ...world.bindings, ...issuer.settings };
  return { world, issuer };
}

/** Makes an invitation, and gives its code. */
async function invite(world: World, browser: Browser, fields: Record<string, string>): Promise<string> {
  const answer = await post(browser, world, `${people}/invite`, fields);
  const [, code] = /console\/invitation#(trv_invite_[\w-]{43})</.exec(await answer.text()) ?? [];
  return code ?? '';
}

async function signInAt(issuer: OpenIdIssuer, browser: Browser): Promise<Response> {
  const begun = await browser.navigate('/console/sign-in/with/oidc');
  return browser.navigate(issuer.agree(begun.headers.get('Location') ?? ''), { from: issuer.issuer });
}

async function accept(world: World, issuer: OpenIdIssuer, code: string) {
  const browser = new Browser(world);
  expect((await post(browser, world, '/console/invitation', { code })).status).toBe(303);
  return { browser, answer: await signInAt(issuer, browser) };
}

describe('an invitation', () => {
  it('into the own account lets a colleague in, once', async () => {
    const { world, issuer } = setting();
    const { browser: ada, developerId } = await signInAs(world);
    const code = await invite(world, ada, { name: 'The new colleague' });
    expect(await read(ada, people)).toContain('The new colleague');
    expect(await read(ada, people)).not.toContain(code);
    expect((await signInAt(issuer, new Browser(world))).status).toBe(403);
    const { browser } = await accept(world, issuer, code);
    expect(await read(browser, people)).toContain('Ada');
    expect(await read(ada, people)).not.toContain('The new colleague');
    const row = await world.db
      .prepare('SELECT developer_id FROM people WHERE issuer = ?')
      .bind(issuer.issuer)
      .first('developer_id');
    expect(row).toBe(developerId);
    issuer.claims.sub = `second-${world.tag}`;
    expect((await post(new Browser(world), world, '/console/invitation', { code })).status).toBe(400);
  });

  it('is accepted once, however many sign in with it at once', async () => {
    const { world, issuer } = setting();
    const { browser: ada, developerId } = await signInAs(world);
    const code = await invite(world, ada, { name: 'One' });
    const browsers = Array.from({ length: 6 }, () => new Browser(world));
    await Promise.all(browsers.map((browser) => post(browser, world, '/console/invitation', { code })));
    const backs: string[] = [];
    for (const [index, browser] of browsers.entries()) {
      const begun = await browser.navigate('/console/sign-in/with/oidc');
      const url = begun.headers.get('Location') ?? '';
      backs[index] = issuer.agree(url);
    }
    let next = 0;
    issuer.forge = (claims) => signer.sign({ ...claims, sub: `${claims.sub}-${next++}` });
    const answers = await Promise.all(
      browsers.map((browser, index) => browser.navigate(backs[index] ?? '', { from: issuer.issuer })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403, 403, 403, 403, 403]);
    const count = await world.db
      .prepare('SELECT count(*) AS n FROM people WHERE developer_id = ?')
      .bind(developerId)
      .first('n');
    expect(count).toBe(2);
  });

  it('of the administrator makes a developer, or another administrator', async () => {
    const { world, issuer } = setting();
    // The newest of the developers that other tests make.
    world.now += 10 * 365 * 24 * 60 * 60 * 1000;
    const administrator = await signIn(world);
    const developer = await invite(world, administrator, { name: 'Shop Ltd', into: 'new' });
    const { browser } = await accept(world, issuer, developer);
    expect(await read(browser, '/console/applications')).toContain('Shop Ltd');
    expect(await read(browser, '/console/settings')).not.toContain('Developers');
    issuer.claims.sub = `admin-${world.tag}`;
    const colleague = await invite(world, administrator, { name: 'Root', into: 'own' });
    const accepted = await accept(world, issuer, colleague);
    expect(await read(accepted.browser, '/console/settings')).toContain('Developers');
    // It works on without the token.
    const { ADMIN_TOKEN: _, ...rest } = world.bindings;
    world.bindings = rest;
    expect(await read(accepted.browser, developers)).toContain('Shop Ltd');
  });

  it('of a developer leads nowhere else, whatever the form says', async () => {
    const { world, issuer } = setting();
    const { browser: ada, developerId } = await signInAs(world);
    const code = await invite(world, ada, { name: 'x', into: 'new' });
    await accept(world, issuer, code);
    const row = await world.db
      .prepare('SELECT developer_id FROM people WHERE issuer = ?')
      .bind(issuer.issuer)
      .first('developer_id');
    expect(row).toBe(developerId);
  });

  it('is good for seven days, until it is withdrawn', async () => {
    const { world, issuer } = setting();
    const { browser: ada } = await signInAs(world);
    const withdrawn = await invite(world, ada, { name: 'Withdrawn' });
    const guest = new Browser(world);
    await post(guest, world, '/console/invitation', { code: withdrawn });
    const path = `${people}/invitations/${await digest(withdrawn)}/withdraw`;
    const { browser: stranger } = await signInAs(world);
    expect((await post(stranger, world, path)).status).toBe(404);
    expect((await post(ada, world, path)).status).toBe(303);
    expect((await signInAt(issuer, guest)).status).toBe(403);
    const late = await invite(world, ada, { name: 'Late' });
    world.advance({ minutes: 7 * 24 * 60 });
    expect((await post(new Browser(world), world, '/console/invitation', { code: late })).status).toBe(400);
  });

  it('isn’t spent by somebody who has an account, nor does it move them', async () => {
    const { world, issuer } = setting();
    world.bindings = { ...world.bindings, CONSOLE_ALLOW: '@example.com' };
    issuer.claims = { ...issuer.claims, email: 'guest@example.com', email_verified: true };
    await signInAt(issuer, new Browser(world));
    const { browser: ada } = await signInAs(world);
    const code = await invite(world, ada, { name: 'Still waiting' });
    const { browser } = await accept(world, issuer, code);
    const page = await read(browser, people);
    expect(page).toContain('The invitation was not used.');
    expect(page).not.toContain('Ada');
    expect(await read(ada, people)).toContain('Still waiting');
  });

  it('is named after somebody', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const answer = await post(browser, world, `${people}/invite`, { name: ' ' });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('The name must not be empty.');
    expect(page).toContain('aria-describedby="explanation-name error-name"');
  });
});

describe('a person', () => {
  it('is removed by a colleague, and signed out at once', async () => {
    const world = new World();
    const { browser: ada, developerId } = await signInAs(world);
    const { browser: grace, personId } = await signInAs(world, { name: 'Grace', developerId });
    const { browser: stranger } = await signInAs(world);
    const path = `${people}/${personId}/remove`;
    expect((await stranger.navigate(path)).status).toBe(404);
    expect((await post(stranger, world, path)).status).toBe(404);
    expect((await post(grace, world, path)).status).toBe(404);
    expect(await read(ada, path)).toContain('Remove Grace');
    expect((await post(ada, world, path)).status).toBe(303);
    expect(await isSignedIn(grace)).toBe(false);
    expect(await isSignedIn(ada)).toBe(true);
    const entry = await world.db
      .prepare(
        "SELECT actor, actor_name FROM audit_entries WHERE action = 'deletePerson' AND resource_id = ?",
      )
      .bind(personId)
      .first();
    expect(entry).toMatchObject({ actor: expect.stringMatching(/^person:/), actor_name: 'Ada' });
  });

  it('who moves to the administrator’s account leaves their sessions in the other one', async () => {
    const { world, issuer } = setting();
    world.bindings = { ...world.bindings, CONSOLE_ALLOW: '@example.com' };
    issuer.claims = { ...issuer.claims, email: 'guest@example.com', email_verified: true };
    const before = new Browser(world);
    await signInAt(issuer, before);
    world.bindings = { ...world.bindings, CONSOLE_ADMINISTRATORS: 'guest@example.com' };
    const after = new Browser(world);
    await signInAt(issuer, after);
    expect(await isSignedIn(before)).toBe(false);
    expect(await read(after, '/console/settings')).toContain('Developers');
  });
});

const farAhead = 10 * 365 * 86_400_000;

describe('developers', () => {
  it('are made with a key that is shown once, and works', async () => {
    const world = new World();
    // The newest of them all: the list is long, and newest first.
    world.now += farAhead;
    const browser = await signIn(world);
    const answer = await post(browser, world, `${developers}/new`, { name: `Shop ${world.tag}` });
    const page = await answer.text();
    const [key = ''] = /trv_key_[\w-]{43}/.exec(page) ?? [];
    expect(await ok(manage(world, 'GET', '/applications', undefined, key))).toEqual([]);
    const list = await read(browser, developers);
    expect(list).toContain(`Shop ${world.tag}`);
    expect(list).not.toContain(key);
  });

  it('are deleted with everything of theirs, by their name', async () => {
    const world = new World();
    // The newest of them all: the list is long, and newest first.
    world.now += farAhead;
    const browser = await signIn(world);
    const name = `Shop ${world.tag}`;
    const page = await (await post(browser, world, `${developers}/new`, { name })).text();
    const [key = ''] = /trv_key_[\w-]{43}/.exec(page) ?? [];
    await createApplication(world, {}, key);
    const [, id] =
      new RegExp(`${name}[\\s\\S]*?developers/([0-9a-f]{32})/delete`).exec(await read(browser, developers)) ??
      [];
    const path = `${developers}/${id}/delete`;
    expect(await read(browser, path)).toContain(`Delete ${name}`);
    const wrong = await post(browser, world, path, { name: 'Shop' });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('This is not its name.'),
    ]);
    expect((await post(browser, world, path, { name })).status).toBe(303);
    await refused(manage(world, 'GET', '/applications', undefined, key), 401, 'invalid_token');
    expect((await browser.navigate(path)).status).toBe(404);
  });

  it('are nobody else’s business', async () => {
    const world = new World();
    const { browser, developerId } = await signInAs(world);
    for (const path of [developers, `${developers}/new`, `${developers}/${developerId}/delete`])
      expect((await browser.navigate(path)).status).toBe(403);
    expect((await post(browser, world, `${developers}/new`, { name: 'x' })).status).toBe(403);
    const administrator = await signIn(world);
    const platform = await post(administrator, world, `${developers}/platform/delete`, {
      name: 'Administrator',
    });
    expect(platform.status).toBe(404);
  });
});
