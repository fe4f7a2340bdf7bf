import { describe, expect, it } from 'vitest';
import { parseTokenResponse, type TokenResponseRules } from '../../../src/oauth/oauth2/token-response.ts';

const now = Date.UTC(2026, 0, 1);
const json = 'application/json;charset=UTF-8';

function parse(
  body: unknown,
  rules: Partial<TokenResponseRules> = {},
  answer: { status?: number; contentType?: string | null; retryAfter?: string } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const parsed = parseTokenResponse(
    { status: 200, contentType: json, now, body: text, ...answer },
    { scopeSeparator: ' ', ...rules },
  );
  return parsed.ok ? parsed.tokens : parsed.failure;
}

const token = { access_token: '2YotnFZFEjr1zCsicMWpAA', token_type: 'Bearer' };

describe('tokens', () => {
  it('are read as in RFC 6749 §5.1', () => {
    const body = { ...token, expires_in: 3600, refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA', scope: 'a b' };
    expect(parse({ ...body, example_parameter: 'example_value', id_token: 'x.y.z' })).toEqual({
      accessToken: '2YotnFZFEjr1zCsicMWpAA',
      tokenSecret: null,
      tokenType: 'Bearer',
      refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA',
      expiresAt: now + 3_600_000,
      scopes: ['a', 'b'],
      extra: { example_parameter: 'example_value', id_token: 'x.y.z' },
    });
  });

  it('need no more than an access token', () => {
    expect(parse({ access_token: 'a' })).toEqual({
      accessToken: 'a',
      tokenSecret: null,
      tokenType: 'Bearer',
      refreshToken: null,
      expiresAt: null,
      scopes: null,
      extra: {},
    });
  });

  const form = 'access_token=e72e%2B1&scope=repo%2Cgist&token_type=bearer';
  it.each([
    [form, 'application/x-www-form-urlencoded; charset=utf-8'],
    [`${form}\n`, 'text/plain'],
    [form, null],
    ['{"access_token":"e72e+1","scope":"repo,gist","token_type":"bearer"}', 'text/html'],
    ['\ufeff {"access_token":"e72e+1","scope":"repo,gist","token_type":"bearer"}\r\n', 'text/plain'],
    [
      '{"access_token":"e72e+1","scope":"repo,gist","token_type":"bearer"}',
      'application/x-www-form-urlencoded',
    ],
  ])('are read from %j as %s', (body, contentType) => {
    const tokens = { accessToken: 'e72e+1', scopes: ['repo', 'gist'], tokenType: 'bearer', extra: {} };
    expect(parse(body, {}, { contentType })).toMatchObject(tokens);
  });

  it.each<[unknown, number | null]>([
    [3600, 3_600_000],
    ['3600', 3_600_000],
    [' 3600 ', 3_600_000],
    ['3600.0', 3_600_000],
    [3599.9999, 3_599_999],
    [1, 1000],
    [315_576_000, 315_576_000_000],
    [315_576_001, null],
    [undefined, null],
    [null, null],
    [0, null],
    ['0', null],
    [-1, null],
    ['-1', null],
    [0.0001, null],
    [1_767_225_600, null],
    [1e300, null],
    ['9'.repeat(500), null],
    ['1e3', null],
    ['0x10', null],
    ['3600s', null],
    ['', null],
    ['never', null],
    [true, null],
    [[3600], null],
    [{}, null],
  ])('with expires_in %j live %s ms', (expires_in, lifetimeMs) => {
    const expiresAt = lifetimeMs === null ? null : now + lifetimeMs;
    expect(parse({ ...token, expires_in })).toMatchObject({ expiresAt });
  });

  it.each<[unknown, string, string[] | null]>([
    ['a b', ' ', ['a', 'b']],
    ['a,b', ' ', ['a', 'b']],
    ['a, b,,c  a', ' ', ['a', 'b', 'c']],
    ['a b', ',', ['a', 'b']],
    ['a|b c', '|', ['a', 'b', 'c']],
    ['a+b', '+', ['a', 'b']],
    ['a+b', ' ', ['a+b']],
    ['a b', '', ['a', 'b']],
    [['a', 'b', 'a', 3, null, ''], ' ', ['a', 'b']],
    [['with space'], ' ', ['with space']],
    ['', ' ', []],
    [[], ' ', []],
    [undefined, ' ', null],
    [null, ' ', null],
    [42, ' ', null],
    [{ a: true }, ' ', null],
  ])('with scope %j (separator %j) have %j', (scope, scopeSeparator, scopes) => {
    expect(parse({ ...token, scope }, { scopeSeparator })).toMatchObject({ scopes });
  });

  it.each([undefined, null, '', false])('have no refresh token where it is %j', (refresh_token) => {
    expect(parse({ ...token, refresh_token })).toMatchObject({ refreshToken: null });
  });

  it.each<[unknown, string]>([
    ['bearer', 'bearer'],
    ['MAC', 'MAC'],
    [undefined, 'Bearer'],
    ['', 'Bearer'],
    [7, 'Bearer'],
    ['a\r\nb', 'Bearer'],
  ])('with token_type %j are %s', (token_type, tokenType) => {
    expect(parse({ access_token: 'a', token_type })).toMatchObject({ tokenType });
  });
});

describe('rules', () => {
  it('find a nested token', () => {
    const slack = {
      ok: true,
      team: { id: 'T1' },
      authed_user: { id: 'U1', scope: 'chat:write,search', access_token: 'xoxp', token_type: 'user' },
    };
    expect(parse(slack, { under: 'authed_user', scopeSeparator: ',' })).toMatchObject({
      accessToken: 'xoxp',
      tokenType: 'user',
      scopes: ['chat:write', 'search'],
      extra: { ok: true, team: { id: 'T1' }, id: 'U1' },
    });
    expect(parse({ a: { b: { access_token: 'x' } } }, { under: 'a.b' })).toMatchObject({ accessToken: 'x' });
  });

  it.each(['absent', 'text', 'list', 'ok.deeper', 'constructor', '__proto__', 'toString'])(
    'do not find one under %s',
    (under) => {
      const body = { ...token, text: 'a', list: [token], ok: {} };
      expect(parse(body, { under })).toEqual({ kind: 'unreadable', reason: 'missing_token', status: 200 });
    },
  );

  it('rename fields', () => {
    const body = { accessToken: 'a', refresh: 'r', ttl: 5000, perms: ['x'], access_token: 'other' };
    const names = { accessToken: 'accessToken', refreshToken: 'refresh', expiresIn: 'ttl', scope: 'perms' };
    expect(parse(body, { ...names, expiresInUnit: 'ms' })).toMatchObject({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: now + 5000,
      scopes: ['x'],
      extra: { access_token: 'other' },
    });
  });

  it('find an error elsewhere', () => {
    const rules = { error: 'errcode', errorDescription: 'errmsg' };
    const failure = { kind: 'provider_error', error: '40029', errorDescription: 'invalid code' };
    expect(parse({ errcode: 40029, errmsg: 'invalid code' }, rules)).toEqual(failure);
    expect(parse({ ...token, errcode: 0, errmsg: 'ok' }, rules)).toMatchObject({ tokenType: 'Bearer' });
  });

  it('see only what the provider sent', () => {
    expect(parse(token, { error: 'toString' })).toMatchObject({ accessToken: token.access_token });
    expect(parse(token, { accessToken: 'toString' })).toMatchObject({ reason: 'missing_token' });
  });
});

describe('an error', () => {
  it.each<[unknown, number, string, string | null]>([
    [{ error: 'invalid_grant' }, 400, 'invalid_grant', null],
    [{ error: 'invalid_client', error_description: 'no' }, 401, 'invalid_client', 'no'],
    ['error=bad_verification_code&error_description=The+code', 200, 'bad_verification_code', 'The code'],
    [{ error: 'bad_verification_code', error_description: 'x' }, 200, 'bad_verification_code', 'x'],
    [{ ...token, error: 'invalid_grant' }, 200, 'invalid_grant', null],
    [{ ok: false, error: 'invalid_code' }, 200, 'invalid_code', null],
    [{ error: { message: 'Expired', type: 'OAuthException', code: 190 } }, 400, 'OAuthException', 'Expired'],
    [{ error: { code: 'invalid_grant', message: 'm', type: 't' } }, 400, 'invalid_grant', 'm'],
    [{ error: { code: 401, status: 'UNAUTHENTICATED' } }, 401, 'UNAUTHENTICATED', null],
    [{ error: { code: 17 } }, 200, '17', null],
    [{ error: { foo: 'bar' } }, 200, 'unknown_error', null],
    [{ error: 500, message: 'broken' }, 200, '500', 'broken'],
    [{ error: true, message: 'broken' }, 200, 'unknown_error', 'broken'],
    [
      { errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid' }], success: false },
      400,
      'invalid_grant',
      'Refresh token invalid',
    ],
    [{ errors: ['one', 'two'] }, 200, 'one', null],
    [{ error: 'a"b\\c\u0000\nd', error_description: '\u202eé' }, 400, "a'b/c? d", '?'],
  ])('is read from %j with status %i', (body, status, error, errorDescription) => {
    const contentType = typeof body === 'string' ? 'application/x-www-form-urlencoded' : json;
    const failure = { kind: 'provider_error', error, errorDescription };
    expect(parse(body, {}, { status, contentType })).toEqual(failure);
  });

  it('is read from the nested object, too', () => {
    expect(parse({ body: { error: 'invalid_grant' } }, { under: 'body' })).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each([null, false, 0, '0', '', [], {}])('is none where it is %j', (error) => {
    expect(parse({ ...token, error, errors: error })).toMatchObject({ accessToken: token.access_token });
  });

  it('is short', () => {
    const failure = parse({ error: 'x'.repeat(9999), error_description: 'y'.repeat(9999) });
    expect(failure).toMatchObject({ error: 'x'.repeat(100), errorDescription: 'y'.repeat(400) });
  });
});

describe('an answer that can not be read', () => {
  const deep = `{"access_token":"a","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  it.each<[string, string, string | null]>([
    ['', 'empty_body', json],
    [' \r\n', 'empty_body', json],
    ['<!doctype html><p>access_token=a', 'html', 'text/html'],
    ['<?xml version="1.0"?><access_token>a</access_token>', 'html', json],
    ['{"access_token":"a"', 'malformed', json],
    ['{"access_token":"a"} trailing', 'malformed', json],
    ['["access_token"]', 'malformed', json],
    ['"access_token=a"', 'malformed', json],
    ['null', 'malformed', json],
    ['access_token=a', 'malformed', 'application/problem+json'],
    ['The access_token=a is here', 'malformed', 'text/plain'],
    ['access_token', 'malformed', 'text/plain'],
    ['access_token=a\u00e9', 'malformed', 'text/plain'],
    ['{"access_token":"a","access_token":"b"}', 'repeated_parameter', json],
    ['{"access_token":"a","\\u0061ccess_token":"b"}', 'repeated_parameter', json],
    ['{"x":{"error":"a","error":"b"},"access_token":"a"}', 'repeated_parameter', json],
    ['access_token=a&access%5Ftoken=b', 'repeated_parameter', null],
    ['{}', 'missing_token', json],
    ['token_type=bearer', 'missing_token', null],
    ['{"access_token":null}', 'missing_token', json],
    ['{"access_token":""}', 'missing_token', json],
    ['{"__proto__":{"access_token":"a"}}', 'missing_token', json],
    ['{"access_token":7}', 'malformed_token', json],
    ['{"access_token":{"a":1}}', 'malformed_token', json],
    ['{"access_token":["a"]}', 'malformed_token', json],
    ['{"access_token":" "}', 'malformed_token', json],
    ['{"access_token":"a "}', 'malformed_token', json],
    ['{"access_token":"a\\r\\nX-Evil: 1"}', 'malformed_token', json],
    ['{"access_token":"a\\u0000"}', 'malformed_token', json],
    ['{"access_token":"caf\u00e9"}', 'malformed_token', json],
    [`{"access_token":"${'a'.repeat(16_385)}"}`, 'malformed_token', json],
    ['{"access_token":"a","refresh_token":"b\\n"}', 'malformed_token', json],
    ['{"access_token":"a","refresh_token":["b"]}', 'malformed_token', json],
    [`{"access_token":"${'a'.repeat(300_000)}"}`, 'too_large', json],
  ])('%.60j is %s', (body, reason, contentType) => {
    expect(parse(body, {}, { contentType })).toEqual({ kind: 'unreadable', reason, status: 200 });
  });

  it.each([
    ['{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}],"access_token":"a"}', 'a'],
    ['{"a":"{\\"b\\":1,\\"b\\":2}","c":"\\\\","access_token":"a:b"}', 'a:b'],
    [deep, 'a'],
  ])('is not %.60j', (body, accessToken) => {
    expect(parse(body)).toMatchObject({ accessToken });
  });

  it.each([301, 302, 304, 400, 401, 403, 404])('has the status %i', (status) => {
    expect(parse(token, {}, { status })).toEqual({ kind: 'unreadable', reason: 'http_status', status });
    expect(parse('<p>', {}, { status })).toEqual({ kind: 'unreadable', reason: 'http_status', status });
  });

  it('leaves prototypes alone', () => {
    const tokens = parse('{"access_token":"a","__proto__":{"polluted":1},"constructor":2}');
    expect('polluted' in {}).toBe(false);
    expect(tokens).toMatchObject({ extra: { constructor: 2 } });
    expect(Object.getPrototypeOf('extra' in tokens ? tokens.extra : null)).toBe(Object.prototype);
  });
});

describe('an overloaded provider', () => {
  it.each<[string | undefined, number | null]>([
    [undefined, null],
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['-1', null],
    ['1.5', null],
    ['9'.repeat(400), null],
    ['2026-01-02', null],
    ['soon', null],
  ])('says when to come back (%j: %s ms)', (retryAfter, retryAfterMs) => {
    const failure = { kind: 'unavailable', status: 503, retryAfterMs };
    const answer = { status: 503, contentType: 'text/html', ...(retryAfter !== undefined && { retryAfter }) };
    expect(parse('<h1>Busy</h1>', {}, answer)).toEqual(failure);
  });

  it.each([429, 500, 502, 504])('is not believed to refuse (%i)', (status) => {
    expect(parse({ error: 'invalid_grant' }, {}, { status })).toMatchObject({ kind: 'unavailable', status });
  });
});

describe('the instant of its end', () => {
  const rules = { expiresAt: 'expires_at' };
  it('may come in seconds, milliseconds or ISO 8601', () => {
    const at = now + 7_200_000;
    expect(parse({ ...token, expires_at: at / 1000 }, rules)).toMatchObject({ expiresAt: at });
    expect(parse({ ...token, expires_at: String(at / 1000) }, rules)).toMatchObject({ expiresAt: at });
    expect(parse({ ...token, expires_at: at }, { ...rules, expiresAtFormat: 'ms' })).toMatchObject({
      expiresAt: at,
    });
    const iso = { ...token, expires_at: new Date(at).toISOString() };
    expect(parse(iso, { ...rules, expiresAtFormat: 'iso' })).toMatchObject({ expiresAt: at });
  });

  it('is unknown where it is past, far off or no instant, and a duration stands in', () => {
    for (const expires_at of [now / 1000 - 1, now, 'soon', '', null, {}]) {
      expect(parse({ ...token, expires_at }, rules)).toMatchObject({ expiresAt: null });
      expect(parse({ ...token, expires_at, expires_in: 60 }, rules)).toMatchObject({
        expiresAt: now + 60_000,
      });
    }
  });
});
