import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { shortenSecret } from '../../src/landing/shorten.ts';
import { keepScreenshot, launchBrowser } from './harness/browser.ts';
import { consentTo, finishRun, openPopup, sourceButton } from './harness/connect-flow.ts';

const pacer = 'Pacer (sandbox)';
const darkroom = 'Darkroom (sandbox)';
const wholeSecret = /trv_(access|secret)_[\w-]{10,}/;

const { origin } = inject('worker');
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(origin);
  await untilStatus('No accounts connected yet');
});
afterEach(() => context.close());

/** Each step's state, in order. */
function statesOfSteps(): Promise<(string | undefined)[]> {
  return page
    .locator('.step')
    .evaluateAll((steps) => steps.map((step) => (step as HTMLElement).dataset.state));
}

function value(payload: string, name: string) {
  return page.locator(`[data-payload="${payload}"] [data-name="${name}"]`).textContent();
}

/** The code on the page holds some of its texts too. */
function untilStatus(text: string) {
  return page.locator('#status', { hasText: text }).waitFor();
}

function heightOfSteps() {
  return page.locator('.steps').evaluate((steps) => steps.getBoundingClientRect().height);
}

async function connect(source: string): Promise<void> {
  const popup = await openPopup(page);
  await consentTo(popup, source);
  await finishRun(popup);
}

it.each([
  { protocol: 'OAuth 2', source: pacer, slug: 'sandbox-pacer', data: /Most steps on \w+day: [\d,]+/ },
  { protocol: 'OAuth 1.0a', source: darkroom, slug: 'sandbox-darkroom', data: '4 photos in the album' },
])('lights up all six steps with $protocol', async ({ source, slug, data }) => {
  expect(await statesOfSteps()).toEqual(Array(6).fill('waiting'));
  const height = await heightOfSteps();
  const popup = await openPopup(page);
  await sourceButton(popup, source).waitFor();
  await page.locator('[data-step="2"][data-state="happening"]').waitFor();
  await consentTo(popup, source);
  await finishRun(popup);

  await untilStatus('1 account connected');
  await page.getByRole('article', { name: source }).getByText('Ada Brook').waitFor();
  await page.getByRole('article', { name: source }).getByText(data).waitFor();
  expect(await statesOfSteps()).toEqual(Array(6).fill('done'));
  expect(await heightOfSteps()).toBe(height);
  await keepScreenshot(page, `landing-${slug}`);

  expect(await value('sources', 'sources')).toBe(slug);
  const specialToken = await value('finish', 'specialToken');
  expect(specialToken).toMatch(/^[\w-]{3}…[\w-]{2}\.[\w-]{3}…[\w-]{2}$/);
  // The server saw the very token that the page was given.
  expect(await value('tokens', 'specialToken')).toBe(specialToken);
  expect(await value('tokens', 'clientSecret')).toMatch(/^trv_secret_[\w-]{3}…[\w-]{2}$/);
  expect(await value('tokens', 'clientUserId')).toMatch(/^visitor-[0-9a-f]{8}$/);
  const accessToken = await value('exchanged', 'accessToken');
  expect(accessToken).toMatch(/^trv_access_[\w-]{3}…[\w-]{2}$/);
  expect(await value('authorization', 'accessToken')).toBe(accessToken);
  expect(complaints).toEqual([]);
});

it('never shows the page a client secret or an access token', async () => {
  const exchange = page.waitForResponse(`${origin}/example/connected`).then((answer) => answer.text());
  await connect(pacer);
  await untilStatus('1 account connected');
  const data = await page.evaluate(async () => (await fetch('/example/data')).text());
  const received = (await exchange) + data;
  expect(received.match(/trv_access_/g)?.length).toBeGreaterThan(1);
  expect(received).not.toMatch(wholeSecret);
  expect(await page.content()).not.toMatch(wholeSecret);
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

it('shortens a random value that happens to begin like a prefix', () => {
  expect(shortenSecret('k_Xp-0123456789Z8.trv_access_a_b0123456789_9f')).toBe('k_X…Z8.trv_access_a_b…9f');
});

it('counts the accounts, and reads their data again on the next visit', async () => {
  await connect(pacer);
  await untilStatus('1 account connected');
  await connect(darkroom);
  await untilStatus('2 accounts connected');
  await page.reload();
  await untilStatus('2 accounts connected');
  await page
    .getByRole('article', { name: pacer })
    .getByText(/Most steps/)
    .waitFor();
  await page.getByRole('article', { name: darkroom }).getByText('4 photos').waitFor();
  expect(await statesOfSteps()).toEqual([...Array(5).fill('earlier'), 'done']);
  // What the bars draw is a table too.
  expect(await page.getByRole('table').getByRole('row').count()).toBe(8);
});

it('says what a denied run ended with, and where', async () => {
  const popup = await openPopup(page);
  await consentTo(popup, pacer, 'Deny');
  const closed = popup.waitForEvent('close');
  await popup.getByRole('button', { name: 'Leave without connecting', exact: true }).click();
  await closed;
  await page.locator('#note', { hasText: 'The user chose not to share.' }).waitFor();
  await page.locator('[data-step="2"]').getByText('access_denied', { exact: true }).waitFor();
  expect(await statesOfSteps()).toEqual(['done', 'failed', 'waiting', 'waiting', 'waiting', 'waiting']);
  await untilStatus('No accounts connected yet');
});

it('shows an account whose provider is down as what it is', async () => {
  const popup = await openPopup(page);
  await sourceButton(popup, pacer).click();
  await popup.getByText('Test a failure').click();
  await popup.getByLabel('The provider is down').check();
  await popup.getByRole('button', { name: 'Allow', exact: true }).click();
  await finishRun(popup);
  await page.getByText(`${pacer} can’t be read`).waitFor();
});

it('shows the code that runs, and copies it', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const copied = async (title: string) => {
    await page.getByRole('button', { name: `Copy ${title}` }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const client = readFileSync('widget/landing/example-client.js', 'utf8');
  expect(await copied('Your page')).toBe(client.trimEnd().replace('/connect.mjs', `${origin}/connect.mjs`));
  expect(await copied('Your server')).toBe(readFileSync('src/landing/integration.ts', 'utf8').trimEnd());
});

it('fits a window of 320 px', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});

it('lets nobody but its own page talk to the example’s server', async () => {
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`${origin}/example/connected`, { method: 'POST', headers, body });
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ specialToken: 'forged' });
  expect((await post({ ...json, origin: 'https://evil.example' }, body)).status).toBe(403);
  expect((await post(json, body)).status).toBe(403);
  const forged = await post({ ...json, origin }, body);
  expect(await forged.json()).toMatchObject({ error: 'invalid_grant' });
  expect((await post({ ...json, origin }, '{')).status).toBe(400);
});
