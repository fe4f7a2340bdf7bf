import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FakeRun } from './fake-run.ts';
import {
  endings,
  initialKnobs,
  openRun as openAt,
  openPopup,
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
  stage.service.requests.length = 0;
});

const finish = 'Finish Connecting Data';
const leave = 'Leave without connecting';
const asked = (end: string) => stage.service.requests.filter(({ path }) => path.endsWith(end)).length;

const openRun = async (values: Partial<FakeRun> = {}) => openAt(stage, await stage.openContext(), values);

test('each source is a button with its name alone, described by what it shares', async () => {
  stage.knobs.sources = [
    source('Fitbit', ['activity', 'heartrate']),
    source('Google Health', ['openid', 'https://www.googleapis.com/auth/fitness.activity.read']),
    source('Strava', ['read', 'activity:read_all']),
    source('Withings', ['user.metrics', 'user.activity', 'user.sleepevents', 'user.info', 'user.goals']),
    source('GitHub', []),
    source('Oura', ['daily'], { connected: true }),
  ];
  const page = await openRun();
  const rows = page.getByRole('list', { name: 'Services' });
  await rows.waitFor();
  expect(await rows.ariaSnapshot()).toBe(
    `
- list "Services":
  - listitem:
    - button "Fitbit": Fitbit Shares activity and heartrate
  - listitem:
    - button "Google Health": Google Health Shares fitness activity
  - listitem:
    - button "Strava": Strava Shares activity
  - listitem:
    - button "Withings": Withings Shares metrics, activity, sleepevents, and 2 more
  - listitem:
    - button "GitHub": GitHub You sign in at GitHub
  - listitem:
    - button "Oura": Oura Connected
`.trim(),
  );
  const why = 'Connect at least one account to finish';
  expect(await page.getByRole('button', { name: finish, description: why }).isDisabled()).toBe(true);
});

test('a double click starts one authorization', async () => {
  stage.knobs.delays = { authorize: 300 };
  const page = await openRun();
  await page.getByRole('button', { name: 'Fitbit', exact: true }).evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await page.waitForURL('**/authorize**');
  expect(asked('/authorize')).toBe(1);
});

test('a double click finishes once', async () => {
  stage.knobs.delays = { '/finish': 300 };
  const page = await openRun({ connected: new Set(['fitbit']) });
  await page.getByRole('button', { name: finish }).evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await page.getByRole('heading', { name: 'All connected' }).waitFor();
  expect(asked('/finish')).toBe(1);
});

test('the browser’s Back button at the provider leads back to the list', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.waitForURL('**/authorize**');
  await popup.goBack();
  await popup.getByRole('button', { name: 'Withings', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: 'Withings', exact: true, description: 'Connected' }).waitFor();
  await popup.getByRole('button', { name: finish }).click();
  expect((await endings(shop))[0]?.metadata?.sources).toMatchObject([{ slug: 'withings' }]);
});

test('a provider that can’t be reached is told, and the list stays', async () => {
  stage.knobs.failures = { authorize: { status: 504, error: 'provider_timeout' } };
  const page = await openRun();
  await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await page.getByRole('heading', { name: 'Fitbit can’t be reached' }).waitFor();
  expect(await page.getByRole('status').textContent()).toContain('Fitbit can’t be reached');
  await page.getByText('req_5f2c81d0').waitFor();
  stage.knobs.failures = {};
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForURL('**/authorize**');
});

test.each([
  ['down', 'Fitbit can’t be reached'],
  ['failed', 'Fitbit could not be connected'],
])('a provider that was %s at the callback is told as such', async (answer, heading) => {
  const page = await openRun();
  await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await page.click(`text=${answer}`);
  await page.getByRole('heading', { name: heading }).waitFor();
});

test('a lost network can be tried again, where it was lost', async () => {
  const page = await openRun({ connected: new Set(['fitbit']) });
  await page.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  stage.knobs.failures = { '/finish': { status: 0, error: '' } };
  await page.getByRole('button', { name: finish }).click();
  await page.getByRole('heading', { name: 'You seem to be offline' }).waitFor();
  stage.knobs.failures = {};
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'All connected' }).waitFor();
});

test('leaving while the provider is awaited leaves', async () => {
  stage.knobs.delays = { authorize: 5000 };
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.getByRole('heading', { name: 'Taking you to Fitbit…' }).waitFor();
  await popup.getByRole('button', { name: leave }).click();
  expect((await endings(shop, 1, 3000))[0]).toMatchObject({ name: 'exit', error: null });
});

test('leaving before the view is there leaves as soon as it is', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  stage.knobs.delays = { '/connect/runs': 700 };
  await popup.reload();
  await popup.getByRole('button', { name: leave }).click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('leaving a link whose preview is still loading leaves as soon as it is there', async () => {
  stage.knobs.delays = { '/connect/preview': 700 };
  const run = { delivery: 'redirect', cookie: null, returnUrl: `${stage.origins.shop}/done` } as const;
  const page = await openRun(run);
  await page.getByRole('button', { name: leave }).click();
  await page.waitForURL(`${stage.origins.shop}/done#exit=**`);
});

test('a run that ended elsewhere is told as what it became', async () => {
  const page = await openRun();
  await page.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  for (const run of stage.service.runs.values()) run.status = 'exited';
  await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  const finished = await openRun({ status: 'finished' });
  await finished.getByRole('heading', { name: 'This is already finished' }).waitFor();
});

test('opening a hosted link changes nothing until a button is pressed', async () => {
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  const run = stage.service.mint({ delivery: 'hosted', returnUrl: `${stage.origins.shop}/done` });
  await page.goto(`${stage.origins.service}/connect#session=${run.token}`);
  const fitbit = page.getByRole('button', { name: 'Fitbit', exact: true });
  await fitbit.waitFor();
  expect(asked('/bind')).toBe(0);
  await fitbit.click();
  await page.click('text="connected"');
  await page.getByRole('button', { name: finish }).click();
  await page.waitForURL(`${stage.origins.shop}/done#specialToken=${run.handle}`);
});

test('a hosted link opened again goes on in the browser that holds its run, and in no other', async () => {
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  const run = stage.service.mint({ delivery: 'hosted', returnUrl: `${stage.origins.shop}/done` });
  const link = `${stage.origins.service}/connect#session=${run.token}`;
  await page.goto(link);
  await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await page.click('text="connected"');
  const again = await context.newPage();
  await again.goto(link);
  await again.getByRole('button', { name: 'Fitbit', exact: true, description: 'Connected' }).waitFor();
  const other = await (await stage.browser.newContext()).newPage();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Not open in this browser' }).waitFor();
});

test('theme, accent and language hold across the trip to the provider', async () => {
  const shop = await stage.openShop();
  await shop.evaluate(`create({ theme: { mode: 'dark', accent: '#ffd43b' }, locale: 'de-AT' })`);
  const popup = await openPopup(shop);
  const look = () =>
    popup.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const { lang, dataset } = document.documentElement;
      return [
        lang,
        dataset.theme,
        ...['--accent', '--on-accent'].map((name) => style.getPropertyValue(name)),
      ];
    });
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  const before = await look();
  expect(before).toEqual(['de', 'dark', '#ffd43b', 'oklch(0.2 0.012 55)']);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: 'Fitbit', exact: true, description: 'Verbunden' }).waitFor();
  expect(await look()).toEqual(before);
});

test('the foot line and Try again are quiet', async () => {
  const outcome = { source: { id: 'fitbit', name: 'Fitbit' }, result: 'denied', request_id: 'r' } as const;
  const page = await openRun({ outcome });
  const again = page.getByRole('button', { name: 'Try again' });
  const foot = page.getByText('You can withdraw access');
  await again.waitFor();
  const box = await again.boundingBox();
  expect(box?.height).toBe(32);
  expect(box?.width).toBeLessThan(120);
  expect(await foot.evaluate((line) => getComputedStyle(line).fontSize)).toBe('12px');
});

test('markup in names stays text', async () => {
  stage.knobs.application = { name: '<img src=x onerror=alert(1)>{source}', logo: null, test: true };
  stage.knobs.sources = [source('<b>Bold</b>', ['<i>scope</i>'])];
  const page = await openRun();
  await page.getByRole('button', { name: '<b>Bold</b>', exact: true }).waitFor();
  await page.getByText('<img src=x onerror=alert(1)>{source}', { exact: true }).waitFor();
  expect(await page.locator('b, i, img').count()).toBe(0);
});

test('the page runs under its own strict policy, and keeps its opener', async () => {
  const page = await openRun();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  const response = await page.reload();
  await page.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  const headers = response?.headers() ?? {};
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['cross-origin-opener-policy']).toBeUndefined();
  expect(messages).toEqual([]);
});
