import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../src/sources/definition.ts';
import { fillMetadataUrl } from '../../src/sources/metadata-places.ts';

const api = 'https://api.books.example/v3/';
const place = '{{ connection.metadata.realmId }}';

describe('a metadata URL with a place for the callback', () => {
  const fill = (url: string, realmId?: string) =>
    fillMetadataUrl(url, api, realmId === undefined ? {} : { realmId })?.href ?? null;

  it('is filled, wherever the place is', () => {
    expect(fill(`/company/${place}/info/${place}`, '12')).toBe(
      'https://api.books.example/company/12/info/12',
    );
    expect(fill(`company?id=${place}`, '1&2')).toBe('https://api.books.example/v3/company?id=1%262');
    expect(fill('/me')).toBe('https://api.books.example/me');
  });

  for (const value of [undefined, '', '.', '..', '...']) {
    it(`is none for ${JSON.stringify(value)}`, () =>
      expect(fill(`/company/${place}/info`, value)).toBeNull());
  }

  for (const value of ['../admin', '12/../../admin', '12?x', '12#x', '\\evil', '%2e%2e', '//evil.example']) {
    it(`keeps ${value} in its segment`, () => {
      const { origin, pathname, search, hash } = new URL(fill(`/company/${place}/info`, value) ?? '');
      expect([origin, search, hash]).toEqual(['https://api.books.example', '', '']);
      expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'company', value, 'info']);
    });
  }

  it('leads to no other host', () => {
    expect(fill(`${place}://evil.example/`, 'https')).toBeNull();
    expect(fill(`//${place}/me`, 'evil.example')).toBeNull();
  });
});

describe('a definition', () => {
  const fields = {
    type: 'oauth2',
    name: 'Books',
    api_host_url: 'https://api.books.example',
    auth_host_url: 'https://auth.books.example',
    auth_url: '/authorize',
    full_auth_url: 'https://auth.books.example/authorize',
    access_token_url: '/token',
  };
  const faultsOf = (changes: Record<string, unknown>) => {
    const policy = { insecureHosts: [], publicUrl: new URL('https://trivet.example') };
    const parsed = parseDefinition({ ...fields, ...changes }, policy);
    return parsed.ok ? [] : parsed.faults.map(({ path }) => path);
  };
  const unique = {
    uniqueness: 'callback.realmId',
    callback_metadata: ['realmId'],
    metadata_url: `/company/${place}`,
  };

  it('may tell accounts apart by what the metadata URL is made with, and by nothing else of the callback', () => {
    expect(faultsOf(unique)).toEqual([]);
    for (const change of [
      { metadata_url: '/company/me' },
      { metadata_url: '/company/{{ connection.metadata.employeeId }}' },
      { metadata_url: undefined },
      { callback_metadata: ['employeeId'] },
      { callback_metadata: undefined },
    ]) {
      expect(faultsOf({ ...unique, ...change })).toEqual(['uniqueness']);
    }
  });

  it('asks for the API host at a whole URL', () => {
    const hosts = { api_host_from: 'metadata.base_uri', api_host_suffixes: ['.books.example'] };
    expect(faultsOf({ ...hosts, metadata_url: 'https://auth.books.example/userinfo' })).toEqual([]);
    expect(faultsOf({ ...hosts, metadata_url: '/userinfo' })).toEqual(['metadata_url']);
    expect(faultsOf(hosts)).toEqual(['metadata_url']);
  });

  it('names the callback’s parameters of a token host', () => {
    const hosts = { token_host_suffixes: ['.books.example'] };
    for (const place of ['callback.host', '{callback.a}.{callback.b}', '{callback.a}.books.example']) {
      expect(faultsOf({ ...hosts, token_host_from: place })).toEqual([]);
    }
    for (const place of ['host', 'evil.example', '{a}.books.example', 'metadata.host', '{callback.a}/x']) {
      expect(faultsOf({ ...hosts, token_host_from: place })).toEqual(['token_host_from']);
    }
  });

  it('sends a token exchange to a public https URL, with known places alone', () => {
    const exchange = {
      token_exchange_url: 'https://graph.books.example/access_token',
      token_exchange_params: { access_token: '{access_token}', client_secret: '{client_secret}' },
    };
    expect(faultsOf(exchange)).toEqual([]);
    expect(faultsOf({ ...exchange, token_exchange_url: 'http://graph.books.example' })).toEqual([
      'token_exchange_url',
    ]);
    expect(faultsOf({ ...exchange, token_exchange_params: { a: '{refresh_token}' } })).toEqual([
      'token_exchange_params.a',
    ]);
  });
});
