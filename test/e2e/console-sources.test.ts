import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { callApi } from './harness/management.ts';
import { pictureAndCheck } from './harness/pictures.ts';

// Each page is looked at in four ways.
const manyPagesMs = 240_000;

const { origin, adminToken } = inject('worker');
let browser: Browser;
let contexts: BrowserContext[];
let complaints: string[];

interface Source {
  id: string;
  [field: string]: unknown;
}

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(() => {
  contexts = [];
  complaints = [];
});
afterEach(() => Promise.all(contexts.map((context) => context.close())));

/** The data sources, signed in, in a browser profile of its own. */
async function dataSources(
  options: { javaScriptEnabled?: boolean; bypassCSP?: boolean } = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => {
    // A form that comes back says so by its status.
    if (!/status of 400/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/console`);
  await page.getByLabel('Administrator’s token').fill(adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Data sources' }).click();
  await untilTitle(page, 'Data sources');
  return page;
}

function untilTitle(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

function sourceOf(id: string): Promise<Source> {
  return callApi<Source>(`/sources/${id}`, { token: adminToken });
}

function idOf(page: Page): string {
  return new URL(page.url()).pathname.split('/')[3] ?? '';
}

/** Goes through the forms by which a source is made, changed and deleted. */
async function makeAndEnd(page: Page, name: string, withScript: boolean): Promise<void> {
  await page.getByRole('link', { name: 'New data source' }).click();
  await page.getByRole('link', { name: /^OAuth 2/ }).click();
  const redirectUrl = await page.locator('#redirect-url').textContent();
  await page.getByLabel('API host URL').fill('https://api.rivulet.example');
  await page.getByLabel('Auth host URL').fill('https://rivulet.example');
  await page.getByLabel('Auth URL', { exact: true }).fill('/authorize');
  const full = page.getByLabel('Full auth URL', { exact: true });
  expect(await full.inputValue()).toBe(withScript ? 'https://rivulet.example/authorize' : '');
  await page.getByLabel('Access token URL').fill('/token');
  await page.getByLabel(/^Client ID/).fill('rivulet-client');
  await page.getByLabel(/^Client secret/).fill('rivulet-secret');
  await page.locator('summary', { hasText: 'Scopes' }).click();
  await page.getByLabel(/^Scopes/).fill('flow\nlevel');
  await page.getByRole('button', { name: 'Create the data source' }).click();
  await page.getByText('The name is required.').first().waitFor();
  expect(await page.locator('#redirect-url').textContent()).toBe(redirectUrl);
  expect(await page.getByLabel(/^Client secret/).inputValue()).toBe('');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel(/^Client secret/).fill('rivulet-secret');
  await page.getByRole('button', { name: 'Create the data source' }).click();
  await untilTitle(page, name);
  expect(await page.locator('#redirect-url').textContent()).toBe(redirectUrl);
  const id = idOf(page);
  expect(await sourceOf(id)).toMatchObject({
    name,
    full_auth_url: 'https://rivulet.example/authorize',
    scopes: ['flow', 'level'],
    client_secret: { set: true },
    callback_url: redirectUrl,
  });

  const tabs = page.getByRole('navigation', { name, exact: true });
  await tabs.getByRole('link', { name: 'Definition' }).click();
  await page.locator('summary', { hasText: 'Who connected' }).click();
  await page.getByLabel(/^Metadata URL/).fill('/me');
  await page.getByLabel(/^Unique id/).fill('id');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The definition is saved.').waitFor();
  expect(await sourceOf(id)).toMatchObject({
    metadata_url: '/me',
    uniqueness: 'id',
    scopes: ['flow', 'level'],
  });

  await tabs.getByRole('link', { name: 'Document' }).click();
  const map = page.getByLabel('Map', { exact: true });
  const written = await map.inputValue();
  await map.fill(written.replace('"/me"', '"/me"\n,,'));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('A key in double quotes is missing here.').waitFor();
  const broken = JSON.parse(written);
  broken.endpoints = { levels: { route: 'https://elsewhere.example/levels' } };
  const text = JSON.stringify(broken, null, 2);
  await map.fill(text);
  await page.getByRole('button', { name: 'Save' }).click();
  const line = text.split('\n').findIndex((each) => each.includes('elsewhere')) + 1;
  const link = page.getByRole('link', { name: new RegExp(`Line ${line}, column`) });
  await link.click();
  if (withScript) {
    const selected = await map.evaluate((area: HTMLTextAreaElement) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(selected).toContain('elsewhere.example');
    expect(await page.locator('.lines mark').textContent()).toBe(`${line}\n`);
  }
  await map.fill(text.replace('https://elsewhere.example', ''));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The document is saved.').waitFor();

  await tabs.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: 'Delete data source' }).click();
  await page.getByLabel('Its name').fill(name);
  await page.getByRole('button', { name: 'Delete the data source' }).click();
  await page.getByText(`${name} is deleted.`).waitFor();
}

describe('a data source', () => {
  it('is made, changed and deleted', async () => {
    const page = await dataSources();
    await makeAndEnd(page, 'Rivulet', true);
    expect(complaints).toEqual([]);
  });

  it('is made, changed and deleted with script off', async () => {
    await makeAndEnd(await dataSources({ javaScriptEnabled: false }), 'Rivulet without script', false);
  });

  it('comes from the catalogue, with its redirect URL to register', async () => {
    const page = await dataSources();
    await page.getByRole('link', { name: 'New data source' }).click();
    const categories = page.getByRole('navigation', { name: 'Categories' });
    await categories.getByRole('link', { name: 'health' }).click();
    await page.getByRole('link', { name: /^Oura/ }).waitFor();
    expect(await page.getByRole('link', { name: /^GitHub/ }).count()).toBe(0);
    await page.getByLabel('Search for a provider').fill('fitbit');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: /^Fitbit/ }).click();
    await untilTitle(page, 'Fitbit');
    const redirectUrl = await page.locator('#redirect-url').textContent();
    await page.getByLabel('activity').check();
    await page.getByRole('button', { name: 'Create the data source' }).click();
    await page.getByText('Fitbit is created.').waitFor();
    expect(await page.locator('#redirect-url').textContent()).toBe(redirectUrl);
    await page.getByText('None are stored').waitFor();
    await page.getByLabel(/^Client ID/).fill('fitbit-client');
    await page.getByLabel(/^Client secret/).fill('fitbit-secret');
    await page.getByRole('button', { name: 'Save the credentials' }).click();
    await page.getByText('The credentials are saved.').waitFor();
    const source = await sourceOf(idOf(page));
    expect(source).toMatchObject({ client_id: 'fitbit-client', scopes: ['profile', 'activity'] });
    await callApi(`/sources/${source.id}`, { method: 'DELETE', token: adminToken }, 204);
    expect(complaints).toEqual([]);
  });
});

describe('the pages', () => {
  it(
    'are what they look like, and hold to WCAG 2.2 AA',
    async () => {
      const page = await dataSources({ bypassCSP: true });
      const developers = await Promise.all(
        ['Bookshop at the Corner', 'Paper & Pen'].map((name) =>
          callApi<{ id: string }>('/developers', { method: 'POST', token: adminToken, body: { name } }, 201),
        ),
      );
      const made = await Promise.all(
        [
          {
            name: 'Rivulet, the water level of every river you have ever lived at, in one place',
            slug: `rivulet-${'water-level-'.repeat(4)}x`,
            client_id: 'a-client-id-that-is-quite-long-and-does-not-break-anywhere-0123456789abcdef',
            client_secret: 'secret',
            scopes: ['flow', 'level', 'https://rivulet.example/auth/scopes/temperature.readonly'],
            authorization_params: { access_type: 'offline', prompt: 'consent' },
            metadata_url: '/me',
            uniqueness: 'id',
            credentials_for: developers.slice(0, 1).map(({ id }) => id),
          },
          { name: 'Meadow' },
        ].map((fields) =>
          callApi<Source>(
            '/sources',
            {
              method: 'POST',
              token: adminToken,
              body: {
                type: 'oauth2',
                api_host_url: 'https://api.rivulet.example/a/rather/long/path/to/the/api/of/rivulet',
                auth_host_url: 'https://rivulet.example',
                auth_url: '/authorize',
                full_auth_url: 'https://rivulet.example/authorize',
                access_token_url: '/token',
                ...fields,
              },
            },
            201,
          ),
        ),
      );
      const [full, bare] = made.map(({ id }) => `${origin}/console/sources/${id}`);
      await page.reload();
      await pictureAndCheck(page, 'sources');
      const create = `${origin}/console/sources/new`;
      await page.goto(create);
      await pictureAndCheck(page, 'sources-new');
      await page.goto(`${create}?q=nobody`);
      await pictureAndCheck(page, 'sources-new-nothing');
      await page.goto(`${create}/catalogue/shopify`);
      await pictureAndCheck(page, 'sources-new-catalogue');
      await page.goto(`${create}/issuer`);
      await pictureAndCheck(page, 'sources-new-issuer');
      await page.goto(`${create}/api_key`);
      await pictureAndCheck(page, 'sources-new-key');
      await page.goto(`${create}/oauth1`);
      await page.getByLabel('API host URL').fill('http://api.example.com');
      await page.locator('summary', { hasText: 'Logo and slug' }).click();
      await page.getByLabel(/^Slug/).fill('Not A Slug');
      await page.getByRole('button', { name: 'Create the data source' }).click();
      await pictureAndCheck(page, 'sources-new-faulty');
      await page.goto(`${full}`);
      await pictureAndCheck(page, 'sources-overview');
      await page.goto(`${bare}`);
      await pictureAndCheck(page, 'sources-overview-bare');
      await page.goto(`${full}/definition`);
      await page.evaluate(() => {
        for (const group of document.querySelectorAll('details')) group.open = true;
      });
      await pictureAndCheck(page, 'sources-definition');
      await page.goto(`${full}/document`);
      await pictureAndCheck(page, 'sources-document');
      const map = page.getByLabel('Map', { exact: true });
      const document = JSON.parse(await map.inputValue());
      document.endpoints = { level: { route: '/level', headers: { 'a b': '{{ nobody }}' } }, flow: {} };
      await map.fill(JSON.stringify(document, null, 2));
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('places in the document').waitFor();
      await pictureAndCheck(page, 'sources-document-faulty');
      await page.goto(`${full}/delete`);
      await pictureAndCheck(page, 'sources-delete');
      await Promise.all([
        ...made.map(({ id }) => callApi(`/sources/${id}`, { method: 'DELETE', token: adminToken }, 204)),
        ...developers.map(({ id }) =>
          callApi(`/developers/${id}`, { method: 'DELETE', token: adminToken }, 204),
        ),
      ]);
    },
    manyPagesMs,
  );
});
