import { afterAll, beforeAll, expect, it } from 'vitest';
import { applicationPageUrl } from './harness/app-page.ts';
import { useBrowser } from './harness/browser-test.ts';
import { finishButton, finishRun, openPopup, sourceButton, successOf } from './harness/connect-flow.ts';
import {
  callApi,
  createApplication,
  createSource,
  exchange,
  patchSource,
  redirectUriOf,
} from './harness/management.ts';
import { type OidcServer, startOidcServer } from './harness/oidc-server.ts';

const test = useBrowser();
let oidc: OidcServer;

beforeAll(async () => {
  oidc = await startOidcServer();
});
afterAll(() => oidc?.[Symbol.asyncDispose]());

it('connects an account at oidc-provider, found by discovery, with PKCE required', async () => {
  const name = 'Foreign provider';
  const source = await createSource({
    type: 'oauth2',
    name,
    issuer: oidc.issuer,
    api_host_url: oidc.issuer,
    scopes: ['openid', 'profile', 'offline_access'],
    authorization_params: { prompt: 'consent' },
    metadata_url: '/me',
    uniqueness: 'sub',
    default_name: 'name',
  });
  await patchSource(source.id, await oidc.register(redirectUriOf(source)));
  const origin = test.pages.originAs('notes.localhost');
  const application = await createApplication('Notes', [origin]);

  const page = await test.context.newPage();
  await page.goto(applicationPageUrl(origin, { clientId: application.clientId, clientUserId: 'reader-1' }));
  const popup = await openPopup(page);
  await sourceButton(popup, name).click();
  await popup.locator('input[name=login]').fill('iris');
  await popup.locator('input[name=password]').fill('any');
  await popup.getByRole('button', { name: 'Sign-in' }).click();
  await popup.getByRole('button', { name: 'Continue' }).click();
  await finishButton(popup).waitFor();
  await finishRun(popup);

  const { specialToken, metadata } = await successOf(page);
  expect(metadata.sources).toMatchObject([{ id: source.id, name }]);
  const { accessToken } = await exchange(application, specialToken);
  const person = await callApi<object>(`/proxy/${source.slug}/me`, { token: accessToken });
  expect(person).toMatchObject({ sub: 'iris', name: 'iris of the other provider' });
});
