import { describe, expect, it } from 'vitest';
import { authorizationUrl, verifyAuthorizationResponse } from '../../../src/oauth/oauth1/authorization.ts';
import {
  parseTemporaryCredentials,
  temporaryCredentialsRequest,
} from '../../../src/oauth/oauth1/temporary-credentials.ts';
import {
  parseTokenCredentials,
  tokenCredentialsRequest,
} from '../../../src/oauth/oauth1/token-credentials.ts';
import { verifyOAuth1Request } from './verifier.ts';

const now = Date.UTC(2026, 0, 1);
const call = { signatureMethod: 'HMAC-SHA1', timestamp: 1_700_000_000, nonce: 'nonce' } as const;
const credentials = { consumerKey: 'key', consumerSecret: 'secret' };

async function verify(request: Request, tokenSecret: string) {
  return verifyOAuth1Request({
    method: request.method,
    rawUrl: request.url,
    authorization: request.headers.get('authorization') ?? '',
    body: await request.clone().text(),
    contentType: request.headers.get('content-type'),
    consumerSecret: 'secret',
    tokenSecret,
  });
}

function answer(
  body: string,
  status = 200,
  headers: { wwwAuthenticate?: string; contentType?: string } = {},
) {
  return { status, body, now, contentType: 'text/html', ...headers };
}

describe('temporaryCredentialsRequest', () => {
  const callback = 'https://trivet.example/done/1?x=%20';

  it('says nothing of a callback that goes with the user', async () => {
    const request = await temporaryCredentialsRequest({
      ...call,
      endpoint: 'https://p.example/r',
      credentials,
      callback: null,
    });
    expect(request.headers.get('authorization')).not.toContain('oauth_callback');
    expect(await verify(request, '')).toMatchObject({ valid: true });
  });

  it('posts without a body where there is nothing to add', async () => {
    const endpoint = 'https://p.example/initiate?own=q';
    const request = await temporaryCredentialsRequest({ endpoint, callback, credentials, ...call });
    expect([request.method, request.redirect, request.body, request.headers.get('content-type')]).toEqual([
      'POST',
      'manual',
      null,
      null,
    ]);
    expect(request.url).toBe(endpoint);
    expect(await verify(request, '')).toMatchObject({ valid: true, params: { oauth_callback: callback } });
  });

  it('signs further parameters in the body', async () => {
    const params = { scope: 'read write', 'odd name': "~!*'()" };
    const endpoint = 'https://p.example/initiate';
    const request = await temporaryCredentialsRequest({ endpoint, callback, credentials, params, ...call });
    expect(request.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(await request.clone().text()))).toEqual(params);
    expect((await verify(request, '')).valid).toBe(true);
  });

  it('signs further parameters in the query of a GET', async () => {
    const request = await temporaryCredentialsRequest({
      endpoint: 'https://p.example?own=%7e',
      callback,
      credentials,
      params: { scope: 'a b' },
      ...call,
      method: 'GET',
    });
    expect([request.method, request.url]).toEqual(['GET', 'https://p.example/?own=%7e&scope=a+b']);
    expect((await verify(request, '')).valid).toBe(true);
  });
});

describe('parseTemporaryCredentials', () => {
  function parse(body: string, status = 200, requireConfirmation = true) {
    return parseTemporaryCredentials({ ...answer(body, status), requireConfirmation });
  }
  const credentialsOf = {
    ok: true,
    credentials: { token: 'hh5s93j4hdidpola', tokenSecret: 'hdhd0244k9j7ao03' },
  };

  it.each([
    'oauth_token=hh5s93j4hdidpola&oauth_token_secret=hdhd0244k9j7ao03&oauth_callback_confirmed=true',
    ' oauth_callback_confirmed=true&oauth_token=hh5s93j4hdidpola&oauth_token_secret=hdhd0244k9j7ao03\r\n',
    '{"oauth_token":"hh5s93j4hdidpola","oauth_token_secret":"hdhd0244k9j7ao03","oauth_callback_confirmed":true}',
  ])('reads %j', (body) => {
    expect(parse(body)).toEqual(credentialsOf);
  });

  it.each(['', '&oauth_callback_confirmed=false', '&oauth_callback_confirmed='])(
    'demands the confirmation of the callback (%j)',
    (confirmation) => {
      const body = `oauth_token=hh5s93j4hdidpola&oauth_token_secret=hdhd0244k9j7ao03${confirmation}`;
      expect(parse(body)).toEqual({ ok: false, failure: { kind: 'callback_not_confirmed' } });
      expect(parse(body, 200, false)).toEqual(credentialsOf);
    },
  );
});

describe('authorizationUrl', () => {
  it('keeps the query of the endpoint, and puts the token of this authorization in', () => {
    const url = authorizationUrl({
      endpoint: 'https://p.example/authorize?own=%7e&oauth_token=other#part',
      token: 'hh5s93j4hdidpola',
      params: { perms: 'read', oauth_token: 'another' },
    });
    expect(url.href).toBe('https://p.example/authorize?own=%7e&perms=read&oauth_token=hh5s93j4hdidpola#part');
  });
});

describe('verifyAuthorizationResponse', () => {
  function verifyQuery(query: string, verifierRequired = true, keep: string[] = []) {
    const expected = { token: 'token', verifierRequired, keep };
    const verified = verifyAuthorizationResponse(new URLSearchParams(query), expected);
    return verified.ok ? verified.response : verified.failure;
  }

  it('takes the answer to this authorization', () => {
    const kept = ['realmId', 'absent', 'oauth_verifier'];
    expect(verifyQuery('oauth_token=token&oauth_verifier=v&realmId=1', true, kept)).toEqual({
      token: 'token',
      verifier: 'v',
      kept: { realmId: '1' },
    });
    expect(verifyQuery('oauth_token=token', false)).toEqual({ token: 'token', verifier: null, kept: {} });
  });

  it.each([
    ['oauth_token=token&oauth_token=other&oauth_verifier=v', 'repeated_parameter'],
    ['oauth_token=token&oauth_verifier=v&oauth_verifier=v', 'repeated_parameter'],
    ['oauth_token=other&oauth_verifier=v', 'token_mismatch'],
    ['oauth_token=&oauth_verifier=v', 'token_mismatch'],
    ['oauth_verifier=v', 'token_mismatch'],
    ['', 'token_mismatch'],
    ['denied=other', 'token_mismatch'],
    ['oauth_token=other&denied=token', 'token_mismatch'],
    ['oauth_token=other&oauth_problem=user_refused', 'token_mismatch'],
    ['oauth_token=token', 'missing_verifier'],
    ['oauth_token=token&oauth_verifier=', 'missing_verifier'],
    ['denied=token', 'access_denied'],
    ['oauth_token=token&denied=1', 'access_denied'],
    ['oauth_problem=user_refused', 'access_denied'],
    ['oauth_token=token&oauth_problem=permission_denied', 'access_denied'],
    ['oauth_token=token&oauth_verifier=v&error=access_denied', 'access_denied'],
    ['oauth_token=token&oauth_problem=token_expired', 'provider_error'],
  ])('answers %j with %s', (query, kind) => {
    expect(verifyQuery(query)).toMatchObject({ kind });
  });

  it('takes no empty token for expected', () => {
    const verified = verifyAuthorizationResponse(new URLSearchParams('oauth_token=&oauth_verifier=v'), {
      token: '',
      verifierRequired: true,
    });
    expect(verified).toEqual({ ok: false, failure: { kind: 'token_mismatch' } });
  });
});

describe('token credentials', () => {
  it('are asked for with the token, the verifier and the temporary secret', async () => {
    const verified = verifyAuthorizationResponse(new URLSearchParams('oauth_token=t&oauth_verifier=v+w'), {
      token: 't',
      verifierRequired: true,
    });
    if (!verified.ok) throw new Error(verified.failure.kind);
    const request = await tokenCredentialsRequest({
      endpoint: 'https://p.example/token',
      response: verified.response,
      ...call,
      credentials: { ...credentials, tokenSecret: 'temporary' },
    });
    const params = { oauth_token: 't', oauth_verifier: 'v w' };
    expect(await verify(request, 'temporary')).toMatchObject({ valid: true, params });
    expect((await verify(request, '')).valid).toBe(false);
  });

  it('become a token set', () => {
    const body =
      'oauth_token=nnch734d00sl2jdk&oauth_token_secret=pfkkdhi9%2Bsl3&user_id=38895958&encoded=a+b';
    expect(parseTokenCredentials(answer(body))).toEqual({
      ok: true,
      tokens: {
        accessToken: 'nnch734d00sl2jdk',
        tokenSecret: 'pfkkdhi9+sl3',
        tokenType: 'OAuth',
        refreshToken: null,
        expiresAt: null,
        scopes: null,
        extra: { user_id: '38895958', encoded: 'a b' },
      },
    });
  });

  it('may have an empty secret', () => {
    const parsed = parseTokenCredentials(answer('oauth_token=t&oauth_token_secret='));
    expect(parsed).toMatchObject({ ok: true, tokens: { accessToken: 't', tokenSecret: '' } });
  });

  const unreadable = (reason: string, status = 200) => ({ kind: 'unreadable', reason, status });
  const refused = (error: string, errorDescription: string | null = null) => {
    return { kind: 'provider_error', error, errorDescription };
  };
  it.each([
    ['', 200, unreadable('empty_body')],
    ['<html>oauth_token=t&oauth_token_secret=s</html>', 200, unreadable('html')],
    ['oauth_token=t', 200, unreadable('missing_token')],
    ['oauth_token=&oauth_token_secret=s', 200, unreadable('missing_token')],
    ['oauth_token=a%0Ab&oauth_token_secret=s', 200, unreadable('malformed_token')],
    ['oauth_token=t&oauth_token_secret=%C3%A9', 200, unreadable('malformed_token')],
    ['{"oauth_token":["t"],"oauth_token_secret":"s"}', 200, unreadable('malformed_token')],
    ['oauth_token=t&oauth_token=u&oauth_token_secret=s', 200, unreadable('repeated_parameter')],
    ['oauth_token=t&oauth_token_secret=s', 302, unreadable('http_status', 302)],
    ['Invalid signature', 401, unreadable('http_status', 401)],
    [
      'oauth_problem=token_rejected&oauth_problem_advice=Try%20again',
      401,
      refused('token_rejected', 'Try again'),
    ],
    ['oauth_problem=nonce_used&oauth_token=t&oauth_token_secret=s', 200, refused('nonce_used')],
    [
      '{"errors":[{"code":32,"message":"Could not authenticate you."}]}',
      401,
      refused('32', 'Could not authenticate you.'),
    ],
    ['oauth_problem=token_rejected', 503, { kind: 'unavailable', status: 503, retryAfterMs: null }],
  ])('are not taken from %j with status %i', (body, status, failure) => {
    expect(parseTokenCredentials(answer(body, status))).toEqual({ ok: false, failure });
  });

  it('are refused by a challenge, too', () => {
    const wwwAuthenticate =
      'OAuth realm="p", oauth_problem="signature_invalid", oauth_problem_advice="a%20b"';
    expect(parseTokenCredentials(answer('<p>No</p>', 401, { wwwAuthenticate }))).toEqual({
      ok: false,
      failure: refused('signature_invalid', 'a b'),
    });
  });
});
