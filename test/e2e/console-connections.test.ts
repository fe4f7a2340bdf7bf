import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { applicationPageUrl, serveApplicationPages } from './harness/app-page.ts';
import { launchBrowser } from './harness/browser.ts';
import { consentTo, finishRun, openPopup, successOf } from './harness/connect-flow.ts';
import type { LoopbackServer } from './harness/loopback.ts';
import { type ApplicationCredentials, callApi, createApplication, exchange } from './harness/management.ts';
import { pictureAndCheck } from './harness/pictures.ts';

const pacer = 'Pacer (sandbox)';
const pacerSlug = 'sandbox-pacer';
// Each page is looked at in four ways.
const manyPagesMs = 240_000;
const longName = 'The Bookshop at the Corner of Rue de la Bibliothèque & Sons';

const { origin, adminToken } = inject('worker');
const token = adminToken;
let browser: Browser;
let pages: LoopbackServer;
let application: ApplicationCredentials;
let sourceId: string;
let contexts: BrowserContext[];
let complaints: string[];

beforeAll(async () => {
  [browser, pages] = await Promise.all([launchBrowser(), serveApplicationPages()]);
  application = await createApplication(longName, [pages.originAs('shop.localhost')]);
  const body = {
    name: 'Stepwise',
    type: 'oauth2',
    auth_host_url: 'https://stepwise.example',
    api_host_url: 'https://api.stepwise.example',
    auth_url: '/authorize',
    access_token_url: '/token',
    full_auth_url: 'https://stepwise.example/authorize',
    client_id: 'bookshop',
    client_secret: 'a secret of the bookshop',
    scopes: ['steps', 'heart-rate'],
  };
  sourceId = (await callApi<{ id: string }>('/sources', { method: 'POST', token, body }, 201)).id;
});
afterAll(async () => {
  // It is on offer to every application, and other files look at what is.
  await callApi(`/sources/${sourceId}`, { method: 'DELETE', token }, 204);
  await callApi(`/applications/${application.clientId}`, { method: 'DELETE', token }, 204);
  await Promise.all([browser?.close(), pages?.[Symbol.asyncDispose]()]);
});
beforeEach(() => {
  contexts = [];
  complaints = [];
});
afterEach(() => Promise.all(contexts.map((context) => context.close())));

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

/** A user connects through the application, whose server exchanges. Gives the access token. */
async function connect(clientUserId: string): Promise<string> {
  const context = await browser.newContext();
  context.setDefaultTimeout(10_000);
  contexts.push(context);
  const page = await context.newPage();
  const query = { clientId: application.clientId, clientUserId };
  await page.goto(applicationPageUrl(pages.originAs('shop.localhost'), query));
  const popup = await openPopup(page);
  await consentTo(popup, pacer);
  await finishRun(popup);
  const { specialToken } = await successOf(page);
  return (await exchange(application, specialToken, clientUserId)).accessToken;
}

/** A Connection that exists elsewhere. */
async function importOne(fields: Record<string, unknown> = {}): Promise<string> {
  const body = {
    provider_id: sourceId,
    auth: {
      data: { access_token: 'kept', refresh_token: 'kept, too', expires_at: '2030-01-01T00:00:00Z' },
      scopes: { requested: ['steps', 'heart-rate'], granted: ['steps', 'heart-rate'] },
    },
    ...fields,
  };
  return (await callApi<{ id: string }>('/connections', { method: 'POST', token, body }, 201)).id;
}

describe('a developer', () => {
  it('finds who connected, sees what failed, looks at the tokens, and disconnects', async () => {
    const accessToken = await connect('grace@example.com');
    await fetch(`${origin}/proxy/${pacerSlug}/nowhere`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    const page = await signedIn();
    await page.getByRole('link', { name: 'Connections', exact: true }).click();
    await page.getByLabel('Search').fill('grace@example.com');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const row = page.getByRole('row', { name: 'grace@example.com' });
    await row.getByText('Connected', { exact: true }).waitFor();
    await row.getByRole('link').first().click();
    await page.getByText('Calls on their behalf go through.').waitFor();
    await page
      .getByRole('row', { name: /\/nowhere/ })
      .getByText('404 by the provider')
      .waitFor();

    await page.getByLabel('Name').fill('Grace’s steps');
    await page.getByRole('button', { name: 'Save' }).click();
    await untilTitle(page, 'Grace’s steps');
    expect(await page.content()).not.toMatch(/token-access_token/);
    await page.getByRole('button', { name: 'Show tokens' }).click();
    await untilTitle(page, 'Tokens');
    expect((await page.locator('#token-access_token').innerText()).length).toBeGreaterThan(20);
    await page.getByRole('link', { name: 'Done' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Its tokens were shown in the console' }).waitFor();

    await page.getByRole('link', { name: 'Send a reconnect link' }).click();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: 'Disconnect' }).click();
    await page.getByText(`Its grant is revoked at ${pacer}`).waitFor();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Grace’s steps is disconnected.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('sends a reconnect link, which brings a Connection that has ended back', async () => {
    const made = await callApi<{ id: string; redirectUrl: string }>(
      `/maps/${pacerId()}/connections`,
      {
        method: 'POST',
        token,
        body: { redirect_url: `${pages.originAs('shop.localhost')}/?back`, name: 'Linked' },
      },
      201,
    );
    const user = await (await browser.newContext()).newPage();
    contexts.push(user.context());
    const walk = async (link: string) => {
      await user.goto(link);
      await user.getByRole('button', { name: 'Allow', exact: true }).click();
      await user.waitForURL(/connection_code=/);
    };
    await walk(made.redirectUrl);
    const ended = { auth: { status: { complete: false } } };
    await callApi(`/connections/${made.id}`, { method: 'PATCH', token, body: ended });
    const page = await signedIn();
    await page.goto(`${origin}/console/connections/${made.id}`);
    await page.getByText('Needs reconnecting', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Send a reconnect link' }).click();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await walk(await page.locator('#reconnect-link').innerText());
    await page.goto(`${origin}/console/connections/${made.id}`);
    await page.getByText('Its user consented again').waitFor();
    await page.getByText('Connected', { exact: true }).first().waitFor();
  });
});

/** The sandbox's Pacer has the same id everywhere. */
function pacerId(): string {
  return '5c1ebbbcb13b47508fb1f37504e8982c';
}

describe('with script off, a developer', () => {
  it('imports a Connection, makes and ends an API key, makes a webhook', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.goto(`${origin}/console/connections`);
    await page.getByRole('link', { name: 'Import' }).click();
    await page.getByLabel('Data source').selectOption('Stepwise');
    await page.getByLabel('Name').fill('Moved here');
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByRole('link', { name: 'The access token is required.' }).click();
    expect(await page.getByLabel('Name').inputValue()).toBe('Moved here');
    await page.getByLabel('Access token', { exact: true }).fill('from elsewhere');
    await page.getByRole('button', { name: 'Import' }).click();
    await untilTitle(page, 'Moved here');

    await page.goto(`${origin}/console/settings`);
    await page.getByRole('link', { name: /^API keys/ }).click();
    await page.getByRole('link', { name: 'New API key' }).click();
    await page.getByLabel('Name').fill('Reporting');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('link', { name: /^The key needs at least one permission/ }).waitFor();
    await page.getByLabel('connections:read', { exact: true }).check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.locator('#key').innerText();
    await callApi('/connections', { token: key });
    await page.getByRole('link', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Delete Reporting' }).click();
    await page.getByLabel('Its name').fill('Reporting');
    await page.getByRole('button', { name: 'Delete the key' }).click();
    await page.getByText('Reporting is deleted.').waitFor();
    await callApi('/connections', { token: key }, 401);

    await page.goto(`${origin}/console/settings/webhooks`);
    await page.getByRole('link', { name: 'New webhook' }).first().click();
    await page.getByLabel('URL').fill(`${pages.originAs('shop.localhost')}/events`);
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    expect(await page.locator('#secret').innerText()).toMatch(/^whsec_/);
    await page.getByRole('link', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Delete the webhook' }).click();
    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    await page.getByText('The webhook is deleted.').waitFor();
  });
});

describe('no violation of WCAG 2.2 AA in either theme, wide or narrow', () => {
  it('is on the pages of Connections', { timeout: manyPagesMs }, async () => {
    const page = await signedIn({ bypassCSP: true });
    const at = (path: string) => page.goto(`${origin}/console/connections${path}`);
    const clientUserId = `a-very-long-name-of-a-user-without-any-space-${'x'.repeat(60)}@example.com`;
    const id = await importOne({
      name: 'Ada’s steps, taken along from the old service, with a name that goes on',
      application_id: application.clientId,
      client_user_id: clientUserId,
      auth: {
        data: {
          access_token: 'kept',
          refresh_token: `kept-${'y'.repeat(120)}`,
          expires_at: '2030-01-01T00:00:00Z',
        },
        scopes: {
          requested: ['steps', 'heart-rate', 'https://stepwise.example/auth/activity.location.read'],
          granted: ['steps'],
        },
      },
    });
    for (const name of ['Bea', 'Cem', 'Dana']) await importOne({ name });
    await callApi(`/connections/${id}`, {
      method: 'PATCH',
      token,
      body: { auth: { status: { complete: false } } },
    });
    await importOne({
      name: 'Partly',
      auth: { data: { access_token: 'z' }, scopes: { requested: ['a', 'b'], granted: ['a'] } },
    });
    await at('');
    await pictureAndCheck(page, 'connections');
    await at('?q=nobody');
    await pictureAndCheck(page, 'connections-nothing-fits');
    await at(`/${id}`);
    await pictureAndCheck(page, 'connection');
    await page.getByLabel('Name').fill('x'.repeat(201));
    await page.getByRole('button', { name: 'Save' }).click();
    await pictureAndCheck(page, 'connection-name-faulty');
    await at(`/${id}/delete`);
    await pictureAndCheck(page, 'connection-delete');
    await at(`/${id}/reconnect`);
    await pictureAndCheck(page, 'connection-reconnect-server');
    await at(`/${id}`);
    await page.getByRole('button', { name: 'Show tokens' }).click();
    await pictureAndCheck(page, 'connection-tokens');
    const body = { redirect_url: 'https://bookshop.example/back' };
    const linked = await callApi<{ id: string }>(
      `/maps/${sourceId}/connections`,
      { method: 'POST', token, body },
      201,
    );
    await at(`/${linked.id}/reconnect`);
    await pictureAndCheck(page, 'connection-reconnect');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await pictureAndCheck(page, 'connection-reconnect-link');
    await at('/import');
    await page.getByLabel('The access token ends at').fill('tomorrow');
    await page.getByRole('button', { name: 'Import' }).click();
    await pictureAndCheck(page, 'connections-import-faulty');
    await at('/import/json');
    await pictureAndCheck(page, 'connections-import-json');
    await at('/export');
    await pictureAndCheck(page, 'connections-export');
  });

  it('is on the pages of Activity and Settings', { timeout: manyPagesMs }, async () => {
    for (let count = 0; count < 6; count += 1) {
      const body = { ...application, clientUserId: `user-${count}` };
      await callApi('/connect/sessions', { method: 'POST', body }, 201);
    }
    for (const name of ['Ed', 'Flo', 'Gus', 'Hal', 'Ida']) await importOne({ name });
    const page = await signedIn({ bypassCSP: true });
    const at = (path: string) => page.goto(`${origin}/console${path}`);
    await at('/activity/deliveries');
    await pictureAndCheck(page, 'activity-deliveries-empty');
    await at('/activity');
    for (const summary of await page.getByText('The numbers').all()) await summary.click();
    await pictureAndCheck(page, 'activity');
    await at('/activity/audit');
    await pictureAndCheck(page, 'activity-audit');

    await at('/settings/webhooks');
    await pictureAndCheck(page, 'settings-webhooks-empty');
    await at('/settings/webhooks/new');
    await page.getByLabel('URL').fill('http://10.0.0.1/');
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await pictureAndCheck(page, 'settings-webhook-faulty');
    await page.getByLabel('URL').fill(`${pages.originAs('shop.localhost')}/${'events-'.repeat(20)}`);
    await page.getByLabel('connection.created').check();
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await pictureAndCheck(page, 'settings-webhook-secret');
    await page.getByRole('link', { name: 'Done' }).click();
    await pictureAndCheck(page, 'settings-webhook');
    const webhook = page.url();
    await at('/settings/webhooks');
    await pictureAndCheck(page, 'settings-webhooks');
    await importOne({ name: 'Jo' });
    await page.goto(webhook);
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await pictureAndCheck(page, 'activity-deliveries');
    await page.goto(`${webhook}/delete`);
    await page.getByRole('button', { name: 'Delete the webhook' }).click();

    await at('/settings/keys/new');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await pictureAndCheck(page, 'settings-key-faulty');
    await page.getByLabel('Name').fill('Reporting');
    for (const box of (await page.getByRole('checkbox').all()).slice(0, 4)) await box.check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await pictureAndCheck(page, 'settings-key-made');
    await at('/settings/keys');
    await pictureAndCheck(page, 'settings-keys');
    await at('/settings');
    await pictureAndCheck(page, 'settings');
    await at('/settings/sealing');
    await pictureAndCheck(page, 'settings-sealing');
    await at('/settings/checks');
    await pictureAndCheck(page, 'settings-checks');
  });
});
