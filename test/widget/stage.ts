import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Connection, Source } from '../../widget/popup/service.ts';
import { launchBrowser } from './browser.ts';
import type { FakeRun, Knobs } from './fake-run.ts';
import { createFakeService } from './fake-service.ts';
import { serveApplication, serveProvider } from './pages.ts';

const root = join(import.meta.dirname, '../..');

/** A data source for the tests; its id is its slug. */
export const source = (name: string, scopes: string[] = [], values: Partial<Source> = {}): Source => {
  const slug = name.toLowerCase().replace(/\W+/g, '-');
  const empty = {
    logo: null,
    type: 'oauth2',
    connected: false,
    credential: null,
    values: [],
    connections: [],
  };
  return { id: slug, slug, name, scopes, ...empty, ...values };
};

/** A Connection from an earlier run; its id is its name in lower case. */
export const connection = (name: string, values: Partial<Connection> = {}): Connection => ({
  id: name.toLowerCase().replace(/\W+/g, '-') || 'unnamed',
  name,
  complete: true,
  change: null,
  ...values,
});

/** One call the application's page received. */
export interface Call {
  name: 'load' | 'event' | 'success' | 'exit';
  event?: string;
  specialToken?: string;
  error?: { error: string; error_description: string } | null;
  metadata?: { runId: string | null; sources: { id: string; slug: string; name: string }[] };
  by?: string;
}

/** Everything a test of the widget stands on: service, provider and application on one loopback port, and a browser. */
export interface Stage {
  service: ReturnType<typeof createFakeService>;
  knobs: Knobs;
  origins: { service: string; shop: string; evil: string; provider: string };
  browser: Browser;
  /** A browser context of its own. */
  openContext(): Promise<BrowserContext>;
  /** A page of the application in a browser context of its own. */
  openShop(path?: string, origin?: string): Promise<Page>;
  close(): Promise<void>;
}

/** Sets the stage; `reset` of the knobs is the test's own business. */
export async function setStage(): Promise<Stage> {
  execFileSync(process.execPath, [join(root, 'widget/build.ts')], { stdio: 'inherit' });
  const knobs: Knobs = initialKnobs([]);
  const origins = { service: '', shop: '', evil: '', provider: '' };
  let service: ReturnType<typeof createFakeService> | undefined;
  const server = createServer((request, response) => {
    const host = request.headers.host?.split('.')[0];
    if (host === 'provider') serveProvider(request, response, origins.service);
    else if (host === 'trivet') void service?.handle(request, response);
    else serveApplication(request, response, origins.service);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const name of ['shop', 'evil', 'provider'] as const)
    origins[name] = `http://${name}.localhost:${port}`;
  origins.service = `http://trivet.localhost:${port}`;
  knobs.origins = [origins.shop];
  service = createFakeService(join(root, 'dist/assets'), knobs, origins.provider);
  const browser = await launchBrowser();
  async function openContext(): Promise<BrowserContext> {
    const context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    return context;
  }
  return {
    service,
    knobs,
    origins,
    browser,
    openContext,
    async openShop(path = '/', origin = origins.shop) {
      const page = await (await openContext()).newPage();
      await page.goto(origin + path);
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Knobs as a test finds them: two sources, nothing bent. */
export function initialKnobs(origins: string[]): Knobs {
  return {
    origins,
    application: { name: 'Shop', logo: null, test: false },
    sources: [source('Fitbit', ['activity', 'heartrate', 'profile']), source('Withings', [])],
    locale: null,
    delays: {},
    failures: {},
    providerQuery: '',
  };
}

/** Opens the popup's page at a run that the context's browser is bound to, unless its `cookie` is null. */
export async function openRun(
  { service, origins }: Stage,
  context: BrowserContext,
  values: Partial<FakeRun> = {},
): Promise<Page> {
  const run = service.mint({ origin: origins.shop, cookie: 'test', ...values });
  if (run.cookie)
    await context.addCookies([{ name: `run-${run.id}`, value: run.cookie, url: origins.service }]);
  const page = await context.newPage();
  const fragment = run.delivery === 'popup' ? `run=${run.id}` : `session=${run.token}`;
  await page.goto(`${origins.service}/connect#${fragment}`);
  return page;
}

/** Presses the page's Connect button and waits for the window it opens. */
export async function openPopup(page: Page, button = '#connect'): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(button)]);
  return popup;
}

/** What the application's page was told, once `count` successes or exits are there. */
export async function endings(page: Page, count = 1, timeoutMs = 10_000): Promise<Call[]> {
  await page.waitForFunction(
    `(window.calls ?? []).filter(({ name }) => name === 'success' || name === 'exit').length >= ${count}`,
    undefined,
    { timeout: timeoutMs },
  );
  const calls = await page.evaluate<Call[]>('window.calls');
  return calls.filter(({ name }) => name === 'success' || name === 'exit');
}
