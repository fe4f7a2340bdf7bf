import { expect, it } from 'vitest';
import { builtPath } from '../../src/built/read.ts';
import { buildAssets } from '../../src/built-assets.tsx';
import type { Bindings } from '../../src/env.ts';
import { documentAsset } from '../../src/openapi/document-asset.ts';
import { post, read, signIn } from './harness/console.ts';
import { createApplication } from './harness/management.ts';
import { World } from './harness/world.ts';

const built = buildAssets({ client: '', server: '' });
// The example's code is the build's to read.
const paths = Object.keys(built).filter((path) => path !== builtPath('landing-sandbox'));

it.each(paths)('has %s built from what the code says now: run npm run build', async (path) => {
  const { ASSETS } = new World().bindings;
  const asset = await ASSETS.fetch(new Request(`https://assets.invalid${path}`));
  // Told in a word: most of them are long.
  expect((await asset.text()) === built[path]).toBe(true);
  // Parts of pages are no pages.
  if (path === documentAsset) return;
  expect(asset.headers.get('X-Robots-Tag')).toBe('noindex');
  expect(asset.headers.get('Content-Type')).toMatch(/^application\/json/);
  expect(asset.headers.get('Content-Security-Policy')).toBe("default-src 'none'; sandbox");
});

it('says what is missing where something was not built, and goes on once it is there', async () => {
  const { ASSETS } = new World().bindings;
  let isThere = false;
  const fetch = (request: Request) =>
    isThere || !request.url.includes('/built/')
      ? ASSETS.fetch(request)
      : Promise.resolve(new Response('', { status: 404 }));
  const world = new World({ ASSETS: { fetch } as unknown as Bindings['ASSETS'] });
  const landing = await world.request('/');
  expect(landing.status).toBe(500);
  expect(await landing.json()).toMatchObject({
    error: 'server_misconfigured',
    error_description: `This deployment lacks ${builtPath('landing-sandbox')}: run npm run build.`,
  });
  const browser = await signIn(world);
  const path = '/console/sources/new/oauth2';
  for (const answer of [await browser.navigate(path), await post(browser, world, path, { name: 'x' })]) {
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain(`This deployment lacks ${builtPath('source-form-oauth2')}`);
  }
  isThere = true;
  expect(await read(browser, path)).toContain('Auth host URL');
});

it('fills what somebody named into a built page as text', async () => {
  const world = new World();
  const name = `<b>{{clientId}}</b> "${world.tag}"`;
  const { clientId } = await createApplication(world, { name });
  const page = await read(await signIn(world), `/console/applications/${clientId}/try?user=%22%3E%3Ci%3E`);
  expect(page).toContain(`&lt;b&gt;{{clientId}}&lt;/b&gt; &quot;${world.tag}&quot;’s origins`);
  expect(page).toContain('data-client-user-id="&quot;&gt;&lt;i&gt;"');
  expect(page).toContain(`data-client-id="${clientId}"`);
  expect(page).not.toMatch(/<b>|<i>/);
});

it('fills in the landing page with the sandbox: this deployment, and who is signed in to the example', async () => {
  const response = await new World({ PUBLIC_URL: 'https://elsewhere.test:8443' }).request('/');
  const user = /example-user=([^;]+)/.exec(response.headers.get('Set-Cookie') ?? '')?.[1];
  expect(user).toMatch(/^visitor-[0-9a-f]{8}$/);
  const page = await response.text();
  expect(page).toContain('<code>elsewhere.test:8443</code>');
  expect(page).toContain(`data-client-user-id="${user}"`);
  expect(page).toContain(`<code>${user}</code>`);
  expect(page).toContain('curl https://elsewhere.test:8443/applications');
  expect(page).toContain('&#39;https://elsewhere.test:8443/connect.mjs&#39;');
  expect(page).not.toMatch(/\{\{\w*\}\}/);
});

it('fills in the landing page without the sandbox, and signs nobody in', async () => {
  // No such host can be registered, but what is filled in is text all the same.
  const world = new World({ PUBLIC_URL: 'https://a&b.test', SANDBOX: 'false' });
  const response = await world.request('/');
  expect(response.headers.has('Set-Cookie')).toBe(false);
  const page = await response.text();
  expect(page).toContain('<code>a&amp;b.test</code>');
  expect(page).toContain('curl https://a&amp;b.test/applications');
  expect(page).not.toContain('example-client.js');
  expect(page).not.toMatch(/\{\{\w*\}\}/);
});
