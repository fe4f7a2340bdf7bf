import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { Browser } from '../worker/harness/browser.ts';
import { isSignedIn, post, read, signIn, signInAs } from '../worker/harness/console.ts';
import { createApplication, createDeveloper } from '../worker/harness/management.ts';
import { World } from '../worker/harness/world.ts';

/** Every route of the console, as the service has it. */
const routes = createApp()
  .routes.filter(({ path, handler }) => /^\/console(\/|$)/.test(path) && handler.length < 2)
  .map(({ method, path }) => ({ method, path }));
const unsafe = routes.filter(({ method }) => method !== 'GET');
const form = 'application/x-www-form-urlencoded';

/** What stands in the places of path parameters, where anything will do. */
function fill(path: string): string {
  return path.replaceAll(/:\w+/g, '0123456789abcdef0123456789abcdef');
}

function cookieOf(browser: Browser): string {
  return [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
}

describe('a form that another site’s page sends', () => {
  it('has routes to be sent to', () => {
    expect(unsafe.length).toBeGreaterThan(8);
    expect(routes.filter(({ method }) => !['GET', 'POST'].includes(method))).toEqual([]);
  });

  for (const { method, path } of unsafe) {
    it(`is refused by ${method} ${path}`, async () => {
      const world = new World();
      const browser = await signIn(world);
      const Cookie = cookieOf(browser);
      const send = (headers: Record<string, string>, body = 'name=x&token=x&code=x') =>
        world.request(fill(path), { method, headers: { Cookie, 'Content-Type': form, ...headers }, body });
      for (const headers of [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { Origin: `${world.origin}.evil.example` },
        { Origin: world.origin.replace('https:', 'http:') },
        { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
        { 'Sec-Fetch-Site': 'none' },
        {},
      ]) {
        expect((await send(headers)).status, JSON.stringify(headers)).toBe(403);
      }
      const json = { Origin: world.origin, 'Content-Type': 'application/json' };
      expect((await send(json, '{}')).status).toBe(415);
      expect((await send({ ...json, 'Content-Type': 'text/plain' })).status).toBe(415);
      expect(await isSignedIn(browser)).toBe(true);
      // The guard, and nothing else, refused those: from our own page it is another answer. (Without its header, that
      // of Cloudflare Access is a 403 of its own.)
      if (path === '/console/sign-in/access') return;
      for (const own of [{ Origin: world.origin }, { 'Sec-Fetch-Site': 'same-origin' }])
        expect([403, 415]).not.toContain((await send({ ...own, Cookie: '' })).status);
    });
  }
});

describe('without a session', () => {
  for (const { method, path } of routes.filter((each) => !/^\/console\/(sign-|invitation)/.test(each.path))) {
    it(`${method} ${path} shows and changes nothing`, async () => {
      const world = new World();
      const browser = new Browser(world);
      const answer =
        method === 'GET' ? await browser.navigate(fill(path)) : await post(browser, world, fill(path));
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/console/sign-in']);
      expect(await answer.text()).toBe('');
    });
  }
});

describe('every page', () => {
  for (const { path } of routes.filter(({ method }) => method === 'GET')) {
    it(`of ${path} is framed by nobody, kept by nobody, and runs no script but ours`, async () => {
      const world = new World();
      const browser = await signIn(world);
      for (const who of [browser, new Browser(world)]) {
        const answer = await who.navigate(fill(path));
        if (answer.status >= 300 && answer.status < 400) continue;
        const policy = answer.headers.get('Content-Security-Policy') ?? '';
        for (const directive of [
          "default-src 'none'",
          "frame-ancestors 'none'",
          "base-uri 'none'",
          "form-action 'self'",
          "style-src 'self'",
        ])
          expect(policy).toContain(directive);
        expect(policy).not.toMatch(/unsafe|\*/);
        expect(answer.headers.get('Cache-Control')).toBe('no-store');
        expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
        expect(answer.headers.get('Referrer-Policy')).toBe('same-origin');
        expect(answer.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin-allow-popups');
        expectNothingInline(await answer.text());
      }
    });
  }
});

function expectNothingInline(page: string): void {
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/i);
  expect(page).not.toMatch(/\son\w+\s*=\s*["']/i);
  expect(page).not.toMatch(/\sstyle=|<style|javascript:/i);
}

describe('markup that somebody can plant', () => {
  const planted = '"><script src=//evil.example></script><img src=x onerror=alert(1)>\'';

  /** The planted text is there, and only as text. */
  function expectEscaped(page: string): void {
    expect(page).toContain('&lt;script src=//evil.example&gt;');
    expect(page).not.toContain('<script src=//evil');
    expect(page).not.toContain('<img');
  }

  it('in a person’s name and address is shown as it is', async () => {
    const world = new World();
    const { browser, developerId } = await signInAs(world, { name: planted });
    const { personId } = await signInAs(world, { name: planted, email: planted, developerId });
    for (const path of [
      '/console/settings',
      '/console/settings/people',
      `/console/settings/people/${personId}/remove`,
    ])
      expectEscaped(await read(browser, path));
    const removed = await post(browser, world, `/console/settings/people/${personId}/remove`);
    expect(removed.status).toBe(303);
    expectEscaped(await read(browser, '/console/settings/people'));
  });

  it('in what a form came with is shown as it is', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const long = planted + 'x'.repeat(120);
    const answer = await post(browser, world, '/console/settings/people/invite', { name: long });
    expect(answer.status).toBe(400);
    expectEscaped(await answer.text());
    expectEscaped(
      await (await post(browser, world, '/console/settings/people/invite', { name: planted })).text(),
    );
    expectEscaped(await read(browser, '/console/settings/people'));
  });

  it('in an application’s, an account’s and a browser’s name is shown as it is', async () => {
    const world = new World();
    // The newest of them all: the list of accounts is long, and newest first.
    world.now += 10 * 365 * 86_400_000;
    const { id, key } = await createDeveloper(world);
    await world.db.prepare('UPDATE developers SET name = ? WHERE id = ?').bind(planted, id).run();
    await createApplication(world, { name: planted }, key);
    const { browser } = await signInAs(world, { developerId: id });
    await world.db
      .prepare('UPDATE console_sessions SET user_agent = ?, address = ? WHERE developer_id = ?')
      .bind(planted, planted, id)
      .run();
    expectEscaped(await read(browser, '/console/applications'));
    expectEscaped(await read(browser, '/console/settings/sessions'));
    const administrator = await signIn(world);
    expectEscaped(await read(administrator, `/console/settings/developers/${id}/delete`));
    expectEscaped(await read(administrator, '/console/settings/developers'));
  });

  it('in a cookie or an address is shown as it is, or not at all', async () => {
    const world = new World();
    const { browser } = await signInAs(world);
    const notice = btoa(JSON.stringify({ tone: 'success', text: planted })).replace(/=+$/, '');
    const expiresAt = Number.POSITIVE_INFINITY;
    browser.cookies.set('__Host-trivet-console-notice', { value: notice, expiresAt, sameSite: 'lax' });
    expectEscaped(await read(browser, '/console/settings'));
    for (const value of ['x', btoa('{"tone":"x onclick=alert(1)","text":"y"}'), btoa('null'), btoa('[]')]) {
      browser.cookies.set('__Host-trivet-console-notice', { value, expiresAt, sameSite: 'lax' });
      expectNothingInline(await read(browser, '/console/settings'));
    }
    for (const path of [`/console/${encodeURIComponent(planted)}`, `/console?${planted}`]) {
      const answer = await browser.navigate(path);
      expect(await answer.text()).not.toContain('<script src=//evil');
    }
  });
});

describe('another tenant', () => {
  it('is never seen, nor changed', async () => {
    const world = new World();
    const { browser: mine, personId, developerId } = await signInAs(world, { name: `Owner-${world.tag}` });
    await post(mine, world, '/console/settings/people/invite', { name: `Guest-${world.tag}` });
    const { key } = await createDeveloper(world);
    await createApplication(world, { name: `Shop-${world.tag}` }, key);
    const { browser: stranger } = await signInAs(world);
    for (const { path } of routes.filter(({ method }) => method === 'GET')) {
      const page = await (await stranger.navigate(path.replaceAll(/:\w+/g, personId))).text();
      expect(page, path).not.toContain(world.tag);
      expect(page, path).not.toContain(developerId);
    }
    for (const { path } of unsafe.filter((each) => each.path.includes(':'))) {
      const answer = await post(stranger, world, path.replaceAll(/:\w+/g, personId), {
        name: `Owner-${world.tag}`,
      });
      expect([403, 404], path).toContain(answer.status);
    }
    expect(await isSignedIn(mine)).toBe(true);
  });
});
