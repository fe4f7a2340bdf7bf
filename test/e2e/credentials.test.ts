import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { keepScreenshot } from './harness/browser.ts';
import { useBrowser } from './harness/browser-test.ts';
import { finishButton, finishRun, openPopup, sourceButton, successOf } from './harness/connect-flow.ts';
import { type ApplicationCredentials, callApi, createApplication, exchange } from './harness/management.ts';

const treadmill = 'Treadmill (sandbox)';
const scrapbook = 'Scrapbook (sandbox)';

const test = useBrowser();
let application: ApplicationCredentials;

beforeAll(async () => {
  application = await createApplication('Shop', [test.pages.originAs('shop.localhost')]);
});

async function openApplication(clientUserId: string): Promise<{ page: Page; popup: Page }> {
  const page = await test.context.newPage();
  const query = { clientId: application.clientId, clientUserId };
  await page.goto(applicationPageUrl(test.pages.originAs('shop.localhost'), query));
  return { page, popup: await openPopup(page) };
}

const connect = (popup: Page) => popup.getByRole('button', { name: 'Connect', exact: true }).click();

/** Follows the form's link to where the provider shows what to type, and reads it there. */
async function lookUp(popup: Page): Promise<string[]> {
  const [shown] = await Promise.all([
    test.context.waitForEvent('page'),
    popup.getByRole('link', { name: 'Where do I find this?' }).click(),
  ]);
  await keepScreenshot(shown, 'sandbox-keys');
  expect(await shown.evaluate('opener')).toBeNull();
  const codes = await shown.locator('code').allTextContents();
  await shown.close();
  return codes;
}

it('connects with a key that the user looks up, after one that is refused', async () => {
  const { page, popup } = await openApplication('key-holder');
  await sourceButton(popup, treadmill).click();
  const field = popup.getByLabel('Treadmill key', { exact: true });
  await field.fill('not-a-key');
  await connect(popup);
  await popup.getByText(`${treadmill} didn’t accept this key.`).waitFor();
  expect(await finishButton(popup).isDisabled()).toBe(true);
  const [key = ''] = await lookUp(popup);
  await field.fill(key);
  await connect(popup);
  await popup.getByRole('button', { name: treadmill, exact: true, description: 'Connected' }).waitFor();
  await finishRun(popup);
  const { specialToken, metadata } = await successOf(page);
  expect(metadata.sources).toMatchObject([{ name: treadmill, slug: 'sandbox-treadmill' }]);
  const { accessToken: token } = await exchange(application, specialToken, 'key-holder');
  const { days } = await callApi<{ days: unknown[] }>('/proxy/sandbox-treadmill/steps', { token });
  expect(days).toHaveLength(7);
  expect(await callApi('/user', { token })).toMatchObject({ connections: [{ name: 'Ada Brook' }] });
});

it('connects with a user name and a password, and keeps both out of every address', async () => {
  const { page, popup } = await openApplication('name-holder');
  const visited: string[] = [];
  popup.on('framenavigated', (frame) => visited.push(frame.url()));
  await sourceButton(popup, scrapbook).click();
  const [username = '', password = ''] = (await lookUp(popup)).slice(-2);
  await popup.getByLabel('User name').fill(username);
  await popup.getByLabel('Password', { exact: true }).fill(password);
  await popup.getByLabel('Password', { exact: true }).press('Enter');
  await popup.getByRole('button', { name: scrapbook, exact: true, description: 'Connected' }).waitFor();
  // A reload finds the run as it stands.
  await popup.reload();
  await popup.getByRole('button', { name: scrapbook, exact: true, description: 'Connected' }).waitFor();
  await finishRun(popup);
  const { specialToken } = await successOf(page);
  const { accessToken: token } = await exchange(application, specialToken, 'name-holder');
  expect(await callApi('/proxy/sandbox-scrapbook/me', { token })).toMatchObject({ name: 'Grace Field' });
  expect(visited.filter((url) => url.includes(password) || url.includes(username))).toEqual([]);
});
