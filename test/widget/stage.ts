import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Source } from '../../widget/popup/service.ts';
import { launchBrowser } from './browser.ts';
import { createFakeService, type Knobs } from './fake-service.ts';
import { serveApplication, serveProvider } from './pages.ts';

const root = join(import.meta.dirname, '../..');

/** A data source for the tests; its id is its slug. */
export const source = (name: string, scopes: string[] = [], values: Partial<Source> = {}): Source => {
  const slug = name.toLowerCase().replace(/\W+/g, '-');
  return { id: slug, slug, name, logo: null, type: 'oauth2', scopes, connected: false, ...values };
};

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
  const contexts: BrowserContext[] = [];
  return {
    service,
    knobs,
    origins,
    browser,
    async openShop(path = '/', origin = origins.shop) {
      const context = await browser.newContext();
      contexts.push(context);
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
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

/** Presses the page's Connect button and waits for the window it opens. */
export async function openPopup(page: Page, button = '#connect'): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(button)]);
  return popup;
}

/** What the application's page was told, once `count` successes or exits are there. */
export async function endings(page: Page, count = 1, timeoutMs = 10_000): Promise<Call[]> {
  await page.waitForFunction(
    `window.calls.filter(({ name }) => name === 'success' || name === 'exit').length >= ${count}`,
    undefined,
    { timeout: timeoutMs },
  );
  const calls = await page.evaluate<Call[]>('window.calls');
  return calls.filter(({ name }) => name === 'success' || name === 'exit');
}
