import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { useBrowser } from './harness/browser-test.ts';
import {
  consentTo,
  endsOfRuns,
  finishRun,
  openPopup,
  sourceButton,
  successOf,
} from './harness/connect-flow.ts';
import { type IsolatedProvider, startIsolatedProvider } from './harness/isolated-provider.ts';
import {
  type ApplicationCredentials,
  callApi,
  createApplication,
  createSource,
  exchange,
  type SourceSummary,
} from './harness/management.ts';

const name = 'Isolated provider';

const test = useBrowser();
let provider: IsolatedProvider;
let source: SourceSummary;
let application: ApplicationCredentials;
let origin: string;

beforeAll(async () => {
  provider = await startIsolatedProvider();
  origin = test.pages.originAs('travel.localhost');
  application = await createApplication('Travel', [origin]);
  source = await createSource({
    type: 'oauth2',
    name,
    api_host_url: provider.origin,
    auth_host_url: provider.origin,
    auth_url: '/authorize',
    full_auth_url: `${provider.origin}/authorize`,
    access_token_url: '/token',
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
  });
});
afterAll(() => provider?.[Symbol.asyncDispose]());

function pageUrl(clientUserId: string): string {
  return applicationPageUrl(origin, { clientId: application.clientId, clientUserId });
}

async function expectOpenerSevered(popup: Page): Promise<void> {
  expect(await popup.evaluate(() => window.opener === null)).toBe(true);
}

async function expectDataFor(specialToken: string): Promise<void> {
  const { accessToken } = await exchange(application, specialToken);
  expect(await callApi<object>(`/proxy/${source.slug}/me`, { token: accessToken })).toMatchObject({
    name: 'Iris',
  });
}

it('delivers the result although the provider severed the opener', async () => {
  const page = await test.context.newPage();
  await page.goto(pageUrl('traveller-1'));
  const popup = await openPopup(page);
  await consentTo(popup, name);
  await expectOpenerSevered(popup);
  await finishRun(popup);
  await expectDataFor((await successOf(page)).specialToken);
});

it('does so for a page inside a cross-site iframe', async () => {
  const page = await test.context.newPage();
  const embedding = new URL('/frame', test.pages.originAs('portal.localhost'));
  embedding.searchParams.set('src', pageUrl('traveller-2'));
  await page.goto(embedding.href);
  const frame = page.frames().find((candidate) => candidate.url().startsWith(origin));
  if (!frame) throw new Error('The application is not in its frame');
  const popup = await openPopup(page, frame);
  await consentTo(popup, name);
  await expectOpenerSevered(popup);
  await finishRun(popup);
  await expectDataFor((await successOf(frame)).specialToken);
});

it('reports leaving after a denial there as one exit', async () => {
  const page = await test.context.newPage();
  await page.goto(pageUrl('traveller-3'));
  const popup = await openPopup(page);
  await consentTo(popup, name, 'Deny');
  await expectOpenerSevered(popup);
  const closed = popup.waitForEvent('close');
  await popup.getByRole('button', { name: 'Leave without connecting', exact: true }).click();
  await closed;
  expect(await endsOfRuns(page)).toMatchObject([{ callback: 'exit', metadata: { sources: [] } }]);
});

it('ends a run whose popup was closed at the provider when the next one opens, and ends it once', async () => {
  const page = await test.context.newPage();
  await page.goto(pageUrl('traveller-4'));
  const first = await openPopup(page);
  await sourceButton(first, name).click();
  await first.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  await first.close();

  const second = await openPopup(page);
  await consentTo(second, name);
  await finishRun(second);
  const ends = await endsOfRuns(page, 2);
  expect(ends.map((end) => end.callback)).toEqual(['exit', 'success']);
  expect(new Set(ends.map((end) => end.metadata.runId)).size).toBe(2);
  await expectDataFor(ends[1]?.specialToken ?? '');
  await page.waitForTimeout(2_500);
  expect(await endsOfRuns(page, 2)).toHaveLength(2);
});
