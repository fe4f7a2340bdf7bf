import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { type LoopbackServer, serveOnLoopback } from './harness/loopback.ts';
import { callApi, createSource, type SourceSummary } from './harness/management.ts';
import { pictureAndCheck } from './harness/pictures.ts';

// Each page is looked at in four ways.
const manyPagesMs = 120_000;

const { origin, adminToken } = inject('worker');
let browser: Browser;
let contexts: BrowserContext[];
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(() => {
  contexts = [];
  complaints = [];
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
});

/** A page of the console, signed in, in a browser profile of its own. */
async function signedIn(options: { javaScriptEnabled?: boolean; bypassCSP?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/console`);
  await page.getByLabel('Administrator’s token').fill(adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Applications', exact: true }).waitFor();
  return page;
}

/** From the list of sources to the page that sends one to the provider. */
async function startAt(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Data sources', exact: true }).first().click();
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('link', { name: 'Test this source' }).click();
  await page.getByRole('button', { name: 'Test with my account' }).click();
  await page.getByRole('heading', { name: `Sign in at ${name}` }).waitFor();
}

function states(page: Page): Promise<string[]> {
  return page.locator('.trial-steps .status').allInnerTexts();
}

/** A provider that wants its client's secret in the body, and says yes to everybody. */
async function serveProvider(): Promise<LoopbackServer> {
  return serveOnLoopback(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://provider');
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({
        code: 'code-of-the-provider',
        state: url.searchParams.get('state') ?? '',
      }).toString();
      response.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === '/token') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      if (form.get('client_secret') !== 'secret-of-the-client')
        answer(401, { error: 'invalid_client', error_description: 'No client_secret in the body.' });
      else answer(200, { access_token: 'access-token-of-the-provider', token_type: 'Bearer' });
    } else if (request.headers.authorization === 'Bearer access-token-of-the-provider') {
      answer(200, { account: { id: 4711, name: 'Ada Brook' } });
    } else answer(401, { error: 'invalid_token' });
  });
}

/** A data source at it, as somebody writes it who hasn't read on. */
async function defineSource(provider: LoopbackServer, name: string): Promise<SourceSummary> {
  const host = provider.originAs('localhost');
  return createSource({
    type: 'oauth2',
    name,
    api_host_url: host,
    auth_host_url: host,
    auth_url: '/authorize',
    full_auth_url: `${host}/authorize`,
    access_token_url: '/token',
    metadata_url: '/me',
    uniqueness: 'id',
    scopes: ['profile', 'steps'],
    client_id: 'client-of-ours',
    client_secret: 'secret-of-the-client',
  });
}

describe('a developer who tests a source', () => {
  it('sees every step of the sandbox’s OAuth 2', { timeout: manyPagesMs }, async () => {
    const page = await signedIn({ bypassCSP: true });
    await page.goto(`${origin}/console/sources`);
    await page.getByRole('link', { name: 'Pacer (sandbox)', exact: true }).click();
    await page.getByRole('link', { name: 'Test this source' }).click();
    await pictureAndCheck(page, 'test-source-start');
    await page.getByRole('button', { name: 'Test with my account' }).click();
    await page.getByRole('link', { name: 'Continue to Pacer (sandbox)' }).waitFor();
    expect(await states(page)).toEqual(['Waiting for you', ...Array(6).fill('Still to come')]);
    await pictureAndCheck(page, 'test-source-waiting');
    await page.getByText('I saw an error there, or nothing came back').click();
    await page.getByRole('button', { name: 'Show what it may be' }).click();
    await page.getByRole('heading', { name: 'The redirect URL isn’t registered at the provider' }).waitFor();
    await pictureAndCheck(page, 'test-source-stuck');
    await page.getByRole('link', { name: 'Continue to Pacer (sandbox)' }).click();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByText('works: an account can be connected and called.').waitFor();
    const [revocation, ...before] = (await states(page)).reverse();
    expect(before).toEqual(Array(6).fill('Done'));
    // Another test may have a Connection of the same account, which revoking would end.
    expect(['Done', 'Left out']).toContain(revocation);
    expect(await page.content()).not.toContain('pacer-sandbox-secret-that-anyone-may-know');
    await pictureAndCheck(page, 'test-source-good');
    await page.locator('.trial-steps > li', { hasText: 'Token request' }).locator('summary').click();
    await page.locator('.trial-steps > li', { hasText: 'Who connected' }).locator('summary').click();
    await pictureAndCheck(page, 'test-source-good-open');
  });

  it('is told what is wrong, mends it at the field, and tests again', { timeout: manyPagesMs }, async () => {
    await using provider = await serveProvider();
    const name = 'Footsteps of a provider with quite a long name';
    const { id } = await defineSource(provider, name);
    const page = await signedIn({ bypassCSP: true });
    await startAt(page, name);
    await page.getByRole('link', { name: `Continue to ${name}` }).click();
    await page.getByRole('heading', { name: 'The provider wants the client secret in the body' }).waitFor();
    expect(await states(page)).toEqual(['Done', 'Done', 'Failed', ...Array(4).fill('Not reached')]);
    expect(await page.content()).not.toContain('secret-of-the-client');
    expect(await page.content()).not.toContain('access-token-of-the-provider');
    await pictureAndCheck(page, 'test-source-bad');
    // The link opens the form where the field is, folded away as it may be.
    await page.getByRole('link', { name: 'Client authentication' }).click();
    const field = page.getByLabel('Client authentication');
    await field.waitFor({ state: 'visible' });
    await field.selectOption('client_secret_post');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The definition is saved.').waitFor();
    await startAt(page, name);
    await page.getByRole('link', { name: `Continue to ${name}` }).click();
    await page.getByRole('heading', { name: 'There is nothing at id in the metadata' }).waitFor();
    await page.getByText('These look like an id: account.id (4711).').waitFor();
    await pictureAndCheck(page, 'test-source-uniqueness');
    expect(complaints).toEqual([]);
    await callApi(`/sources/${id}`, { token: adminToken, method: 'DELETE' }, 204);
  });

  it('watches it in one window, and signs in in another', async () => {
    const page = await signedIn();
    await startAt(page, 'Darkroom (sandbox)');
    expect(await states(page)).toEqual(['Done', 'Waiting for you', ...Array(4).fill('Still to come')]);
    const href = await page
      .getByRole('link', { name: 'Continue to Darkroom (sandbox)' })
      .getAttribute('href');
    const other = await page.context().newPage();
    await other.goto(href ?? '');
    await other.getByRole('button', { name: 'Allow', exact: true }).click();
    await other.getByText('works: an account can be connected and called.').waitFor();
    await page.getByText('works: an account can be connected and called.').waitFor();
    expect(await states(page)).toEqual(Array(6).fill('Done'));
    expect(complaints).toEqual([]);
  });

  it('sees how far it is while a slow provider takes its time', async () => {
    const page = await signedIn();
    await startAt(page, 'Pacer (sandbox)');
    await page.getByRole('link', { name: 'Continue to Pacer (sandbox)' }).click();
    await page.getByText('Test a failure').click();
    await page.getByLabel('The provider is slow').check();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByText('The test goes on.').waitFor();
    const token = page.locator('.trial-steps > li.done', { hasText: 'Token request' });
    await token.waitFor();
    await token.locator('summary').click();
    expect(await page.getByText('The test goes on.').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Test again' }).waitFor({ timeout: 20_000 });
    await page.getByRole('heading', { name: 'The API doesn’t answer' }).waitFor();
    await page
      .getByText(/did not answer within 4 s/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it('does the same with script off', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await startAt(page, 'Pacer (sandbox)');
    await page.getByRole('link', { name: 'Continue to Pacer (sandbox)' }).click();
    await page.getByText('Test a failure').click();
    await page.getByLabel('No token is given').check();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    const ended = page.getByText('One thing is to be mended.');
    const refresh = page.getByRole('link', { name: 'Refresh' });
    for (let looks = 0; looks < 20 && !(await ended.isVisible()); looks += 1) {
      if (await refresh.isVisible()) await refresh.click();
    }
    expect(await ended.isVisible()).toBe(true);
    expect((await states(page))[2]).toBe('Failed');
    await page.getByRole('link', { name: 'Test again' }).click();
    await page.getByRole('button', { name: 'Test with my account' }).waitFor();
    // A credential that is typed.
    await page.goto(`${origin}/console/sources`);
    await page.getByRole('link', { name: 'Treadmill (sandbox)', exact: true }).click();
    await page.goto(`${page.url()}/test`);
    await page.getByLabel('Treadmill key').fill('not a key of it');
    await page.getByRole('button', { name: 'Test with this credential' }).click();
    for (let looks = 0; looks < 20 && (await refresh.isVisible()); looks += 1) await refresh.click();
    await page.getByRole('heading', { name: 'The API refused the credential' }).waitFor();
  });
});
