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

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  Object.assign(stage.knobs, initialKnobs([stage.origins.shop]));
  stage.knobs.sources = [
    source('Fitbit', ['activity'], {
      connections: [connection('Ada Brook'), connection('Ben', { complete: false })],
    }),
    source('Withings'),
  ];
  stage.service.requests.length = 0;
});

const finish = 'Finish Connecting Data';
const leave = 'Leave without connecting';
const open = async (values: Partial<FakeRun> = {}) => openRun(stage, await stage.openContext(), values);
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
const bodies = (end: string) =>
  stage.service.requests.filter(({ path }) => path.endsWith(end)).map(({ body }) => body);

/** An application's page whose server has minted the session, and the popup it opened. */
async function openMinted(): Promise<{ shop: Page; popup: Page }> {
  const { token: sessionToken } = stage.service.mint({});
  const shop = await stage.openShop(`/?options=${encodeURIComponent(JSON.stringify({ sessionToken }))}`);
  return { shop, popup: await openPopup(shop) };
}

test('each account is a row under its source, with what can be done named in full', async () => {
  const page = await open({ changes: new Map([['ada-brook', 'disconnected']]) });
  const rows = page.getByRole('list', { name: 'Services' });
  await rows.waitFor();
  expect(await rows.ariaSnapshot()).toBe(
    `
- list "Services":
  - listitem:
    - button "Fitbit": Fitbit Connect another account
    - list "Your accounts at Fitbit":
      - listitem:
        - text: Ada Brook Will be disconnected when you finish
        - button "Undo disconnecting Ada Brook from Fitbit": Undo
      - listitem:
        - text: Ben Needs to be connected again
        - button "Reconnect Ben at Fitbit": Reconnect
        - button "Disconnect Ben from Fitbit": Disconnect
  - listitem:
    - button "Withings": Withings You sign in at Withings
`.trim(),
  );
});

test('accounts without a name are told apart', async () => {
  stage.knobs.sources = [
    source('Fitbit', [], { connections: [connection('', { id: 'one' }), connection('', { id: 'two' })] }),
    source('Withings', [], { connections: [connection(' ', { id: 'three' })] }),
  ];
  const page = await open();
  for (const name of ['Connected account (1)', 'Connected account (2)'])
    await page.getByRole('button', { name: `Disconnect ${name} from Fitbit` }).waitFor();
  await page.getByRole('button', { name: 'Disconnect Connected account from Withings' }).waitFor();
});

test('a run that a page began shows no account', async () => {
  const popup = await openPopup(await stage.openShop());
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  expect(await popup.getByText('Ada Brook').count()).toBe(0);
});

test('a disconnect alone can be finished, and taken back until then', async () => {
  const { shop, popup } = await openMinted();
  const finishing = popup.getByRole('button', { name: finish });
  await press(popup, 'Disconnect Ada Brook from Fitbit');
  await popup.getByText('Will be disconnected when you finish').waitFor();
  expect(await focused(popup)).toBe('Undo disconnecting Ada Brook from Fitbit');
  expect(await finishing.isEnabled()).toBe(true);
  await popup.keyboard.press('Enter');
  await popup.getByRole('button', { name: 'Disconnect Ada Brook from Fitbit' }).waitFor();
  expect(await focused(popup)).toBe('Disconnect Ada Brook from Fitbit');
  expect(await finishing.isEnabled()).toBe(false);
  expect(bodies('/disconnect')).toEqual([
    { connection: 'ada-brook' },
    { connection: 'ada-brook', undo: true },
  ]);
  await popup.keyboard.press('Enter');
  await popup.getByText('Will be disconnected when you finish').waitFor();
  await finishing.click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'success', metadata: { sources: [] } });
});

test('reconnecting renews that account, and the source’s own button adds one', async () => {
  const page = await open();
  await press(page, 'Reconnect Ben at Fitbit');
  await page.click('text="connected"');
  await page.getByText('Renewed', { exact: true }).waitFor();
  await press(page, 'Fitbit');
  await page.waitForURL('**/authorize**');
  expect(bodies('/authorize')).toEqual([{ source: 'fitbit', connection: 'ben' }, { source: 'fitbit' }]);
});

test('an account added beside others is told by the source’s row', async () => {
  const page = await open();
  await press(page, 'Fitbit');
  await page.click('text="connected"');
  const description = 'Another account connected';
  await page.getByRole('button', { name: 'Fitbit', exact: true, description }).waitFor();
});

test.each([
  ['as somebody else', 'That was another account'],
  ['denied', 'You chose not to share'],
])('a renewal that comes back %s says so, and is what Try again repeats', async (answer, heading) => {
  const page = await open();
  await press(page, 'Reconnect Ben at Fitbit');
  await page.click(`text=${answer}`);
  await page.getByRole('heading', { name: heading }).waitFor();
  await page.getByRole('main').getByText('Nothing was changed').waitFor();
  await press(page, 'Try again');
  await page.waitForURL('**/authorize**');
  expect(bodies('/authorize')).toEqual(Array(2).fill({ source: 'fitbit', connection: 'ben' }));
});

test('a session for one account that must be renewed begins at Reconnect', async () => {
  stage.knobs.sources = [source('Fitbit', [], { connections: [connection('Ben', { complete: false })] })];
  const page = await open();
  await page.getByRole('button', { name: 'Reconnect Ben at Fitbit' }).waitFor();
  expect(await focused(page)).toBe('Reconnect Ben at Fitbit');
});

test('leaving with a parked disconnect asks first, and tells what is dropped', async () => {
  const { shop, popup } = await openMinted();
  await press(popup, 'Disconnect Ada Brook from Fitbit');
  await popup.getByText('Will be disconnected when you finish').waitFor();
  await press(popup, leave);
  const question = popup.getByRole('dialog', { name: 'Leave without connecting?' });
  await question.getByText('Shop keeps what it had').waitFor();
  await press(popup, 'Stay');
  await press(popup, leave);
  await press(popup, 'Leave and discard');
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('leaving while a disconnect is on its way asks about it', async () => {
  const { popup } = await openMinted();
  await popup.getByText('Ada Brook').waitFor();
  stage.knobs.delays = { '/disconnect': 500 };
  await press(popup, 'Disconnect Ada Brook from Fitbit');
  await press(popup, leave);
  await popup.getByRole('dialog').waitFor();
});

test.each([
  [320, 568],
  [420, 640],
  [1100, 640],
])('by keyboard at %i × %i, what has the focus is in sight', async (width, height) => {
  stage.knobs.sources.push(source('Oura', [], { connections: [connection('Cleo'), connection('Dan')] }));
  const page = await open();
  await page.setViewportSize({ width, height });
  await page.getByText('Dan').waitFor();
  for (let press = 0; press < 11; press += 1) {
    await page.keyboard.press('Tab');
    const [bottom = 0, foot = 0] = await page.evaluate(() =>
      [
        document.activeElement?.getBoundingClientRect().bottom,
        document.querySelector('footer')?.getBoundingClientRect().top,
      ].map(Number),
    );
    expect(bottom).toBeLessThanOrEqual(foot);
  }
  expect(await focused(page)).toBe('Disconnect Dan from Oura');
});

test('a double click disconnects once', async () => {
  const page = await open();
  stage.knobs.delays = { '/disconnect': 300 };
  await page
    .getByRole('button', { name: 'Disconnect Ada Brook from Fitbit' })
    .evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });
  await page.getByText('Will be disconnected when you finish').waitFor();
  expect(bodies('/disconnect')).toHaveLength(1);
});

test.each(['Disconnect Ada Brook from Fitbit', 'Reconnect Ada Brook at Fitbit'])(
  '%s, gone meanwhile, leaves the run as it is',
  async (action) => {
    const page = await open();
    await page.getByText('Ada Brook').waitFor();
    stage.knobs.sources = [source('Fitbit', [], { connections: [connection('Ben')] })];
    await press(page, action);
    await page.getByText('Ada Brook').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Disconnect Ben from Fitbit' }).waitFor();
    expect(await page.getByRole('status').textContent()).toBe('This account is no longer connected');
  },
);

test('a lost network can be tried again', async () => {
  const page = await open();
  await page.getByText('Ada Brook').waitFor();
  stage.knobs.failures = { '/disconnect': { status: 0, error: '' } };
  await press(page, 'Disconnect Ada Brook from Fitbit');
  await page.getByRole('heading', { name: 'You seem to be offline' }).waitFor();
  stage.knobs.failures = {};
  await press(page, 'Try again');
  await page.getByText('Will be disconnected when you finish').waitFor();
});

test('a hosted link is bound by its first disconnect', async () => {
  const page = await (await stage.openContext()).newPage();
  const run = stage.service.mint({ delivery: 'hosted', returnUrl: `${stage.origins.shop}/done` });
  await page.goto(`${stage.origins.service}/connect#session=${run.token}`);
  await press(page, 'Disconnect Ada Brook from Fitbit');
  await page.getByText('Will be disconnected when you finish').waitFor();
  await press(page, finish);
  await page.waitForURL(`${stage.origins.shop}/done#specialToken=${run.handle}`);
});

test('the search finds accounts too, and stays as it was after a disconnect', async () => {
  const names = ['Garmin', 'Oura', 'Polar', 'Strava', 'Suunto', 'Wahoo'];
  stage.knobs.sources.push(...names.map((name) => source(name)));
  const page = await open();
  await page.getByRole('searchbox').fill('ada');
  await press(page, 'Disconnect Ada Brook from Fitbit');
  await page.getByText('Will be disconnected when you finish').waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('ada');
  expect(await page.getByRole('button', { name: 'Garmin', exact: true }).count()).toBe(0);
});

test('names are text, whatever they hold', async () => {
  stage.knobs.sources = [
    source('Fitbit', [], { connections: [connection('<b>{source}</b>', { id: 'a"]b' })] }),
  ];
  const page = await open();
  await press(page, 'Disconnect <b>{source}</b> from Fitbit');
  await page.getByText('Will be disconnected when you finish').waitFor();
  expect(await focused(page)).toBe('Undo disconnecting <b>{source}</b> from Fitbit');
  expect(await page.locator('b').count()).toBe(0);
});
