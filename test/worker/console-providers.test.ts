import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { Browser } from './harness/browser.ts';
import { isSignedIn, post } from './harness/console.ts';
import { Signer } from './harness/openid-issuer.ts';
import { World } from './harness/world.ts';

let signer: Signer;

beforeAll(async () => {
  signer = await Signer.make();
});

const tenant = '11111111-2222-4333-8444-555555555555';

function worldWith(settings: Partial<Bindings>): World {
  return new World({ CONSOLE_ALLOW: 'ada@example.com', ...settings });
}

async function comeBack(world: World, browser: Browser, method: string) {
  const begun = await browser.navigate(`/console/sign-in/with/${method}`);
  const asked = new URL(begun.headers.get('Location') ?? '');
  const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
  expect(back.href).toBe(`${world.origin}/console/sign-in/callback/${method}`);
  back.searchParams.set('state', asked.searchParams.get('state') ?? '');
  back.searchParams.set('code', 'code-1');
  return { asked, finish: () => browser.navigate(back.href, { from: asked.origin }) };
}

async function kindsLogged(world: World, kind: string, browser: Browser) {
  expect(world.logs.join('\n')).toContain(`(${kind})`);
  expect(await isSignedIn(browser)).toBe(false);
}

describe('GitHub', () => {
  const settings = { CONSOLE_GITHUB_CLIENT_ID: 'gh', CONSOLE_GITHUB_CLIENT_SECRET: 'gh-secret' };

  function github(emails: unknown, user: unknown) {
    const world = worldWith(settings);
    world.internet.host('github.com', async (request) => {
      const body = new TextDecoder().decode(await request.arrayBuffer());
      return new URLSearchParams(body).get('code') === 'code-1'
        ? Response.json({ access_token: 'gho_1', token_type: 'bearer' })
        : Response.json({ error: 'bad_verification_code' });
    });
    world.internet.host('api.github.com', (request) => {
      expect(request.headers.get('Authorization')).toBe('Bearer gho_1');
      return Response.json(request.url.endsWith('/emails') ? emails : user);
    });
    return world;
  }
  const ada = (world: World) => ({ id: Number.parseInt(world.tag, 16), login: 'ada', name: null });
  const primary = { email: 'ada@example.com', primary: true, verified: true };

  it('lets in by the primary address, if it is verified', async () => {
    for (const [emails, status] of [
      [[primary], 303],
      [
        [
          { ...primary, email: 'other@example.com' },
          { ...primary, primary: false },
        ],
        403,
      ],
      [[{ ...primary, verified: false }], 403],
      [[], 403],
      [null, 403],
    ] as const) {
      let user: unknown = null;
      const world = github(emails, null);
      user = ada(world);
      world.internet.host('api.github.com', (request) =>
        Response.json(request.url.endsWith('/emails') ? emails : user),
      );
      const browser = new Browser(world);
      const { asked, finish } = await comeBack(world, browser, 'github');
      expect(asked.origin + asked.pathname).toBe('https://github.com/login/oauth/authorize');
      expect(asked.searchParams.get('scope')).toBe('user:email');
      expect((await finish()).status).toBe(status);
      expect(await isSignedIn(browser)).toBe(status === 303);
    }
  });

  it('knows a person by the number, not by the login', async () => {
    for (const user of [{ id: '1', login: 'ada' }, { login: 'ada' }, null]) {
      const world = github([primary], user);
      const browser = new Browser(world);
      const { finish } = await comeBack(world, browser, 'github');
      expect((await finish()).status).toBe(502);
      await kindsLogged(world, 'unreadable_user', browser);
    }
  });

  it('is down, or refuses the code: a page says so', async () => {
    const world = worldWith(settings);
    world.internet.host('github.com', () => Response.json({ error: 'bad_verification_code' }));
    const browser = new Browser(world);
    const { finish } = await comeBack(world, browser, 'github');
    const answer = await finish();
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining('GitHub did not confirm'),
    ]);
    await kindsLogged(world, 'provider_error', browser);
  });
});

describe('Google and Microsoft', () => {
  const microsoftIssuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const cases = {
    google: {
      settings: { CONSOLE_GOOGLE_CLIENT_ID: 'client', CONSOLE_GOOGLE_CLIENT_SECRET: 'secret' },
      host: 'oauth2.googleapis.com',
      claims: (world: World) => ({
        iss: 'https://accounts.google.com',
        sub: `google-${world.tag}`,
        email: 'ada@example.com',
        email_verified: true,
      }),
      wrong: [
        { iss: 'https://evil.example' },
        { aud: 'another' },
        { nonce: 'another' },
        { exp: 1 },
        { email_verified: false },
        { email_verified: 'true' },
      ],
    },
    microsoft: {
      settings: {
        CONSOLE_MICROSOFT_CLIENT_ID: 'client',
        CONSOLE_MICROSOFT_CLIENT_SECRET: 'secret',
        CONSOLE_MICROSOFT_TENANT: tenant,
      },
      host: 'login.microsoftonline.com',
      claims: (world: World) => ({
        iss: microsoftIssuer,
        tid: tenant,
        sub: 'pairwise',
        oid: `oid-${world.tag}`,
        email: 'ada@example.com',
        xms_edov: true,
      }),
      wrong: [
        { iss: microsoftIssuer.replace(tenant, '99999999-2222-4333-8444-555555555555') },
        { tid: '99999999-2222-4333-8444-555555555555' },
        { oid: undefined },
        { aud: 'another' },
        { nonce: 'another' },
        { exp: 1 },
        { xms_edov: false },
        { xms_edov: undefined, email_verified: true },
      ],
    },
  };
  for (const [method, { settings, host, claims, wrong }] of Object.entries(cases)) {
    const attempt = async (changes: Record<string, unknown>) => {
      const world = worldWith(settings);
      const browser = new Browser(world);
      const { asked, finish } = await comeBack(world, browser, method);
      const { nonce = '' } = Object.fromEntries(asked.searchParams);
      expect(nonce).toMatch(/^[\w-]{43}$/);
      expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
      const now = Math.floor(world.now / 1000);
      const required = { aud: 'client', iat: now, exp: now + 60, nonce };
      world.internet.host(host, async () =>
        Response.json({
          access_token: 'at',
          id_token: await signer.sign({ ...required, ...claims(world), ...changes }),
        }),
      );
      const answer = await finish();
      expect(await isSignedIn(browser)).toBe(answer.status === 303);
      return answer.status;
    };

    it(`${method} lets a person in`, async () => {
      expect(await attempt({})).toBe(303);
    });

    for (const change of wrong) {
      it(`${method} does not with ${JSON.stringify(change)}`, async () => {
        expect(await attempt(change)).toBeGreaterThanOrEqual(400);
      });
    }
  }
});

describe('a token endpoint', () => {
  const endpoints = {
    github: 'https://github.com/login/oauth/access_token',
    google: 'https://oauth2.googleapis.com/token',
    microsoft: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
  };

  /** Somebody comes back from such a provider, whose token endpoint answers so. */
  async function attempt(method: string, answer: (request: Request) => Response | Promise<Response>) {
    const name = `CONSOLE_${method.toUpperCase()}`;
    const world = worldWith({
      [`${name}_CLIENT_ID`]: 'client of ours',
      [`${name}_CLIENT_SECRET`]: 'se~cret 100%',
      ...(method === 'microsoft' ? { CONSOLE_MICROSOFT_TENANT: tenant } : {}),
    });
    const url = endpoints[method as keyof typeof endpoints];
    world.internet.host(new URL(url).host, (request) => {
      expect([request.method, request.url]).toEqual(['POST', url]);
      return answer(request);
    });
    const browser = new Browser(world);
    const { finish } = await comeBack(world, browser, method);
    return { world, browser, finish };
  }

  for (const method of Object.keys(endpoints)) {
    it(`of ${method} gets the code, our secret and nothing else`, async () => {
      let sent: Record<string, string> = {};
      const { world, finish } = await attempt(method, async (request) => {
        sent = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer())));
        return Response.json({ error: 'invalid_grant' }, { status: 400 });
      });
      expect((await finish()).status).toBe(502);
      expect(sent).toEqual({
        grant_type: 'authorization_code',
        code: 'code-1',
        redirect_uri: `${world.origin}/console/sign-in/callback/${method}`,
        client_id: 'client of ours',
        client_secret: 'se~cret 100%',
        ...(method === 'github' ? {} : { code_verifier: expect.stringMatching(/^[\w-]{43}$/) }),
      });
    });

    it(`of ${method} that hangs is given up on after ten seconds`, async () => {
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      const { world, browser, finish } = await attempt(method, () => {
        resolve();
        return new Promise<Response>(() => {});
      });
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const answer = finish();
      await asked;
      vi.advanceTimersByTime(10_000);
      expect([(await answer).status, await (await answer).text()]).toEqual([
        502,
        expect.stringContaining('can’t be reached right now'),
      ]);
      vi.useRealTimers();
      await kindsLogged(world, 'timeout', browser);
    });

    it(`of ${method} that redirects is not followed, and the secret goes nowhere else`, async () => {
      const { world, browser, finish } = await attempt(method, () =>
        Response.redirect('https://elsewhere.example/token', 307),
      );
      expect((await finish()).status).toBe(502);
      expect(world.internet.unexpected).toEqual([]);
      await kindsLogged(world, 'unreadable', browser);
    });

    it(`of ${method} that sends without end is cut off`, async () => {
      let sent = 0;
      const { world, browser, finish } = await attempt(method, () => {
        const endless = new ReadableStream({
          pull(controller) {
            sent += 64 * 1024;
            controller.enqueue(new Uint8Array(64 * 1024).fill(32));
          },
        });
        return new Response(endless, { headers: { 'Content-Type': 'application/json' } });
      });
      expect((await finish()).status).toBe(502);
      expect(sent).toBeLessThan(1024 * 1024);
      await kindsLogged(world, 'too_large', browser);
    });
  }

  it('that answers, and an API that does not, leave nobody signed in', async () => {
    const world = worldWith({ CONSOLE_GITHUB_CLIENT_ID: 'gh', CONSOLE_GITHUB_CLIENT_SECRET: 'gh-secret' });
    world.internet.host('github.com', () => Response.json({ access_token: 'gho_1' }));
    world.internet.host('api.github.com', () => {
      throw new TypeError('down');
    });
    const browser = new Browser(world);
    const { finish } = await comeBack(world, browser, 'github');
    const answer = await finish();
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining('GitHub can’t be reached'),
    ]);
    await kindsLogged(world, 'unreachable', browser);
  });
});

describe('Cloudflare Access', () => {
  const team = 'https://team.cloudflareaccess.com';
  const settings = {
    CONSOLE_ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com',
    CONSOLE_ACCESS_AUD: 'audience',
  };

  async function attempt(changes: Record<string, unknown>, by = signer) {
    const world = worldWith(settings);
    world.internet.host(new URL(team).host, (request) =>
      new URL(request.url).pathname === '/cdn-cgi/access/certs'
        ? Response.json(signer.jwks)
        : new Response('', { status: 404 }),
    );
    const now = Math.floor(world.now / 1000);
    const claims = {
      iss: team,
      aud: ['audience'],
      sub: world.tag,
      email: 'ada@example.com',
      iat: now,
      exp: now + 60,
    };
    const token = await by.sign({ ...claims, ...changes });
    const browser = new Browser(world);
    const headers = { Origin: world.origin, 'Content-Type': 'application/x-www-form-urlencoded' };
    return {
      world,
      browser,
      answer: await world.request('/console/sign-in/access', {
        method: 'POST',
        headers: { ...headers, 'Cf-Access-Jwt-Assertion': token },
      }),
    };
  }

  it('lets in whom it vouches for', async () => {
    const { answer } = await attempt({});
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/console']);
    expect(answer.headers.getSetCookie().join()).toContain('trivet-console=');
  });

  for (const change of [
    { iss: 'https://other.cloudflareaccess.com' },
    { aud: ['another'] },
    { exp: 1 },
    { sub: '' },
    { email: 'eve@example.com' },
    { email: undefined },
  ]) {
    it(`does not with ${JSON.stringify(change)}`, async () => {
      const { answer } = await attempt(change);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.getSetCookie().join()).not.toContain('trivet-console=');
    });
  }

  it('does not by another’s signature, or without a word', async () => {
    const { answer } = await attempt({}, await Signer.make());
    expect(answer.status).toBe(502);
    const world = worldWith(settings);
    expect((await post(new Browser(world), world, '/console/sign-in/access')).status).toBe(403);
    const without = worldWith({});
    expect((await post(new Browser(without), without, '/console/sign-in/access')).status).toBe(403);
  });
});
