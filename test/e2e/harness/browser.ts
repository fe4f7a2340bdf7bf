import { mkdirSync } from 'node:fs';
import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';

/** Starts the Chromium that came from npm, or the one at CHROME_PATH. */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: process.env.CHROME_PATH ?? (await chromium.executablePath()),
    // Not `chromium.args`: they crash popups and turn off the rules under test.
    args: [
      '--no-sandbox',
      '--no-zygote',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
    ],
  });
}

/** Keeps a picture of a page as `test-output/e2e/<name>.png`. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync('test-output/e2e', { recursive: true });
  await page.screenshot({ path: `test-output/e2e/${name}.png`, animations: 'disabled' });
}
