import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Call, endings, initialKnobs, openPopup, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  Object.assign(stage.knobs, initialKnobs([stage.origins.shop]));
});

const finish = 'Finish Connecting Data';
const leave = 'Leave without connecting';
const handleOf = (runId: string | null | undefined) => stage.service.runs.get(runId ?? '')?.handle;

test('two sources are connected, and the page gets one specialToken', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  const button = popup.getByRole('button', { name: finish });
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  expect(await button.isDisabled()).toBe(true);
  for (const name of ['Fitbit', 'Withings']) {
    await popup.getByRole('button', { name, exact: true }).click();
    await popup.click('text="connected"');
    await popup.getByRole('button', { name, exact: true, description: 'Connected' }).waitFor();
  }
  await Promise.all([popup.waitForEvent('close'), button.click()]);

  const [success] = await endings(shop);
  expect(success?.metadata?.sources).toEqual([
    { id: 'fitbit', slug: 'fitbit', name: 'Fitbit' },
    { id: 'withings', slug: 'withings', name: 'Withings' },
  ]);
  const [handle, runSecret] = success?.specialToken?.split('.') ?? [];
  expect(handle).toBe(handleOf(success?.metadata?.runId));
  expect(runSecret).toMatch(/^[\w-]{43}$/);
  const calls = await shop.evaluate<Call[]>('window.calls');
  expect(calls.filter(({ name }) => name === 'event').map(({ event }) => event)).toEqual([
    'opened',
    ...['source_selected', 'source_connected'],
    ...['source_selected', 'source_connected'],
  ]);
  await shop.waitForTimeout(2500);
  expect(await endings(shop)).toHaveLength(1);
  expect(await shop.evaluate('sessionStorage.length')).toBe(0);
});

test('a denial is told, and the run goes on', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="denied"');
  await popup.getByRole('heading', { name: 'You chose not to share' }).waitFor();
  expect(await popup.getByRole('button', { name: finish }).isDisabled()).toBe(true);
  await popup.getByRole('button', { name: 'Try again' }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).click();
  expect((await endings(shop))[0]?.name).toBe('success');
});

test('leaving is an exit without an error', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name: leave }).click()]);
  const [exit] = await endings(shop);
  expect(exit).toMatchObject({ name: 'exit', error: null, metadata: { sources: [] } });
});

test('Escape asks before it discards what was connected', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).waitFor();
  await popup.keyboard.press('Escape');
  await popup.getByRole('button', { name: 'Stay' }).click();
  expect(await popup.getByRole('dialog').count()).toBe(0);
  await popup.keyboard.press('Escape');
  await popup.getByRole('button', { name: 'Leave and discard' }).click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('a blocked popup is an exit that says so', async () => {
  const shop = await stage.openShop();
  await shop.evaluate('window.open = () => null; connect.open()');
  expect((await endings(shop))[0]).toMatchObject({
    error: { error: 'popup_blocked' },
    metadata: { runId: null },
  });
});

test('without WebCrypto the page is told why', async () => {
  const shop = await stage.openShop();
  await shop.evaluate(`Object.defineProperty(crypto, 'subtle', { value: undefined }); connect.open()`);
  expect((await endings(shop))[0]?.error?.error).toBe('insecure_context');
});

test('a refused session is shown in the popup and told to the page', async () => {
  const shop = await stage.openShop('/', stage.origins.evil);
  const popup = await openPopup(shop);
  await popup.getByRole('heading', { name: 'This site may not open Connect' }).waitFor();
  await popup.getByText(stage.origins.evil, { exact: true }).waitFor();
  expect((await endings(shop))[0]?.error?.error).toBe('origin_not_allowed');
  const closed = popup.waitForEvent('close');
  // The window may be gone before the click has been reported.
  await popup
    .getByRole('button', { name: 'Close window' })
    .click()
    .catch(() => {});
  await closed;
  await shop.waitForTimeout(1000);
  expect(await endings(shop)).toHaveLength(1);
});

test('reloading the popup keeps the run', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  await popup.reload();
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  await popup.waitForTimeout(2500);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).click();
  expect((await endings(shop))[0]?.name).toBe('success');
});

test('destroy ends the run at once, and the instance', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  await Promise.all([popup.waitForEvent('close'), shop.evaluate('connect.destroy()')]);
  expect(await endings(shop)).toHaveLength(1);
  await expect(shop.evaluate('connect.open()')).rejects.toThrow('destroyed');
});

test('exit() asks politely, exit({force}) does not', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).waitFor();
  await shop.evaluate('connect.exit()');
  await popup.getByRole('button', { name: 'Stay' }).click();
  expect(await shop.evaluate('calls.some(({ name }) => name === "exit")')).toBe(false);
  await Promise.all([popup.waitForEvent('close'), shop.evaluate('connect.exit({ force: true })')]);
  expect((await endings(shop))[0]?.name).toBe('exit');
});

test('exit() while the user is at the provider waits for the popup to come back', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.waitForURL('**/authorize**');
  await shop.evaluate('connect.exit()');
  await popup.click('text="denied"');
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});
