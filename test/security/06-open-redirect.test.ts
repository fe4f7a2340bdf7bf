import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import { digest, manage, randomSecret } from '../worker/harness/management.ts';
import { Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

const evil = 'https://evil.example/';

describe('a callback with no matching state', () => {
  it('renders a page here and redirects nowhere, whatever it asks for', async () => {
    const { world, source } = await setting();
    const browser = new Browser(world);
    for (const query of [
      `?state=x&code=y&redirect_uri=${evil}&returnUrl=${evil}&redirect_url=${evil}&next=${evil}`,
      `?error=access_denied&error_uri=${evil}`,
      '',
    ]) {
      const answer = await browser.navigate(`/done/${source.id}${query}`, { from: evil });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('Location')).toBeNull();
      expect(answer.headers.get('Refresh')).toBeNull();
      expect(answer.headers.get('Referrer-Policy')).toMatch(/^(no-referrer|same-origin)$/);
      expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(await answer.text()).not.toContain('evil.example');
    }
  });
});

describe('a return URL', () => {
  it('is refused by name unless it is registered to the letter', async () => {
    const { world, application } = await setting();
    const { clientId, clientSecret, page, returnUrl } = application;
    for (const other of [
      evil,
      `${returnUrl}&next=${evil}`,
      returnUrl.replace('https:', 'http:'),
      `${returnUrl}/`,
      `${returnUrl}#`,
      `${page}@evil.example/`,
      `${returnUrl.replace('connected', 'x/../connected')}`,
      '//evil.example',
      'javascript:alert(1)',
      '',
    ]) {
      const fromPage = {
        clientId,
        clientUserId: 'u',
        challenge: await digest(randomSecret()),
        returnUrl: other,
      };
      const fromServer = { clientId, clientSecret, clientUserId: 'u', returnUrl: other };
      for (const answer of [
        world.post('/connect/sessions', fromPage, { Origin: page }),
        world.post('/connect/sessions', fromServer),
      ]) {
        const { details } = await refused(answer, 400, 'invalid_request');
        expect(details).toMatchObject([{ path: 'returnUrl' }]);
      }
    }
  });

  it('can’t be registered where nobody should be sent', async () => {
    const { world } = await setting();
    for (const returnUrl of [
      'javascript:alert(1)',
      'data:text/html,x',
      'http://shop.example/',
      'https://user:pass@shop.example/',
      'https://shop.example/#x',
      'https://10.0.0.1/',
      'https://[::1]/',
      'https://router.local/',
      'shop.example',
    ]) {
      const body = { name: 'Shop', origins: [], returnUrls: [returnUrl] };
      const { details } = await refused(manage(world, 'POST', '/applications', body), 400, 'invalid_request');
      expect(details).toMatchObject([{ path: 'returnUrls.0' }]);
    }
  });
});

it('sends the user to stored places only: the run’s own page, and the registered URL', async () => {
  const { world, application, provider, source } = await setting();
  const run = await Run.fromPage(world, application, { returnUrl: application.returnUrl });
  await ok(run.bindWithoutOpener());
  const url = await run.consent(provider, source, { callback: { returnUrl: evil, redirect_uri: evil } });
  expect((await run.callback(url)).headers.get('Location')).toBe(`/connect#run=${run.id}`);
  const { location } = await ok<{ location: string }>(run.exit('left'));
  expect(location).toBe(`${application.returnUrl}#exit=&run=${run.id}`);
});
