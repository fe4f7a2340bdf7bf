import { describe, expect, it } from 'vitest';
import { failureBody, ok, refused } from '../worker/harness/answers.ts';
import { type Exchanged, type Finished, Run, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import type { Fault } from '../worker/harness/storage.ts';

// One storage call of one step fails, before or after it took effect. Whoever was there tries again, and everything
// ends as if nothing had happened: what was promised is kept, and exactly once.

const steps = ['session', 'bind', 'authorize', 'callback', 'finish', 'exchange'] as const;
type Step = (typeof steps)[number];

/** How many storage calls each step makes, so that each can be failed. */
const callsOf: Record<Step, number> = {
  session: 2,
  bind: 2,
  authorize: 2,
  callback: 3,
  finish: 2,
  exchange: 3,
};

async function walk(failing: Step, fault: Fault) {
  const { world, application, provider, source } = await setting();
  /** What each step answered while storage failed. */
  const answers: Response[] = [];
  const attempt = async (step: Step, perform: () => Promise<Response>): Promise<Response> => {
    if (step !== failing) return perform();
    const first = await world.withFault(fault, perform);
    answers.push(first.clone());
    if (first.status < 400) return first;
    const body = await failureBody(first);
    expect(first.status).toBe(500);
    expect(body.error).toBe('server_error');
    return perform();
  };
  const start = () => Run.fromPage(world, application);

  let run =
    failing === 'session'
      ? ((await world.withFault(fault, start).catch(() => null)) ?? (await start()))
      : await start();
  const bound = await attempt('bind', () => run.bind());
  if (!bound.ok) {
    // Bound, but to a browser that never heard of it: the user starts again from the application.
    await refused(bound, 409, 'run_ended');
    run = await start();
    await ok(run.bind());
  }
  const { redirectUrl } = await ok<{ redirectUrl: string }>(
    attempt('authorize', () => run.authorize(source)),
  );
  const url = provider.consent(redirectUrl);
  const back = await attempt('callback', () => run.callback(url));
  expect(back.status).toBe(303);
  if (!(await ok<View>(run.view())).changed) {
    expect(failing).toBe('callback');
    // The popup offers the source again.
    await run.connect(provider, source);
  }
  const finished = await ok<Finished>(attempt('finish', () => run.finish()));
  run.handle = finished.handle;
  const exchanged = await ok<Exchanged>(attempt('exchange', () => run.exchange({ clientUserId: 'user-1' })));

  expect(exchanged.connections).toHaveLength(1);
  const count = async (sql: string, value: string) => world.db.prepare(sql).bind(value).first('n');
  const byApplication = 'SELECT count(*) AS n FROM connections WHERE application_id = ?';
  expect(await count(byApplication, application.clientId)).toBe(1);
  const users = 'SELECT count(*) AS n FROM end_users WHERE application_id = ?';
  expect(await count(users, application.clientId)).toBe(1);
  const tokens =
    'SELECT count(*) AS n FROM access_tokens WHERE end_user_id IN (SELECT id FROM end_users WHERE application_id = ?)';
  expect(await count(tokens, application.clientId)).toBe(1);
  expect(await count('SELECT count(*) AS n FROM grants WHERE run_id = ?', run.id)).toBe(0);
  const headers = { Authorization: `Bearer ${exchanged.accessToken}` };
  expect(await ok(world.request(`/proxy/${source.id}/me`, { headers }))).toMatchObject({ id: 'account-1' });
  expect(provider.replays).toEqual([]);
  await refused(run.exchange(), 400, 'invalid_grant');
  return answers;
}

for (const step of steps) {
  describe(`storage fails once during ${step}`, () => {
    for (let index = 0; index < callsOf[step]; index += 1) {
      for (const when of ['before', 'after'] as const) {
        it(`at its call ${index + 1}, ${when} it took effect`, async () => {
          await walk(step, { index, when });
        });
      }
    }
  });
}

it('fails each call there is: the steps make no more than are failed here', async () => {
  const { world, application, provider, source } = await setting();
  const calls = async (perform: () => Promise<unknown>) => {
    const { counts } = await world.count(perform);
    return counts.d1 + counts.kvReads + counts.kvWrites;
  };
  let run: Run | null = null;
  const made: Partial<Record<Step, number>> = {};
  made.session = await calls(async () => {
    run = await Run.fromPage(world, application);
  });
  const started = run ?? (await Run.fromPage(world, application));
  made.bind = await calls(() => ok(started.bind()));
  let url = '';
  made.authorize = await calls(async () => {
    url = await started.consent(provider, source);
  });
  made.callback = await calls(() => started.callback(url));
  made.finish = await calls(() => started.finished());
  made.exchange = await calls(() => ok(started.exchange()));
  expect(made).toEqual(callsOf);
});

it('an exchange that names the wrong user spends the token at the second try, if the first one fails', async () => {
  const { world, application, provider, source } = await setting();
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  await run.connect(provider, source);
  await run.finished();
  const wrong = () => run.exchange({ clientUserId: 'somebody else' });
  const failed = await world.withFault({ index: 2, when: 'before' }, wrong);
  expect([400, 500]).toContain(failed.status);
  await refused(wrong(), 400, 'invalid_grant');
  await refused(run.exchange({ clientUserId: 'user-1' }), 400, 'invalid_grant');
});

it('KV being down altogether fails nobody: it only carries what is elsewhere, too', async () => {
  const { world, application, provider, source } = await setting();
  world.storage.kvDown = true;
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  expect((await run.connect(provider, source)).status).toBe(303);
  await run.finished();
  const { connections } = await ok<Exchanged>(run.exchange());
  expect(connections).toHaveLength(1);
});

it('the way out and the outcome can be asked for again', async () => {
  for (const index of [0, 1]) {
    for (const when of ['before', 'after'] as const) {
      const { world, application } = await setting();
      const run = await Run.fromPage(world, application);
      await ok(run.bind());
      await world.withFault({ index, when }, () => run.exit('left'));
      await ok(run.exit('left'));
      await world.withFault({ index: 0, when }, () => run.outcome({ end: true }));
      expect(await ok(run.outcome({ end: true }))).toMatchObject({ status: 'exited', error: null });
    }
  }
});

it('a browser at the callback is shown a page, not JSON, when storage fails', async () => {
  for (const index of [1, 2]) {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    const answer = await world.withFault({ index, when: 'before' }, () => run.callback(url));
    // Either the worker tried again by itself, or it says so in words with a way on.
    if (answer.status !== 303) expect(answer.headers.get('Content-Type')).toMatch(/^text\/html/);
  }
});
