import { beforeEach, describe, expect, it } from 'vitest';
import { forgetAll } from './bindings.ts';
import { authorizePath, clock, openConsent, post, press, send } from './driver.ts';

const path = '/sandbox/oauth2/authorize';
const fields = { decision: 'allow', account: 'person-1815', scenario: 'works' };

beforeEach(forgetAll);

describe('consent page', () => {
  it('says what it is, and offers two people, seven outcomes and two buttons', async () => {
    const page = await (await send(authorizePath())).text();
    expect(page).toContain('Sandbox: made-up data');
    expect(page.match(/name="account"/g)).toHaveLength(2);
    expect(page.match(/name="scenario"/g)).toHaveLength(7);
    expect([...page.matchAll(/<button[^>]*>\s*([^<]*?)\s*<\/button>/g)].map(([, name]) => name)).toEqual([
      'Allow',
      'Deny',
    ]);
  });

  it('does not offer to grant less than the one scope asked for', async () => {
    const page = await (await send(authorizePath({ scope: 'steps' }))).text();
    expect(page).not.toContain('value="fewer"');
  });

  it('runs no script, loads nothing but its stylesheet, is framed by nobody and kept by nobody', async () => {
    const page = await send(authorizePath());
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).not.toContain('script-src');
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    const text = await page.text();
    expect(text.match(/<link[^>]*>/g)).toEqual(['<link rel="stylesheet" href="/assets/sandbox.css"/>']);
    expect(text).not.toMatch(/<script|<style|\son\w+=|\sstyle=/);
  });

  it('shows nothing of what a request carries', async () => {
    const page = await send(authorizePath({ state: '"><b>planted' }));
    expect(await page.text()).not.toContain('planted');
    for (const changes of [{ client_id: '<b>planted' }, { redirect_uri: '<b>planted' }]) {
      expect(await (await send(authorizePath(changes))).text()).not.toContain('planted');
    }
  });

  it('is decided on once', async () => {
    const pending = await openConsent(authorizePath());
    await press(path, pending);
    await expect(press(path, pending)).rejects.toThrow('400');
    await expect(press(path, pending, { decision: 'deny' })).rejects.toThrow('400');
  });

  it('gives one code to twenty decisions at once', async () => {
    const pending = await openConsent(authorizePath());
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(path, { ...fields, pending })));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  it('ends after ten minutes', async () => {
    const pending = await openConsent(authorizePath());
    clock.now += 600_000;
    await expect(press(path, pending)).rejects.toThrow('400');
  });

  it.each([
    ['no decision', { decision: '' }],
    ['another decision', { decision: 'maybe' }],
    ['an unknown person', { account: 'nobody' }],
    ['an unknown scenario', { scenario: 'meteor' }],
    ['an unknown page', { pending: 'x' }],
    ['no page', { pending: '' }],
  ])('goes nowhere with %s, and can then be decided on', async (_, changes) => {
    const pending = await openConsent(authorizePath());
    const answer = await post(path, { ...fields, pending, ...changes });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    await press(path, pending);
  });
});

describe('bad input', () => {
  const routes = [
    'oauth2/authorize',
    'oauth2/token',
    'oauth2/revoke',
    'oauth1/request_token',
    'oauth1/authorize',
    'oauth1/access_token',
    'api/me',
    'api/echo/%ff',
    'api/nothing',
  ];
  const bodies = [
    '',
    '{',
    '%',
    '%ff=%fe',
    'a=%00&code=%00',
    '='.repeat(500),
    'pending=%F0%9F%98%80&decision=deny',
  ];
  const types = [
    'application/x-www-form-urlencoded',
    'application/json',
    'multipart/form-data; boundary=x',
    ';',
    '',
  ];

  it.each(routes)('gives no 5xx and no redirect at %s', async (route) => {
    for (const method of ['GET', 'POST', 'PUT']) {
      for (const body of bodies) {
        for (const type of types) {
          for (const authorization of ['', 'OAuth a="b"', 'Bearer %', 'Basic :']) {
            const init = { method, headers: { 'content-type': type, authorization } };
            const query = `?${body}&oauth_token=%00&client_id=%E0%A4%A`;
            const answer = await send(
              `/sandbox/${route}${query}`,
              method === 'GET' ? init : { ...init, body },
            );
            expect(answer.status).toBeGreaterThanOrEqual(400);
            expect(answer.status).toBeLessThan(500);
          }
        }
      }
    }
  });
});
