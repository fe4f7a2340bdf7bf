import { beforeAll, expect, inject, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { keepScreenshot } from './harness/browser.ts';
import { useBrowser } from './harness/browser-test.ts';
import {
  consentTo,
  endsOfRuns,
  finishButton,
  finishRun,
  openPopup,
  sourceButton,
  successOf,
} from './harness/connect-flow.ts';
import { type ApplicationCredentials, callApi, createApplication, exchange } from './harness/management.ts';

const pacer = 'Pacer (sandbox)';
const darkroom = 'Darkroom (sandbox)';

const test = useBrowser();
let application: ApplicationCredentials;

beforeAll(async () => {
  application = await createApplication('Shop', [test.pages.originAs('shop.localhost')]);
});

async function openApplication(clientUserId: string) {
  const page = await test.context.newPage();
  const query = { clientId: application.clientId, clientUserId };
  await page.goto(applicationPageUrl(test.pages.originAs('shop.localhost'), query));
  return page;
}

it.each([
  { protocol: 'OAuth 2', name: pacer, slug: 'sandbox-pacer' },
  { protocol: 'OAuth 1.0a', name: darkroom, slug: 'sandbox-darkroom' },
])('walks all six steps with $protocol', async ({ name, slug }) => {
  const page = await openApplication(`six-steps-${slug}`);
  const popup = await openPopup(page);
  await sourceButton(popup, name).waitFor();
  expect(await finishButton(popup).isDisabled()).toBe(true);
  await keepScreenshot(popup, 'list');

  await consentTo(popup, name);
  await keepScreenshot(popup, `connected-${slug}`);
  await finishRun(popup);
  const { specialToken, metadata } = await successOf(page);
  expect(metadata.sources).toMatchObject([{ name, slug }]);

  const exchanged = await exchange(application, specialToken);
  expect(exchanged.clientUserId).toBe(`six-steps-${slug}`);
  expect(exchanged.connections).toHaveLength(1);

  const token = exchanged.accessToken;
  const user = await callApi<{ userCode: string }>('/user', { token });
  expect(user.userCode).toBe(exchanged.userCode);
  const person = await callApi<{ name: string }>(`/proxy/${slug}/me`, { token });
  expect(person.name).toMatch(/Ada|Grace/);
  const steps = await callApi<unknown>(`/proxy/${slug}/steps`, { token });
  expect(JSON.stringify(steps)).toMatch(/\d{4}-\d{2}-\d{2}/);
});

it('dresses the consent page with the one stylesheet that its policy lets load', async () => {
  const page = await openApplication('consent-page');
  const popup = await openPopup(page);
  await sourceButton(popup, pacer).click();
  await popup.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  const width = await popup.locator('main').evaluate((main) => getComputedStyle(main).maxWidth);
  expect(width).toBe('420px');
  await keepScreenshot(popup, 'consent');
});

it('connects two sources in one run', async () => {
  const page = await openApplication('two-sources');
  const popup = await openPopup(page);
  await consentTo(popup, pacer);
  await consentTo(popup, darkroom);
  await keepScreenshot(popup, 'two-connected');
  await finishRun(popup);

  const { specialToken, metadata } = await successOf(page);
  expect(metadata.sources.map((source) => source.name).sort()).toEqual([darkroom, pacer]);
  const exchanged = await exchange(application, specialToken);
  expect(exchanged.connections).toHaveLength(2);
  const token = exchanged.accessToken;
  await callApi('/proxy/sandbox-pacer/me', { token });
  await callApi('/proxy/sandbox-darkroom/me', { token });
});

it.each([pacer, darkroom])('tells of a denial at %s, with a way on and a way out', async (name) => {
  const page = await openApplication('denier');
  const popup = await openPopup(page);
  await consentTo(popup, name, 'Deny');
  await popup.getByText('You chose not to share').first().waitFor();
  expect(await finishButton(popup).isDisabled()).toBe(true);
  await keepScreenshot(popup, 'denied');

  await sourceButton(popup, name).click();
  await popup.getByRole('button', { name: 'Deny', exact: true }).click();
  const closed = popup.waitForEvent('close');
  await popup.getByRole('button', { name: 'Leave without connecting', exact: true }).click();
  await closed;
  const [end] = await endsOfRuns(page);
  expect(end).toMatchObject({ callback: 'exit', metadata: { sources: [] } });
});

it('tells of a provider that refuses its own code, and lets the user try again', async () => {
  const page = await openApplication('refused');
  const popup = await openPopup(page);
  await sourceButton(popup, pacer).click();
  await popup.getByText('Test a failure').click();
  await popup.getByLabel('No token is given').check();
  await popup.getByRole('button', { name: 'Allow', exact: true }).click();
  await sourceButton(popup, pacer).waitFor();
  expect(await finishButton(popup).isDisabled()).toBe(true);
  await keepScreenshot(popup, 'provider-failed');

  await consentTo(popup, pacer);
  await finishRun(popup);
  const { specialToken } = await successOf(page);
  expect((await exchange(application, specialToken)).connections).toHaveLength(1);
});

it('never puts a token into an address the browser keeps', async () => {
  const page = await openApplication('addresses');
  const popup = await openPopup(page);
  const visited: string[] = [];
  popup.on('framenavigated', (frame) => visited.push(frame.url()));
  await consentTo(popup, pacer);
  await finishRun(popup);
  const { specialToken } = await successOf(page);
  const [handle = ''] = specialToken.split('.');
  const ours = visited.filter((url) => url.startsWith(inject('worker').origin));
  expect(ours.length).toBeGreaterThan(0);
  for (const url of ours) expect(url).not.toContain(handle);
});
