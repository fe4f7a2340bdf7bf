import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import { digest, randomSecret } from '../worker/harness/management.ts';
import { type Finished, Run, type Session, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

/** The attacker’s own run, started by curl: an `Origin` is easily forged where no browser is involved. */
async function forgedRun(
  { world, application }: Awaited<ReturnType<typeof setting>>,
  fields: Record<string, unknown> = {},
) {
  const secret = randomSecret();
  const body = {
    clientId: application.clientId,
    clientUserId: 'attacker',
    challenge: await digest(secret),
    ...fields,
  };
  const session = await ok<Session>(world.post('/connect/sessions', body, { Origin: application.page }));
  return { secret, session, runId: session.sessionToken.split('.')[0] ?? '' };
}

describe('a copied link to a popup’s run', () => {
  it('can’t be bound by a victim who follows it', async () => {
    const scene = await setting();
    const { world, application } = scene;
    const { session } = await forgedRun(scene);
    const victim = new Browser(world);
    const bind = (fields: object) =>
      victim.post(world.origin, '/connect/bind', { sessionToken: session.sessionToken, ...fields });
    // No opener; the attacker’s page for an opener; the application’s own page, which has a secret of its own.
    await refused(bind({}), 403, 'access_denied');
    await refused(
      bind({ runSecret: randomSecret(), origin: 'https://evil.example' }),
      403,
      'origin_not_allowed',
    );
    await refused(bind({ runSecret: randomSecret(), origin: application.page }), 403, 'access_denied');
    const preview = await ok<View>(
      victim.post(world.origin, '/connect/preview', { sessionToken: session.sessionToken }),
    );
    expect(preview.sources).toEqual([]);
    expect(victim.cookies.size).toBe(0);
  });

  it('can’t be bound by the attacker’s page, though it knows the secret', async () => {
    const scene = await setting();
    const { secret, session } = await forgedRun(scene);
    const victim = new Browser(scene.world);
    // The popup reports the origin the browser tells it, not what the page says of itself.
    const body = { sessionToken: session.sessionToken, runSecret: secret, origin: 'https://evil.example' };
    await refused(victim.post(scene.world.origin, '/connect/bind', body), 403, 'origin_not_allowed');
  });

  it('is useless in another browser once the attacker has bound it', async () => {
    const scene = await setting();
    const { world, application, source, provider } = scene;
    const { secret, session, runId } = await forgedRun(scene);
    const attacker = new Browser(world);
    const body = { sessionToken: session.sessionToken, runSecret: secret, origin: application.page };
    await ok(attacker.post(world.origin, '/connect/bind', body));

    const victim = new Browser(world);
    await refused(victim.fetch(world.origin, `/connect/runs/${runId}`), 404, 'not_found');
    const authorize = { source: source.id };
    await refused(victim.post(world.origin, `/connect/runs/${runId}/authorize`, authorize), 404, 'not_found');
    await refused(victim.post(world.origin, `/connect/runs/${runId}/finish`, {}), 404, 'not_found');
    await refused(
      victim.post(world.origin, `/connect/runs/${runId}/exit`, { reason: 'left' }),
      404,
      'not_found',
    );
    await refused(victim.post(world.origin, '/connect/bind', body), 409, 'run_ended');

    // Sent straight to the provider instead, the victim consents, and comes back to nothing.
    const started = await ok<{ redirectUrl: string }>(
      attacker.post(world.origin, `/connect/runs/${runId}/authorize`, authorize),
    );
    const callback = provider.consent(started.redirectUrl, { account: 'victim-account' });
    expect((await victim.navigate(callback, { from: `https://${provider.host}` })).status).toBe(400);
    expect(provider.redeemed).toBe(0);
    const finish = await refused(
      attacker.post(world.origin, `/connect/runs/${runId}/finish`, {}),
      400,
      'invalid_request',
    );
    expect(finish.error_description).toBe('Nothing has been connected yet.');
    // Control: in the browser that was bound the same callback would have connected.
    expect((await attacker.navigate(callback)).status).toBe(303);
    expect(provider.redeemed).toBe(1);
  });

  it('can be bound once, however many try at the same moment', async () => {
    const { world, application } = await setting();
    const run = await Run.fromPage(world, application);
    const browsers = Array.from({ length: 20 }, () => new Browser(world));
    const answers = await Promise.all(browsers.map((browser) => run.bind({}, browser)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(browsers.filter((browser) => browser.cookies.size > 0)).toHaveLength(1);
  });
});

describe('a redirect-mode run that the attacker began', () => {
  it('leaves the handle with the victim and the secret with the attacker', async () => {
    const scene = await setting();
    const { world, application, source, provider } = scene;
    const { secret, session, runId } = await forgedRun(scene, { returnUrl: application.returnUrl });
    const victim = new Browser(world);
    await ok(victim.post(world.origin, '/connect/bind', { sessionToken: session.sessionToken }));
    const { redirectUrl } = await ok<{ redirectUrl: string }>(
      victim.post(world.origin, `/connect/runs/${runId}/authorize`, { source: source.id }),
    );
    await victim.navigate(provider.consent(redirectUrl, { account: 'victim-account' }));
    const { location = '' } = await ok<Finished>(
      victim.post(world.origin, `/connect/runs/${runId}/finish`, {}),
    );
    const target = new URL(location);
    expect(target.origin + target.pathname + target.search).toBe(application.returnUrl);
    const handle = new URLSearchParams(target.hash.slice(1)).get('handle') ?? '';
    expect(handle).toHaveLength(43);

    // What the attacker has gets no handle out of us.
    for (const body of [
      { sessionToken: session.sessionToken, runSecret: secret },
      { sessionToken: session.sessionToken, runSecret: secret, end: true },
    ]) {
      await refused(world.post('/connect/outcome', body, { Origin: application.page }), 404, 'not_found');
    }
    await refused(
      world.post('/connect/bind', { sessionToken: session.sessionToken }, { Origin: world.origin }),
      409,
      'run_ended',
    );
    // What the victim’s page could make of it is worth nothing to the application’s server.
    const { clientId, clientSecret } = application;
    const exchange = (specialToken: string) =>
      world.post('/connect/tokens', { specialToken, clientId, clientSecret });
    await refused(exchange(handle), 400, 'invalid_grant');
    await refused(exchange(`${handle}.${randomSecret()}`), 400, 'invalid_grant');
    await refused(exchange(`${handle}.${session.sessionToken.slice(33)}`), 400, 'invalid_grant');
    // Control: the two halves together are what the attack was after.
    expect((await exchange(`${handle}.${secret}`)).status).toBe(200);
  });
});

describe('a hosted link minted for the attacker', () => {
  it('connects nothing when the victim follows it: the exchange names who is signed in', async () => {
    const { world, application, source, provider } = await setting();
    const run = await Run.fromServer(world, application, {
      clientUserId: 'attacker',
      returnUrl: application.returnUrl,
    });
    await ok(run.bindWithoutOpener());
    await run.connect(provider, source, { account: 'victim-account' });
    const { location = '' } = await ok<Finished>(run.finish());
    const specialToken = new URLSearchParams(new URL(location).hash.slice(1)).get('specialToken') ?? '';
    const unnamed = await refused(run.exchange({ specialToken }), 400, 'invalid_request');
    expect(unnamed.error_description).toContain('clientUserId');
    await refused(run.exchange({ specialToken, clientUserId: 'victim' }), 400, 'invalid_grant');
    // The mismatch has spent it for the attacker, too.
    await refused(run.exchange({ specialToken, clientUserId: 'attacker' }), 400, 'invalid_grant');
    const { results } = await world.db
      .prepare('SELECT id FROM connections WHERE run_id = ?')
      .bind(run.id)
      .all();
    expect(results).toEqual([]);
  });

  it('has no effect until a button is pressed', async () => {
    const { world, application, source } = await setting();
    const run = await Run.fromServer(world, application, { returnUrl: application.returnUrl });
    const scanner = new Browser(world);
    const preview = { sessionToken: run.session.sessionToken };
    const view = await ok<View>(scanner.post(world.origin, '/connect/preview', preview));
    expect(view.run).toMatchObject({ delivery: 'hosted', status: 'open' });
    expect(view.sources.map(({ id }) => id)).toContain(source.id);
    expect(scanner.cookies.size).toBe(0);
    await ok(run.bindWithoutOpener());
  });
});

describe('a run starts from the application’s own pages', () => {
  it('refuses every other origin, and null', async () => {
    const { world, application } = await setting();
    const body = {
      clientId: application.clientId,
      clientUserId: 'u',
      challenge: await digest(randomSecret()),
    };
    const { host } = new URL(application.page);
    for (const origin of [
      'https://evil.example',
      'null',
      `http://${host}`,
      `https://${host}:8443`,
      `https://${host}.evil.example`,
      `https://evil.${host}`,
      `${application.page}/`,
      application.page.toUpperCase(),
      '',
    ]) {
      const answer = await world.post('/connect/sessions', body, { Origin: origin });
      await refused(answer, 403, 'origin_not_allowed');
    }
    expect((await world.post('/connect/sessions', body, { Origin: application.page })).status).toBe(201);
  });

  it('tells the page why, across origins', async () => {
    const { world, application } = await setting();
    const body = {
      clientId: application.clientId,
      clientUserId: 'u',
      challenge: await digest(randomSecret()),
    };
    const answer = await new Browser(world).post('https://elsewhere.example', '/connect/sessions', body);
    const failure = await refused(answer, 403, 'origin_not_allowed');
    expect(failure.error_description).toContain('https://elsewhere.example');
  });

  it('takes a request without Origin for a server, which must authenticate', async () => {
    const { world, application } = await setting();
    const { clientId, clientSecret } = application;
    const body = { clientId, clientUserId: 'u' };
    await refused(world.post('/connect/sessions', body), 401, 'invalid_client');
    await refused(world.post('/connect/sessions', { ...body, clientSecret: 'x' }), 401, 'invalid_client');
    const page = { ...body, challenge: await digest(randomSecret()) };
    await refused(world.post('/connect/sessions', page), 400, 'invalid_request');
    expect((await world.post('/connect/sessions', { ...body, clientSecret })).status).toBe(201);
  });
});
