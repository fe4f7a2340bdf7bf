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
const handleOf = (runId: string | null | undefined) => stage.service.runs.get(runId ?? '')?.handle;

test('an opener severed by the provider learns of success by asking', async () => {
  stage.knobs.providerQuery = '&coop';
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="connected"');
  await popup.getByRole('button', { name: finish }).waitFor();
  expect(await popup.evaluate('window.opener')).toBeNull();
  await shop.waitForTimeout(4000);
  expect(await shop.evaluate('calls.some(({ name }) => name === "exit")')).toBe(false);
  await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name: finish }).click()]);
  const [success] = await endings(shop);
  expect(success?.specialToken).toContain(handleOf(success?.metadata?.runId));
});

test('an opener severed by the provider learns of a leave by asking', async () => {
  stage.knobs.providerQuery = '&coop';
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await popup.click('text="denied"');
  await popup.getByRole('button', { name: leave }).click();
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('closing the popup on our page is an exit within seconds', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  await popup.close({ runBeforeUnload: true });
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('closing the popup before the handshake is an exit within seconds', async () => {
  stage.knobs.delays = { '/connect/bind': 60_000 };
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.close();
  expect((await endings(shop))[0]).toMatchObject({ name: 'exit', error: null });
});

test('a second open ends the first run, and each ends once', async () => {
  const shop = await stage.openShop();
  const first = await openPopup(shop);
  await first.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  const closed = first.waitForEvent('close');
  const second = await openPopup(shop);
  await closed;
  await second.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await second.click('text="connected"');
  await second.getByRole('button', { name: finish }).click();
  const [exit, success] = await endings(shop, 2);
  expect([exit?.name, success?.name]).toEqual(['exit', 'success']);
  expect(exit?.metadata?.runId).not.toBe(success?.metadata?.runId);
});

test('superseding a run that had finished delivers its success', async () => {
  stage.knobs.providerQuery = '&coop';
  const shop = await stage.openShop();
  const first = await openPopup(shop);
  await first.getByRole('button', { name: 'Fitbit', exact: true }).click();
  await first.click('text="connected"');
  await first.getByRole('button', { name: finish }).waitFor();
  stage.knobs.delays = { '/connect/outcome': 1500 };
  const run = [...stage.service.runs.values()].at(-1);
  if (run) run.status = 'finished';
  await openPopup(shop);
  const [success] = await endings(shop);
  expect(success).toMatchObject({ name: 'success', metadata: { runId: run?.id } });
});

test('forged messages are ignored: wrong window, wrong origin, wrong run', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  const runId = [...stage.service.runs.keys()].at(-1);
  const forged = { trivet: 1, type: 'finished', runId, handle: 'forged', metadata: { runId, sources: [] } };

  // Another window of the right origin.
  const other = await Promise.all([
    shop.waitForEvent('popup'),
    shop.evaluate(`window.open('${stage.origins.service}/connect')`),
  ]).then(([page]) => page);
  await other.waitForLoadState();
  await other.evaluate(([message, origin]) => opener.postMessage(message, origin), [
    forged,
    stage.origins.shop,
  ] as const);
  // The page itself, and a frame of another origin.
  await shop.evaluate((message) => postMessage(message, '*'), forged);
  // The right window, at another origin.
  await popup.evaluate((url) => location.assign(url), stage.origins.evil);
  await popup.waitForURL(`${stage.origins.evil}/`);
  await popup.evaluate(([message, origin]) => opener.postMessage(message, origin), [
    forged,
    stage.origins.shop,
  ] as const);
  expect(await popup.evaluate('opener !== null')).toBe(true);
  // The right window and origin, another run.
  await popup.evaluate((url) => location.assign(url), `${stage.origins.service}/connect#run=${runId}`);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  await popup.evaluate(([message, origin]) => opener.postMessage(message, origin), [
    { ...forged, runId: '0'.repeat(32) },
    stage.origins.shop,
  ] as const);
  await shop.waitForTimeout(700);
  expect(await shop.evaluate('calls.some(({ name }) => name === "success")')).toBe(false);

  // The same message, with nothing wrong, does count: the checks above are what stopped it.
  await popup.evaluate(([message, origin]) => opener.postMessage(message, origin), [
    forged,
    stage.origins.shop,
  ] as const);
  expect((await endings(shop))[0]?.specialToken).toMatch(/^forged\./);
});

test('the popup ignores a session from a page of another origin', async () => {
  const evil = await stage.openShop('/', stage.origins.evil);
  const [popup] = await Promise.all([
    evil.waitForEvent('popup'),
    evil.evaluate(
      ([service, shop]) => {
        const child = window.open(`${service}/connect#origin=${encodeURIComponent(shop)}`);
        const message = {
          trivet: 1,
          type: 'session',
          sessionToken: 'x.y',
          runSecret: 'z',
          theme: { mode: 'light' },
        };
        setInterval(() => child?.postMessage(message, '*'), 50);
      },
      [stage.origins.service, stage.origins.shop] as const,
    ),
  ]);
  const before = stage.service.requests.length;
  await popup.waitForTimeout(800);
  expect(stage.service.requests.slice(before).map(({ path }) => path)).not.toContain('/connect/bind');
});

test('a page that severs its own popup gets one exit and one warning', async () => {
  const shop = await stage.openShop('/?coop');
  const warnings: string[] = [];
  shop.on('console', (message) => warnings.push(message.text()));
  const [popup] = await Promise.all([shop.context().waitForEvent('page'), shop.click('#connect')]);
  await popup.getByRole('heading', { name: 'Open this from the application' }).waitFor();
  expect((await endings(shop))[0]?.name).toBe('exit');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('same-origin-allow-popups');
});

test('a result said again, or another one, changes nothing any more', async () => {
  const shop = await stage.openShop();
  const popup = await openPopup(shop);
  await popup.getByRole('button', { name: 'Fitbit', exact: true }).waitFor();
  const runId = [...stage.service.runs.keys()].at(-1);
  const metadata = { runId, sources: [] };
  const finished = { trivet: 1, type: 'finished', runId, handle: 'handle', metadata };
  const exited = { trivet: 1, type: 'exited', runId, error: null, metadata };
  await popup.evaluate(
    ([messages, origin]) => {
      for (const message of messages) opener.postMessage(message, origin);
    },
    [[finished, finished, exited], stage.origins.shop] as const,
  );
  expect(await endings(shop)).toHaveLength(1);
  await popup.close({ runBeforeUnload: true });
  await shop.waitForTimeout(1500);
  expect(await endings(shop)).toMatchObject([{ name: 'success' }]);
});
