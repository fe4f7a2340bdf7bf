import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type VerifiedAuthorizationResponse,
  verifyAuthorizationResponse,
} from '../../../src/oauth/oauth2/authorization-response.ts';
import {
  type AuthorizationCodeCall,
  authorizationCodeRequest,
  refreshTokenRequest,
  revocationRequest,
} from '../../../src/oauth/oauth2/token-request.ts';

const endpoint = 'https://p.example/token';

function verifiedResponse(): VerifiedAuthorizationResponse {
  const expected = { state: 'xyz', issuer: null, issuerRequired: false, keep: [] };
  const verified = verifyAuthorizationResponse(new URLSearchParams('state=xyz&code=Splx+l/O='), expected);
  if (!verified.ok) throw new Error(verified.failure.kind);
  return verified.response;
}

const call: AuthorizationCodeCall = {
  endpoint,
  client: { id: 's6BhdRkqt3', secret: '7Fjfp0ZBr1KtDRbnfVdmIw' },
  authMethod: 'client_secret_basic',
  bodyFormat: 'form',
  response: verifiedResponse(),
  redirectUri: 'https://client.example/cb',
  codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  params: {},
};

async function form(request: Request) {
  expect(request.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
  const params = new URLSearchParams(await request.clone().text());
  expect(new Set(params.keys()).size).toBe(params.size);
  return Object.fromEntries(params);
}

describe('authorizationCodeRequest', () => {
  it('is the one of RFC 6749 §4.1.3 with PKCE', async () => {
    const request = authorizationCodeRequest(call);
    expect([request.method, request.url, request.redirect]).toEqual(['POST', endpoint, 'manual']);
    expect(request.headers.get('accept')).toBe('application/json');
    expect(request.headers.get('authorization')).toBe('Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3');
    expect(await form(request)).toEqual({
      grant_type: 'authorization_code',
      code: 'Splx l/O=',
      redirect_uri: 'https://client.example/cb',
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    });
  });

  it('takes verified responses alone', () => {
    expectTypeOf<{
      code: string;
      kept: Record<string, string>;
    }>().not.toExtend<VerifiedAuthorizationResponse>();
    expectTypeOf<AuthorizationCodeCall['response']>().toEqualTypeOf<VerifiedAuthorizationResponse>();
  });

  it('encodes both halves of Basic first (RFC 6749 §2.3.1)', () => {
    const client = { id: 'https://id:1', secret: 'p+ s%/é:' };
    const authorization = authorizationCodeRequest({ ...call, client }).headers.get('authorization') ?? '';
    expect(atob(authorization.slice(6))).toBe('https%3A%2F%2Fid%3A1:p%2B+s%25%2F%C3%A9%3A');
  });

  it('puts the secret in the body for client_secret_post, and only there', async () => {
    const request = authorizationCodeRequest({ ...call, authMethod: 'client_secret_post' });
    expect(request.headers.has('authorization')).toBe(false);
    expect(await form(request)).toMatchObject({
      client_id: 's6BhdRkqt3',
      client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw',
    });
  });

  it.each([
    [{ authMethod: 'none' as const }],
    [{ client: { id: 's6BhdRkqt3', secret: null } }],
    [{ client: { id: 's6BhdRkqt3', secret: null }, authMethod: 'client_secret_post' as const }],
  ])('only names a public client (%j)', async (change) => {
    const request = authorizationCodeRequest({ ...call, ...change, codeVerifier: null });
    expect(request.headers.has('authorization')).toBe(false);
    expect(Object.keys(await form(request)).sort()).toEqual([
      'client_id',
      'code',
      'grant_type',
      'redirect_uri',
    ]);
  });

  it('uses the names of an odd provider', async () => {
    const client = { id: 'a', secret: 'b', idParameter: 'client_key', secretParameter: 'secret' };
    const sent = await form(authorizationCodeRequest({ ...call, client, authMethod: 'client_secret_post' }));
    expect(sent).toMatchObject({ client_key: 'a', secret: 'b' });
    expect(sent).not.toHaveProperty('client_id');
  });

  it('sends JSON where declared', async () => {
    const request = authorizationCodeRequest({
      ...call,
      bodyFormat: 'json',
      authMethod: 'client_secret_post',
    });
    expect(request.headers.get('content-type')).toBe('application/json');
    expect(await request.json()).toMatchObject({ grant_type: 'authorization_code', client_id: 's6BhdRkqt3' });
  });

  it('asks by GET where declared', () => {
    const request = authorizationCodeRequest({ ...call, endpoint: `${endpoint}?own=%7e`, method: 'GET' });
    expect([request.method, request.body, request.redirect]).toEqual(['GET', null, 'manual']);
    expect(request.url).toMatch(/\?own=%7e&grant_type=authorization_code&.*&code=Splx\+l%2FO%3D&/);
  });

  it('takes headers, but not in place of ours', () => {
    const headers = {
      'Notion-Version': '2022-06-28',
      Accept: '*/*',
      Authorization: 'x',
      'Content-Type': 'y',
    };
    const sent = authorizationCodeRequest({ ...call, headers }).headers;
    expect([sent.get('notion-version'), sent.get('accept')]).toEqual(['2022-06-28', '*/*']);
    expect(sent.get('authorization')).toMatch(/^Basic /);
    expect(sent.get('content-type')).toBe('application/x-www-form-urlencoded');
  });

  it('lets params change the grant type and the redirect URI alone', async () => {
    const params = {
      grant_type: 'odd',
      action: 'requesttoken',
      code: 'evil',
      redirect_uri: 'RuName',
      code_verifier: 'evil',
      client_secret: 'evil',
    };
    expect(
      await form(authorizationCodeRequest({ ...call, params, authMethod: 'client_secret_post' })),
    ).toEqual({
      grant_type: 'odd',
      action: 'requesttoken',
      code: 'Splx l/O=',
      redirect_uri: 'RuName',
      code_verifier: call.codeVerifier,
      client_id: 's6BhdRkqt3',
      client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw',
    });
  });
});

describe('refreshTokenRequest', () => {
  const refresh = { ...call, refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA' };

  it('sends the refresh token under the provider’s own name and grant type', async () => {
    const params = { grant_type: 'fb_exchange_token' };
    const sent = await form(refreshTokenRequest({ ...refresh, params, refreshTokenParameter: 'exchange' }));
    expect(sent).toMatchObject({ grant_type: 'fb_exchange_token', exchange: refresh.refreshToken });
    expect(sent).not.toHaveProperty('refresh_token');
  });

  it('is the one of RFC 6749 §6', async () => {
    const request = refreshTokenRequest(refresh);
    expect(request.headers.get('authorization')).toMatch(/^Basic /);
    expect(await form(request)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA',
    });
  });

  it('asks for fewer scopes', async () => {
    const request = refreshTokenRequest({ ...refresh, scopes: ['a', 'b'], scopeSeparator: ',' });
    expect(await form(request)).toMatchObject({ scope: 'a,b' });
  });
});

describe('revocationRequest', () => {
  it('is the one of RFC 7009 §2.1', async () => {
    const request = revocationRequest({
      endpoint: 'https://p.example/revoke',
      client: call.client,
      authMethod: 'client_secret_basic',
      token: '45ghiukldjahdnhzdauz',
      tokenTypeHint: 'refresh_token',
    });
    expect([request.method, request.url, request.redirect]).toEqual([
      'POST',
      'https://p.example/revoke',
      'manual',
    ]);
    expect(request.headers.get('authorization')).toBe('Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3');
    const sent = await form(request);
    expect(sent).toEqual({ token: '45ghiukldjahdnhzdauz', token_type_hint: 'refresh_token' });
  });

  describe('where a provider has its own way', () => {
    const revocation = {
      endpoint: 'https://p.example/revoke?own=%7e',
      client: call.client,
      authMethod: null,
      token: '45ghiukldjahdnhzdauz',
      tokenTypeHint: 'access_token' as const,
    };

    it('sends the declared parameters in the place of token and token_type_hint', async () => {
      const params = { access_token: 'a b', client_id: 'c' };
      const request = revocationRequest({ ...revocation, params });
      expect(request.url).toBe('https://p.example/revoke?own=%7e');
      expect(await form(request)).toEqual(params);
    });

    it('says nothing of the client but what is declared', async () => {
      const request = revocationRequest(revocation);
      expect(request.headers.has('authorization')).toBe(false);
      expect(await form(request)).toEqual({ token: revocation.token, token_type_hint: 'access_token' });
    });

    it('authenticates the client beside declared parameters where it is told to', async () => {
      const params = { access_token: 'a' };
      const basic = revocationRequest({ ...revocation, params, authMethod: 'client_secret_basic' });
      expect(basic.headers.get('authorization')).toMatch(/^Basic /);
      expect(await form(basic)).toEqual(params);
      const post = revocationRequest({ ...revocation, params, authMethod: 'client_secret_post' });
      expect(post.headers.has('authorization')).toBe(false);
      expect(await form(post)).toEqual({
        ...params,
        client_id: call.client.id,
        client_secret: call.client.secret,
      });
    });

    it.each(['POST', 'DELETE'] as const)('sends JSON by %s', async (method) => {
      const request = revocationRequest({
        ...revocation,
        method,
        bodyFormat: 'json',
        params: { accessToken: 'a' },
      });
      expect([request.method, request.headers.get('content-type'), request.redirect]).toEqual([
        method,
        'application/json',
        'manual',
      ]);
      expect(await request.text()).toBe('{"accessToken":"a"}');
    });

    it('deletes by a form where nothing else is said', async () => {
      const request = revocationRequest({ ...revocation, method: 'DELETE', params: { token: 'a' } });
      expect(request.method).toBe('DELETE');
      expect(await form(request)).toEqual({ token: 'a' });
    });

    it.each([
      ['POST', 'query'],
      ['DELETE', 'query'],
      ['GET', 'form'],
      ['GET', 'json'],
    ] as const)('puts parameters into the query of a %s (%s), beside its own', (method, bodyFormat) => {
      const request = revocationRequest({ ...revocation, method, bodyFormat, params: { token: 'a+b' } });
      expect([request.method, request.url, request.body]).toEqual([
        method,
        'https://p.example/revoke?own=%7e&token=a%2Bb',
        null,
      ]);
      expect(request.headers.has('content-type')).toBe(false);
    });

    it('has neither body nor query where nothing is declared but a header', () => {
      const request = revocationRequest({
        ...revocation,
        endpoint: 'https://p.example/token',
        method: 'DELETE',
        bodyFormat: 'query',
        params: {},
        headers: { Authorization: 'Bearer a' },
      });
      expect([request.method, request.url, request.body]).toEqual([
        'DELETE',
        'https://p.example/token',
        null,
      ]);
      expect([...request.headers]).toEqual([
        ['accept', 'application/json'],
        ['authorization', 'Bearer a'],
      ]);
    });

    it('takes headers, but the client’s authentication wins', () => {
      const headers = { Authorization: 'Client s', 'X-Version': '1' };
      const sent = revocationRequest({ ...revocation, headers }).headers;
      expect([sent.get('authorization'), sent.get('x-version')]).toEqual(['Client s', '1']);
      const basic = revocationRequest({ ...revocation, headers, authMethod: 'client_secret_basic' });
      expect(basic.headers.get('authorization')).toMatch(/^Basic /);
    });
  });
});
