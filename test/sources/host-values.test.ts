import { describe, expect, it } from 'vitest';
import {
  type Definition,
  type OAuth2Definition,
  parseStoredDefinition,
} from '../../src/sources/definition.ts';
import { secretHosts } from '../../src/sources/endpoints.ts';
import {
  callbackNames,
  fillHosts,
  hostValueFault,
  hostValueNames,
  learnApiHost,
  learnTokenHost,
} from '../../src/sources/host-values.ts';

const publicUrl = new URL('https://trivet.test');

function shop(changes: Record<string, unknown> = {}): Definition {
  return parseStoredDefinition({
    type: 'oauth2',
    name: 'Shop',
    api_host_url: 'https://{shop}.store.example/admin',
    auth_host_url: 'https://{shop}.store.example',
    auth_url: '/oauth/authorize',
    full_auth_url: 'https://{shop}.store.example/oauth/authorize',
    access_token_url: '/oauth/token',
    ...changes,
  });
}

describe('a host with a place for a value', () => {
  it('names the value once, and binds secrets to the place', () => {
    expect(hostValueNames(shop())).toEqual(['shop']);
    expect(secretHosts({ definition: shop(), sandbox: false }, publicUrl)).toEqual(['{shop}.store.example']);
    expect(hostValueNames(fillHosts(shop(), { shop: 'acme' }))).toEqual([]);
  });

  it('is filled with the value everywhere', () => {
    const filled = fillHosts(shop(), { shop: 'Acme-2' });
    expect(filled).toMatchObject({
      api_host_url: 'https://acme-2.store.example/admin',
      full_auth_url: 'https://acme-2.store.example/oauth/authorize',
      access_token_url: '/oauth/token',
    });
    expect(secretHosts({ definition: filled, sandbox: false }, publicUrl)).toEqual(['acme-2.store.example']);
  });

  for (const value of [
    'a.b',
    'evil.example/',
    'evil.example#',
    'evil.example?',
    'a@evil.example',
    'evil:443',
    '-a',
    'a-',
    'a--b',
    'value--shop--value',
    '',
    ' ',
    'ä',
    'a\n',
    '{shop}',
    'a'.repeat(64),
    '%2e',
  ]) {
    it(`takes no more than one label: ${JSON.stringify(value)}`, () => {
      expect(hostValueFault(value)).not.toBeNull();
      const filled = fillHosts(shop(), { shop: value });
      expect(secretHosts({ definition: filled, sandbox: false }, publicUrl)).toEqual([
        '{shop}.store.example',
      ]);
    });
  }
});

describe('an API host that a grant names', () => {
  const cloud = shop({
    api_host_url: 'https://login.cloud.example/api/v2',
    auth_host_url: 'https://login.cloud.example',
    full_auth_url: 'https://login.cloud.example/authorize',
    api_host_from: 'instance.url',
    api_host_suffixes: ['.cloud.example', '.clouds.example'],
  });
  const learned = (url: unknown) => learnApiHost(cloud, null, { instance: { url } }, {});

  it('is taken from the token response, below the declared suffixes', () => {
    expect(learned('https://eu1.cloud.example')).toEqual({
      ok: true,
      values: { api_host_url: 'https://eu1.cloud.example/api/v2' },
    });
    expect(learned('eu1.clouds.example')).toMatchObject({ ok: true });
    expect(learned('https://eu1.cloud.example/own/path')).toEqual({
      ok: true,
      values: { api_host_url: 'https://eu1.cloud.example/own/path' },
    });
  });

  for (const url of [
    'https://evil.example',
    'https://evilcloud.example',
    'https://cloud.example.evil.example',
    'http://eu1.cloud.example',
    'https://user@eu1.cloud.example',
    'https://eu1.cloud.example:8443',
    'https://evil.example/.cloud.example',
    'https://evil.example\\.cloud.example',
    'ftp://eu1.cloud.example',
    '',
    7,
    undefined,
  ]) {
    it(`is refused elsewhere: ${String(url)}`, () => expect(learned(url)).toEqual({ ok: false }));
  }

  it('may come with the callback', () => {
    const definition = { ...cloud, api_host_from: 'callback.location' } as Definition;
    expect(learnApiHost(definition, { a: 'b' }, {}, { location: 'us.cloud.example' })).toEqual({
      ok: true,
      values: { a: 'b', api_host_url: 'https://us.cloud.example/api/v2' },
    });
  });

  describe('in several parameters of the callback', () => {
    const definition = {
      ...cloud,
      api_host_from: '{callback.tenant}.{callback.domain}',
      token_host_from: '{callback.tenant}.{callback.domain}',
      token_host_suffixes: ['.cloud.example'],
    } as OAuth2Definition;
    const both = (kept: Record<string, string>) => [
      learnApiHost(definition, null, {}, kept),
      learnTokenHost(definition, null, kept),
    ];

    it('is put together', () => {
      expect(both({ tenant: 'acme', domain: 'cloud.example' })).toEqual([
        { ok: true, values: { api_host_url: 'https://acme.cloud.example/api/v2' } },
        { ok: true, values: { token_host: 'https://acme.cloud.example' } },
      ]);
      expect(callbackNames(definition.token_host_from)).toEqual(['tenant', 'domain']);
    });

    for (const kept of [
      { tenant: 'acme', domain: 'evil.example' },
      { tenant: 'acme', domain: '' },
      { tenant: '', domain: 'cloud.example' },
      { tenant: 'evil.example/', domain: 'cloud.example' },
      { tenant: 'evil.example#', domain: 'cloud.example' },
      { tenant: 'evil.example\\', domain: 'cloud.example' },
      { tenant: 'user@acme', domain: 'cloud.example' },
      { tenant: 'acme', domain: 'cloud.example:8443' },
      { tenant: 'http://acme', domain: 'cloud.example' },
    ]) {
      it(`is refused elsewhere: ${JSON.stringify(kept)}`, () =>
        expect(both(kept)).toEqual([{ ok: false }, { ok: false }]));
    }

    it('is unknown where one is missing', () => {
      expect(both({ tenant: 'acme' })).toEqual([{ ok: false }, { ok: true, values: null }]);
    });
  });

  describe('in the metadata', () => {
    const at = (place: string, metadata: Record<string, unknown> | null) =>
      learnApiHost(
        { ...cloud, api_host_from: place } as Definition,
        null,
        { api: 'a.cloud.example' },
        {},
        metadata,
      );
    const accounts = [
      { is_default: false, base: 'a.cloud.example' },
      null,
      { is_default: true, base: 'b.cloud.example' },
    ];

    it('is taken from a path, an index or the member that is marked', () => {
      const values = { api_host_url: 'https://b.cloud.example/api/v2' };
      expect(at('metadata.api', { api: 'b.cloud.example' })).toEqual({ ok: true, values });
      expect(at('metadata.accounts.2.base', { accounts })).toEqual({ ok: true, values });
      expect(at('metadata.accounts[is_default].base', { accounts })).toEqual({ ok: true, values });
    });

    for (const metadata of [null, {}, { accounts: [] }, { accounts: [accounts[0]] }, { accounts: {} }]) {
      it(`is nowhere else: ${JSON.stringify(metadata)}`, () =>
        expect(at('metadata.accounts[is_default].base', metadata)).toEqual({ ok: false }));
    }

    it('is refused beyond the suffixes', () => {
      expect(at('metadata.api', { api: 'https://evil.example' })).toEqual({ ok: false });
    });
  });
});
