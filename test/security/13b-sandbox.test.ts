import { describe, expect, it } from 'vitest';
import { darkroom, pacer } from '../../src/sandbox/sources.ts';
import { ok, refused } from '../worker/harness/answers.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import { type Exchanged, Run, type View } from '../worker/harness/run.ts';
import { World } from '../worker/harness/world.ts';

async function withSandbox(fields: Record<string, unknown>) {
  const world = new World();
  await ok(manage(world, 'POST', '/sandbox/setup'));
  return { world, application: await createApplication(world, fields) };
}

const sourceOf = ({ id, slug, name }: typeof pacer | typeof darkroom) => ({ id, slug, name });

/** Consents on the sandbox’s own page, and gives the URL it leads back to. */
async function consent(world: World, redirectUrl: string): Promise<string> {
  const page = await (await world.request(redirectUrl)).text();
  const pending = /name="pending" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const body = new URLSearchParams({ pending, decision: 'allow', account: 'person-1815', scenario: 'works' });
  const answer = await world.request(new URL(redirectUrl).pathname, { method: 'POST', body });
  return answer.headers.get('Location') ?? '';
}

describe('the sandbox', () => {
  it('serves a test application, with both protocols and without leaving the worker', async () => {
    const { world, application } = await withSandbox({ test: true });
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    for (const source of [pacer, darkroom]) {
      const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(sourceOf(source)));
      const back = await consent(world, redirectUrl);
      expect(new URL(back).pathname).toBe(`/done/${source.id}`);
      expect((await run.callback(back)).status).toBe(303);
    }
    await run.finished();
    const { accessToken, connections } = await ok<Exchanged>(run.exchange());
    expect(connections).toHaveLength(2);
    for (const { slug } of [pacer, darkroom]) {
      const headers = { Authorization: `Bearer ${accessToken}` };
      expect(await ok(world.request(`/proxy/${slug}/me`, { headers }))).toHaveProperty('name');
    }
    expect(world.internet.requests).toEqual([]);
  });

  it('serves no other application', async () => {
    const { world, application } = await withSandbox({ test: false });
    const run = await Run.fromPage(world, application);
    const view = await ok<View>(run.bind());
    for (const source of [pacer, darkroom]) {
      expect(view.sources.map(({ id }) => id)).not.toContain(source.id);
      await refused(run.authorize(sourceOf(source)), 404, 'not_found');
    }
  });

  it('stops serving an application that is no test any more', async () => {
    const { world, application } = await withSandbox({ test: true });
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(sourceOf(pacer)));
    const back = await consent(world, redirectUrl);
    await ok(manage(world, 'PATCH', `/applications/${application.clientId}`, { test: false }));
    await run.callback(back);
    await refused(run.finish(), 400, 'invalid_request');
  });

  it('can’t be changed by anyone', async () => {
    const { world } = await withSandbox({ test: true });
    const { key } = await createDeveloper(world);
    await refused(manage(world, 'PATCH', `/sources/${pacer.id}`, { name: 'Mine' }), 409, 'conflict');
    await refused(manage(world, 'PATCH', `/sources/${pacer.id}`, { name: 'Mine' }, key), 404, 'not_found');
    await refused(manage(world, 'POST', '/sandbox/setup', undefined, key), 404, 'not_found');
    await refused(world.request('/sandbox/setup', { method: 'POST' }), 401, 'invalid_token');
  });
});

describe('where SANDBOX is not set', () => {
  for (const SANDBOX of ['', '0', 'false']) {
    it(`to anything (${JSON.stringify(SANDBOX)}) it isn’t there`, async () => {
      const { world, application } = await withSandbox({ test: true });
      const run = await Run.fromPage(world, application);
      await ok(run.bind());
      const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(sourceOf(pacer)));
      expect((await world.request(redirectUrl)).status).toBe(200);
      world.bindings = { ...world.bindings, SANDBOX };
      for (const [method, path] of [
        ['GET', redirectUrl],
        ['POST', '/sandbox/oauth2/token'],
        ['POST', '/sandbox/oauth1/request_token'],
        ['POST', '/sandbox/oauth1/access_token'],
        ['GET', '/sandbox/api/me'],
        ['GET', '/sandbox'],
        ['GET', '/example/data'],
        ['POST', '/example/connected'],
      ] as const) {
        await refused(world.request(path, { method }), 404, 'not_found');
      }
      await refused(manage(world, 'POST', '/sandbox/setup'), 404, 'not_found');
      for (const source of [pacer, darkroom])
        await refused(run.authorize(sourceOf(source)), 404, 'not_found');
      expect((await ok<View>(run.view())).sources.map(({ id }) => id)).not.toContain(pacer.id);
    });
  }
});
