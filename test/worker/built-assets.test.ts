import { expect, it } from 'vitest';
import { buildAssets } from '../../src/built-assets.tsx';
import { landingAssets } from '../../src/landing/landing.tsx';
import { documentAsset } from '../../src/openapi/document-asset.ts';
import { World } from './harness/world.ts';

const noExample = { client: '', server: '' };

it.each([documentAsset, landingAssets.plain])(
  'has %s built from what the code says now: run npm run build',
  async (path) => {
    const { ASSETS } = new World().bindings;
    const built = await ASSETS.fetch(new Request(`https://assets.invalid${path}`));
    expect(await built.text()).toBe(buildAssets(noExample)[path]);
  },
);

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
