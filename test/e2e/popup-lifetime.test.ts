import { beforeAll, expect, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { keepScreenshot } from './harness/browser.ts';
import { useBrowser } from './harness/browser-test.ts';
import {
  consentTo,
  endsOfRuns,
  finishRun,
  openPopup,
  sourceButton,
  successOf,
} from './harness/connect-flow.ts';
import { type ApplicationCredentials, callApi, createApplication, exchange } from './harness/management.ts';

const pacer = 'Pacer (sandbox)';

const test = useBrowser();
let application: ApplicationCredentials;

beforeAll(async () => {
  application = await createApplication('Gym', [test.pages.originAs('gym.localhost')]);
});

async function openApplication(clientUserId: string, site = 'gym.localhost') {
  const page = await test.context.newPage();
  await page.goto(
    applicationPageUrl(test.pages.originAs(site), { clientId: application.clientId, clientUserId }),
  );
  return page;
}

it('refuses a page whose origin is not allowed, in words a developer can act on', async () => {
  const page = await openApplication('stranger', 'stranger.localhost');
  const popup = await openPopup(page);
  await popup.getByText(test.pages.originAs('stranger.localhost')).first().waitFor();
  await keepScreenshot(popup, 'origin-not-allowed');
  const ends = await endsOfRuns(page);
  expect(ends).toMatchObject([{ callback: 'exit', error: { error: 'origin_not_allowed' } }]);
});

it('reports a popup closed on our page within seconds', async () => {
  const page = await openApplication('closes-early');
  const popup = await openPopup(page);
  await sourceButton(popup, pacer).waitFor();
  const closedAt = Date.now();
  await popup.close({ runBeforeUnload: true });
  expect(await endsOfRuns(page)).toMatchObject([{ callback: 'exit', metadata: { sources: [] } }]);
  expect(Date.now() - closedAt).toBeLessThan(10_000);
});

it('goes on after a popup was closed at the provider: a second one works, the first run exits once', async () => {
  const page = await openApplication('closes-at-provider');
  const first = await openPopup(page);
  await sourceButton(first, pacer).click();
  await first.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  await first.close();

  const second = await openPopup(page);
  await consentTo(second, pacer);
  await finishRun(second);
  const ends = await endsOfRuns(page, 2);
  expect(ends.map((end) => end.callback)).toEqual(['exit', 'success']);
  const exchanged = await exchange(application, ends[1]?.specialToken ?? '');
  expect(exchanged.connections).toHaveLength(1);
});

it('keeps two runs at once in one browser apart', async () => {
  const [ada, grace] = [await openApplication('ada'), await openApplication('grace')];
  const adasPopup = await openPopup(ada);
  const gracesPopup = await openPopup(grace);
  await sourceButton(adasPopup, pacer).click();
  await sourceButton(gracesPopup, pacer).click();
  await adasPopup.getByLabel('Ada Brook').check();
  await gracesPopup.getByLabel('Grace Field').check();
  await gracesPopup.getByRole('button', { name: 'Allow', exact: true }).click();
  await adasPopup.getByRole('button', { name: 'Allow', exact: true }).click();
  await Promise.all([finishRun(adasPopup), finishRun(gracesPopup)]);

  for (const [page, clientUserId, person] of [
    [ada, 'ada', 'Ada Brook'],
    [grace, 'grace', 'Grace Field'],
  ] as const) {
    const { specialToken } = await successOf(page);
    const exchanged = await exchange(application, specialToken);
    expect(exchanged.clientUserId).toBe(clientUserId);
    const profile = await callApi<{ name: string }>('/proxy/sandbox-pacer/me', {
      token: exchanged.accessToken,
    });
    expect(profile.name).toBe(person);
  }
});
