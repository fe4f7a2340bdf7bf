import { describe, expect, it } from 'vitest';
import {
  type AuthorizationRequest,
  authorizationUrl,
} from '../../../src/oauth/oauth2/authorization-request.ts';
import { verifyAuthorizationResponse } from '../../../src/oauth/oauth2/authorization-response.ts';
import { codeChallengeS256 } from '../../../src/oauth/oauth2/pkce.ts';

describe('codeChallengeS256', () => {
  it('gives the challenge of RFC 7636, appendix B', async () => {
    expect(await codeChallengeS256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
});

describe('authorizationUrl', () => {
  const request: AuthorizationRequest = {
    endpoint: 'https://p.example/authorize',
    clientId: 's6BhdRkqt3',
    redirectUri: 'https://client.example/cb?a=b&c',
    scopes: ['read', 'https://p.example/auth/mail'],
    scopeSeparator: ' ',
    state: 'xyz',
    codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    codeChallengeMethod: 'S256',
    params: {},
  };

  it('has the parameters of RFC 6749 §4.1.1 and RFC 7636 §4.3', () => {
    const { origin, pathname, searchParams } = authorizationUrl(request);
    expect(`${origin}${pathname}`).toBe('https://p.example/authorize');
    expect(Object.fromEntries(searchParams)).toEqual({
      response_type: 'code',
      client_id: 's6BhdRkqt3',
      redirect_uri: 'https://client.example/cb?a=b&c',
      scope: 'read https://p.example/auth/mail',
      state: 'xyz',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
  });

  it('leaves out what there is none of', () => {
    const url = authorizationUrl({ ...request, scopes: [], codeChallenge: null });
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'redirect_uri', 'response_type', 'state']);
  });

  it.each([
    [' ', 'scope=read+write&'],
    ['+', 'scope=read+write&'],
    [',', 'scope=read%2Cwrite&'],
    ['%20', 'scope=read%2520write&'],
  ])('separates scopes by %j', (scopeSeparator, expected) => {
    const url = authorizationUrl({ ...request, scopes: ['read', 'write'], scopeSeparator });
    expect(url.search).toContain(expected);
  });

  it('keeps a plus inside a scope apart from a separator', () => {
    const url = authorizationUrl({ ...request, scopes: ['a+b', 'c'], scopeSeparator: '+' });
    expect(url.search).toContain('scope=a%2Bb+c&');
  });

  it('comes in the order that WeChat insists on, its fragment last', () => {
    const url = authorizationUrl({
      ...request,
      endpoint: 'https://open.weixin.qq.com/connect/oauth2/authorize#wechat_redirect',
      redirectUri: 'https://client.example/cb',
      scopes: ['snsapi_userinfo'],
      codeChallenge: null,
      clientIdParameter: 'appid',
    });
    expect(url.href).toBe(
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&response_type=code&scope=snsapi_userinfo&state=xyz#wechat_redirect',
    );
  });

  it('keeps the query of the endpoint byte for byte, and its fragment', () => {
    const endpoint = "https://p.example/authorize?b=%7e&&a%20b=c+d&flag&x='#part";
    const url = authorizationUrl({ ...request, endpoint });
    expect(url.search).toMatch(/^\?b=%7e&a%20b=c\+d&flag&x=%27&client_id=s6BhdRkqt3&/);
    expect(url.hash).toBe('#part');
  });

  it('never has a parameter twice', () => {
    const endpoint = 'https://p.example/authorize?client_id=own&st%61te=own&prompt=own&keep=1&keep=2';
    const url = authorizationUrl({ ...request, endpoint, params: { prompt: 'consent' } });
    expect(url.searchParams.getAll('client_id')).toEqual(['s6BhdRkqt3']);
    expect(url.searchParams.getAll('state')).toEqual(['xyz']);
    expect(url.searchParams.getAll('prompt')).toEqual(['consent']);
    expect(url.searchParams.getAll('keep')).toEqual(['1', '2']);
  });

  it('lets params override what identifies the request, not what protects it', () => {
    const overridden = {
      response_type: 'code id_token',
      scope: 'all',
      client_id: 'other',
      redirect_uri: 'RuName',
    };
    const kept = { state: 'evil', code_challenge: 'evil' };
    const params = { ...overridden, ...kept, code_challenge_method: 'plain', access_type: 'offline' };
    expect(Object.fromEntries(authorizationUrl({ ...request, params }).searchParams)).toEqual({
      ...overridden,
      access_type: 'offline',
      state: 'xyz',
      code_challenge: request.codeChallenge,
      code_challenge_method: 'S256',
    });
  });

  it('uses the names of an odd provider', () => {
    const url = authorizationUrl({
      ...request,
      clientIdParameter: 'client_key',
      scopeParameter: 'user_scope',
    });
    expect(url.searchParams.get('client_key')).toBe('s6BhdRkqt3');
    expect(url.searchParams.get('user_scope')).toBe('read https://p.example/auth/mail');
    expect(url.searchParams.has('client_id') || url.searchParams.has('scope')).toBe(false);
  });
});

describe('verifyAuthorizationResponse', () => {
  function verify(query: string, changes: { issuer?: string | null; issuerRequired?: boolean } = {}) {
    const verified = verifyAuthorizationResponse(new URLSearchParams(query), {
      state: 'xyz',
      issuer: null,
      issuerRequired: false,
      keep: ['realmId', 'absent', 'code', '__proto__'],
      ...changes,
    });
    return verified.ok ? verified.response : verified.failure;
  }
  const issuer = 'https://honest.as.example';
  const iss = encodeURIComponent(issuer);

  it('takes the answer to this request', () => {
    expect(verify('code=SplxlOBeZQQYbYS6WxSbIA&state=xyz&realmId=9&other=1')).toEqual({
      code: 'SplxlOBeZQQYbYS6WxSbIA',
      kept: { realmId: '9' },
    });
  });

  it.each([
    ['code=a&code=b&state=xyz', 'repeated_parameter'],
    ['code=a&state=xyz&state=xyz', 'repeated_parameter'],
    ['code=a&state=xyz&realmId=1&realmId=2', 'repeated_parameter'],
    ['error=access_denied&error=x&state=xyz', 'repeated_parameter'],
    ['code=a', 'state_mismatch'],
    ['code=a&state=', 'state_mismatch'],
    ['code=a&state=XYZ', 'state_mismatch'],
    ['code=a&state=xyz%20', 'state_mismatch'],
    ['error=access_denied&state=other', 'state_mismatch'],
    ['', 'state_mismatch'],
    ['state=xyz', 'missing_code'],
    ['state=xyz&code=', 'missing_code'],
    ['state=xyz&error=access_denied', 'access_denied'],
    ['state=xyz&error=access_denied&code=a', 'access_denied'],
    ['state=xyz&error=user_cancelled_authorize', 'access_denied'],
    ['state=xyz&error=invalid_scope', 'provider_error'],
    ['state=xyz&error=&code=a', 'provider_error'],
  ])('answers %j with %s', (query, kind) => {
    expect(verify(query)).toMatchObject({ kind });
  });

  it('takes no empty state for expected', () => {
    const expected = { state: '', issuer: null, issuerRequired: false, keep: [] };
    const verified = verifyAuthorizationResponse(new URLSearchParams('code=a&state='), expected);
    expect(verified).toEqual({ ok: false, failure: { kind: 'state_mismatch' } });
  });

  it.each([
    [`code=a&state=xyz&iss=${iss}`, { issuer, issuerRequired: true }, { code: 'a' }],
    [`code=a&state=xyz&iss=${iss}`, { issuer, issuerRequired: false }, { code: 'a' }],
    ['code=a&state=xyz', { issuer, issuerRequired: false }, { code: 'a' }],
    ['code=a&state=xyz&iss=x', { issuer: null, issuerRequired: false }, { code: 'a' }],
    ['code=a&state=xyz', { issuer, issuerRequired: true }, { kind: 'issuer_mismatch' }],
    ['code=a&state=xyz&iss=', { issuer, issuerRequired: false }, { kind: 'issuer_mismatch' }],
    [`code=a&state=xyz&iss=${iss}%2F`, { issuer, issuerRequired: false }, { kind: 'issuer_mismatch' }],
    [`code=a&state=xyz&iss=${iss}`, { issuer: null, issuerRequired: true }, { kind: 'issuer_mismatch' }],
    ['error=access_denied&state=xyz&iss=https://evil.example', { issuer }, { kind: 'issuer_mismatch' }],
    ['error=access_denied&state=xyz', { issuer, issuerRequired: true }, { kind: 'issuer_mismatch' }],
    [`error=access_denied&state=xyz&iss=${iss}`, { issuer }, { kind: 'access_denied' }],
    [`code=a&state=other&iss=${iss}`, { issuer }, { kind: 'state_mismatch' }],
  ])('compares the issuer (RFC 9207 §2.4): %s, %j', (query, changes, expected) => {
    expect(verify(query, changes)).toMatchObject(expected);
  });

  it('lets nothing of the description through that RFC 6749 does not allow, and not much of it', () => {
    const error_description = `<b>\u202e"no"\\\r\n\0 ${'é'.repeat(9)}${'x'.repeat(9999)}`;
    const query = new URLSearchParams({ state: 'xyz', error: 'odd\n"error"', error_description });
    const failure = verify(query.toString());
    expect(failure).toMatchObject({ kind: 'provider_error', error: "odd 'error'" });
    if (!('errorDescription' in failure)) throw new Error('no description');
    expect(failure.errorDescription).toMatch(/^<b>\?'no'\/ \? \?x{100}[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
    expect(failure.errorDescription).toHaveLength(400);
  });
});
