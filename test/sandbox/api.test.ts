import { beforeEach, describe, expect, it } from 'vitest';
import { forgetAll } from './bindings.ts';
import {
  call,
  clock,
  getCode,
  getToken,
  getTokens,
  getVerifier,
  origin,
  pauses,
  redeem,
  refresh,
  send,
  signedPost,
} from './driver.ts';
import { signedHeader, type Token } from './signer.ts';

beforeEach(forgetAll);

async function signedCall(path: string, token: Token) {
  const url = `${origin}/sandbox/api${path}`;
  return send(url, {
    headers: { authorization: await signedHeader({ method: 'GET', url, token, now: clock.now }) },
  });
}

describe('data', () => {
  it('is that of the person picked, for both protocols', async () => {
    const ada = { id: 'person-1815', name: 'Ada Brook', email: 'ada@sandbox.example' };
    const grace = { id: 'person-1906', name: 'Grace Field', email: 'grace@sandbox.example' };
    expect(await (await call('/me', (await getTokens()).access_token)).json()).toEqual(ada);
    expect(await (await call('/me', (await getTokens({ account: grace.id })).access_token)).json()).toEqual(
      grace,
    );
    expect(await (await signedCall('/me', await getToken())).json()).toEqual(ada);
    expect(await (await signedCall('/me', await getToken({ account: grace.id }))).json()).toEqual(grace);
  });

  it('is seven days up to today, the same whenever it is asked for', async () => {
    const { access_token } = await getTokens();
    const token = await getToken();
    const today = new Date(clock.now).toISOString().slice(0, 10);
    for (const path of ['/steps', '/heart-rate']) {
      const { days } = await (await call(path, access_token)).json<{ days: { date: string }[] }>();
      expect(days).toHaveLength(7);
      expect(days.at(-1)?.date).toBe(today);
      expect((await (await signedCall(path, token)).json<{ days: unknown }>()).days).toEqual(days);
    }
  });

  it('needs the scope it belongs to', async () => {
    const { access_token } = await getTokens({}, { scope: 'steps' });
    expect((await call('/steps', access_token)).status).toBe(200);
    const refused = await call('/me', access_token);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error: 'insufficient_scope', error_description: expect.any(String) },
    ]);
    expect(refused.headers.get('www-authenticate')).toContain('scope="profile"');
  });

  it('is the profile where no scope was asked for', async () => {
    expect((await getTokens({}, { scope: null })).scope).toBe('profile');
  });
});

describe('token', () => {
  it.each([
    ['none', {}],
    ['another scheme', { authorization: 'Basic eDp5' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['one with spaces', { authorization: 'Bearer a b' }],
  ])('is asked for in both schemes where there is %s', async (_, headers: Record<string, string>) => {
    const answer = await send('/sandbox/api/me', { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sandbox", OAuth realm="sandbox"');
  });

  it('is refused when unknown, or of another kind', async () => {
    const { refresh_token } = await getTokens();
    const { token } = await getToken();
    for (const wrong of ['unknown', refresh_token, token, await getCode()]) {
      const answer = await call('/me', wrong);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  it('lives an hour', async () => {
    const { access_token, refresh_token } = await getTokens();
    clock.now += 3_599_999;
    expect((await call('/me', access_token)).status).toBe(200);
    clock.now += 1;
    expect((await call('/me', access_token)).status).toBe(401);
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

describe('echo', () => {
  it('gives back what arrived, without the credential', async () => {
    const { access_token } = await getTokens();
    const answer = await call('/echo/a%2Fb/~c?x=1&x=%20+', access_token, {
      method: 'PATCH',
      body: '{"é":1}',
      headers: { 'content-type': 'application/json', 'x-own': 'yes', cookie: 'a=b' },
    });
    const echoed = await answer.json<{ headers: Record<string, string> }>();
    expect(echoed).toMatchObject({
      method: 'PATCH',
      path: '/sandbox/api/echo/a%2Fb/~c',
      query: 'x=1&x=%20+',
      headers: { 'content-type': 'application/json', 'x-own': 'yes', cookie: 'a=b' },
      body: '{"é":1}',
    });
    expect(Object.keys(echoed.headers)).not.toContain('authorization');
    expect(JSON.stringify(echoed)).not.toContain(access_token);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('answers %s', async (method) => {
    const { access_token } = await getTokens();
    expect((await call('/echo', access_token, { method })).status).toBe(200);
    expect((await send('/sandbox/api/echo', { method })).status).toBe(401);
  });

  it('reads at most 1 MiB', async () => {
    const { access_token } = await getTokens();
    const body = 'x'.repeat(1_048_576);
    expect((await call('/echo', access_token, { method: 'POST', body })).status).toBe(200);
    expect((await call('/echo', access_token, { method: 'POST', body: `${body}x` })).status).toBe(413);
  });
});

describe('scenario', () => {
  it('expires: an access token lives 60 seconds, and so does the next', async () => {
    const tokens = await getTokens({ scenario: 'expires' });
    expect(tokens.expires_in).toBe(60);
    const token = await getToken({ scenario: 'expires' });
    clock.now += 59_999;
    expect((await call('/me', tokens.access_token)).status).toBe(200);
    expect((await signedCall('/me', token)).status).toBe(200);
    clock.now += 1;
    expect((await call('/me', tokens.access_token)).status).toBe(401);
    expect((await signedCall('/me', token)).status).toBe(401);
    const next = await (await refresh(tokens.refresh_token)).json<{
      expires_in: number;
      access_token: string;
    }>();
    expect(next.expires_in).toBe(60);
    expect((await call('/me', next.access_token)).status).toBe(200);
  });

  it('withdrawn: refreshes and calls are refused at once', async () => {
    const tokens = await getTokens({ scenario: 'withdrawn' });
    const answer = await call('/me', tokens.access_token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await (await refresh(tokens.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await signedCall('/me', await getToken({ scenario: 'withdrawn' }))).status).toBe(401);
  });

  it('outage: calls and refreshes are answered with 503 and Retry-After, and no token is spent', async () => {
    const tokens = await getTokens({ scenario: 'outage' });
    const token = await getToken({ scenario: 'outage' });
    const answers = [
      await call('/me', tokens.access_token),
      await signedCall('/me', token),
      await refresh(tokens.refresh_token),
      await refresh(tokens.refresh_token),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
    }
  });

  it('slow: a call is answered after 5 seconds', async () => {
    pauses.length = 0;
    expect((await call('/me', (await getTokens({ scenario: 'slow' })).access_token)).status).toBe(200);
    expect((await signedCall('/me', await getToken({ scenario: 'slow' }))).status).toBe(200);
    expect((await call('/me', (await getTokens()).access_token)).status).toBe(200);
    expect(pauses).toEqual([5000, 5000]);
  });

  it('refuses: the exchange fails and the code is gone', async () => {
    const code = await getCode({ scenario: 'refuses' });
    const answer = await redeem(code);
    expect([answer.status, await answer.json()]).toEqual([
      401,
      expect.objectContaining({ error: 'invalid_client' }),
    ]);
    expect(await (await redeem(code)).json()).toMatchObject({ error: 'invalid_grant' });
    const { temporary, verifier } = await getVerifier({ scenario: 'refuses' });
    const refused = await signedPost('/sandbox/oauth1/access_token', { oauth_verifier: verifier }, temporary);
    expect(refused.status).toBe(401);
  });

  it('fewer: the last scope is left out, but never the only one', async () => {
    const tokens = await getTokens({ scenario: 'fewer' });
    expect(tokens.scope).toBe('profile steps');
    expect((await call('/heart-rate', tokens.access_token)).status).toBe(403);
    const { scope } = await (await refresh(tokens.refresh_token)).json<{ scope: string }>();
    expect(scope).toBe('profile steps');
    expect((await getTokens({ scenario: 'fewer' }, { scope: 'steps' })).scope).toBe('steps');
  });
});
