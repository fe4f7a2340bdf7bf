import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeLinkCode } from '../../src/access/sign-in/link-code.ts';
import { launchBrowser } from './harness/browser.ts';
import { type ConsoleDeployment, startConsoleDeployment } from './harness/console.ts';

// Each page is looked at in four ways.
const manyPagesMs = 120_000;
const pictures = 'test-output/console';
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let deployment: ConsoleDeployment;
let contexts: BrowserContext[];
let complaints: string[];

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  [browser, deployment] = await Promise.all([launchBrowser(), startConsoleDeployment()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), deployment?.[Symbol.asyncDispose]()]);
});
beforeEach(() => {
  contexts = [];
  complaints = [];
});
afterEach(() => Promise.all(contexts.map((context) => context.close())));

/** A page in a browser profile of its own. */
async function newPage(options: { javaScriptEnabled?: boolean; bypassCSP?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => {
    // What the issuer's own pages complain of is not ours.
    if (page.url().startsWith(deployment.origin)) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

function untilTitle(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

async function linkCode(): Promise<string> {
  return makeLinkCode(deployment.adminToken, Date.now());
}

/** Signs in at the issuer's own pages. */
async function signInAtIssuer(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: `Continue with ${deployment.issuerHost}` }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** What axe finds against WCAG 2.2 AA. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axePath });
  return page.evaluate(async () => {
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run({ runOnly: { type: 'tag', values } });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/**
 * Keeps the page as it is in both themes, wide and narrow; nothing may be wider than the window.
 *
 * @param checked whether axe looks at it, too: its page must have been made with `bypassCSP`
 */
async function picture(page: Page, name: string, checked = false): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [size, width] of [
      ['wide', 1280],
      ['narrow', 360],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      const path = `${pictures}/${name}-${colorScheme}-${size}.png`;
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      if (checked) expect(await violations(page), `${name}, ${colorScheme}, ${size}`).toEqual([]);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('a person of oidc-provider', () => {
  it('signs in with a verified address, and out again', async () => {
    const page = await newPage();
    await page.goto(`${deployment.origin}/console/settings/people`);
    await untilTitle(page, 'Sign in');
    await signInAtIssuer(page, 'iris');
    // The page that was asked for first.
    await untilTitle(page, 'People');
    const row = page.getByRole('row', { name: /Iris/ });
    await row.getByText('iris@example.com').waitFor();
    await row.getByText('You', { exact: true }).waitFor();
    expect(page.url()).toBe(`${deployment.origin}/console/settings/people`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await untilTitle(page, 'Sign in');
    await page.goto(`${deployment.origin}/console/applications`);
    await untilTitle(page, 'Sign in');
    expect(complaints).toEqual([]);
  });

  it('is told why not where the address isn’t verified', async () => {
    const page = await newPage();
    await page.goto(`${deployment.origin}/console`);
    await signInAtIssuer(page, 'mallory');
    await page.getByText('no e-mail address that is verified').waitFor();
    await page.getByText(/Request [0-9a-f]{32}/).waitFor();
    await picture(page, 'refused');
    // Going back to the provider and on again spends nothing twice.
    await page.reload();
    await page.getByText('was used before').waitFor();
  });
});

describe('what oidc-provider says of somebody', () => {
  it('makes two people of one address, each with an account of their own', async () => {
    const first = await newPage();
    await first.goto(`${deployment.origin}/console/settings/people`);
    await signInAtIssuer(first, 'iris');
    await untilTitle(first, 'People');
    const second = await newPage();
    await second.goto(`${deployment.origin}/console/settings/people`);
    await signInAtIssuer(second, 'twin');
    await untilTitle(second, 'People');
    await second.getByRole('row', { name: /Twin/ }).getByText('iris@example.com').waitFor();
    expect(await second.getByRole('row', { name: /Iris/ }).count()).toBe(0);
    await first.reload();
    expect(await first.getByRole('row', { name: /Twin/ }).count()).toBe(0);
  });

  it('counts for nothing where it is said to another client', async () => {
    deployment.misdirect(true);
    const page = await newPage();
    await page.goto(`${deployment.origin}/console`);
    await signInAtIssuer(page, 'nora');
    await untilTitle(page, 'You are not signed in');
    deployment.misdirect(false);
    await page.goto(`${deployment.origin}/console`);
    await untilTitle(page, 'Sign in');
    await page.getByRole('link', { name: `Continue with ${deployment.issuerHost}` }).click();
    await untilTitle(page, 'Applications');
  });

  it('counts once: the answer of a sign-in that is over brings nobody in', async () => {
    const page = await newPage();
    const answers: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/console/sign-in/callback/oidc')) answers.push(request.url());
    });
    await page.goto(`${deployment.origin}/console`);
    await signInAtIssuer(page, 'vera');
    await untilTitle(page, 'Applications');
    const other = await newPage();
    for (const [replayed, by] of [
      [page, 'the same browser'],
      [other, 'another browser'],
    ] as const) {
      await replayed.context().clearCookies({ name: /console/ });
      await replayed.goto(answers[0] ?? '');
      await untilTitle(replayed, 'You are not signed in');
      await replayed.goto(`${deployment.origin}/console/applications`);
      await untilTitle(replayed, 'Sign in');
      expect(answers[0], by).toContain('code=');
    }
  });
});

describe('the link that npm start prints', () => {
  it('signs in at the press of its button, and its code leaves the address', async () => {
    const page = await newPage();
    const link = `${deployment.origin}/console/sign-in/link#${await linkCode()}`;
    await page.goto(link);
    await page.waitForFunction(() => location.hash === '');
    await picture(page, 'link');
    await page.keyboard.press('Enter');
    await untilTitle(page, 'Applications');
    await picture(page, 'applications');
    const again = await newPage();
    await again.goto(link);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.getByText('This link was used before').first().waitFor();
    await picture(again, 'link-spent');
  });
});

describe('the administrator, with script off', () => {
  it('signs in, makes a developer, invites a colleague, and signs out everywhere else', async () => {
    const page = await newPage({ javaScriptEnabled: false });
    await page.goto(`${deployment.origin}/console/sign-in/link`);
    await page.getByLabel('Code').fill(await linkCode());
    await page.getByRole('button', { name: 'Sign in' }).click();
    const nav = page.getByRole('navigation', { name: 'Console' });
    await nav.getByRole('link', { name: 'Settings' }).click();
    await untilTitle(page, 'Settings');

    await page.getByRole('link', { name: 'Developers' }).click();
    await page.getByRole('link', { name: 'New developer' }).click();
    await page.getByRole('button', { name: 'Make the developer' }).click();
    expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Name').fill('Shop Ltd');
    await page.getByRole('button', { name: 'Make the developer' }).click();
    const key = await page.locator('#key').textContent();
    expect(key).toMatch(/^trv_key_[\w-]{43}$/);
    await page.getByRole('link', { name: 'Done' }).click();
    await page
      .getByRole('row', { name: /Shop Ltd/ })
      .getByRole('link', { name: 'Delete' })
      .click();
    await page.getByLabel('Its name').fill('Shop');
    await page.getByRole('button', { name: 'Delete the developer' }).click();
    await page.getByText('This is not its name.').first().waitFor();
    await page.getByLabel('Its name').fill('Shop Ltd');
    await page.getByRole('button', { name: 'Delete the developer' }).click();
    await page.getByText('Shop Ltd is deleted.').waitFor();

    await nav.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'Invite somebody' }).click();
    await page.getByLabel('Account').selectOption('own');
    await page.getByLabel('Name').fill('Grace');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = (await page.locator('#invitation').textContent()) ?? '';

    const guest = await newPage({ javaScriptEnabled: false });
    await guest.goto(link);
    await guest.getByLabel('Code').fill(new URL(link).hash.slice(1));
    await guest.getByRole('button', { name: 'Go on to sign in' }).click();
    await guest.getByText('The administrator').waitFor();
    await signInAtIssuer(guest, 'grace');
    await untilTitle(guest, 'Applications');
    await page.goto(`${deployment.origin}/console/settings/people`);
    await page.getByRole('row', { name: /Grace/ }).getByText('grace@example.com').waitFor();
  });
});

describe('the pages', () => {
  it('have no violation of WCAG 2.2 AA in either theme, wide or narrow', {
    timeout: manyPagesMs,
  }, async () => {
    const page = await newPage({ bypassCSP: true });
    await page.goto(`${deployment.origin}/console/sign-in`);
    await picture(page, 'sign-in', true);
    await page.getByLabel('Administrator’s token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await picture(page, 'sign-in-wrong', true);
    await page.getByLabel('Administrator’s token').fill(deployment.adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilTitle(page, 'Applications');

    const settings = `${deployment.origin}/console/settings`;
    await page.goto(settings);
    await picture(page, 'settings', true);
    await page.goto(`${settings}/sessions`);
    await picture(page, 'sessions', true);
    await page.goto(`${settings}/developers`);
    await picture(page, 'developers-empty', true);
    await page.goto(`${settings}/developers/new`);
    await page.getByRole('button', { name: 'Make the developer' }).click();
    await picture(page, 'developer-faulty', true);
    await page.getByLabel('Name').fill('Bookshop at the Corner Ltd');
    await page.getByRole('button', { name: 'Make the developer' }).click();
    await picture(page, 'developer-key', true);
    await page.getByRole('button', { name: 'Copy the API key' }).waitFor();
    await page.goto(`${settings}/developers`);
    await picture(page, 'developers', true);
    await page.getByRole('link', { name: 'Delete' }).first().click();
    await picture(page, 'developer-delete', true);
    await page.goto(`${settings}/people/invite`);
    await picture(page, 'invite', true);
    await page.getByLabel('Name').fill('Grace Hopper');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await picture(page, 'invitation-link', true);
    const link = (await page.locator('#invitation').textContent()) ?? '';
    await page.goto(`${settings}/people`);
    await picture(page, 'people', true);
    await page.getByRole('button', { name: 'Withdraw' }).last().click();
    await page.getByText('The invitation is withdrawn.').waitFor();
    await page.goto(`${deployment.origin}/console/nowhere`);
    await picture(page, 'not-found', true);
    const guest = await newPage({ bypassCSP: true });
    await guest.goto(link);
    await guest.waitForFunction(() => location.hash === '');
    await picture(guest, 'invitation', true);
  });

  it('are reached with the keyboard, the content first', async () => {
    const page = await newPage();
    await page.goto(`${deployment.origin}/console/sign-in/link#${await linkCode()}`);
    await page.keyboard.press('Enter');
    await untilTitle(page, 'Applications');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.id === 'content');
  });
});
