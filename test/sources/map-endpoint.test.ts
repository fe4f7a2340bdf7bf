import { expect, it } from 'vitest';
import { endpointScopes, findEndpoint, metadataEndpoint } from '../../src/sources/map-endpoint.ts';
import { lantern } from './documents.ts';

it('merges what the document sends into what the endpoint does', () => {
  expect(findEndpoint(lantern, 'Pictures', 'GET')).toEqual({
    ok: true,
    endpoint: {
      method: 'GET',
      route: '/pictures',
      parameters: [
        { name: 'limit', value: '{{ parameters.limit }}', required: false },
        { name: 'sort', value: 'newest', required: false },
        { name: 'album', value: '{{ parameters.album }}', required: true },
      ],
      headers: [
        { name: 'x-client', value: 'phone', required: false },
        { name: 'If-None-Match', value: "{{ headers['If-None-Match'] }}", required: false },
      ],
      body: undefined,
      scopes: ['pictures.read'],
    },
  });
});

it('unwraps a body’s described values, and leaves objects with further members alone', () => {
  expect(findEndpoint(lantern, 'Pictures', 'post')).toMatchObject({
    ok: true,
    endpoint: {
      method: 'POST',
      body: {
        title: '{{ parameters.title }}',
        owner: '{{ connection.metadata.account.id }}',
        place: { description: 'a street', value: 'High Street', country: 'NO' },
      },
    },
  });
});

it.each([
  ['Tags', 'GET', 'GET'],
  ['Tags', 'HEAD', 'HEAD'],
  ['Picture', 'get', 'GET'],
  ['Upload', 'GET', 'POST'],
  ['Upload', 'POST', 'POST'],
  ['Pictures', 'HEAD', 'GET'],
])('calls %s by %s with %s', (name, verb, method) => {
  expect(findEndpoint(lantern, name, verb)).toMatchObject({ ok: true, endpoint: { method } });
});

it('tells an unknown endpoint from an unknown verb, and never looks at a prototype', () => {
  expect(findEndpoint(lantern, 'Nothing', 'GET')).toEqual({ ok: false, reason: 'unknown_endpoint' });
  expect(findEndpoint(lantern, 'constructor', 'GET')).toEqual({ ok: false, reason: 'unknown_endpoint' });
  expect(findEndpoint({}, 'x', 'GET')).toEqual({ ok: false, reason: 'unknown_endpoint' });
  expect(findEndpoint(lantern, 'Pictures', 'DELETE')).toEqual({
    ok: false,
    reason: 'unknown_verb',
    allowed: ['GET', 'POST'],
  });
  expect(findEndpoint(lantern, 'Tags', 'DELETE')).toMatchObject({ allowed: ['GET'] });
});

it('takes the route for single objects where there is an identifier', () => {
  expect(findEndpoint(lantern, 'Users', 'GET', true)).toMatchObject({
    endpoint: { route: '/users/{{ identifier }}' },
  });
  expect(findEndpoint(lantern, 'Users', 'GET')).toMatchObject({ endpoint: { route: '/users' } });
  const singles = { endpoints: { Users: { single: '/users/{{ identifier }}' } } };
  expect(findEndpoint(singles, 'Users', 'GET')).toEqual({ ok: false, reason: 'no_route' });
});

it('lets a verb’s own value win over what holds for all verbs', () => {
  const document = {
    body: { a: 1, b: 1 },
    endpoints: { X: { route: '/x', body: { b: 2 }, scopes: ['s'], POST: { body: { c: 3 } }, GET: '/y' } },
  };
  expect(findEndpoint(document, 'X', 'POST')).toMatchObject({
    endpoint: { route: '/x', body: { a: 1, b: 2, c: 3 }, scopes: ['s'], method: 'POST' },
  });
  expect(findEndpoint(document, 'X', 'GET')).toMatchObject({ endpoint: { route: '/y', method: 'GET' } });
});

it('reads the metadata endpoint', () => {
  expect(metadataEndpoint(lantern)).toMatchObject({ method: 'GET', route: 'me', scopes: ['profile'] });
  expect(metadataEndpoint({ meta: { endpoint: '/me' } })).toMatchObject({ method: 'GET', route: '/me' });
  expect(metadataEndpoint({})).toBeNull();
});

it('collects the scopes of endpoints, over all their verbs', () => {
  expect(endpointScopes(lantern, ['Pictures', 'Picture', 'Tags'])).toEqual({
    ok: true,
    scopes: ['pictures.read', 'pictures.write', 'pictures.meta'],
  });
  expect(endpointScopes(lantern, ['Pictures', 'toString', 'Nope'])).toEqual({
    ok: false,
    unknown: ['toString', 'Nope'],
  });
});
