import { describe, expect, it } from 'vitest';
import { metadataUrls, parseServerMetadata } from '../../../src/oauth/oauth2/discovery.ts';

describe('metadataUrls', () => {
  it.each([
    [
      'https://p.example',
      'https://p.example/.well-known/openid-configuration',
      'https://p.example/.well-known/oauth-authorization-server',
    ],
    [
      'https://p.example/',
      'https://p.example/.well-known/openid-configuration',
      'https://p.example/.well-known/oauth-authorization-server',
    ],
    [
      'https://p.example:8443/tenant/1/',
      'https://p.example:8443/tenant/1/.well-known/openid-configuration',
      'https://p.example:8443/.well-known/oauth-authorization-server/tenant/1',
    ],
  ])('appends to and inserts into %s', (issuer, appended, inserted) => {
    expect(metadataUrls(issuer)).toEqual([appended, inserted]);
  });
});

describe('parseServerMetadata', () => {
  const issuer = 'https://server.example.com';
  const document = {
    issuer,
    authorization_endpoint: 'https://server.example.com/authorize',
    token_endpoint: 'https://server.example.com/token',
  };

  it('fills in what RFC 8414 §2 says of absent fields', () => {
    expect(parseServerMetadata(document, issuer)).toEqual({
      ok: true,
      metadata: {
        issuer,
        authorizationEndpoint: 'https://server.example.com/authorize',
        tokenEndpoint: 'https://server.example.com/token',
        revocationEndpoint: null,
        userinfoEndpoint: null,
        tokenEndpointAuthMethods: ['client_secret_basic'],
        codeChallengeMethods: [],
        issParameterSupported: false,
        scopesSupported: [],
      },
    });
  });

  it('reads what is there', () => {
    const parsed = parseServerMetadata(
      {
        ...document,
        revocation_endpoint: 'https://server.example.com/revoke',
        userinfo_endpoint: 'https://server.example.com/me',
        token_endpoint_auth_methods_supported: ['none'],
        code_challenge_methods_supported: ['S256', 'plain'],
        authorization_response_iss_parameter_supported: true,
        scopes_supported: ['openid'],
        jwks_uri: 7,
      },
      issuer,
    );
    expect(parsed).toMatchObject({
      metadata: {
        revocationEndpoint: 'https://server.example.com/revoke',
        userinfoEndpoint: 'https://server.example.com/me',
        tokenEndpointAuthMethods: ['none'],
        codeChallengeMethods: ['S256', 'plain'],
        issParameterSupported: true,
        scopesSupported: ['openid'],
      },
    });
  });

  it.each([
    `${issuer}/`,
    'https://SERVER.example.com',
    'https://server.example.com:443',
    'http://server.example.com',
    'https://server.example.com#',
    ` ${issuer}`,
    '',
  ])('takes no other issuer for this one (%j)', (given) => {
    expect(parseServerMetadata({ ...document, issuer: given }, issuer)).toEqual({
      ok: false,
      failure: { kind: 'issuer_mismatch' },
    });
  });

  it.each([null, undefined, 'text', 7, [document]])('takes no %j for a document', (json) => {
    expect(parseServerMetadata(json, issuer)).toEqual({ ok: false, failure: { kind: 'not_an_object' } });
  });

  it.each([
    ['authorization_endpoint', undefined],
    ['authorization_endpoint', null],
    ['token_endpoint', '/token'],
    ['token_endpoint', 'javascript:alert(1)'],
    ['token_endpoint', 'https://'],
    ['token_endpoint', ['https://server.example.com/token']],
    ['revocation_endpoint', 'revoke'],
    ['userinfo_endpoint', ''],
    ['scopes_supported', 'openid'],
    ['code_challenge_methods_supported', [1]],
    ['token_endpoint_auth_methods_supported', {}],
  ])('refuses %s %j', (field, value) => {
    expect(parseServerMetadata({ ...document, [field]: value }, issuer)).toEqual({
      ok: false,
      failure: { kind: 'malformed_field', field },
    });
  });

  it('takes null for absent', () => {
    const parsed = parseServerMetadata(
      { ...document, scopes_supported: null, userinfo_endpoint: null },
      issuer,
    );
    expect(parsed.ok).toBe(true);
  });
});
