import { expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import type { Echo } from './harness/oauth2-provider.ts';
import { type Exchanged, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';

it('walks all six steps with OAuth 2 and OAuth 1.0a in one run', async () => {
  const { world, application, provider, source } = await setting();
  const photos = new OAuth1Provider(world);
  const photoSource = await photos.define();
  const run = await Run.fromPage(world, application);
  expect(run.session.connectUrl).toBe(`${world.origin}/connect#session=${run.session.sessionToken}`);

  const view = await ok<View>(run.bind());
  expect(view).toMatchObject({
    changed: false,
    outcome: null,
    run: { status: 'open', origin: application.page },
  });
  const back = await run.connect(provider, source);
  expect(back.status).toBe(303);
  expect(back.headers.get('Location')).toBe(`/connect#run=${run.id}`);

  const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(photoSource));
  await run.callback(photos.consent(photoSource, redirectUrl));
  const after = await ok<View>(run.view());
  expect(after).toMatchObject({
    changed: true,
    outcome: { source: { id: photoSource.id }, result: 'connected' },
  });

  const finished = await run.finished();
  expect(finished.origin).toBe(application.page);
  expect(finished.metadata.sources.map(({ id }) => id).sort()).toEqual([photoSource.id, source.id].sort());

  const exchanged = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
  expect(Object.keys(exchanged).sort()).toEqual(['accessToken', 'clientUserId', 'connections', 'userCode']);
  expect(exchanged.connections).toHaveLength(2);

  const authorization = { Authorization: `Bearer ${exchanged.accessToken}` };
  const user = await ok<{ connections: unknown[] }>(world.request('/user', { headers: authorization }));
  expect(user.connections).toHaveLength(2);
  for (const { id } of [source, photoSource]) {
    const data = await ok<Echo>(world.request(`/proxy/${id}/me?a=1%202`, { headers: authorization }));
    expect(data).toMatchObject({ id: 'account-1', method: 'GET' });
  }
  expect(photos.refusals).toEqual([]);
  expect(provider.replays).toEqual([]);
});
