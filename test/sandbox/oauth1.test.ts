import { beforeEach, describe, expect, it } from 'vitest';
import { expectedSignature } from '../../src/sandbox/oauth1/signature.ts';
import { bindings, forgetAll, sealingKeyId, storedText } from './bindings.ts';
import {
  callback,
  clock,
  getToken,
  getVerifier,
  openConsent,
  origin,
  press,
  readToken,
  send,
  signedPost,
  textOf,
} from './driver.ts';
import { baseString, signedHeader } from './signer.ts';

beforeEach(forgetAll);

describe('signature', () => {
  const photos = { consumerSecret: 'kd94hf93k423kf44' };
  it.each([
    [
      'POST',
      'https://photos.example.net/initiate',
      {
        oauth_timestamp: '137131200',
        oauth_nonce: 'wIjqoS',
        oauth_callback: 'http://printer.example.com/ready',
      },
      '',
      '74KNZJeDHnMBp0EMJ9ZHt/XKycU=',
    ],
    [
      'POST',
      'https://photos.example.net/token',
      {
        oauth_token: 'hh5s93j4hdidpola',
        oauth_timestamp: '137131201',
        oauth_nonce: 'walatlh',
        oauth_verifier: 'hfdp7dh39dks9884',
      },
      'hdhd0244k9j7ao03',
      'gKgrFCywp7rO0OXSjdot/IHF7IU=',
    ],
    [
      'GET',
      'http://photos.example.net/photos?file=vacation.jpg&size=original',
      { oauth_token: 'nnch734d00sl2jdk', oauth_timestamp: '137131202', oauth_nonce: 'chapoH' },
      'pfkkdhi9sl3r4s00',
      'MdpQcU8iPSUjWoN/UDMsK2sui9I=',
    ],
  ])('is that of RFC 5849 §1.2 for %s %s', async (method, url, parameters, tokenSecret, signature) => {
    const oauthParameters = new Map(
      Object.entries({
        oauth_consumer_key: 'dpf43f3p2l4k3l03',
        oauth_signature_method: 'HMAC-SHA1',
        ...parameters,
      }),
    );
    const parts = { method, url: new URL(url), oauthParameters, form: null };
    expect(await expectedSignature('HMAC-SHA1', parts, photos.consumerSecret, tokenSecret)).toBe(signature);
  });

  it('is made by a test signer that gives the base string of RFC 5849 §3.4.1.1', () => {
    const request = {
      method: 'POST',
      url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
      form: 'c2&a3=2+q',
    };
    const parameters = {
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    };
    expect(baseString(request, parameters)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  it.each(['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'] as const)('may be %s', async (signatureMethod) => {
    const token = await getToken();
    const url = `${origin}/sandbox/api/me`;
    const request = { method: 'GET', url, token, now: clock.now, signatureMethod };
    const good = await send(url, { headers: { authorization: await signedHeader(request) } });
    expect(good.status).toBe(200);
    for (const wrong of [{ consumerSecret: 'x' }, { token: { ...token, secret: 'x' } }]) {
      const bad = await send(url, {
        headers: { authorization: await signedHeader({ ...request, ...wrong }) },
      });
      expect(bad.status).toBe(401);
      expect(bad.headers.get('www-authenticate')).toContain('signature_invalid');
    }
  });

  it.each([
    ['?a=1&a=2&a=1', ''],
    ['?b=%20&a=+&c=%2B', ''],
    ['?empty=&bare&x=%3D%26', ''],
    ['?utf=%E2%98%83&tilde=~&marks=!*()', ''],
    ['/%7Ea/b%2Fc/d%20e?x', ''],
    ['?q=1', 'a=1&b=%2B+%20&a=&bare'],
    ['?%61=%62', 'name=%C3%BC&%6Eame=!'],
  ])('covers the query %s and the form "%s"', async (tail, form) => {
    const token = await getToken();
    const url = `${origin}/sandbox/api/echo${tail}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const signed = async (formSigned: string) =>
      send(url, {
        method: 'POST',
        body: form,
        headers: {
          ...headers,
          authorization: await signedHeader({ method: 'POST', url, form: formSigned, token, now: clock.now }),
        },
      });
    const good = await signed(form);
    expect(good.status).toBe(200);
    expect(await good.json()).toMatchObject({ body: form });
    expect((await signed(`${form}&more=1`)).status).toBe(401);
  });

  it('covers method, path and query', async () => {
    const token = await getToken();
    const signedFor = `${origin}/sandbox/api/echo/a?x=1`;
    for (const [method, path] of [
      ['POST', '/sandbox/api/echo/a?x=1'],
      ['GET', '/sandbox/api/echo/b?x=1'],
      ['GET', '/sandbox/api/echo/a?x=2'],
      ['GET', '/sandbox/api/echo/a?x=1&x=1'],
    ] as const) {
      const authorization = await signedHeader({ method: 'GET', url: signedFor, token, now: clock.now });
      expect((await send(path, { method, headers: { authorization } })).status).toBe(401);
    }
  });
});

describe('signed request', () => {
  const url = `${origin}/sandbox/oauth1/request_token`;
  const request = { method: 'POST', url, extra: { oauth_callback: callback } };
  const sendWith = (authorization: string) => send(url, { method: 'POST', headers: { authorization } });

  it.each([
    ['parameter_absent', 400, { oauth_nonce: undefined }],
    ['parameter_absent', 400, { oauth_timestamp: undefined }],
    ['parameter_absent', 400, { oauth_signature: undefined }],
    ['parameter_absent', 400, { oauth_consumer_key: '' }],
    ['parameter_rejected', 400, { oauth_timestamp: '1.5' }],
    ['parameter_rejected', 400, { oauth_timestamp: '-1' }],
    ['parameter_rejected', 400, { oauth_token: 'x' }],
    ['version_rejected', 400, { oauth_version: '2.0' }],
    ['signature_method_rejected', 400, { oauth_signature_method: 'RSA-SHA1' }],
    ['consumer_key_unknown', 401, { oauth_consumer_key: 'stranger' }],
    ['timestamp_refused', 401, { oauth_timestamp: '137131202' }],
    ['signature_invalid', 401, { oauth_nonce: 'another' }],
    ['signature_invalid', 401, { oauth_callback: `${callback}?x` }],
  ])('is refused as %s (%i) with %j', async (problem, status, tamper) => {
    const answer = await sendWith(await signedHeader({ ...request, now: clock.now, tamper }));
    const body = new URLSearchParams(await textOf(answer));
    expect([answer.status, body.get('oauth_problem')]).toEqual([status, problem]);
    expect(answer.headers.get('www-authenticate')).toContain(problem);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 'Basic eDp5'],
    ['no parameters', 'OAuth '],
    ['no quotes', 'OAuth a=b'],
    ['broken escapes', 'OAuth a="%zz"'],
    ['a name twice', 'OAuth oauth_nonce="a", oauth_nonce="b"'],
    ['a name twice, once encoded', 'OAuth oauth_nonce="a", oauth%5Fnonce="b"'],
  ])('is refused with a header of %s', async (_, authorization) => {
    const answer = await sendWith(authorization);
    expect([answer.status, await textOf(answer)]).toEqual([
      400,
      expect.stringContaining('parameter_rejected'),
    ]);
  });

  it('may name a realm', async () => {
    const authorization = await signedHeader({ ...request, now: clock.now });
    expect((await sendWith(authorization.replace('OAuth ', 'OAuth realm="a, b", '))).status).toBe(200);
  });

  it('may be off by five minutes', async () => {
    for (const [offset, status] of [
      [300_000, 200],
      [-300_000, 200],
      [301_000, 401],
      [-301_000, 401],
    ] as const) {
      expect((await sendWith(await signedHeader({ ...request, now: clock.now + offset }))).status).toBe(
        status,
      );
    }
  });

  it('is refused when it is replayed, for as long as its timestamp would pass', async () => {
    const authorization = await signedHeader({ ...request, now: clock.now + 299_000 });
    expect((await sendWith(authorization)).status).toBe(200);
    clock.now += 598_000;
    const again = await sendWith(authorization);
    expect([again.status, await textOf(again)]).toEqual([401, expect.stringContaining('nonce_used')]);
    clock.now += 2000;
    expect(await textOf(await sendWith(authorization))).toContain('timestamp_refused');
  });

  it('is let through once of twenty at once', async () => {
    const authorization = await signedHeader({ ...request, now: clock.now });
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendWith(authorization)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('does not lose its nonce to somebody who can not sign', async () => {
    const forged = { ...request, now: clock.now, nonce: 'mine', consumerSecret: 'x' };
    expect((await sendWith(await signedHeader(forged))).status).toBe(401);
    const { consumerSecret: _, ...honest } = forged;
    expect((await sendWith(await signedHeader(honest))).status).toBe(200);
  });

  it('needs neither timestamp nor nonce under PLAINTEXT', async () => {
    const authorization = await signedHeader({
      ...request,
      now: clock.now,
      signatureMethod: 'PLAINTEXT',
      tamper: { oauth_timestamp: undefined, oauth_nonce: undefined },
    });
    expect((await sendWith(authorization)).status).toBe(200);
  });
});

describe('flow', () => {
  it('confirms the callback, and keeps neither token secrets nor PUBLIC_URL in clear', async () => {
    const answer = await signedPost('/sandbox/oauth1/request_token', { oauth_callback: callback });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const form = new URLSearchParams(await textOf(answer));
    expect(form.get('oauth_callback_confirmed')).toBe('true');
    const stored = await storedText();
    expect(stored).not.toContain(form.get('oauth_token_secret'));
    expect(stored).not.toContain('trivet.test');
  });

  it.each([['https://evil.example/done/x'], ['oob'], ['']])(
    'refuses the callback "%s"',
    async (oauth_callback) => {
      const answer = await signedPost('/sandbox/oauth1/request_token', { oauth_callback });
      expect(answer.status).toBe(400);
    },
  );

  it('goes back with token and verifier, which give token credentials once', async () => {
    const { temporary, back, verifier } = await getVerifier();
    expect(back.href.startsWith(`${callback}?`)).toBe(true);
    expect(back.searchParams.get('oauth_token')).toBe(temporary.token);
    const first = await signedPost('/sandbox/oauth1/access_token', { oauth_verifier: verifier }, temporary);
    expect(first.headers.get('cache-control')).toBe('no-store');
    const token = await readToken(first);
    const again = await signedPost('/sandbox/oauth1/access_token', { oauth_verifier: verifier }, temporary);
    expect([again.status, await textOf(again)]).toEqual([401, expect.stringContaining('token_rejected')]);
    const url = `${origin}/sandbox/api/photos`;
    const authorization = await signedHeader({ method: 'GET', url, token, now: clock.now });
    expect((await send(url, { headers: { authorization } })).status).toBe(200);
  });

  it('gives token credentials to one of twenty at once', async () => {
    const { temporary, verifier } = await getVerifier();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        signedPost('/sandbox/oauth1/access_token', { oauth_verifier: verifier }, temporary),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('needs the verifier, within 60 seconds', async () => {
    const { temporary, verifier } = await getVerifier();
    const exchange = (extra: Record<string, string>) =>
      signedPost('/sandbox/oauth1/access_token', extra, temporary);
    expect((await exchange({})).status).toBe(400);
    expect((await exchange({ oauth_verifier: 'guess' })).status).toBe(401);
    clock.now += 60_000;
    expect((await exchange({ oauth_verifier: verifier })).status).toBe(401);
  });

  it('gives nothing before the person has decided', async () => {
    const temporary = await readToken(
      await signedPost('/sandbox/oauth1/request_token', { oauth_callback: callback }),
    );
    const answer = await signedPost('/sandbox/oauth1/access_token', { oauth_verifier: 'x' }, temporary);
    expect([answer.status, await textOf(answer)]).toEqual([
      401,
      expect.stringContaining('permission_unknown'),
    ]);
  });

  it('goes back with denied, and the request is over', async () => {
    const { temporary, back } = await getVerifier({ decision: 'deny' });
    expect([...back.searchParams]).toEqual([['denied', temporary.token]]);
    const page = await send(`/sandbox/oauth1/authorize?oauth_token=${temporary.token}`);
    expect([page.status, page.headers.get('location')]).toEqual([400, null]);
  });

  it('is decided on once, whichever of two pages it is', async () => {
    const temporary = await readToken(
      await signedPost('/sandbox/oauth1/request_token', { oauth_callback: callback }),
    );
    const path = `/sandbox/oauth1/authorize?oauth_token=${temporary.token}`;
    const [one, other] = [await openConsent(path), await openConsent(path)];
    await press(path, one);
    await expect(press(path, other, { decision: 'deny' })).rejects.toThrow('400');
  });

  it('shows a page for a token it does not know', async () => {
    for (const query of ['', '?oauth_token=x', '?oauth_token=x&oauth_token=y']) {
      const page = await send(`/sandbox/oauth1/authorize${query}`);
      expect(page.status).toBe(400);
      expect(await page.text()).toContain('Darkroom does not know this request');
    }
  });

  it('knows no temporary token at the API, and no token secret under another key', async () => {
    const { temporary } = await getVerifier();
    const url = `${origin}/sandbox/api/me`;
    const authorization = await signedHeader({ method: 'GET', url, token: temporary, now: clock.now });
    expect((await send(url, { headers: { authorization } })).status).toBe(401);
    const token = await getToken();
    await bindings.DB.prepare(
      `UPDATE sandbox_grants SET state = replace(state, '"${sealingKeyId}.', '"gone.')`,
    ).run();
    const retired = await signedHeader({ method: 'GET', url, token, now: clock.now });
    expect((await send(url, { headers: { authorization: retired } })).status).toBe(401);
  });
});
