import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { serveApplicationPages } from './app-page.ts';
import { keepScreenshot, launchBrowser } from './browser.ts';
import type { LoopbackServer } from './loopback.ts';

/** What a file's tests share, there from its first `beforeAll` on. */
interface BrowserTest {
  /** Serves the applications' pages. */
  readonly pages: LoopbackServer;
  /** A browser profile of its own for each test. */
  readonly context: BrowserContext;
  /** Another profile: somebody else's browser. Closed after the test as well. */
  otherContext(): Promise<BrowserContext>;
}

// Shorter than a test's own, so that a failure says what it waited for.
const actionTimeoutMs = 10_000;

/** Starts a browser and a server of applications' pages for the tests of this file, and ends them after. */
export function useBrowser(): BrowserTest {
  let browser: Browser;
  let pages: LoopbackServer;
  let context: BrowserContext;

  async function newContext(): Promise<BrowserContext> {
    const fresh = await browser.newContext();
    fresh.setDefaultTimeout(actionTimeoutMs);
    return fresh;
  }
  beforeAll(async () => {
    [browser, pages] = await Promise.all([launchBrowser(), serveApplicationPages()]);
  });
  beforeEach(async () => {
    context = await newContext();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') {
      const open = browser.contexts().flatMap((each) => each.pages());
      await Promise.all(open.map((page, index) => keepScreenshot(page, `failed-${task.id}-${index}`)));
    }
    await Promise.all(browser.contexts().map((open) => open.close()));
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), pages?.[Symbol.asyncDispose]()]);
  });
  return {
    get pages() {
      return pages;
    },
    get context() {
      return context;
    },
    otherContext: newContext,
  };
}
