import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { manage } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, type Finished, finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';

describe('the six steps', () => {
  it('connect an OAuth 2 and an OAuth 1.0a source in one run', async () => {
    const { world, application, provider, source } = await setting();
    const photos = new OAuth1Provider(world);
    const photoSource = await photos.define();
    const run = await Run.fromPage(world, application);
    expect(run.session.connectUrl).toBe(`${world.origin}/connect#session=${run.session.sessionToken}`);
    expect(run.session.expiresAt).toBe(new Date(world.now + 30 * 60_000).toISOString());

    const view = await ok<View>(run.bind());
    const open = { status: 'open', delivery: 'popup', origin: application.page };
    expect(view).toMatchObject({ changed: false, outcome: null, run: open, application: { name: 'Shop' } });
    const back = await run.connect(provider, source);
    expect(back.status).toBe(303);
    expect(back.headers.get('Location')).toBe(`/connect#run=${run.id}`);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true, outcome: { result: 'connected' } });

    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(photoSource));
    await run.callback(photos.consent(photoSource, redirectUrl));
    const after = await ok<View>(run.view());
    expect(after.outcome).toMatchObject({ source: { id: photoSource.id }, result: 'connected' });
    expect(after.sources.filter(({ connected }) => connected)).toHaveLength(2);

    const finished = await run.finished();
    expect(finished).toMatchObject({ delivery: 'popup', origin: application.page });
    expect(finished.metadata.runId).toBe(run.id);
    expect(finished.metadata.sources.map(({ id }) => id).sort()).toEqual([photoSource.id, source.id].sort());

    const exchanged = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    expect(Object.keys(exchanged).sort()).toEqual(['accessToken', 'clientUserId', 'connections', 'userCode']);
    expect(exchanged.clientUserId).toBe('user-1');
    expect(exchanged.connections).toHaveLength(2);

    const headers = { Authorization: `Bearer ${exchanged.accessToken}` };
    const user = await ok<Exchanged>(world.request('/user', { headers }));
    expect(user).toMatchObject({ userCode: exchanged.userCode, clientUserId: 'user-1' });
    expect(user.connections).toHaveLength(2);
    for (const { id } of [source, photoSource]) {
      const data = await ok<Echo>(world.request(`/proxy/${id}/me?a=1%202`, { headers }));
      expect(data).toMatchObject({ id: 'account-1', method: 'GET' });
    }
    expect(photos.refusals).toEqual([]);
    expect(provider.replays).toEqual([]);
  });

  it('give the same user the same userCode and several tokens', async () => {
    const { world, application, provider, source } = await setting();
    const first = await ok<Exchanged>((await finishedRun(world, application, provider, source)).exchange());
    const second = await ok<Exchanged>((await finishedRun(world, application, provider, source)).exchange());
    const options = { clientUserId: 'user-2' };
    const other = await ok<Exchanged>(
      (await finishedRun(world, application, provider, source, options)).exchange(),
    );
    expect(second.userCode).toBe(first.userCode);
    expect(other.userCode).not.toBe(first.userCode);
    for (const { accessToken } of [first, second, other]) {
      await ok(world.request('/user', { headers: { Authorization: `Bearer ${accessToken}` } }));
    }
  });

  it('replace what a source brought in earlier in the same run', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source, { account: 'first' });
    await run.connect(provider, source, { account: 'second' });
    await run.finished();
    const { accessToken, connections } = await ok<Exchanged>(run.exchange());
    expect(connections).toHaveLength(1);
    const headers = { Authorization: `Bearer ${accessToken}` };
    expect(await ok<Echo>(world.request(`/proxy/${source.slug}/me`, { headers }))).toMatchObject({
      id: 'second',
    });
  });
});

describe('a server-minted session', () => {
  it('learns its page’s origin and secret in the handshake, once, and is vouched for', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromServer(world, application, {}, { locale: 'pt-BR' });
    await refused(run.bind({ origin: 'https://evil.example' }), 403, 'origin_not_allowed');
    const view = await ok<View>(run.bind());
    expect(view.run).toMatchObject({ locale: 'pt-BR', origin: application.page });
    await refused(run.bind(), 409, 'run_ended');
    await run.connect(provider, source);
    await run.finished();
    await refused(run.exchange({ specialToken: run.handle }), 400, 'invalid_grant');
    const { connections } = await ok<Exchanged>(run.exchange());
    const connection = await ok(manage(world, 'GET', `/connections/${connections[0]}`));
    expect(connection).not.toHaveProperty('vouched');
  });

  it('is limited to the sources it names, by id or slug', async () => {
    const { world, application, source } = await setting();
    const other = await new OAuth2Provider(world, 'other').define();
    for (const name of [source.id, source.slug, source.id.toUpperCase()]) {
      const run = await Run.fromServer(world, application, {}, { sources: [name] });
      const view = await ok<View>(run.bind());
      expect(view.sources.map(({ id }) => id)).toEqual([source.id]);
      await refused(run.authorize(other), 404, 'not_found');
      await ok(run.authorize(source));
    }
    const { clientId, clientSecret } = application;
    const body = { clientId, clientSecret, clientUserId: 'u', sources: [source.slug, 'nonsense'] };
    const { details } = await refused(world.post('/connect/sessions', body), 400, 'invalid_request');
    expect(details).toMatchObject([{ path: 'sources.1' }]);
  });

  it('may name as many sources as the contract lets it', async () => {
    const { world, application, source } = await setting();
    const { clientId, clientSecret } = application;
    const ids = Array.from({ length: 99 }, () => crypto.randomUUID());
    const body = { clientId, clientSecret, clientUserId: 'u', sources: [source.id, ...ids] };
    const { details } = await refused(world.post('/connect/sessions', body), 400, 'invalid_request');
    expect(details).toHaveLength(99);
    const many = { ...body, sources: Array.from({ length: 100 }, () => source.id) };
    await ok(world.post('/connect/sessions', many));
  });

  it('as a hosted link delivers a token of one part to its return URL, for the named user', async () => {
    const { world, application, provider, source } = await setting();
    const { returnUrl } = application;
    const run = await Run.fromServer(world, application, { returnUrl });
    const view = await ok<View>(run.bindWithoutOpener());
    expect(view.run).toMatchObject({ delivery: 'hosted', origin: null });
    await run.connect(provider, source);
    const { location = '', delivery } = await ok<Finished>(run.finish());
    expect(delivery).toBe('hosted');
    const [target, fragment] = location.split('#');
    expect(target).toBe(returnUrl);
    const specialToken = new URLSearchParams(fragment).get('specialToken') ?? '';
    await refused(run.exchange({ specialToken }), 400, 'invalid_request');
    const { connections } = await ok<Exchanged>(run.exchange({ specialToken, clientUserId: 'user-1' }));
    expect(connections).toHaveLength(1);
  });
});

describe('redirect mode', () => {
  it('delivers the handle in the return URL’s fragment, to be joined by the page', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application, { returnUrl: application.returnUrl });
    await ok(run.bindWithoutOpener());
    await run.connect(provider, source);
    const { location = '' } = await ok<Finished>(run.finish());
    const fragment = new URLSearchParams(new URL(location).hash.slice(1));
    expect(fragment.get('run')).toBe(run.id);
    run.handle = fragment.get('handle') ?? '';
    await ok(run.exchange());
  });
});

describe('finish', () => {
  it('gives the same handle to the same browser again', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const again = await Promise.all(Array.from({ length: 5 }, () => ok<Finished>(run.finish())));
    expect(new Set(again.map(({ handle }) => handle))).toEqual(new Set([run.handle]));
  });

  it('gives one handle to many at once', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ok<Finished>(run.finish())));
    const handles = new Set(answers.map(({ handle }) => handle));
    expect(handles.size).toBe(1);
    run.handle = [...handles][0] ?? '';
    await ok(run.exchange());
  });

  it('needs something to have been connected', async () => {
    const { world, application } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await refused(run.finish(), 400, 'invalid_request');
    expect(await ok(run.outcome())).toMatchObject({ status: 'open', bound: true });
  });
});

describe('a run’s thirty minutes', () => {
  it('end it at every step', async () => {
    const { world, application, provider, source } = await setting();
    const unbound = await Run.fromPage(world, application);
    const bound = await Run.fromPage(world, application);
    await ok(bound.bind());
    await bound.connect(provider, source);
    world.advance({ minutes: 25 });
    const late = await bound.consent(provider, source);
    const cookies = new Map(bound.browser.cookies);
    world.advance({ minutes: 5, seconds: 1 });
    for (const [name, cookie] of cookies) bound.browser.cookies.set(name, { ...cookie, expiresAt: Infinity });
    await refused(unbound.bind(), 409, 'run_ended');
    await refused(bound.authorize(source), 409, 'run_ended');
    const redeemed = provider.redeemed;
    await bound.callback(late);
    expect(provider.redeemed).toBe(redeemed);
    await refused(bound.finish(), 409, 'run_ended');
    expect(await ok(bound.outcome())).toMatchObject({ status: 'exited', error: { error: 'run_expired' } });
    expect((await ok<View>(bound.view())).run.status).toBe('exited');
  });
});

describe('a source with many scopes', () => {
  it('still fits through a browser, whose cookies end at 4 KB', async () => {
    const scopes = Array.from(
      { length: 60 },
      (_, at) => `https://www.provider.example/auth/${'part'.repeat(8)}.${at}`,
    );
    const { world, application, provider, source } = await setting({ scopes });
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    expect((await run.connect(provider, source)).status).toBe(303);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
  });
});
