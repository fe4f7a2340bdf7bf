import { describe, expect, it } from 'vitest';
import { failureBody, ok, refused } from '../worker/harness/answers.ts';
import { createApplication, manage, randomSecret } from '../worker/harness/management.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

/** A failure without what differs from one request to the next. */
async function answerOf(response: Response) {
  const { request_id, ...body } = await failureBody(response);
  const headers = Object.fromEntries(response.headers);
  expect(headers['x-request-id']).toBe(request_id);
  return { status: response.status, body, headers: { ...headers, 'x-request-id': '' } };
}

describe('200 exchanges of one specialToken at once', () => {
  for (const [title, headers] of [
    ['', {}],
    [
      ', all with the same ids from outside',
      { 'X-Request-Id': 'f'.repeat(32), 'cf-ray': '8a0000000000-FRA', 'cf-connecting-ip': '203.0.113.7' },
    ],
  ] as const) {
    it(`have one winner and 199 equal refusals${title}`, async () => {
      const { world, application, provider, source } = await setting();
      const run = await finishedRun(world, application, provider, source);
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => run.exchange({ clientUserId: 'user-1' }, headers)),
      );
      const won = answers.filter((answer) => answer.ok);
      expect(won).toHaveLength(1);
      const lost = await Promise.all(answers.filter((answer) => !answer.ok).map(answerOf));
      expect(lost).toHaveLength(199);
      expect(new Set(lost.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(lost[0]).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });

      const [winner] = won;
      const exchanged = await ok<Exchanged>(winner ?? Response.error());
      const rows = async (table: string) =>
        (await world.db
          .prepare(
            `SELECT count(*) AS n FROM ${table} WHERE end_user_id = (SELECT id FROM end_users WHERE user_code = ?)`,
          )
          .bind(exchanged.userCode)
          .first('n')) as number;
      expect({ connections: await rows('connections'), tokens: await rows('access_tokens') }).toEqual({
        connections: 1,
        tokens: 1,
      });
    });
  }
});

describe('spent, expired, foreign and forged', () => {
  it('are one and the same answer', async () => {
    const { world, application, provider, source } = await setting();
    const stranger = await createApplication(world);
    const make = () => finishedRun(world, application, provider, source);
    const [spent, expired, foreign, secretless] = [await make(), await make(), await make(), await make()];
    await ok(spent.exchange());
    const strangers = { clientId: stranger.clientId, clientSecret: stranger.clientSecret };
    const answers = [
      await answerOf(await spent.exchange()),
      await answerOf(await foreign.exchange(strangers)),
      await answerOf(await secretless.exchange({ specialToken: secretless.handle })),
      await answerOf(await spent.exchange({ specialToken: `${randomSecret()}.${randomSecret()}` })),
      await answerOf(await spent.exchange({ specialToken: 'nonsense' })),
      await answerOf(await foreign.exchange({ clientUserId: 'somebody else' })),
    ];
    world.advance({ minutes: 10, seconds: 1 });
    answers.push(await answerOf(await expired.exchange()));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('ends ten minutes after finish, to the second', async () => {
    const { world, application, provider, source } = await setting();
    const [early, late] = [
      await finishedRun(world, application, provider, source),
      await finishedRun(world, application, provider, source),
    ];
    world.advance({ minutes: 9, seconds: 59 });
    await ok(early.exchange());
    world.advance({ seconds: 1 });
    await refused(late.exchange(), 400, 'invalid_grant');
  });
});

describe('whoever lacks a secret', () => {
  it('is told so whatever the token, and spends nothing', async () => {
    const { world, application, provider, source } = await setting();
    const stranger = await createApplication(world);
    const run = await finishedRun(world, application, provider, source);
    const wrongSecret = { clientSecret: `trv_secret_${randomSecret()}` };
    const answers = [
      await answerOf(await run.exchange(wrongSecret)),
      await answerOf(await run.exchange({ ...wrongSecret, specialToken: 'nonsense' })),
      await answerOf(await run.exchange({ clientId: stranger.clientId })),
      await answerOf(await run.exchange({ clientId: 'not an id' })),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    // Another application, an altered run secret, and no run secret: none of them costs the honest server anything.
    const { clientId, clientSecret } = stranger;
    await refused(run.exchange({ clientId, clientSecret }), 400, 'invalid_grant');
    await refused(run.exchange({ specialToken: `${run.handle}.${randomSecret()}` }), 400, 'invalid_grant');
    await refused(run.exchange({ specialToken: run.handle }), 400, 'invalid_grant');
    await ok(run.exchange());
  });

  it('has no use for a deleted secret, while a second one goes on working', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const path = `/applications/${application.clientId}/secrets`;
    const second = await ok<{ clientSecret: string }>(manage(world, 'POST', path));
    const { secrets } = await ok<{ secrets: { id: string; hint: string }[] }>(
      manage(world, 'GET', `/applications/${application.clientId}`),
    );
    const first = secrets.find(({ hint }) => hint === application.clientSecret.slice(-4));
    expect((await manage(world, 'DELETE', `${path}/${first?.id}`)).status).toBe(204);
    await refused(run.exchange(), 401, 'invalid_client');
    await ok(run.exchange({ clientSecret: second.clientSecret }));
  });
});

describe('where a specialToken travels', () => {
  it('is never a query string, a header that caches keep, or a log line', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application, { returnUrl: application.returnUrl });
    await ok(run.bindWithoutOpener());
    await run.connect(provider, source);
    const answer = await run.finish();
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const { location } = await ok<{ location: string }>(answer);
    const target = new URL(location);
    const handle = new URLSearchParams(target.hash.slice(1)).get('handle') ?? '';
    expect(handle).toHaveLength(43);
    expect(target.search).not.toContain(handle);
    const exchange = await run.exchange({ specialToken: `${handle}.${run.runSecret}` });
    expect(exchange.headers.get('Cache-Control')).toBe('no-store');
    expect(exchange.status).toBe(200);
    for (const line of world.logs) {
      expect(line).not.toContain(handle);
      expect(line).not.toContain(run.runSecret);
    }
  });

  it('reaches the exchange as JSON, as a form, and with HTTP Basic', async () => {
    const { world, application, provider, source } = await setting();
    const { clientId, clientSecret } = application;
    const basic = { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
    const make = () => finishedRun(world, application, provider, source);
    const [byForm, byBasic, bySecret] = [await make(), await make(), await make()];
    const body = new URLSearchParams({ specialToken: byForm.specialToken, clientId, clientSecret });
    await ok(world.request('/connect/tokens', { method: 'POST', body }));
    await ok(world.post('/connect/tokens', { specialToken: byBasic.specialToken }, basic));
    await ok(world.post('/connect/tokens', { specialToken: bySecret.specialToken, clientSecret }));
    const twice = { specialToken: bySecret.specialToken, clientSecret };
    await refused(world.post('/connect/tokens', twice, basic), 400, 'invalid_request');
    const doubled = new URLSearchParams([...body, ['specialToken', bySecret.specialToken]]);
    await refused(
      world.request('/connect/tokens', { method: 'POST', body: doubled }),
      400,
      'invalid_request',
    );
  });
});
