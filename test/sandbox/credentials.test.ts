import { expect, it } from 'vitest';
import { send } from './driver.ts';

const call = (path: string, headers: Record<string, string>) => send(`/sandbox/api${path}`, { headers });
const login = (text: string) => ({
  authorization: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`,
});

it('shows what opens the treadmill and the scrapbook, and each of them does', async () => {
  const page = await send('/sandbox/keys');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const shown = [...(await page.text()).matchAll(/<code>([^<]+)<\/code>/g)].map(([, text]) => text ?? '');
  const [adasKey = '', gracesKey = '', ada, adasPassword, grace, gracesPassword, ...others] = shown;
  expect(others).toEqual([]);
  const people: [Record<string, string>, string][] = [
    [{ 'x-treadmill-key': adasKey }, 'Ada Brook'],
    [{ 'x-treadmill-key': gracesKey }, 'Grace Field'],
    [login(`${ada}:${adasPassword}`), 'Ada Brook'],
    [login(`${grace}:${gracesPassword}`), 'Grace Field'],
  ];
  for (const [headers, name] of people) {
    expect(await (await call('/me', headers)).json()).toMatchObject({ name });
    expect((await call('/steps', headers)).status).toBe(200);
    expect((await call('/photos', headers)).status).toBe(200);
    const echoed = await (await call('/echo', headers)).json<{ headers: Record<string, string> }>();
    for (const header of Object.keys(headers)) expect(echoed.headers).not.toHaveProperty(header);
  }
});

it.each([
  { 'x-treadmill-key': 'treadmill-sandbox-key-of-nobody' },
  { 'x-treadmill-key': '' },
  { authorization: 'Bearer treadmill-sandbox-key-of-ada-brook' },
  login('ada:scrapbook-sandbox-password-of-grace'),
  login('ada:'),
  login(':'),
  { authorization: 'Basic !' },
])('refuses %j', async (headers: Record<string, string>) => {
  expect((await call('/me', headers)).status).toBe(401);
});
