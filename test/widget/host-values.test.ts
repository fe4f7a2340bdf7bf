import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { initialKnobs, openRun, type Stage, setStage, source } from './stage.ts';

const shop = source('Storefront', [], { values: [{ name: 'shop', host: '{shop}.store.example' }] });

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  Object.assign(stage.knobs, initialKnobs([stage.origins.shop]), { sources: [shop, source('Fitbit')] });
  stage.service.requests.length = 0;
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const asked = () =>
  stage.service.requests.filter(({ path }) => path.endsWith('/authorize')).map(({ body }) => body);

test('a source that gives each customer a host asks which, then leads there', async () => {
  const page = await openRun(stage, await stage.openContext());
  await press(page, 'Storefront');
  await page.getByRole('form', { name: 'Connect Storefront' }).waitFor();
  await page.getByText('{shop}.store.example').waitFor();
  await press(page, 'Continue');
  await page.getByRole('alert').getByText('Shop').waitFor();
  expect(asked()).toEqual([]);
  await page.getByLabel('Shop', { exact: true }).fill(' acme ');
  await page.getByLabel('Shop', { exact: true }).press('Enter');
  await page.waitForURL(/authorize\?/);
  expect(asked()).toEqual([{ source: 'storefront', values: { shop: 'acme' } }]);
});

test('what can’t be part of a host is said where it was typed', async () => {
  stage.knobs.failures = { authorize: { status: 400, error: 'invalid_request' } };
  const page = await openRun(stage, await stage.openContext());
  await press(page, 'Storefront');
  await page.getByLabel('Shop', { exact: true }).fill('acme.evil');
  await press(page, 'Continue');
  await page.getByRole('alert').getByText('letters, digits and single hyphens').waitFor();
  await page.waitForFunction("document.activeElement?.id === 'value-shop'");
  expect(await page.getByLabel('Shop', { exact: true }).inputValue()).toBe('acme.evil');
});

test('a source without such a place asks nothing', async () => {
  const page = await openRun(stage, await stage.openContext());
  await press(page, 'Fitbit');
  await page.waitForURL(/authorize\?/);
  expect(asked()).toEqual([{ source: 'fitbit' }]);
});
