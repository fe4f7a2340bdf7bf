import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import { randomSecret } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';

interface Outcome {
  status: string;
  bound?: boolean;
  handle?: string;
  error?: { error: string } | null;
  metadata?: { runId: string; sources: { id: string }[] };
}

const outcomeOf = (run: Run, changes: Record<string, unknown> = {}) => ok<Outcome>(run.outcome(changes));

async function boundRun() {
  const scene = await setting();
  const run = await Run.fromPage(scene.world, scene.application);
  await ok(run.bind());
  return { ...scene, run };
}

describe('the outcome a page asks for', () => {
  it('follows the run: open, bound, finished', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    expect(await outcomeOf(run)).toEqual({ status: 'open', bound: false });
    await ok(run.bind());
    expect(await outcomeOf(run)).toEqual({ status: 'open', bound: true });
    await run.connect(provider, source);
    expect(await outcomeOf(run)).toEqual({ status: 'open', bound: true });
    const { handle, metadata } = await run.finished();
    expect(await outcomeOf(run)).toEqual({ status: 'finished', handle, metadata });
    await ok(run.exchange());
    expect(await outcomeOf(run)).toMatchObject({ status: 'finished', handle });
  });

  it('is told to whoever has the session token and the run secret, and nobody else', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const other = await Run.fromPage(world, application);
    await refused(run.outcome({ runSecret: randomSecret() }), 404, 'not_found');
    await refused(run.outcome({ runSecret: '' }), 404, 'not_found');
    await refused(run.outcome({ sessionToken: other.session.sessionToken }), 404, 'not_found');
    await refused(run.outcome({ sessionToken: `${run.id}.${randomSecret()}` }), 404, 'not_found');
    await refused(run.outcome({ sessionToken: 'nonsense' }), 404, 'not_found');
    expect(await outcomeOf(run)).toMatchObject({ status: 'finished' });
  });

  it('is not told of a redirect-mode run or a hosted link', async () => {
    const { world, application } = await setting();
    const { returnUrl } = application;
    await refused((await Run.fromPage(world, application, { returnUrl })).outcome(), 404, 'not_found');
    await refused((await Run.fromServer(world, application, { returnUrl })).outcome(), 404, 'not_found');
  });
});

describe('end: true', () => {
  it('ends an open run, for good', async () => {
    const { run, provider, source } = await boundRun();
    const url = await run.consent(provider, source);
    const metadata = { runId: run.id, sources: [] };
    expect(await outcomeOf(run, { end: true })).toEqual({ status: 'exited', error: null, metadata });
    await refused(run.authorize(source), 409, 'run_ended');
    await refused(run.finish(), 409, 'run_ended');
    await run.callback(url);
    expect(provider.redeemed).toBe(0);
    expect(await ok<View>(run.view())).toMatchObject({ run: { status: 'exited' }, changed: false });
    expect(await outcomeOf(run)).toMatchObject({ status: 'exited' });
  });

  it('ends a run that was never bound', async () => {
    const { world, application } = await setting();
    for (const run of [await Run.fromPage(world, application), await Run.fromServer(world, application)]) {
      expect(await outcomeOf(run, { end: true })).toMatchObject({ status: 'exited', error: null });
      await refused(run.bind(), 409, 'run_ended');
    }
  });

  it('leaves a finished run finished', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    expect(await outcomeOf(run, { end: true })).toMatchObject({ status: 'finished', handle: run.handle });
    await ok(run.exchange());
  });

  it('against a finish at the same moment: one of the two happens', async () => {
    const { run, provider, source } = await boundRun();
    await run.connect(provider, source);
    const [finish, end] = await Promise.all([run.finish(), outcomeOf(run, { end: true })]);
    const status = finish.ok ? 'finished' : 'exited';
    expect(end.status).toBe(status);
    expect(await outcomeOf(run)).toMatchObject({ status });
  });
});

describe('the way out', () => {
  it('exits without an error, and tells the page', async () => {
    const { run, application } = await boundRun();
    const exit = await ok<{ origin: string; error: null }>(run.exit('left'));
    expect(exit).toMatchObject({ delivery: 'popup', origin: application.page, error: null });
    expect(await outcomeOf(run)).toMatchObject({ status: 'exited', error: null });
  });

  it('is nobody else’s', async () => {
    const { run, world } = await boundRun();
    await refused(run.exit('left', new Browser(world)), 404, 'not_found');
    expect(await outcomeOf(run)).toMatchObject({ status: 'open' });
  });

  it('does not undo a finish', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    await ok(run.exit('left'));
    expect(await outcomeOf(run)).toMatchObject({ status: 'finished', handle: run.handle });
    await ok(run.exchange());
  });
});

describe('a page that says it is being closed', () => {
  it('has left after two seconds of silence', async () => {
    const { world, run } = await boundRun();
    await ok(run.exit('closed'));
    expect(await outcomeOf(run)).toMatchObject({ status: 'open' });
    world.advance({ seconds: 2 });
    expect(await outcomeOf(run)).toMatchObject({ status: 'exited', error: null });
    await refused(run.finish(), 409, 'run_ended');
  });

  it('has not left if it comes back: a reload', async () => {
    const { world, run } = await boundRun();
    await ok(run.exit('closed'));
    world.advance({ seconds: 1 });
    await ok(run.view());
    world.advance({ minutes: 1 });
    expect(await outcomeOf(run)).toMatchObject({ status: 'open' });
  });

  it('has not left if it went to a provider, and the callback comes back', async () => {
    const { world, run, provider, source } = await boundRun();
    const url = await run.consent(provider, source);
    await ok(run.exit('closed'));
    world.advance({ minutes: 2 });
    await run.callback(url);
    expect(await outcomeOf(run)).toMatchObject({ status: 'open' });
    await run.finished();
    await ok(run.exchange());
  });
});

describe('an authorization that brought nothing', () => {
  it('because the user declined is shown, can be tried again, and is the reason of an exit', async () => {
    const { run, provider, source } = await boundRun();
    await run.connect(provider, source, { allow: false });
    const view = await ok<View>(run.view());
    expect(view).toMatchObject({ changed: false, outcome: { result: 'denied', error: 'access_denied' } });
    await refused(run.finish(), 400, 'invalid_request');
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true, outcome: { result: 'connected' } });
    await run.connect(provider, source, { allow: false });
    expect(await ok<View>(run.view())).toMatchObject({ changed: true, outcome: { result: 'denied' } });
    await ok(run.exit('left'));
    expect(await outcomeOf(run)).toMatchObject({ status: 'exited', error: { error: 'access_denied' } });
  });

  it('because the provider can’t be reached is said before the user is sent anywhere', async () => {
    const { world, run } = await boundRun();
    const photos = new OAuth1Provider(world);
    const source = await photos.define();
    photos.answer = () => {
      throw new TypeError('connection refused');
    };
    const failure = await refused(run.authorize(source), 503, 'temporarily_unavailable');
    expect(failure.error_description).toContain('can’t be reached');
    photos.answer = null;
    await ok(run.authorize(source));
  });

  it('because the provider went away at the callback is shown with a way on', async () => {
    const { run, provider, source } = await boundRun();
    provider.answerToken = () => {
      throw new TypeError('connection reset');
    };
    expect((await run.connect(provider, source)).status).toBe(303);
    const view = await ok<View>(run.view());
    expect(view).toMatchObject({
      changed: false,
      outcome: { result: 'failed', error: 'temporarily_unavailable' },
    });
    provider.answerToken = null;
    await run.connect(provider, source);
    await run.finished();
    await ok(run.exchange());
  });
});
