import type { Page } from 'playwright-core';
import { beforeAll, expect, inject, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { keepScreenshot } from './harness/browser.ts';
import { useBrowser } from './harness/browser-test.ts';
import { consentTo, endsOfRuns, finishButton, successOf } from './harness/connect-flow.ts';
import { type ApplicationCredentials, callApi, createApplication, exchange } from './harness/management.ts';

const pacer = 'Pacer (sandbox)';

const test = useBrowser();
let application: ApplicationCredentials;
let returnUrl: string;

beforeAll(async () => {
  const origin = test.pages.originAs('club.localhost');
  application = await createApplication('Club', [origin]);
  returnUrl = applicationPageUrl(origin, {
    clientId: application.clientId,
    clientUserId: 'member-1',
    mode: 'redirect',
  });
  await callApi(`/applications/${application.clientId}`, {
    method: 'PATCH',
    token: inject('worker').adminToken,
    body: { returnUrls: [returnUrl] },
  });
});

/** Finishes and gives the address that the browser was sent to, before its page took the fragment out. */
async function finishAndReturn(page: Page): Promise<string> {
  const back = page.waitForEvent('framenavigated', (frame) => frame.url().startsWith(`${returnUrl}#`));
  const landed = back.then((frame) => frame.url());
  await finishButton(page).click();
  return landed;
}

it('runs in the page’s own window, and only that page can use the result', async () => {
  const page = await test.context.newPage();
  await page.goto(returnUrl);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await consentTo(page, pacer);
  await keepScreenshot(page, 'redirect-mode');
  const landed = await finishAndReturn(page);
  const { specialToken } = await successOf(page);
  expect(new URL(page.url()).hash).toBe('');

  const stranger = await (await test.otherContext()).newPage();
  await stranger.goto(landed);
  await stranger.waitForTimeout(500);
  expect(await stranger.evaluate(() => window.recordedCalls)).toEqual([]);

  const exchanged = await exchange(application, specialToken);
  expect(exchanged.clientUserId).toBe('member-1');
  await callApi('/proxy/sandbox-pacer/me', { token: exchanged.accessToken });
});

it('comes back with one exit from a run left without connecting', async () => {
  const page = await test.context.newPage();
  await page.goto(returnUrl);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('button', { name: 'Leave without connecting', exact: true }).click();
  await page.waitForURL((url) => url.href.startsWith(returnUrl));
  expect(await endsOfRuns(page)).toMatchObject([{ callback: 'exit' }]);
});

it('serves a hosted link, whose exchange must name the user', async () => {
  const session = await callApi<{ connectUrl: string }>(
    '/connect/sessions',
    {
      method: 'POST',
      body: { clientUserId: 'member-2', returnUrl, ...application },
    },
    201,
  );
  const page = await test.context.newPage();
  await page.goto(session.connectUrl);
  await consentTo(page, pacer);
  const landed = await finishAndReturn(page);
  const specialToken = new URLSearchParams(new URL(landed).hash.slice(1)).get('specialToken') ?? '';
  expect(specialToken).not.toBe('');

  const exchanged = await exchange(application, specialToken, 'member-2');
  expect(exchanged.clientUserId).toBe('member-2');
  expect(exchanged.connections).toHaveLength(1);
});
