import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { type ConsoleDeployment, startConsoleDeployment } from './harness/console.ts';
import { pictureAndCheck } from './harness/pictures.ts';

const startMs = 60_000;

let browser: Browser;
let deployment: ConsoleDeployment;

beforeAll(async () => {
  [browser, deployment] = await Promise.all([launchBrowser(), startConsoleDeployment()]);
}, startMs);
afterAll(() => Promise.all([browser?.close(), deployment?.[Symbol.asyncDispose]()]));

type Fields = Record<string, unknown>;

async function call(method: string, path: string, body?: Fields): Promise<Fields> {
  const response = await fetch(`${deployment.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${deployment.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${method} ${path}`).toBe(true);
  return (await response.json()) as Fields;
}

/** Makes a source from the catalogue as it was when the entry of GitHub said these. */
async function sourceOfAnOlderCatalogue(older: Fields): Promise<string> {
  const { id } = await call('POST', '/sources', {
    catalogue: 'github',
    client_id: 'octo',
    client_secret: 'secret of octo',
  });
  await call('PATCH', `/sources/${id}`, { ...older, client_secret: 'secret of octo' });
  await deployment.database
    .prepare(
      "UPDATE sources SET catalogue_definition = json_patch(catalogue_definition, json_object('definition', json(?))) WHERE id = ?",
    )
    .bind(JSON.stringify(older), id)
    .run();
  return `${deployment.origin}/console/sources/${id}`;
}

async function signedIn(javaScriptEnabled: boolean) {
  const context = await browser.newContext({ javaScriptEnabled, bypassCSP: true });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await page.goto(`${deployment.origin}/console`);
  await page.getByLabel('Administrator’s token').fill(deployment.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Applications' }).waitFor();
  return { page, close: () => context.close() };
}

describe('a source whose entry in the catalogue has moved', () => {
  it('shows what differs, and takes it with one press', async () => {
    const address = await sourceOfAnOlderCatalogue({ scopes: ['user'], pkce: 'none' });
    const { page, close } = await signedIn(true);
    await page.goto(address);
    const rows = page.getByRole('table', { name: 'Differences' }).getByRole('row');
    await page.getByRole('heading', { name: 'The catalogue has changed' }).waitFor();
    expect((await rows.allInnerTexts()).slice(1).map((text) => text.split(/\s+/))).toEqual(
      expect.arrayContaining([
        ['pkce', 'none', 'S256'],
        ['scopes', '["user"]', '["read:user"]'],
      ]),
    );
    await pictureAndCheck(page, 'sources-catalogue-changed');
    await page.getByRole('button', { name: 'Take the catalogue’s change' }).click();
    await page.getByText('The catalogue’s change is taken.').waitFor();
    expect(await page.getByRole('heading', { name: 'The catalogue has changed' }).count()).toBe(0);
    const id = address.split('/').at(-1);
    expect(await call('GET', `/sources/${id}`)).toMatchObject({
      scopes: ['read:user'],
      pkce: 'S256',
      client_id: 'octo',
      client_secret: { set: true },
    });
    await close();
  });

  it('asks for the secret where it would go to another host, with script off', async () => {
    const address = await sourceOfAnOlderCatalogue({
      api_host_url: 'https://api.octo.example',
      revocation_url: 'https://api.octo.example/revoke',
    });
    const { page, close } = await signedIn(false);
    await page.goto(address);
    const take = page.getByRole('button', { name: 'Take the catalogue’s change' });
    await take.click();
    await page.getByText('It goes to another host from now on').waitFor();
    const section = page.locator('section', { hasText: 'The catalogue has changed' });
    await section.getByLabel(/^Client secret/).fill('secret of octo');
    await take.click();
    await page.getByText('The catalogue’s change is taken.').waitFor();
    const id = address.split('/').at(-1);
    expect(await call('GET', `/sources/${id}`)).toMatchObject({ api_host_url: 'https://api.github.com' });
    await close();
  });
});
