import { expect, it } from 'vitest';
import {
  declaredHosts,
  defaultRedirectUrl,
  deriveFields,
  endpointUrl,
  mergeFields,
} from '../../src/sources/map-derive.ts';
import { definitionOf, lantern } from './documents.ts';

it('derives every field that an OAuth 2 document has a place for', () => {
  expect(deriveFields(lantern)).toEqual({
    type: 'oauth2',
    name: 'Lantern',
    api_host_url: 'https://api.lantern.example/v2',
    full_auth_url: 'https://www.lantern.example/oauth2/authorize?duration=permanent',
    auth_url: 'https://www.lantern.example/oauth2/authorize',
    auth_host_url: 'https://www.lantern.example',
    access_token_url: 'https://www.lantern.example/oauth2/token',
    token_method: 'GET',
    token_auth_method: 'client_secret_basic',
    signature: 'parameter',
    metadata_url: 'https://api.lantern.example/v2/me',
    uniqueness: 'account.id',
    default_name: '/account/email',
  });
});

it('derives OAuth 1.0a, whatever else the document says', () => {
  const auth = {
    type: 'oauth1',
    version: '1.0a',
    signature: 'header',
    signature_method: 'hmac-sha1',
    authorization_url: 'https://api.lantern.example/oauth/authorize',
    request_token: 'https://api.lantern.example/oauth/request_token?scopes=read',
    access_token: 'oauth/access_token',
  };
  expect(deriveFields({ url: 'https://api.lantern.example/', auth })).toEqual({
    type: 'oauth1',
    name: 'api.lantern.example',
    api_host_url: 'https://api.lantern.example/',
    full_auth_url: 'https://api.lantern.example/oauth/authorize',
    auth_url: 'https://api.lantern.example/oauth/authorize',
    auth_host_url: 'https://api.lantern.example',
    request_token_url: 'https://api.lantern.example/oauth/request_token?scopes=read',
    access_token_url: 'https://api.lantern.example/oauth/access_token',
    signature_method: 'HMAC-SHA1',
  });
});

it.each([undefined, null, {}])('takes an auth block of %j for none', (auth) => {
  const document = {
    url: 'https://api.lantern.example/v2',
    meta: lantern.meta,
    ...(auth === undefined ? {} : { auth }),
  };
  expect(deriveFields(document)).toEqual({
    type: 'none',
    name: 'api.lantern.example',
    api_host_url: 'https://api.lantern.example/v2',
  });
});

it('takes use_auth_header for how the client authenticates, and says nothing where it is absent', () => {
  const withHeader = (use_auth_header: unknown) =>
    deriveFields({ ...lantern, auth: { ...lantern.auth, use_auth_header } }).token_auth_method;
  expect([true, false, undefined, null].map(withHeader)).toEqual([
    'client_secret_basic',
    'client_secret_post',
    undefined,
    undefined,
  ]);
});

it('survives any JSON', () => {
  for (const value of [null, 1, 'x', [], [[]], { a: 1 }, true]) {
    for (const key of ['url', 'name', 'auth', 'meta', 'endpoints']) {
      expect(() => deriveFields({ ...lantern, [key]: value })).not.toThrow();
    }
    for (const key of Object.keys(lantern.auth)) {
      expect(() => deriveFields({ ...lantern, auth: { ...lantern.auth, [key]: value } })).not.toThrow();
    }
  }
});

it.each([
  ['https://api.example/v2', '/me', 'https://api.example/v2/me'],
  ['https://api.example/v2/', 'me', 'https://api.example/v2/me'],
  [
    'https://api.example',
    '/{{ identifier }}?a={{ parameters.a }}',
    'https://api.example/{{ identifier }}?a={{ parameters.a }}',
  ],
  ['https://api.example/v2', 'https://other.example/me', 'https://other.example/me'],
  ['https://api.example', '//evil.example/me', 'https://api.example/evil.example/me'],
  ['https://api.example', '\\\\evil.example/me', 'https://api.example/evil.example/me'],
])('puts a route of %s %s at %s', (api, route, url) => {
  expect(endpointUrl(api, route)).toBe(url);
});

it('declares the hosts of the API, of the authorization and of the metadata', () => {
  const meta = { endpoint: 'https://people.example/me' };
  expect(declaredHosts({ ...lantern, meta })).toEqual([
    'api.lantern.example',
    'www.lantern.example',
    'people.example',
  ]);
});

it('finds the default final location', () => {
  expect(defaultRedirectUrl(lantern)).toBe('https://shop.example/connected?from=lantern');
  expect([{}, { auth: null }, { auth: { redirect_url: 5 } }].map(defaultRedirectUrl)).toEqual([
    null,
    null,
    null,
  ]);
});

it('merges a new document into a definition, and keeps what documents have no place for', () => {
  const before = { ...definitionOf(lantern), pkce: 'none' as const, scopes: ['a'], name: 'Lantern' };
  expect(mergeFields(before, lantern, lantern)).toEqual(JSON.parse(JSON.stringify(before)));

  const moved = {
    ...lantern,
    name: undefined,
    auth: { ...lantern.auth, signature: undefined, access_token: '/t' },
  };
  const merged = mergeFields(before, lantern, moved);
  expect(merged).toMatchObject({
    name: 'api.lantern.example',
    pkce: 'none',
    scopes: ['a'],
    access_token_url: 'https://www.lantern.example/t',
  });
  expect(Object.keys(merged)).not.toContain('signature');
  expect(Object.keys(merged)).not.toContain('token_method');
});

it('keeps of another type only the name, the slug and the logo', () => {
  const before = { ...definitionOf(lantern), slug: 'lamp', pkce: 'none' as const };
  expect(mergeFields(before, lantern, { ...lantern, auth: null })).toEqual({
    type: 'none',
    name: 'Lantern',
    slug: 'lamp',
    api_host_url: 'https://api.lantern.example/v2',
  });
});
