import { describe, expect, it } from 'vitest';
import { type Definition, parseStoredDefinition } from '../../src/sources/definition.ts';
import { secretHosts } from '../../src/sources/endpoints.ts';
import { fillHosts, hostValueFault, hostValueNames, learnApiHost } from '../../src/sources/host-values.ts';

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
});
