import { expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import { createApplication, manage } from '../worker/harness/management.ts';
import { OAuth1Provider } from '../worker/harness/oauth1-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import { adminToken, type World } from '../worker/harness/world.ts';

/** The secrets that one walk of everything leaves behind, by what they are. */
type Secrets = Map<string, string>;

/** Walks every flow, the failing ones too, while everything that the worker says is recorded. */
async function walkEverything(): Promise<{ world: World; secrets: Secrets; told: Set<string> }> {
  const { world, application, provider, source } = await setting({ metadata_url: '/me' });
  world.recording = true;
  const me = () => Response.json({ id: 'account-1' });
  provider.answerApi = me;
  const secrets: Secrets = new Map();
  const keep = (name: string, value: string) => secrets.set(`${name} ${secrets.size}`, value);
  const photos = new OAuth1Provider(world);
  const photoSource = await photos.define();
  keep('administrator’s key', adminToken);
  keep('client secret', application.clientSecret);
  keep('provider client secret', provider.clientSecret);
  keep('consumer secret', photos.clientSecret);

  const walk = async (fail: (run: Run) => Promise<unknown> = async () => {}) => {
    const run = await Run.fromPage(world, application);
    keep('run secret', run.runSecret);
    keep('session token', run.session.sessionToken.slice(33));
    await ok(run.bind());
    const url = await run.consent(provider, source);
    keep('code', new URL(url).searchParams.get('code') ?? '');
    keep('state', new URL(url).searchParams.get('state') ?? '');
    await new Browser(world).navigate(url);
    await fail(run);
    await run.callback(url);
    await run.callback(url);
    await run.view();
    for (const [, { value }] of run.browser.cookies) keep('cookie', value);
    return run;
  };

  // All goes well, with both protocols.
  const run = await walk();
  const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(photoSource));
  const photoUrl = photos.consent(photoSource, redirectUrl);
  keep('verifier', new URL(photoUrl).searchParams.get('oauth_verifier') ?? '');
  await run.callback(photoUrl);
  await run.finished();
  keep('handle', run.handle);
  await run.outcome();
  await run.exchange({ clientSecret: 'wrong' });
  await run.exchange({ specialToken: run.handle });
  const { accessToken } = await ok<Exchanged>(run.exchange());
  keep('access token', accessToken);
  await run.exchange();
  const call = (path: string, headers: Record<string, string> = {}) =>
    world.request(path, { headers: { Authorization: `Bearer ${accessToken}`, ...headers } });
  await call('/user');
  await manage(world, 'GET', '/connections');
  await manage(world, 'GET', '/connections', undefined, accessToken);
  await manage(world, 'GET', `/sources/${source.id}`);
  await manage(world, 'GET', `/applications/${application.clientId}`);

  // The provider fails in every way, repeating what it was sent.
  for (const answer of [
    async (request: Request) => new Response(await request.text(), { status: 400 }),
    async (request: Request) => new Response(`<html>${await request.text()}`, { status: 500 }),
    () => {
      throw new TypeError('connection refused');
    },
  ]) {
    await walk(async () => {
      provider.answerToken = answer;
    });
    provider.answerToken = null;
  }
  provider.answerApi = () => {
    throw new TypeError('connection refused');
  };
  await call(`/proxy/${source.id}/me`);
  photos.answer = () => new Response('<html>', { status: 500 });
  await run.authorize(photoSource);

  // Storage fails at every step.
  for (let index = 0; index < 3; index += 1) {
    for (const when of ['before', 'after'] as const) {
      const fault = { index, when };
      const failing = async (perform: () => Promise<unknown>) =>
        world.withFault(fault, perform).catch(() => {});
      await failing(() => Run.fromPage(world, application));
      await walk((other) => failing(() => other.authorize(source)));
      const last = await finishedRun(world, application, provider, source);
      keep('handle', last.handle);
      keep('run secret', last.runSecret);
      await failing(() => last.exchange());
      await failing(() => call('/user'));
      await failing(() => manage(world, 'POST', '/applications', { name: 'x', origins: [] }));
      await failing(() =>
        manage(world, 'PATCH', `/sources/${source.id}`, { client_secret: provider.clientSecret }),
      );
      await failing(() => createApplication(world));
    }
  }
  // A row that doesn't open.
  await world.db.prepare('UPDATE connections SET sealed_tokens = ? WHERE id = ?').bind('x.y', run.id).run();

  for (const token of [...provider.issued, ...photos.issued]) keep('provider token', token);
  return { world, secrets, told: new Set([run.handle, accessToken]) };
}

it('finds no secret, and nothing sealed or hashed, in any log line, error, header or page, whatever went wrong', async () => {
  const { world, secrets, told } = await walkEverything();
  expect(world.logs.length).toBeGreaterThan(150);
  expect(secrets.size).toBeGreaterThan(60);
  for (const [name, secret] of secrets) expect(secret.length, name).toBeGreaterThan(30);

  // A cookie is told to its own browser, by Set-Cookie alone.
  const spoken = world.transcript
    .filter((answer) => /^[45]\d\d/.test(answer))
    .map((answer) => answer.replace(/^set-cookie: .*$/gm, ''));
  expect(spoken.length).toBeGreaterThan(20);
  const logged = world.logs.join('\n');
  for (const [name, secret] of secrets) {
    expect(logged.includes(secret), `${name} in the log`).toBe(false);
    // What the callback page echoes into its own re-post is the one place a code may be; none was posted here.
    expect(
      spoken.find((answer) => answer.includes(secret)),
      `${name} in a failure`,
    ).toBeUndefined();
  }
  // A redirect of ours is a URL: it carries none either.
  const locations = world.transcript.flatMap((answer) => /^location: .*$/m.exec(answer) ?? []);
  expect(locations.length).toBeGreaterThan(10);
  for (const [name, secret] of secrets) {
    expect(
      locations.find((location) => location.includes(secret)),
      `${name} in a redirect`,
    ).toBeUndefined();
  }
  // Provider tokens are told to nobody here but the owner who asks for one Connection; nobody did.
  const everything = world.transcript.join('\n');
  for (const [name, secret] of secrets) {
    if (/provider token|client secret|consumer secret|administrator/.test(name)) {
      expect(everything.includes(secret), `${name} in an answer`).toBe(false);
    }
  }
  // Control: the search finds what was meant to be told.
  for (const secret of told) expect(everything).toContain(secret);

  // What is sealed or hashed stays where it is stored, too.
  const columns = [
    'SELECT sealed_tokens AS v FROM connections WHERE sealed_tokens IS NOT NULL',
    'SELECT sealed_client_secret AS v FROM sources WHERE sealed_client_secret IS NOT NULL',
    'SELECT secret_hash AS v FROM application_secrets',
    'SELECT session_hash AS v FROM runs',
    'SELECT token_hash AS v FROM access_tokens',
  ];
  for (const sql of columns) {
    const { results } = await world.db.prepare(sql).all<{ v: string }>();
    expect(results.length).toBeGreaterThan(0);
    expect(
      results.find(({ v }) => logged.includes(v)),
      sql,
    ).toBeUndefined();
  }
});
