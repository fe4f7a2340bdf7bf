import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FakeRun } from './fake-run.ts';
import {
  connection,
  endings,
  initialKnobs,
  openPopup,
  openRun,
  type Stage,
  setStage,
  source,
} from './stage.ts';

const station = source('Rain Station', [], {
  type: 'api_key',
  credential: { keyLabel: 'Station key', helpUrl: 'https://rain.example/keys' },
});
const ledger = source('Ledger', [], {
  type: 'basic',
  credential: { usernameLabel: null, passwordLabel: 'Passphrase', helpUrl: 'javascript:alert(1)' },
});

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  Object.assign(stage.knobs, initialKnobs([stage.origins.shop]), {
    sources: [station, ledger, source('Fitbit')],
  });
  stage.service.requests.length = 0;
});

const finish = 'Finish Connecting Data';
const leave = 'Leave without connecting';
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const key = (page: Page) => page.getByLabel('Station key', { exact: true });
const alert = (page: Page) => page.getByRole('alert');
const sent = () =>
  stage.service.requests.filter(({ path }) => path.endsWith('/credential')).map(({ body }) => body);
const isFocused = (page: Page, id: string) => page.waitForFunction(`document.activeElement?.id === '${id}'`);

async function openForm(name = 'Rain Station', values: Partial<FakeRun> = {}): Promise<Page> {
  const page = await openRun(stage, await stage.openContext(), values);
  await press(page, name);
  await page.getByRole('form', { name: `Connect ${name}` }).waitFor();
  return page;
}

test('a key is typed, tried, and handed over with the rest', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await press(popup, 'Rain Station');
  await key(popup).fill('right');
  await key(popup).press('Enter');
  await popup.getByRole('button', { name: 'Rain Station', exact: true, description: 'Connected' }).waitFor();
  expect(sent()).toEqual([{ source: 'rain-station', key: 'right' }]);
  await popup.waitForFunction(`document.activeElement?.textContent === '${finish}'`);
  await press(popup, finish);
  const [ending] = await endings(shop);
  expect(ending).toMatchObject({ name: 'success', metadata: { sources: [{ id: 'rain-station' }] } });
  const events = await shop.evaluate<string[]>(
    "calls.filter(({ name }) => name === 'event').map((c) => c.event)",
  );
  expect(events).toEqual(['opened', 'source_selected', 'source_connected']);
});

test('a user name and a password are typed, the password may be empty', async () => {
  const page = await openForm('Ledger');
  await page.getByLabel('User name').fill('ada');
  await press(page, 'Connect');
  await page.getByText('Ledger didn’t accept this user name and password.').waitFor();
  await page.getByLabel('Passphrase', { exact: true }).fill('right');
  await press(page, 'Connect');
  await page.getByRole('button', { name: 'Ledger', exact: true, description: 'Connected' }).waitFor();
  expect(sent()).toEqual([
    { source: 'ledger', username: 'ada', password: '' },
    { source: 'ledger', username: 'ada', password: 'right' },
  ]);
});

test('the form says what it is to whoever doesn’t see it', async () => {
  const page = await openForm();
  await isFocused(page, 'key');
  expect(await page.getByRole('form').ariaSnapshot()).toBe(
    `
- form "Connect Rain Station":
  - heading "Connect Rain Station" [level=1]
  - paragraph: Shop will use this key to reach your account. It is kept encrypted.
  - text: Station key
  - textbox "Station key"
  - button "Show Station key": Show
  - alert
  - link "Where do I find this? (opens in a new tab)":
    - /url: https://rain.example/keys
  - button "Connect"
  - button "Back to the list"
`.trim(),
  );
  const link = page.getByRole('link');
  expect(await link.getAttribute('target')).toBe('_blank');
  expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
  expect(await key(page).getAttribute('autocomplete')).toBe('off');
  expect(await page.getByRole('button', { name: finish }).isDisabled()).toBe(true);
  await press(page, 'Back to the list');
  await press(page, 'Ledger');
  await page.getByRole('form', { name: 'Connect Ledger' }).waitFor();
  expect(await page.getByRole('link').count()).toBe(0);
});

test('what is typed is hidden until it is asked for', async () => {
  const page = await openForm();
  await key(page).fill('right');
  expect(await key(page).getAttribute('type')).toBe('password');
  await press(page, 'Show Station key');
  expect(await key(page).getAttribute('type')).toBe('text');
  await press(page, 'Hide Station key');
  expect(await key(page).getAttribute('type')).toBe('password');
  expect(sent()).toEqual([]);
});

test('nothing typed is nothing sent', async () => {
  const page = await openForm();
  await key(page).fill('   ');
  await press(page, 'Connect');
  await page.getByText('Fill in “Station key”.').waitFor();
  await isFocused(page, 'key');
  expect(await key(page).getAttribute('aria-invalid')).toBe('true');
  expect(sent()).toEqual([]);
});

test('a key that is refused is said at once, and mended in place', async () => {
  const page = await openForm();
  await key(page).fill('wrong');
  await press(page, 'Connect');
  await page.getByText('Rain Station didn’t accept this key.').waitFor();
  expect(await alert(page).textContent()).toContain('Nothing was connected.');
  expect(await key(page).inputValue()).toBe('wrong');
  await isFocused(page, 'key');
  await page.keyboard.type('right');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rain Station', exact: true, description: 'Connected' }).waitFor();
});

test.each([
  [503, 'temporarily_unavailable', 'Rain Station can’t be reached'],
  [504, 'provider_timeout', 'Rain Station can’t be reached'],
  [502, 'provider_error', 'Rain Station could not be connected'],
  [400, 'invalid_request', 'This holds characters that can’t be part of it.'],
  [429, 'rate_limited', 'Too many attempts'],
  [500, 'server_error', 'Something failed on our side'],
  [0, '', 'You seem to be offline'],
])('%s %s is said in the form, where what was typed still is', async (status, error, text) => {
  const page = await openForm();
  stage.knobs.failures = { credential: { status, error } };
  await key(page).fill('right');
  await press(page, 'Connect');
  await page.getByText(text).waitFor();
  expect(await key(page).inputValue()).toBe('right');
  stage.knobs.failures = {};
  await press(page, 'Connect');
  await page.getByRole('button', { name: 'Rain Station', exact: true, description: 'Connected' }).waitFor();
});

test('a run that ended meanwhile is told as what it became', async () => {
  const page = await openForm();
  for (const run of stage.service.runs.values()) run.status = 'exited';
  await key(page).fill('right');
  await press(page, 'Connect');
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
});

test('the browser’s Back, Escape and Back to the list lead back, and what is tried then goes on', async () => {
  const page = await openForm();
  const list = page.getByRole('list', { name: 'Services' });
  const reopen = () => press(page, 'Rain Station');
  await page.goBack();
  await list.waitFor();
  await reopen();
  await press(page, 'Back to the list');
  await list.waitFor();
  await reopen();
  await key(page).fill('x');
  await page.keyboard.press('Escape');
  expect(await key(page).inputValue()).toBe('x');
  await key(page).fill('');
  await page.keyboard.press('Escape');
  await list.waitFor();
  await reopen();
  stage.knobs.delays = { credential: 1500 };
  await key(page).fill('right');
  await press(page, 'Connect');
  await page.getByRole('button', { name: 'Checking with Rain Station…' }).waitFor();
  expect(await page.getByRole('button', { name: 'Back to the list' }).isDisabled()).toBe(true);
  await page.goBack();
  await list.waitFor();
  await page.getByRole('button', { name: 'Rain Station', exact: true, description: 'Connected' }).waitFor();
});

test('a key that is refused after the user went back is said on the list', async () => {
  const page = await openForm();
  stage.knobs.delays = { credential: 800 };
  await key(page).fill('wrong');
  await press(page, 'Connect');
  await page.goBack();
  await page.getByRole('heading', { name: 'Rain Station could not be connected' }).waitFor();
  stage.knobs.delays = {};
  await press(page, 'Try again');
  await isFocused(page, 'key');
});

test('leaving while a key is tried leaves', async () => {
  stage.knobs.delays = { credential: 5000 };
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await press(popup, 'Rain Station');
  await key(popup).fill('right');
  await press(popup, 'Connect');
  await popup.getByRole('button', { name: 'Checking with Rain Station…' }).waitFor();
  await press(popup, leave);
  expect((await endings(shop, 1, 3000))[0]).toMatchObject({ name: 'exit', error: null });
});

test('an account is renewed with a key of its own, and with no other', async () => {
  stage.knobs.sources = [{ ...station, connections: [connection('Ada Brook', { complete: false })] }];
  const page = await openRun(stage, await stage.openContext());
  await press(page, 'Reconnect Ada Brook at Rain Station');
  await key(page).fill('theirs');
  await press(page, 'Connect');
  await page.getByText('belongs to a different account at Rain Station').waitFor();
  await key(page).fill('right');
  await press(page, 'Connect');
  await page.getByText('Renewed').waitFor();
  expect(sent()).toEqual([
    { source: 'rain-station', connection: 'ada-brook', key: 'theirs' },
    { source: 'rain-station', connection: 'ada-brook', key: 'right' },
  ]);
});

test('a hosted link is bound by the form’s button, not by opening the form', async () => {
  const run = { delivery: 'hosted', cookie: null, returnUrl: `${stage.origins.shop}/done` } as const;
  const page = await openForm('Rain Station', run);
  const bound = () => stage.service.requests.filter(({ path }) => path.endsWith('/bind')).length;
  expect(bound()).toBe(0);
  await key(page).fill('right');
  await press(page, 'Connect');
  await page.getByRole('button', { name: 'Rain Station', exact: true, description: 'Connected' }).waitFor();
  expect(bound()).toBe(1);
  await press(page, finish);
  await page.waitForURL(`${stage.origins.shop}/done#specialToken=**`);
});

test('the list doesn’t promise that nobody sees a password where one is typed', async () => {
  const page = await openRun(stage, await stage.openContext());
  await page.getByText('You choose the accounts that Shop may use, one by one.').waitFor();
  expect(await page.getByText('never sees your password').count()).toBe(0);
  expect(await page.getByText('You enter your key').count()).toBe(1);
});

test.each(['de', 'fr', 'es'])('speaks %s', async (locale) => {
  stage.knobs.locale = locale;
  const page = await openRun(stage, await stage.openContext());
  await press(page, 'Ledger');
  await page.getByRole('form').waitFor();
  const text = (await page.getByRole('form').textContent()) ?? '';
  expect(text).toContain('Shop');
  expect(text).not.toMatch(/Connect Ledger|User name|Show|Back to|\{|undefined/);
});

test('what the provider calls its key stays text', async () => {
  const keyLabel = '<img src=x onerror=alert(1)>';
  stage.knobs.sources = [{ ...station, name: '<b>Rain</b>', credential: { keyLabel, helpUrl: null } }];
  const page = await openRun(stage, await stage.openContext());
  await press(page, '<b>Rain</b>');
  await page.getByLabel(keyLabel, { exact: true }).fill('wrong');
  await press(page, 'Connect');
  await page.getByText('<b>Rain</b> didn’t accept').waitFor();
  expect(await page.locator('b, img').count()).toBe(0);
});
