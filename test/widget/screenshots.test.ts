import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome, Source } from '../../widget/popup/service.ts';
import type { FakeRun } from './fake-run.ts';
import {
  connection,
  initialKnobs,
  openRun as openAt,
  openPopup,
  type Stage,
  setStage,
  source,
} from './stage.ts';

const out = join(import.meta.dirname, '../../test-output/popup');
const logo = (letter: string, colour: string) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${colour}"/><path d="${letter}" fill="none" stroke="white" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`)}`;
const shopLogo = logo('M12 15h16l-1.5 15h-13zM16 18v-5a4 4 0 0 1 8 0v5', '#1d4f46');

const few = [
  source('Fitbit', ['activity', 'heartrate', 'profile'], {
    logo: logo('M20 10v20M13 15v10M27 15v10', '#00a3ad'),
  }),
  source('Google Health', ['openid', 'https://www.googleapis.com/auth/fitness.activity.read']),
  source('Withings', ['user.metrics', 'user.activity', 'user.sleepevents', 'user.info', 'user.goals']),
  source('GitHub', [], { logo: logo('M14 14l-6 6 6 6M26 14l6 6-6 6', '#24292f') }),
];
const many = [
  ...few,
  ...['Garmin', 'Strava', 'Oura', 'Polar Flow', 'Suunto', 'Ärzteportal'].map((name) =>
    source(name, ['daily']),
  ),
];

const [fitbit = source('Fitbit'), google = source('Google Health'), ...others] = few;
const known = [
  {
    ...fitbit,
    connections: [
      connection('Ada Brook'),
      connection('ada.brook-reading@students.example.edu', { id: 'mail', complete: false }),
    ],
  },
  { ...google, connections: [connection('')] },
  ...others,
];
const parked: Partial<FakeRun> = {
  changes: new Map([
    ['ada-brook', 'disconnected'],
    ['mail', 'renewed'],
  ]),
};

const station = source('Rain Station', [], {
  type: 'api_key',
  credential: { keyLabel: 'Station key', helpUrl: 'https://rain.example/keys' },
  logo: logo('M20 10c5 7 8 10 8 14a8 8 0 0 1-16 0c0-4 3-7 8-14Z', '#3c6fd1'),
});
const ledger = source('Ledger', [], {
  type: 'basic',
  credential: { usernameLabel: null, passwordLabel: null, helpUrl: null },
});

const sizes = {
  window: [420, 640],
  narrow: [320, 568],
  phone: [430, 932],
  landscape: [844, 390],
  tab: [1100, 760],
} satisfies Record<string, [width: number, height: number]>;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  mkdirSync(out, { recursive: true });
});
afterAll(() => stage.close());

const openRun = (context: BrowserContext, values: Partial<FakeRun> = {}) => openAt(stage, context, values);

const outcome = (result: Outcome['result'], error?: string): Partial<FakeRun> => ({
  outcome: {
    source: { id: 'fitbit', name: 'Fitbit' },
    result,
    request_id: 'req_5f2c81d0',
    ...(error && { error }),
  },
  ...(result === 'connected' && { connected: new Set(['fitbit']) }),
});

async function openRefused(context: BrowserContext, error: string): Promise<Page> {
  stage.knobs.failures = { '/connect/sessions': { status: 400, error } };
  const shop = await context.newPage();
  await shop.goto(stage.origins.shop);
  return await openPopup(shop);
}

async function openForm(context: BrowserContext, asked: Source): Promise<Page> {
  stage.knobs.sources = [asked, ...few];
  const page = await openRun(context);
  await page.getByRole('button', { name: asked.name, exact: true }).click();
  return page;
}

const title = (page: Page, text: string) => page.getByRole('heading', { name: text }).waitFor();

const states: Record<string, (context: BrowserContext) => Promise<Page>> = {
  async loading(context) {
    stage.knobs.delays = { '/connect/runs': 20_000 };
    const page = await openRun(context);
    await page.waitForTimeout(500);
    return page;
  },
  list: (context) => openRun(context),
  async 'list-focus'(context) {
    const page = await openRun(context);
    await page.getByRole('button', { name: 'Google Health', exact: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    return page;
  },
  'list-long'(context) {
    stage.knobs.sources = many;
    return openRun(context);
  },
  async 'list-no-match'(context) {
    stage.knobs.sources = many;
    const page = await openRun(context);
    await page.getByRole('searchbox').fill('Wahoo');
    return page;
  },
  'list-test-application'(context) {
    stage.knobs.application = { name: 'Orchard & Sons Health', logo: null, test: true };
    return openRun(context);
  },
  accounts(context) {
    stage.knobs.sources = known;
    return openRun(context);
  },
  'accounts-changed'(context) {
    stage.knobs.sources = known;
    return openRun(context, parked);
  },
  'accounts-added'(context) {
    stage.knobs.sources = known;
    return openRun(context, outcome('connected'));
  },
  'accounts-one'(context) {
    stage.knobs.sources = [{ ...fitbit, connections: [connection('Ada Brook', { complete: false })] }];
    return openRun(context);
  },
  'accounts-mismatch'(context) {
    stage.knobs.sources = known;
    return openRun(context, outcome('failed', 'account_mismatch'));
  },
  async 'accounts-leaving'(context) {
    stage.knobs.sources = known;
    const page = await openRun(context, parked);
    await page.getByRole('button', { name: 'Leave without connecting' }).click();
    return page;
  },
  async 'handing-over'(context) {
    stage.knobs.delays = { authorize: 20_000 };
    const page = await openRun(context);
    await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
    await page.waitForTimeout(700);
    return page;
  },
  async verifying(context) {
    const page = await openRun(context);
    await page.getByRole('button', { name: 'Fitbit', exact: true }).click();
    await page.waitForURL('**/authorize**');
    stage.knobs.delays = { '/connect/runs': 20_000 };
    await page.click('text="connected"');
    await page.waitForTimeout(900);
    return page;
  },
  connected: (context) => openRun(context, outcome('connected')),
  denied: (context) => openRun(context, outcome('denied', 'access_denied')),
  unreachable: (context) => openRun(context, outcome('failed', 'provider_timeout')),
  failed: (context) => openRun(context, outcome('failed', 'provider_error')),
  async leaving(context) {
    const page = await openRun(context, outcome('connected'));
    await page.getByRole('button', { name: 'Leave without connecting' }).click();
    return page;
  },
  async finished(context) {
    const page = await openRun(context, outcome('connected'));
    await page.getByRole('button', { name: 'Finish Connecting Data' }).click();
    await title(page, 'All connected');
    return page;
  },
  'already-finished': (context) => openRun(context, { status: 'finished' }),
  left: (context) => openRun(context, { status: 'exited' }),
  expired: (context) => openRun(context, { expiresAt: new Date(Date.now() - 60_000).toISOString() }),
  empty(context) {
    stage.knobs.sources = [];
    return openRun(context);
  },
  'not-this-browser': (context) => openRun(context, { cookie: null }),
  'origin-not-allowed': (context) => openRefused(context, 'origin_not_allowed'),
  'could-not-start': (context) => openRefused(context, 'invalid_client'),
  'rate-limited': (context) => openRefused(context, 'rate_limited'),
  offline(context) {
    stage.knobs.failures = { '/connect/runs': { status: 0, error: '' } };
    return openRun(context);
  },
  'our-fault'(context) {
    stage.knobs.failures = { '/connect/runs': { status: 500, error: 'server_error' } };
    return openRun(context);
  },
  async alone(context) {
    const page = await context.newPage();
    await page.goto(`${stage.origins.service}/connect`);
    return page;
  },
  async elsewhere(context) {
    const page = await context.newPage();
    const run = stage.service.mint({});
    await page.goto(`${stage.origins.service}/connect#session=${run.token}`);
    return page;
  },
  hosted: (context) => openRun(context, { delivery: 'hosted', cookie: null, returnUrl: stage.origins.shop }),
  async accent(context) {
    const page = await openRun(context, outcome('connected'));
    await page.goto('about:blank');
    const runId = [...stage.service.runs.keys()].at(-1);
    const look = new URLSearchParams({ theme: 'auto', accent: '#ffd43b' });
    await page.goto(`${stage.origins.service}/connect#run=${runId}&${look}`);
    return page;
  },
  credential: (context) => openForm(context, station),
  async 'credential-refused'(context) {
    const page = await openForm(context, station);
    await page.getByLabel('Station key', { exact: true }).fill('wx_live_0f3a9d27c41b');
    await page.getByRole('button', { name: 'Show Station key' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('didn’t accept this key').waitFor();
    return page;
  },
  async 'credential-checking'(context) {
    stage.knobs.delays = { credential: 20_000 };
    const page = await openForm(context, ledger);
    await page.getByLabel('User name').fill('ada@students.example.edu');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.waitForTimeout(900);
    return page;
  },
  'credential-password': (context) => openForm(context, ledger),
  'credential-german'(context) {
    stage.knobs.locale = 'de';
    return openForm(context, ledger);
  },
  'list-credentials'(context) {
    stage.knobs.sources = [...few.slice(0, 2), station, ledger];
    return openRun(context);
  },
  german(context) {
    stage.knobs.locale = 'de-AT';
    return openRun(context);
  },
  'accounts-german'(context) {
    stage.knobs.locale = 'de';
    stage.knobs.sources = known;
    return openRun(context, { changes: new Map([['mail', 'disconnected']]) });
  },
  'accounts-french'(context) {
    stage.knobs.locale = 'fr';
    stage.knobs.sources = known;
    return openRun(context);
  },
};

// STATES=list,denied takes some; SCREENSHOTS=all takes every size.
const only = process.env.STATES?.split(',');
const shown = Object.entries(states).filter(([state]) => !only || only.includes(state));
const taken = Object.entries(sizes).slice(0, process.env.SCREENSHOTS === 'all' ? undefined : 2);

test.each(shown)('%s fits every size, light and dark', async (state, show) => {
  Object.assign(stage.knobs, initialKnobs(stage.knobs.origins), { sources: few });
  stage.knobs.application = { name: 'Shop', logo: shopLogo, test: false };
  const viewport = { width: 420, height: 640 };
  const context = await stage.browser.newContext({ viewport });
  const page = await show(context);
  await page.waitForTimeout(400);
  for (const [size, [width, height]] of taken) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(out, `${state}-${size}-${colorScheme}.png`) });
    }
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, `${state} is wider than ${size}`).toBeLessThanOrEqual(0);
  }
  await context.close();
});
