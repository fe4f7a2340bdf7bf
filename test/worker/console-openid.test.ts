import { beforeAll, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post, read } from './harness/console.ts';
import { OpenIdIssuer, Signer } from './harness/openid-issuer.ts';
import { World } from './harness/world.ts';

let signer: Signer;

beforeAll(async () => {
  signer = await Signer.make();
});

/** A deployment with an issuer, which lets in everyone of example.com. */
function setting(changes: Partial<Bindings> = {}, keys = signer) {
  const world = new World();
  const issuer = new OpenIdIssuer(world, keys);
  // Addresses are no account: each test has people of its own.
  issuer.claims.sub = `person-${world.tag}`;
  world.bindings = { ...world.bindings, CONSOLE_ALLOW: '@example.com', ...issuer.settings, ...changes };
  return { world, issuer };
}

async function begin(browser: Browser): Promise<string> {
  const answer = await browser.navigate('/console/sign-in/with/oidc');
  expect(answer.status).toBe(302);
  return answer.headers.get('Location') ?? '';
}

/** Goes to the issuer and back, and gives the page that ends there. */
async function attempt(browser: Browser, issuer: OpenIdIssuer) {
  const back = issuer.agree(await begin(browser));
  return finish(browser, issuer, back);
}

async function finish(browser: Browser, issuer: OpenIdIssuer, back: string) {
  const answer = await browser.navigate(back, { from: issuer.issuer });
  return { status: answer.status, location: answer.headers.get('Location'), text: await answer.text() };
}

async function expectRefused(world: World, issuer: OpenIdIssuer, text: string, kind: string) {
  const browser = new Browser(world);
  const end = await attempt(browser, issuer);
  expect(end.status).toBeGreaterThanOrEqual(400);
  expect(end.text).toContain(text);
  expect(world.logs.join('\n')).toContain(`(${kind})`);
  expect(await isSignedIn(browser)).toBe(false);
  return end;
}

describe('a person of an issuer', () => {
  it('signs in, gets an account of their own, and comes back to it', async () => {
    const { world, issuer } = setting();
    const browser = new Browser(world);
    const url = new URL(await begin(browser));
    expect(url.origin + url.pathname).toBe(`${issuer.issuer}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: issuer.clientId,
      redirect_uri: `${world.origin}/console/sign-in/callback/oidc`,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await finish(browser, issuer, issuer.agree(url.href))).location).toBe('/console');
    const page = await read(browser, '/console/settings/people');
    expect(page).toContain('ada@example.com');
    expect(await read(browser, '/console/settings')).not.toContain('Developers');
    issuer.claims.name = 'Ada Lovelace';
    const again = new Browser(world);
    await attempt(again, issuer);
    const people = await read(again, '/console/settings/people');
    expect(people).toContain('Ada Lovelace');
    expect(people.match(/ada@example\.com/g)).toHaveLength(1);
  });

  it('is recognized by RS256 as well, and by a key without an id', async () => {
    const rsa = await Signer.make('RS256');
    const { world, issuer } = setting({}, rsa);
    issuer.forge = (claims) => rsa.sign(claims, { kid: undefined });
    expect((await attempt(new Browser(world), issuer)).status).toBe(303);
  });

  it('may be told of by the userinfo endpoint, if it speaks of the same person', async () => {
    const { world, issuer } = setting();
    const { sub } = issuer.claims;
    issuer.claims = { sub };
    issuer.userinfo = { sub, name: 'Ada', email: 'ada@example.com', email_verified: true };
    expect((await attempt(new Browser(world), issuer)).status).toBe(303);
    issuer.claims = { sub: `${sub}-2` };
    await expectRefused(world, issuer, 'no e-mail address that is verified', 'unverified_address');
  });

  it('becomes an administrator by a verified address on that list, and nobody else does', async () => {
    const { world, issuer } = setting({ CONSOLE_ADMINISTRATORS: 'Ada@Example.com' });
    const browser = new Browser(world);
    await attempt(browser, issuer);
    expect(await read(browser, '/console/settings')).toContain('Developers');
    issuer.claims = { ...issuer.claims, sub: `unverified-${world.tag}`, email_verified: false };
    await expectRefused(world, issuer, 'no e-mail address that is verified', 'unverified_address');
    issuer.claims = {
      ...issuer.claims,
      sub: `grace-${world.tag}`,
      email: 'grace@example.com',
      email_verified: true,
    };
    const other = new Browser(world);
    await attempt(other, issuer);
    expect(await read(other, '/console/settings')).not.toContain('Developers');
  });

  it('with the address of another is another, with an account of their own', async () => {
    const { world, issuer } = setting();
    const [first, second] = [new Browser(world), new Browser(world)];
    await attempt(first, issuer);
    await post(first, world, '/console/settings/people/invite', { name: 'Only of the first' });
    issuer.claims.sub = `another-${world.tag}`;
    await attempt(second, issuer);
    expect(await read(first, '/console/settings/people')).toContain('Only of the first');
    expect(await read(second, '/console/settings/people')).not.toContain('Only of the first');
    const ids = await world.db
      .prepare("SELECT developer_id FROM people WHERE subject LIKE '%' || ?")
      .bind(world.tag)
      .all<{ developer_id: string }>();
    expect(new Set(ids.results.map((row) => row.developer_id)).size).toBe(2);
  });

  it('is made once where two of their first sign-ins come at the same moment', async () => {
    const { world, issuer } = setting();
    const browsers = Array.from({ length: 8 }, () => new Browser(world));
    const backs = await Promise.all(browsers.map(async (browser) => issuer.agree(await begin(browser))));
    const ends = await Promise.all(
      browsers.map((browser, index) => finish(browser, issuer, backs[index] ?? '')),
    );
    expect(ends.map(({ status }) => status)).toEqual(browsers.map(() => 303));
    const rows = await world.db
      .prepare(
        'SELECT count(*) AS n FROM people JOIN developers ON developers.id = developer_id WHERE issuer = ?',
      )
      .bind(issuer.issuer)
      .first('n');
    expect(rows).toBe(1);
  });
});

describe('somebody is refused', () => {
  it('whose address isn’t verified', async () => {
    for (const email_verified of [false, undefined, 'no', 1]) {
      const { world, issuer } = setting();
      issuer.claims.email_verified = email_verified;
      await expectRefused(world, issuer, 'no e-mail address that is verified', 'unverified_address');
    }
  });

  it('who isn’t on the list', async () => {
    for (const email of [
      'ada@sub.example.com',
      'ada@example.com.evil.test',
      'ada@notexample.com',
      'x@y@evil.test',
    ]) {
      const { world, issuer } = setting();
      issuer.claims.email = email;
      const end = await attempt(new Browser(world), issuer);
      expect(end.status).toBe(403);
    }
    const { world, issuer } = setting({ CONSOLE_ALLOW: '' });
    await expectRefused(world, issuer, 'isn’t on the list', 'not_allowed');
  });

  const now = (world: World) => Math.floor(world.now / 1000);
  for (const [what, kind, change] of [
    ['another issuer', 'issuer_mismatch', () => ({ iss: 'https://evil.example' })],
    ['another client', 'audience_mismatch', () => ({ aud: 'another-client' })],
    ['us and another client', 'audience_mismatch', () => ({ aud: ['console-client', 'another-client'] })],
    ['another party', 'authorized_party_mismatch', () => ({ azp: 'another-client' })],
    ['earlier', 'expired', (world: World) => ({ exp: now(world) - 61 })],
    ['no end', 'expired', () => ({ exp: undefined })],
    ['later', 'issued_in_the_future', (world: World) => ({ iat: now(world) + 120 })],
    ['another sign-in', 'nonce_mismatch', () => ({ nonce: 'another-nonce' })],
    ['no sign-in', 'nonce_mismatch', () => ({ nonce: undefined })],
    ['nobody', 'malformed_token', () => ({ sub: '' })],
  ] as const) {
    it(`whose ID token is for ${what}`, async () => {
      const { world, issuer } = setting();
      issuer.forge = (claims) => signer.sign({ ...claims, ...change(world) });
      await expectRefused(world, issuer, 'did not confirm who you are', kind);
    });
  }

  it('whose ID token is signed by somebody else, changed, or not signed', async () => {
    const stranger = await Signer.make('ES256', 'key-1');
    const unknown = await Signer.make('ES256', 'key-2');
    const change = async (token: Promise<string>, index: number, text: string) => {
      const parts = (await token).split('.');
      parts[index] = text;
      return parts.join('.');
    };
    for (const [kind, forge] of [
      ['bad_signature', (claims) => stranger.sign(claims)],
      ['unknown_key', (claims) => unknown.sign(claims)],
      ['bad_signature', (claims) => change(signer.sign(claims), 2, btoa('x'.repeat(64)).replace(/=+$/, ''))],
      [
        'bad_signature',
        (claims) => change(signer.sign({}), 1, btoa(JSON.stringify(claims)).replace(/=+$/, '')),
      ],
      ['unsupported_algorithm', (claims) => signer.sign(claims, { alg: 'none' })],
      ['unsupported_algorithm', (claims) => signer.sign(claims, { alg: 'HS256' })],
      ['unknown_key', (claims) => signer.sign(claims, { alg: 'RS256' })],
      ['unsupported_algorithm', (claims) => signer.sign(claims, { crit: ['exp'] })],
      ['malformed_token', (claims) => change(signer.sign(claims), 2, '')],
      ['malformed_token', () => Promise.resolve('x')],
    ] satisfies [string, OpenIdIssuer['forge']][]) {
      const { world, issuer } = setting();
      issuer.forge = forge;
      await expectRefused(world, issuer, 'did not confirm who you are', kind);
    }
  });

  it('who said no', async () => {
    const { world, issuer } = setting();
    const browser = new Browser(world);
    const back = new URL(issuer.agree(await begin(browser)));
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    const end = await finish(browser, issuer, back.href);
    expect([end.status, end.text]).toEqual([403, expect.stringContaining('You chose not to sign in')]);
  });

  it('while the issuer is down, with a page that says so', async () => {
    const { world, issuer } = setting();
    world.internet.host(new URL(issuer.issuer).host, () => {
      throw new TypeError('down');
    });
    const answer = await new Browser(world).navigate('/console/sign-in/with/oidc');
    expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining('can’t be reached')]);
  });
});

describe('a callback', () => {
  it('is good once: neither its state nor its code works again', async () => {
    const { world, issuer } = setting();
    const browser = new Browser(world);
    const url = await begin(browser);
    const back = issuer.agree(url);
    expect((await finish(browser, issuer, back)).status).toBe(303);
    await post(browser, world, '/console/sign-out');
    for (const again of [back, issuer.agree(url)]) {
      const end = await finish(browser, issuer, again);
      expect([end.status, end.text]).toEqual([400, expect.stringContaining('used before')]);
    }
    expect(world.logs.join('\n')).toContain('(spent_state)');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('is good once, however many come at once', async () => {
    const { world, issuer } = setting();
    const browser = new Browser(world);
    const back = issuer.agree(await begin(browser));
    const ends = await Promise.all(Array.from({ length: 20 }, () => finish(browser, issuer, back)));
    expect(ends.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('is of the browser that began', async () => {
    const { world, issuer } = setting();
    const [mine, theirs] = [new Browser(world), new Browser(world)];
    const back = issuer.agree(await begin(mine));
    await begin(theirs);
    expect((await finish(theirs, issuer, back)).status).toBe(400);
    expect(await isSignedIn(theirs)).toBe(false);
    // It spent nothing.
    expect((await finish(mine, issuer, back)).status).toBe(303);
  });

  it('comes within ten minutes', async () => {
    const { world, issuer } = setting();
    const browser = new Browser(world);
    const back = issuer.agree(await begin(browser));
    world.advance({ minutes: 10 });
    expect((await finish(browser, issuer, back)).status).toBe(400);
  });

  it('comes to the method that began', async () => {
    const github = { CONSOLE_GITHUB_CLIENT_ID: 'id', CONSOLE_GITHUB_CLIENT_SECRET: 'secret' };
    const { world, issuer } = setting(github);
    const browser = new Browser(world);
    const back = issuer.agree(await begin(browser));
    const elsewhere = back.replace('/callback/oidc', '/callback/github');
    expect((await finish(browser, issuer, elsewhere)).status).toBe(400);
    expect(world.logs.join('\n')).toContain('(other_method)');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('names the issuer that was asked, and has each parameter once', async () => {
    for (const change of [
      (back: URL) => back.searchParams.set('iss', 'https://evil.example'),
      (back: URL) => back.searchParams.delete('iss'),
      (back: URL) => back.searchParams.append('code', 'another'),
      (back: URL) => back.searchParams.delete('code'),
      (back: URL) => back.searchParams.delete('state'),
    ]) {
      const { world, issuer } = setting();
      const browser = new Browser(world);
      const back = new URL(issuer.agree(await begin(browser)));
      change(back);
      expect((await finish(browser, issuer, back.href)).status).toBeGreaterThanOrEqual(400);
      expect(await isSignedIn(browser)).toBe(false);
    }
  });
});
