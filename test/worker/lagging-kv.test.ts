import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';

/** KV as far behind as it may be: every key is missing for its first minute, and a miss is remembered for another. */
async function lagging() {
  const scene = await setting();
  scene.world.storage.lagging = true;
  return scene;
}

const kvReads = (scene: Awaited<ReturnType<typeof lagging>>) =>
  scene.world.storage.calls.filter(({ store, operation }) => store === 'kv' && operation === 'get').length;

describe('a KV that lags behind', () => {
  it('fails no honest user, however fast', async () => {
    const scene = await lagging();
    const { world, application, provider, source } = scene;
    const photos = new OAuth1Provider(world);
    const photoSource = await photos.define();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(photoSource));
    await run.callback(photos.consent(photoSource, redirectUrl));
    expect(await ok<View>(run.view())).toMatchObject({ outcome: { result: 'connected' } });
    await run.finished();
    expect((await ok<Exchanged>(run.exchange())).connections).toHaveLength(2);
    expect(kvReads(scene)).toBe(3);
  });

  for (const seconds of [1, 59, 61, 119, 500]) {
    it(`fails no honest user who takes ${seconds} s a step`, async () => {
      const { world, application, provider, source } = await lagging();
      const run = await Run.fromPage(world, application);
      await ok(run.bind());
      const url = await run.consent(provider, source);
      world.advance({ seconds });
      expect((await run.callback(url)).status).toBe(303);
      await run.finished();
      world.advance({ seconds });
      expect((await ok<Exchanged>(run.exchange())).connections).toHaveLength(1);
    });
  }

  it('lets nobody else through: not another browser, not a spent state, not a spent token', async () => {
    const { world, application, provider, source } = await lagging();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    expect((await new Browser(world).navigate(url)).status).toBe(400);
    await run.callback(url);
    await run.callback(url);
    expect(provider).toMatchObject({ redeemed: 1, replays: [] });
    await run.finished();
    const answers = await Promise.all(Array.from({ length: 20 }, () => run.exchange()));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    world.advance({ minutes: 5 });
    await refused(run.exchange(), 400, 'invalid_grant');
  });

  it('changes nothing about what is over', async () => {
    const { world, application, provider, source } = await lagging();
    const run = await finishedRun(world, application, provider, source);
    const open = await Run.fromPage(world, application);
    await ok(open.bind());
    const url = await open.consent(provider, source);
    const cookies = new Map(open.browser.cookies);
    world.advance({ minutes: 10, seconds: 1 });
    for (const [name, cookie] of cookies) open.browser.cookies.set(name, { ...cookie, expiresAt: Infinity });
    expect((await open.callback(url)).status).toBe(400);
    await refused(run.exchange(), 400, 'invalid_grant');
  });
});

it('serves who is behind with what KV holds, once it holds it', async () => {
  const { world, application, provider, source } = await setting();
  const run = await finishedRun(world, application, provider, source);
  const { counts } = await world.count(() => ok(run.exchange()));
  expect(counts.d1).toBe(2);
});
