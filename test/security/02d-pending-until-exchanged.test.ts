import { expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { manage } from '../worker/harness/management.ts';
import type { Echo } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

interface Listed {
  id: string;
}

it('lists and calls with nothing that no server has agreed to', async () => {
  const { world, application, provider, source } = await setting();
  const first = await finishedRun(world, application, provider, source, { choice: { account: 'agreed' } });
  const user = await ok<Exchanged>(first.exchange({ clientUserId: 'user-1' }));
  const headers = { Authorization: `Bearer ${user.accessToken}` };
  const path = `/connections?application_id=${application.clientId}`;
  const seen = async () => ({
    listed: (await ok<Listed[]>(manage(world, 'GET', path))).map(({ id }) => id),
    user: (await ok<{ connections: Listed[] }>(world.request('/user', { headers }))).connections.map(
      ({ id }) => id,
    ),
    account: (await ok<Echo>(world.request(`/proxy/${source.id}/me`, { headers }))).id,
  });
  const before = { listed: user.connections, user: user.connections, account: 'agreed' };
  expect(await seen()).toEqual(before);

  world.advance({ seconds: 1 });
  const second = await Run.fromPage(world, application);
  await ok(second.bind());
  await second.connect(provider, source, { account: 'pending' });
  expect(await seen()).toEqual(before);
  await second.finished();
  expect(await seen()).toEqual(before);
  const { results } = await world.db
    .prepare('SELECT id FROM grants WHERE run_id = ?')
    .bind(second.id)
    .all<Listed>();
  const pending = results[0]?.id ?? '';
  await refused(manage(world, 'GET', `/connections/${pending}`), 404, 'not_found');
  const withId = { headers: { ...headers, 'X-Connection-Id': pending } };
  await refused(world.request(`/proxy/${source.id}/me`, withId), 404, 'not_found');

  // The guard is the exchange: from then on it is everywhere, and the newest is used.
  const exchanged = await ok<Exchanged>(second.exchange({ clientUserId: 'user-1' }));
  expect(exchanged.connections).toEqual([pending]);
  const after = await seen();
  expect(after.listed.sort()).toEqual([...user.connections, pending].sort());
  expect(after.account).toBe('pending');
});

it('shows a client-only run no Connection its typed user already has', async () => {
  const { world, application, provider, source } = await setting();
  await ok((await finishedRun(world, application, provider, source)).exchange({ clientUserId: 'user-1' }));
  const run = await Run.fromPage(world, application);
  const view = await ok<{ changed: boolean; sources: { id: string; connected: boolean }[] }>(run.bind());
  expect(view.changed).toBe(false);
  expect(view.sources.find(({ id }) => id === source.id)?.connected).toBe(false);
});

it('removes what nobody exchanged after an hour', async () => {
  const { world, application, provider, source } = await setting();
  const run = await finishedRun(world, application, provider, source);
  const count = 'SELECT count(*) AS n FROM grants WHERE run_id = ?';
  const pending = () => world.db.prepare(count).bind(run.id).first('n');
  world.advance({ minutes: 59 });
  await world.sweep();
  expect(await pending()).toBe(1);
  world.advance({ minutes: 2 });
  await world.sweep();
  expect(await pending()).toBe(0);
  await refused(run.exchange(), 400, 'invalid_grant');
});

it('puts in force only what the exchanged run brought in', async () => {
  const { world, application, provider, source } = await setting();
  const mine = await finishedRun(world, application, provider, source);
  const other = await finishedRun(world, application, provider, source);
  const { connections } = await ok<Exchanged>(mine.exchange({ clientUserId: 'user-1' }));
  expect(connections).toHaveLength(1);
  const { n } = (await world.db
    .prepare('SELECT count(*) AS n FROM grants WHERE run_id = ?')
    .bind(other.id)
    .first<{ n: number }>()) ?? { n: -1 };
  expect(n).toBe(1);
});
