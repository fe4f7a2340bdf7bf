import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { endings, initialKnobs, openPopup, type Stage, setStage } from './stage.ts';

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

test('a button with data-connect works without code', async () => {
  const shop = await stage.openShop();
  await shop.evaluate(`
    const late = document.getElementById('markup').cloneNode(true);
    late.id = 'late';
    document.body.append(late);
  `);
  const popup = await openPopup(shop, '#late');
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).click();
  const [success] = await endings(shop);
  expect(success).toMatchObject({ name: 'success', by: 'late', metadata: { sources: [{ slug: 'fitbit' }] } });

  const again = await openPopup(shop, '#late');
  await again.getByRole('button', { name: leave }).click();
  expect((await endings(shop, 2))[1]).toMatchObject({ name: 'exit', by: 'late', error: null });
});

test('the module exports the same interface', async () => {
  const shop = await stage.openShop('/module');
  expect(await shop.evaluate('window.same')).toBe(true);
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: leave }).click();
  expect((await endings(shop))[0]?.name).toBe('exit');
});

test('it works inside a frame of another site', async () => {
  const outer = await stage.openShop(
    `/frame?src=${encodeURIComponent(stage.origins.shop)}`,
    stage.origins.evil,
  );
  const frame = outer.frameLocator('iframe');
  const [popup] = await Promise.all([outer.waitForEvent('popup'), frame.locator('#connect').click()]);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name: finish }).click()]);
  const inner = outer.frames().find((one) => one.url().startsWith(stage.origins.shop));
  await inner?.waitForFunction('calls.some(({ name }) => name === "success")');
});

test('redirect mode leaves for the run and comes back with the specialToken', async () => {
  const path = `/?options=${encodeURIComponent('{"mode":"redirect"}')}`;
  const shop = await stage.openShop(path);
  await shop.click('#connect');
  await shop.waitForURL('**/connect#session=**');
  const run = [...stage.service.runs.values()].at(-1);
  expect(run).toMatchObject({ delivery: 'redirect', cookie: null, returnUrl: stage.origins.shop + path });
  await shop.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await shop.click('text="connected"');
  await shop.getByRole('button', { name: finish }).click();
  await shop.waitForURL(stage.origins.shop + path);
  const [success] = await endings(shop);
  expect(success?.specialToken).toMatch(new RegExp(`^${run?.handle}\\.[\\w-]{43}$`));
  expect(success?.metadata?.runId).toBe(run?.id);
  expect(shop.url()).toBe(stage.origins.shop + path);
});

test('redirect mode ignores the return of a run this page did not begin', async () => {
  const path = `/?options=${encodeURIComponent('{"mode":"redirect"}')}#handle=stolen&run=${'a'.repeat(32)}`;
  const shop = await stage.openShop(path);
  await shop.waitForTimeout(300);
  expect(await shop.evaluate('calls.filter(({ name }) => name !== "load").length')).toBe(0);
  expect(shop.url()).toContain('#handle=stolen');
});

test('redirect mode reports a leave', async () => {
  const shop = await stage.openShop(`/?options=${encodeURIComponent('{"mode":"redirect"}')}`);
  await shop.click('#connect');
  await shop.getByRole('button', { name: leave }).click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('a server-minted session is bound by the handshake', async () => {
  const run = stage.service.mint({});
  const shop = await stage.openShop(
    `/?options=${encodeURIComponent(JSON.stringify({ sessionToken: run.token }))}`,
  );
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'success', metadata: { runId: run.id } });
});

test.each([
  [`{ clientId: 7 }`, 'clientId'],
  [`{ clientUserId: '' }`, 'clientUserId'],
  [`{ onSuccess: null }`, 'onSuccess'],
  [`{ onExit: 'no' }`, 'onExit'],
  [`{ mode: 'tab' }`, 'mode'],
  [`{ theme: 'pink' }`, 'theme'],
  [`{ theme: { accent: 'red' } }`, 'theme.accent'],
  [`{ mode: 'redirect', sessionToken: 'a.b' }`, 'sessionToken'],
])('a wrong option %s is named', async (options, name) => {
  const shop = await stage.openShop();
  await expect(shop.evaluate(`create(${options})`)).rejects.toThrow(`TypeError: Connect: ${name} `);
});
