import { expect, it } from 'vitest';
import { type Definition, parseDefinition } from '../../src/sources/definition.ts';
import { deriveFields } from '../../src/sources/map-derive.ts';
import { documentFaults } from '../../src/sources/map-document.ts';
import { writeDocument } from '../../src/sources/map-write.ts';
import { definitionOf, lantern, policy } from './documents.ts';

const bySourceFields = {
  type: 'oauth2',
  name: 'Step counter',
  api_host_url: 'https://api.steps.example/1',
  auth_host_url: 'https://api.steps.example',
  auth_url: '/oauth2/authorize',
  full_auth_url: 'https://www.steps.example/oauth2/authorize?prompt=login',
  access_token_url: '/oauth2/token',
  revocation_url: '/oauth2/revoke',
  metadata_url: '/1/user/-/profile.json',
  uniqueness: 'user.id',
};

function definition(fields: Record<string, unknown>): Definition {
  const parsed = parseDefinition(fields, policy);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.definition;
}

it('writes a document from fields, which derives to the same places', () => {
  const written = writeDocument({}, null, definition(bySourceFields));
  expect(written).toEqual({
    name: 'Step counter',
    url: 'https://api.steps.example/1',
    auth: {
      type: 'oauth2',
      authorization_url: 'https://www.steps.example/oauth2/authorize?prompt=login',
      access_token: 'https://api.steps.example/oauth2/token',
      signature: 'header',
    },
    meta: { uniqueness_location: 'user.id', endpoint: { route: '/user/-/profile.json' } },
  });
  expect(documentFaults(written, policy)).toEqual([]);
  expect(deriveFields(written)).toMatchObject({
    full_auth_url: bySourceFields.full_auth_url,
    access_token_url: 'https://api.steps.example/oauth2/token',
    metadata_url: 'https://api.steps.example/1/user/-/profile.json',
  });
});

it('writes no auth block for a source without authorization', () => {
  const fields = { type: 'none', name: 'Open data', api_host_url: 'https://open.example' };
  expect(writeDocument({}, null, definition(fields))).toEqual({
    name: 'Open data',
    url: 'https://open.example',
  });
});

it('leaves a document alone where no field with a place in it has changed', () => {
  const before = definitionOf(lantern);
  const now = definition({ ...before, pkce: 'none', scopes: ['x'], revocation_url: '/revoke' });
  expect(JSON.stringify(writeDocument(lantern, before, now))).toBe(JSON.stringify(lantern));
});

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['name', { name: 'Lamp' }, { name: 'Lamp' }],
  [
    'api_host_url',
    { api_host_url: 'https://api.lamp.example', metadata_url: 'https://api.lamp.example/me' },
    { url: 'https://api.lamp.example' },
  ],
  [
    'api_host_url alone',
    { api_host_url: 'https://api.lamp.example' },
    {
      url: 'https://api.lamp.example',
      meta: {
        ...lantern.meta,
        endpoint: {
          ...lantern.meta.endpoint,
          route: { path: 'https://api.lantern.example/v2/me', data: '' },
        },
      },
    },
  ],
  [
    'full_auth_url',
    { full_auth_url: 'https://www.lantern.example/a' },
    { auth: { ...lantern.auth, authorization_url: 'https://www.lantern.example/a' } },
  ],
  [
    'access_token_url',
    { access_token_url: '/t' },
    {
      auth: {
        ...lantern.auth,
        access_token: { method: 'GET', url: 'https://www.lantern.example/t', note: 'kept' },
      },
    },
  ],
  [
    'token_method',
    { token_method: 'POST' },
    {
      auth: {
        ...lantern.auth,
        access_token: { method: 'POST', url: 'https://www.lantern.example/oauth2/token', note: 'kept' },
      },
    },
  ],
  [
    'token_auth_method',
    { token_auth_method: 'client_secret_post' },
    { auth: { ...lantern.auth, use_auth_header: false } },
  ],
  ['signature', { signature: 'header' }, { auth: { ...lantern.auth, signature: 'header' } }],
  [
    'metadata_url',
    { metadata_url: 'https://api.lantern.example/v2/you' },
    {
      meta: {
        ...lantern.meta,
        endpoint: { ...lantern.meta.endpoint, route: { path: '/you', data: '' } },
      },
    },
  ],
  [
    'uniqueness',
    { uniqueness: null },
    { meta: { default_name_location: '/account/email', endpoint: lantern.meta.endpoint } },
  ],
])('writes a change of %s to its place', (_, change, expected) => {
  const before = definitionOf(lantern);
  const now = definition({ ...before, ...change });
  const written = writeDocument(lantern, before, now);
  expect(written).toEqual({ ...lantern, ...expected });
  for (const [field, value] of Object.entries(deriveFields(written))) {
    if (field === 'auth_url' || field === 'auth_host_url') continue;
    const own: unknown = now[field as keyof Definition];
    expect(new URL(String(value), 'https://www.lantern.example').href, field).toBe(
      new URL(String(own ?? value), 'https://www.lantern.example').href,
    );
  }
});
