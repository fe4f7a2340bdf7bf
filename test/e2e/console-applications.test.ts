import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { consentTo, finishButton, finishRun, openPopup, sourceButton } from './harness/connect-flow.ts';
import { serveOnLoopback } from './harness/loopback.ts';
import { callApi, createApplication } from './harness/management.ts';
import { pictureAndCheck } from './harness/pictures.ts';

const shell = promisify(execFile);
const pacer = 'Pacer (sandbox)';
const wholeSecret = /trv_(access|secret)_[\w-]{10,}/;
// Each page is looked at in four ways.
const manyPagesMs = 180_000;

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
  vi.unstubAllEnvs();
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
  await untilTitle(page, 'Applications');
  return page;
}

function untilTitle(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

/** Follows one of the tabs of an application's page. */
async function openTab(page: Page, application: string, tab: string): Promise<void> {
  await page
    .getByRole('navigation', { name: application, exact: true })
    .getByRole('link', { name: tab, exact: true })
    .click();
}

function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).innerText();
}

/** Makes an application with the form, and gives its credentials. */
async function create(page: Page, name: string, origins: string) {
  await page.getByRole('link', { name: 'Applications', exact: true }).first().click();
  await page.getByRole('link', { name: 'New application' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Origins').fill(origins);
  await page.getByLabel('For testing').check();
  await page.getByRole('button', { name: 'Create' }).click();
  await untilTitle(page, name);
  return { clientId: await textOf(page, '#client-id'), clientSecret: await textOf(page, '#client-secret') };
}

function statesOfSteps(page: Page): Promise<(string | undefined)[]> {
  return page
    .locator('.step')
    .evaluateAll((steps) => steps.map((step) => (step as HTMLElement).dataset.state));
}

function value(page: Page, payload: string, name: string) {
  return page.locator(`[data-payload="${payload}"] [data-name="${name}"]`).textContent();
}

/** An application's own page and server: what the page is, is set later; the specialToken it hands over is kept. */
async function serveShop() {
  let html = '';
  let handOver: (specialToken: string) => void = () => {};
  const specialToken = new Promise<string>((resolve) => {
    handOver = resolve;
  });
  const server = await serveOnLoopback(async (request, response) => {
    if (request.method === 'POST' && request.url === '/connected') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      handOver(JSON.parse(Buffer.concat(chunks).toString()).specialToken);
      response.writeHead(204).end();
    } else {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Shop</title>${html}</html>`);
    }
  });
  return {
    shop: server.originAs('localhost'),
    specialToken,
    show(page: string) {
      html = page;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('a developer', () => {
  it('creates an application, copies its code, and that code connects a user', async () => {
    const page = await signedIn();
    await using own = await serveShop();
    const { clientId, clientSecret } = await create(page, 'Corner shop', own.shop);
    await page.getByRole('link', { name: /^Add it to your app/ }).click();
    expect(await textOf(page, '#client-id')).toBe(clientId);
    own.show(await textOf(page, '#button'));
    const serverCode = await textOf(page, '#server');
    await page.goto(own.shop);
    const popup = await openPopup(page);
    await consentTo(popup, pacer);
    await finishRun(popup);

    vi.stubEnv('CLIENT_SECRET', clientSecret);
    const { connected, readUser } = await import(`data:text/javascript,${encodeURIComponent(serverCode)}`);
    const specialToken = await own.specialToken;
    const { userCode, accessToken } = await connected(specialToken, 'user-1');
    const user = await readUser(accessToken);
    expect(user).toMatchObject({ userCode, clientUserId: 'user-1' });
    expect(user.connections).toHaveLength(1);
    await expect(connected(specialToken, 'user-1')).rejects.toThrow('can’t be exchanged');
  });

  it('copies the module and the commands, and those connect as well', async () => {
    const page = await signedIn();
    await using own = await serveShop();
    const { clientId, clientSecret } = await create(page, 'Module shop', own.shop);
    await page.goto(`${origin}/console/applications/${clientId}`);
    const code = await textOf(page, '#module');
    const [exchange = '', read = ''] = (await textOf(page, '#curl')).split('\n\n');
    own.show(`<button id="connect">Connect</button><script type="module">${code}</script>`);
    await page.goto(own.shop);
    const popup = await openPopup(page);
    await consentTo(popup, pacer);
    await finishRun(popup);

    const run = async (command: string, env: Record<string, string>) =>
      JSON.parse((await shell('sh', ['-c', command], { env: { ...process.env, ...env } })).stdout);
    const specialToken = await own.specialToken;
    const exchanged = await run(exchange, { CLIENT_SECRET: clientSecret, SPECIAL_TOKEN: specialToken });
    expect(exchanged).toMatchObject({ clientUserId: 'user-1' });
    const user = await run(read, { ACCESS_TOKEN: exchanged.accessToken });
    expect(user).toMatchObject({ userCode: exchanged.userCode, connections: [{ client_user_id: 'user-1' }] });
  });

  it('tries it: all six steps, with the real widget, and no secret in sight', async () => {
    const page = await signedIn();
    const { clientId } = await create(page, 'Bakery', 'https://bakery.example');
    await page.getByRole('link', { name: /^Try it/ }).click();
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Add this origin' }).click();
    await page.getByText('The origin is added.').waitFor();
    await page.getByLabel('Test user').fill('ada & co');
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByText('Signed in as ada & co').waitFor();

    const exchanged = page.waitForResponse((answer) => answer.url().endsWith('/try/exchange'));
    const popup = await openPopup(page);
    await sourceButton(popup, pacer).waitFor();
    await page.locator('[data-step="2"][data-state="happening"]').waitFor();
    await consentTo(popup, pacer);
    await consentTo(popup, 'Darkroom (sandbox)');
    await finishRun(popup);
    await page.getByText('2 Connections, read just now.').waitFor();
    expect(await statesOfSteps(page)).toEqual(Array(6).fill('done'));
    const specialToken = await value(page, 'finish', 'specialToken');
    expect(await value(page, 'tokens', 'specialToken')).toBe(specialToken);
    expect(await value(page, 'tokens', 'clientUserId')).toBe('ada & co');
    expect(await value(page, 'exchanged', 'accessToken')).toMatch(/^trv_access_[\w-]{3}…[\w-]{2}$/);
    expect(await textOf(page, '#outcome-user')).toContain('"clientUserId": "ada & co"');
    expect((await (await exchanged).text()) + (await page.content())).not.toMatch(wholeSecret);
    expect(complaints).toEqual([]);

    // Nothing of it stays but the user, who is a click away.
    await page.getByRole('link', { name: 'delete the user' }).click();
    await untilTitle(page, 'ada & co');
    expect(await page.getByRole('link', { name: 'Ada Brook' }).count()).toBe(2);
    const shown = await callApi<{ secrets: unknown[] }>(`/applications/${clientId}`, { token: adminToken });
    expect(shown.secrets).toHaveLength(1);
  });

  it('is told where a run ended early, and why', async () => {
    const { clientId } = await createApplication('Early', [origin]);
    const page = await signedIn();
    await page.goto(`${origin}/console/applications/${clientId}/try`);
    const popup = await openPopup(page);
    await consentTo(popup, pacer, 'Deny');
    const closed = popup.waitForEvent('close');
    await popup.getByRole('button', { name: 'Leave without connecting', exact: true }).click();
    await closed;
    await page.locator('#note', { hasText: 'The user chose not to share.' }).waitFor();
    expect((await statesOfSteps(page))[1]).toBe('failed');
    expect(await page.locator('#outcome').isVisible()).toBe(false);

    // Signed out in the meantime: the exchange can't be made, and the page says so.
    const second = await openPopup(page);
    await consentTo(second, pacer);
    await page.context().clearCookies({ name: 'trivet-console' });
    await finishButton(second).click();
    await page.locator('#note', { hasText: 'you may have been signed out' }).waitFor();
    expect((await statesOfSteps(page))[2]).toBe('failed');
  });
});

describe('with script off, a developer', () => {
  it('creates, mends, edits, rotates a secret, switches a source off, and deletes', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.getByRole('link', { name: 'New application' }).click();
    await page.getByLabel('Name').fill('Library');
    await page.getByLabel('Origins').fill('https://library.example/');
    await page.getByLabel('For testing').check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: /^“https:\/\/library\.example\/” must be an origin/ }).waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Library');
    await page.getByLabel('Origins').fill('https://library.example');
    await page.getByRole('button', { name: 'Create' }).click();
    await untilTitle(page, 'Library');
    const first = await textOf(page, '#client-secret');
    await page.getByRole('link', { name: /^Add it to your app/ }).click();

    await openTab(page, 'Library', 'Client secrets');
    await page.getByRole('button', { name: 'New client secret' }).click();
    expect(await textOf(page, '#client-secret')).not.toBe(first);
    await page.getByRole('link', { name: `Delete the secret ending in ${first.slice(-4)}` }).click();
    await page.getByRole('button', { name: 'Delete the secret' }).click();
    await page.getByText('The only one').waitFor();

    await openTab(page, 'Library', 'Data sources');
    await page.getByRole('button', { name: `Switch off ${pacer}` }).click();
    await page.getByRole('row', { name: pacer }).getByText('Switched off').waitFor();
    await page.getByRole('button', { name: `Switch on ${pacer}` }).click();
    await page.getByRole('row', { name: pacer }).getByText('Offered', { exact: true }).waitFor();

    await openTab(page, 'Library', 'Try it');
    expect(await page.locator('noscript').textContent()).toContain('need JavaScript');
    await openTab(page, 'Library', 'Users');
    await page.getByText('No users yet').waitFor();

    await openTab(page, 'Library', 'Settings');
    await page.getByLabel('Name').fill('City library');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('link', { name: 'Delete application' }).click();
    await page.getByLabel('Its name').fill('Library');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('link', { name: /This is not its name/ }).waitFor();
    await page.getByLabel('Its name').fill('City library');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('City library is deleted.').waitFor();
  });
});

describe('the pages of applications', () => {
  it('have no violation of WCAG 2.2 AA in either theme, wide or narrow', {
    timeout: manyPagesMs,
  }, async () => {
    const page = await signedIn({ bypassCSP: true });
    await page.goto(`${origin}/console/applications/new`);
    await page
      .getByLabel('Origins')
      .fill('https://a-rather-long-name-of-a-host.staging.corner-bookshop.example/');
    await page.getByLabel('Logo URL').fill('logo.png');
    await page.getByRole('button', { name: 'Create' }).click();
    await pictureAndCheck(page, 'application-faulty');
    const name = 'The Bookshop at the Corner of Rue de la Bibliothèque & Sons';
    const { clientId } = await create(page, name, 'https://bookshop.example');
    await pictureAndCheck(page, 'application-created');
    const own = `${origin}/console/applications/${clientId}`;
    await page.goto(`${origin}/console/applications`);
    await pictureAndCheck(page, 'applications-list');
    await page.goto(own);
    await pictureAndCheck(page, 'application');
    await page.goto(`${own}/sources`);
    await pictureAndCheck(page, 'application-sources');
    await page.getByRole('link', { name: pacer }).click();
    await pictureAndCheck(page, 'application-source-sandbox');
    const source = await callApi<{ id: string }>(
      '/sources',
      {
        method: 'POST',
        token: adminToken,
        body: {
          name: 'Stepwise',
          type: 'oauth2',
          auth_host_url: 'https://stepwise.example',
          api_host_url: 'https://api.stepwise.example',
          auth_url: '/authorize',
          access_token_url: '/token',
          full_auth_url: 'https://stepwise.example/authorize',
          scopes: ['steps', 'heart-rate'],
        },
      },
      201,
    );
    await page.goto(`${own}/sources/${source.id}`);
    await page.getByLabel('Client ID').fill('bookshop');
    await page.getByRole('button', { name: 'Save' }).click();
    await pictureAndCheck(page, 'application-source');
    await page.goto(`${own}/secrets`);
    await page.getByRole('button', { name: 'New client secret' }).click();
    await pictureAndCheck(page, 'application-secrets');
    await page.goto(`${own}/settings`);
    await pictureAndCheck(page, 'application-settings');
    await page.goto(`${own}/delete`);
    await pictureAndCheck(page, 'application-delete');
    await page.goto(`${own}/users`);
    await pictureAndCheck(page, 'application-users-empty');

    await page.goto(`${own}/try`);
    await pictureAndCheck(page, 'application-try-origin');
    await page.getByRole('button', { name: 'Add this origin' }).click();
    await pictureAndCheck(page, 'application-try');
    const popup = await openPopup(page);
    await consentTo(popup, pacer);
    await pictureAndCheck(page, 'application-try-happening');
    await finishRun(popup);
    await page.getByText('1 Connection, read just now.').waitFor();
    await pictureAndCheck(page, 'application-try-done');
    await page.goto(`${own}/users`);
    await pictureAndCheck(page, 'application-users');
    await page.goto(`${own}/user?name=test-user`);
    await pictureAndCheck(page, 'application-user');
    await page.goto(`${own}/user/delete?name=test-user`);
    await pictureAndCheck(page, 'application-user-delete');
    await callApi(`/sources/${source.id}`, { method: 'DELETE', token: adminToken }, 204);
  });
});
