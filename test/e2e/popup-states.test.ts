import { beforeAll, expect, inject, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { keepScreenshot } from './harness/browser.ts';
import { useBrowser } from './harness/browser-test.ts';
import {
  consentTo,
  endsOfRuns,
  finishButton,
  finishRun,
  openPopup,
  sourceButton,
  successOf,
} from './harness/connect-flow.ts';
import {
  type ApplicationCredentials,
  callApi,
  createApplication,
  createSource,
  exchange,
  type SourceSummary,
} from './harness/management.ts';

const pacer = 'Pacer (sandbox)';
const absent = 'Provider that is down';

const test = useBrowser();
let application: ApplicationCredentials;
let origin: string;

beforeAll(async () => {
  origin = test.pages.originAs('library.localhost');
  application = await createApplication('Library', [origin]);
  // Port 9 (discard) of loopback: nobody listens there.
  const host = 'http://localhost:9';
  await createSource({
    type: 'oauth1',
    name: absent,
    api_host_url: host,
    auth_host_url: host,
    auth_url: '/authorize',
    full_auth_url: `${host}/authorize`,
    request_token_url: '/request_token',
    access_token_url: '/access_token',
    client_id: 'anyone',
    client_secret: 'anything',
  });
});

async function openApplication(clientUserId: string, { clientId } = application) {
  const page = await test.context.newPage();
  await page.goto(applicationPageUrl(origin, { clientId, clientUserId }));
  return page;
}

it('says so where the application offers nothing', async () => {
  const { adminToken } = inject('worker');
  const empty = await createApplication('Archive', [origin]);
  const sources = await callApi<SourceSummary[]>('/sources', { token: adminToken });
  await Promise.all(
    sources.map(({ id }) =>
      callApi(`/applications/${empty.clientId}/sources/${id}`, {
        method: 'PUT',
        token: adminToken,
        body: { enabled: false },
      }),
    ),
  );
  const page = await openApplication('nobody', empty);
  const popup = await openPopup(page);
  await popup.getByRole('heading', { name: 'Nothing to connect yet' }).waitFor();
  await keepScreenshot(popup, 'nothing-on-offer');
});

it('tells of a provider that cannot be reached, and lets the user choose another', async () => {
  const page = await openApplication('unlucky');
  const popup = await openPopup(page);
  await sourceButton(popup, absent).click();
  await popup.getByRole('heading', { name: `${absent} can’t be reached` }).waitFor();
  await sourceButton(popup, absent).waitFor();
  expect(await finishButton(popup).isDisabled()).toBe(true);
  await keepScreenshot(popup, 'provider-unreachable');

  await consentTo(popup, pacer);
  await finishRun(popup);
  const { specialToken, metadata } = await successOf(page);
  expect(metadata.sources.map((source) => source.name)).toEqual([pacer]);
  expect((await exchange(application, specialToken)).connections).toHaveLength(1);
});

it('says where it takes the user, and starts one authorization however often the button is pressed', async () => {
  const page = await openApplication('impatient');
  const popup = await openPopup(page);
  let started = 0;
  await popup.route('**/authorize', async (route) => {
    if (route.request().method() === 'POST') started += 1;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await sourceButton(popup, pacer).dblclick();
  await popup.getByText(`Taking you to ${pacer}…`).first().waitFor();
  await keepScreenshot(popup, 'handing-over');
  await popup.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  expect(started).toBe(1);
});

it('asks before it discards what was connected', async () => {
  const page = await openApplication('hesitant');
  const popup = await openPopup(page);
  await consentTo(popup, pacer);
  const wayOut = popup.getByRole('button', { name: 'Leave without connecting', exact: true });
  await wayOut.click();
  await popup.getByRole('heading', { name: 'Leave without connecting?' }).waitFor();
  await keepScreenshot(popup, 'leave-and-discard');
  await popup.getByRole('button', { name: 'Stay' }).click();
  expect(await finishButton(popup).isEnabled()).toBe(true);

  await wayOut.click();
  const closed = popup.waitForEvent('close');
  await popup.getByRole('button', { name: 'Leave and discard' }).click();
  await closed;
  expect(await endsOfRuns(page)).toMatchObject([{ callback: 'exit', error: null }]);
});

it('shows another browser nothing of a bound run', async () => {
  const page = await openApplication('careful');
  const popup = await openPopup(page);
  await sourceButton(popup, pacer).waitFor();
  const stranger = await (await test.otherContext()).newPage();
  await stranger.goto(popup.url());
  await stranger.getByRole('heading', { name: 'Not open in this browser' }).waitFor();
  await keepScreenshot(stranger, 'another-browser');
  expect(await sourceButton(stranger, pacer).count()).toBe(0);
});

it('follows the dark colour scheme', async () => {
  const page = await openApplication('owl');
  const popup = await openPopup(page);
  await popup.emulateMedia({ colorScheme: 'dark' });
  await consentTo(popup, pacer);
  await keepScreenshot(popup, 'connected-dark');
});
