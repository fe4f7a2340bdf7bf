import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import { Run, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

describe('a callback belongs to the browser that started it', () => {
  it('does not plant another person’s code in my browser, and spends nothing', async () => {
    const { world, application, provider, source } = await setting();
    const attacker = await Run.fromPage(world, application, { clientUserId: 'attacker' });
    const victim = await Run.fromPage(world, application, { clientUserId: 'victim' });
    await ok(attacker.bind());
    await ok(victim.bind());
    await ok(victim.authorize(source));
    const planted = await attacker.consent(provider, source, { account: 'attacker-account' });

    const page = await victim.callback(planted);
    expect(page.status).toBe(400);
    expect(page.headers.get('Location')).toBeNull();
    expect(await page.text()).toContain('Go back to the application');
    expect(provider.redeemed).toBe(0);
    expect(await ok<View>(victim.view())).toMatchObject({ changed: false, outcome: null });

    // The guard is the cookie and nothing else: with it, the same request connects.
    for (const [name, cookie] of attacker.browser.cookies) {
      if (name.includes('state')) victim.browser.cookies.set(name, cookie);
    }
    expect((await victim.callback(planted)).status).toBe(303);
    expect(provider.redeemed).toBe(1);
  });

  it('knows a curl without cookies as nobody', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    expect((await world.request(url)).status).toBe(400);
    expect(provider.redeemed).toBe(0);
    expect((await run.callback(url)).status).toBe(303);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
  });

  it('takes no state that was made up, altered, or left out', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    const change = (edit: (params: URLSearchParams) => void) => {
      const changed = new URL(url);
      edit(changed.searchParams);
      return changed.href;
    };
    const state = new URL(url).searchParams.get('state') ?? '';
    expect(state.length).toBeGreaterThanOrEqual(43);
    for (const wrong of [
      change((params) => params.delete('state')),
      change((params) => params.set('state', '')),
      change((params) => params.set('state', state.slice(1))),
      change((params) => params.set('state', state.toLowerCase())),
      change((params) => params.append('state', state)),
    ]) {
      expect((await run.callback(wrong)).status, wrong).toBe(400);
    }
    expect(provider.redeemed).toBe(0);
    expect((await run.callback(url)).status).toBe(303);
  });
});

describe('a state is good for one callback', () => {
  it('shows the stored outcome to a repeated callback and redeems no code twice', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    for (let time = 0; time < 3; time += 1) {
      const back = await run.callback(url);
      expect(back.headers.get('Location')).toBe(`/connect#run=${run.id}`);
    }
    expect(provider).toMatchObject({ redeemed: 1, replays: [] });
    expect(await ok<View>(run.view())).toMatchObject({ outcome: { result: 'connected' } });
  });

  it('redeems once when the callback arrives forty times at once', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    const answers = await Promise.all(Array.from({ length: 40 }, () => run.callback(url)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]));
    expect(provider).toMatchObject({ redeemed: 1, replays: [] });
  });

  it('does not exchange a second code for a spent state', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    await run.callback(provider.consent(redirectUrl));
    await run.callback(provider.consent(redirectUrl, { account: 'another' }));
    expect(provider.redeemed).toBe(1);
  });

  it('ends after ten minutes', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    const cookies = new Map(run.browser.cookies);
    world.advance({ minutes: 10, seconds: 1 });
    expect((await run.callback(url)).status).toBe(400);
    // A browser that keeps cookies for ever makes no difference.
    for (const [name, cookie] of cookies) run.browser.cookies.set(name, { ...cookie, expiresAt: Infinity });
    expect((await run.callback(url)).status).toBe(400);
    expect(provider.redeemed).toBe(0);
  });
});

it('keeps two runs of one browser apart', async () => {
  const { world, application, provider, source } = await setting();
  const browser = new Browser(world);
  const [first, second] = [
    await Run.fromPage(world, application, { browser }),
    await Run.fromPage(world, application, { browser }),
  ];
  await ok(first.bind());
  await ok(second.bind());
  const firstUrl = await first.consent(provider, source);
  const secondUrl = await second.consent(provider, source);
  expect((await second.callback(secondUrl)).headers.get('Location')).toBe(`/connect#run=${second.id}`);
  expect((await first.callback(firstUrl)).headers.get('Location')).toBe(`/connect#run=${first.id}`);
  await first.finished();
  await second.finished();
  expect((await ok<{ connections: string[] }>(first.exchange())).connections).toHaveLength(1);
  expect((await ok<{ connections: string[] }>(second.exchange())).connections).toHaveLength(1);
});

describe('a callback by a cross-site POST (form_post)', () => {
  it('is posted again from our origin, where its cookie is sent', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const { searchParams, pathname } = new URL(await run.consent(provider, source));
    const page = await run.browser.submit(pathname, searchParams, { from: `https://${provider.host}` });
    expect(page.status).toBe(200);
    expect(page.headers.get('Content-Security-Policy')).toContain("form-action 'self'");
    const html = await page.text();
    const fields = new URLSearchParams(
      [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    expect(/action="([^"]+)"/.exec(html)?.[1]).toBe(pathname);
    expect(fields.get('state')).toBe(searchParams.get('state'));
    const back = await run.browser.submit(pathname, fields, { from: world.origin });
    expect(back.headers.get('Location')).toBe(`/connect#run=${run.id}`);
    expect(provider.redeemed).toBe(1);
  });

  it('does not go round in circles in a browser that has no cookie, and is escaped', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const { searchParams, pathname } = new URL(await run.consent(provider, source));
    searchParams.set('x', '"><script>alert(1)</script>');
    const stranger = new Browser(world);
    const page = await stranger.submit(pathname, searchParams, { from: `https://${provider.host}` });
    expect(await page.text()).not.toContain('<script>alert');
    searchParams.set('trivet_reposted', '1');
    expect((await stranger.submit(pathname, searchParams, { from: world.origin })).status).toBe(400);
    expect(provider.redeemed).toBe(0);
  });
});

describe('requests of the popup', () => {
  it('are refused from another site, also where the browser sends the cookie', async () => {
    const { world, application, source, provider } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    const cookie = [...run.browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const forged = (path: string, headers: Record<string, string>) =>
      world.post(path, path.endsWith('exit') ? { reason: 'left' } : {}, { Cookie: cookie, ...headers });
    for (const path of [`/connect/runs/${run.id}/finish`, `/connect/runs/${run.id}/exit`]) {
      await refused(forged(path, { Origin: 'https://evil.example' }), 403, 'access_denied');
      await refused(forged(path, { Origin: 'null' }), 403, 'access_denied');
      await refused(forged(path, {}), 403, 'access_denied');
    }
    expect(await ok<View>(run.view())).toMatchObject({ run: { status: 'open' } });
    expect((await forged(`/connect/runs/${run.id}/finish`, { Origin: world.origin })).status).toBe(200);
  });

  it('carry cookies that no page can read or overwrite', async () => {
    const { world, application, source } = await setting();
    const run = await Run.fromPage(world, application);
    const lines = [
      ...(await run.bind()).headers.getSetCookie(),
      ...(await run.authorize(source)).headers.getSetCookie(),
    ];
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-trivet-(run|state)-[\w-]+=/);
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
        expect(line).toContain(attribute);
      expect(line).not.toMatch(/Domain=/i);
    }
  });

  it('carry plain cookies where the public URL is plain http', async () => {
    const { world, application, provider, source } = await setting(
      {},
      { PUBLIC_URL: 'http://localhost:8787' },
    );
    const run = await Run.fromPage(world, application);
    const [line = ''] = (await run.bind()).headers.getSetCookie();
    expect(line).toMatch(/^trivet-run-/);
    expect(line).not.toMatch(/Secure/i);
    await run.connect(provider, source);
    await run.finished();
    await ok(run.exchange());
  });
});
