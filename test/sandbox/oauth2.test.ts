import { beforeEach, describe, expect, it } from 'vitest';
import { pacer } from '../../src/sandbox/sources.ts';
import { forgetAll, storedText } from './bindings.ts';
import * as driver from './driver.ts';

const {
  authorizePath,
  basic,
  call,
  callback,
  clock,
  getCode,
  getTokens,
  openConsent,
  post,
  press,
  redeem,
  refresh,
} = driver;

beforeEach(forgetAll);

describe('authorization request', () => {
  it.each([
    ['somebody else’s host', 'https://evil.example/done/x'],
    ['a host that begins like ours', 'https://trivet.test.evil.example/done/x'],
    ['our name as user information', 'https://trivet.test@evil.example/done/x'],
    ['credentials before our host', 'https://a:b@trivet.test/done/x'],
    ['another path of ours', 'https://trivet.test/console'],
    ['a path that climbs out', 'https://trivet.test/done/../console'],
    ['an encoded climb', 'https://trivet.test/done/%2e%2e/console'],
    ['a path that only begins alike', 'https://trivet.test/donev/x'],
    ['the bare prefix', 'https://trivet.test/done/'],
    ['a fragment', `${callback}#x`],
    ['another scheme', callback.replace('https', 'http')],
    ['backslashes', 'https:\\\\trivet.test\\done\\x'],
    ['script', 'javascript:alert(1)'],
    ['no URL', '/done/x'],
    ['nothing', null],
  ])('goes nowhere with a redirect URI that is %s', async (_, redirect_uri) => {
    const answer = await driver.send(authorizePath({ redirect_uri }));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.text()).toContain('Pacer will not send you there');
  });

  it('goes nowhere for an unknown client or a repeated redirect URI', async () => {
    expect((await driver.send(authorizePath({ client_id: 'stranger' }))).status).toBe(400);
    const twice = await driver.send(`${authorizePath()}&redirect_uri=${encodeURIComponent(callback)}`);
    expect([twice.status, twice.headers.get('location')]).toEqual([400, null]);
  });

  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { response_type: null }],
    ['invalid_request', { code_challenge: null }],
    ['invalid_request', { code_challenge_method: null }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_scope', { scope: 'profile everything' }],
  ])('tells the client %s for %j', async (error, changes) => {
    const answer = await driver.send(authorizePath(changes));
    const location = new URL(answer.headers.get('location') ?? '');
    expect(answer.status).toBe(302);
    expect(location.href.startsWith(callback)).toBe(true);
    expect(location.searchParams.get('error')).toBe(error);
    expect(location.searchParams.get('state')).toBe('a state');
  });

  it('refuses a repeated parameter', async () => {
    const answer = await driver.send(`${authorizePath()}&state=another`);
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
  });

  it('goes back with code and state, keeping the callback’s own query', async () => {
    const path = authorizePath({ redirect_uri: `${callback}?kept=1` });
    const back = await press(path, await openConsent(path));
    expect([...back.searchParams.keys()]).toEqual(['kept', 'code', 'state']);
    expect(back.searchParams.get('state')).toBe('a state');
  });

  it('goes back with access_denied', async () => {
    const path = authorizePath({ state: null });
    const back = await press(path, await openConsent(path), { decision: 'deny' });
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.has('state')).toBe(false);
  });
});

describe('code', () => {
  it('gives tokens that nobody keeps a copy of', async () => {
    const answer = await redeem(await getCode());
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const tokens = await answer.json<driver.Tokens>();
    expect(tokens).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'profile steps heart-rate',
    });
    const stored = await storedText();
    for (const secret of [tokens.access_token, ...tokens.refresh_token.split('.')]) {
      expect(stored).not.toContain(secret);
    }
    expect(stored).not.toContain('trivet.test');
  });

  it('is redeemed by a client that authenticates in the body too', async () => {
    const fields = {
      grant_type: 'authorization_code',
      redirect_uri: callback,
      code_verifier: driver.verifier,
    };
    const client = { client_id: pacer.clientId, client_secret: pacer.clientSecret };
    const answer = await post('/sandbox/oauth2/token', { ...fields, ...client, code: await getCode() });
    expect(answer.status).toBe(200);
  });

  it('is good once, and ends what it gave when it comes back', async () => {
    const code = await getCode();
    const { access_token, refresh_token } = await (await redeem(code)).json<driver.Tokens>();
    expect((await call('/me', access_token)).status).toBe(200);
    expect(await (await redeem(code)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await call('/me', access_token)).status).toBe(401);
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it('is redeemed by at most one of twenty at once', async () => {
    const code = await getCode();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(code)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect((await redeem(code)).status).toBe(400);
  });

  it('lives 60 seconds', async () => {
    const [early, late] = [await getCode(), await getCode()];
    clock.now += 59_999;
    expect((await redeem(early)).status).toBe(200);
    clock.now += 1;
    expect(await (await redeem(late)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['invalid_grant', { code_verifier: 'x'.repeat(43) }],
    ['invalid_grant', { redirect_uri: `${callback}?other` }],
    ['invalid_grant', { code: 'sandbox_code_unknown' }],
    ['invalid_request', { code_verifier: '' }],
    ['invalid_request', { redirect_uri: '' }],
    ['invalid_request', { code: '' }],
    ['invalid_request', { grant_type: '' }],
    ['unsupported_grant_type', { grant_type: 'password' }],
    ['invalid_request', { client_secret: pacer.clientSecret }],
    ['invalid_request', { client_id: 'another' }],
  ])('is refused as %s with %j', async (error, changes) => {
    const answer = await redeem(await getCode(), changes);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ error, error_description: expect.any(String) });
  });

  it('does not work as a pending consent, nor the other way round', async () => {
    const pending = await openConsent(authorizePath());
    expect((await redeem(pending)).status).toBe(400);
    await expect(press(authorizePath(), await getCode())).rejects.toThrow('400');
  });
});

describe('client authentication', () => {
  it.each([
    ['a wrong secret', `Basic ${btoa(`${pacer.clientId}:wrong`)}`],
    ['an unknown client', `Basic ${btoa(`stranger:${pacer.clientSecret}`)}`],
    ['no colon', `Basic ${btoa(pacer.clientId)}`],
    ['a stray percent sign', `Basic ${btoa('%:%')}`],
    ['no base64', 'Basic ***'],
    ['another scheme', 'Bearer x'],
  ])('refuses %s', async (_, authorization) => {
    for (const path of ['token', 'revoke']) {
      const answer = await post(`/sandbox/oauth2/${path}`, { token: 'x' }, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="sandbox"');
      expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
    }
  });

  it('refuses a client that does not say who it is', async () => {
    expect((await post('/sandbox/oauth2/token', { grant_type: 'authorization_code' })).status).toBe(401);
  });

  it('reads the form encoding inside HTTP Basic', async () => {
    const authorization = `Basic ${btoa(`${pacer.clientId.replaceAll('-', '%2D')}:${pacer.clientSecret}`)}`;
    const answer = await post('/sandbox/oauth2/revoke', { token: 'x' }, { authorization });
    expect(answer.status).toBe(200);
  });

  it('takes nothing but sound forms', async () => {
    for (const path of ['token', 'revoke']) {
      const json = await driver.send(`/sandbox/oauth2/${path}`, {
        method: 'POST',
        body: '{}',
        headers: { ...basic, 'content-type': 'application/json' },
      });
      const twice = await driver.send(`/sandbox/oauth2/${path}`, {
        method: 'POST',
        body: 'grant_type=refresh_token&token=a&token=b',
        headers: { ...basic, 'content-type': 'application/x-www-form-urlencoded' },
      });
      for (const answer of [json, twice]) {
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
      }
    }
  });
});

describe('refresh token', () => {
  it('rotates: both old tokens end, both new ones work', async () => {
    const first = await getTokens();
    const second = await (await refresh(first.refresh_token)).json<driver.Tokens>();
    expect(second).toMatchObject({ expires_in: 3600, scope: first.scope });
    expect((await call('/me', first.access_token)).status).toBe(401);
    expect((await call('/me', second.access_token)).status).toBe(200);
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  it('ends the whole grant when an old one comes back', async () => {
    const first = await getTokens();
    const second = await (await refresh(first.refresh_token)).json<driver.Tokens>();
    expect(await (await refresh(first.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await call('/me', second.access_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(400);
  });

  it('gives tokens to at most one of twenty at once', async () => {
    const { refresh_token } = await getTokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.every(({ status }) => status === 200 || status === 400)).toBe(true);
  });

  it('can not widen the grant, and is not spent by trying', async () => {
    const { refresh_token } = await getTokens({}, { scope: 'profile' });
    expect(await (await refresh(refresh_token, { scope: 'profile steps' })).json()).toMatchObject({
      error: 'invalid_scope',
    });
    expect((await refresh(refresh_token, { scope: 'profile' })).status).toBe(200);
  });

  it('is refused when it is made up, without a word on why', async () => {
    for (const token of ['x', '.', 'a.b.c', '']) {
      const answer = await refresh(token);
      expect(answer.status).toBe(400);
    }
  });
});

describe('revocation', () => {
  it.each(['access_token', 'refresh_token'] as const)('of the %s ends both', async (kind) => {
    const tokens = await getTokens();
    const answer = await post(
      '/sandbox/oauth2/revoke',
      { token: tokens[kind], token_type_hint: kind },
      basic,
    );
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect((await call('/me', tokens.access_token)).status).toBe(401);
    expect((await refresh(tokens.refresh_token)).status).toBe(400);
  });

  it('leaves every other grant alone, and answers 200 for what it does not know', async () => {
    const [kept, ended] = [await getTokens(), await getTokens()];
    await post('/sandbox/oauth2/revoke', { token: ended.access_token }, basic);
    const code = await getCode();
    expect((await post('/sandbox/oauth2/revoke', { token: code }, basic)).status).toBe(200);
    expect((await redeem(code)).status).toBe(200);
    expect((await call('/me', kept.access_token)).status).toBe(200);
  });

  it('needs a token', async () => {
    expect((await post('/sandbox/oauth2/revoke', {}, basic)).status).toBe(400);
  });
});
