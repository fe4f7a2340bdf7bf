import { expect, it } from 'vitest';
import { documentFaults } from '../../src/sources/map-document.ts';
import { lantern, policy } from './documents.ts';

function paths(document: Record<string, unknown>): string[] {
  return documentFaults(document, policy).map(({ path }) => path);
}

const endpoint = (specification: unknown) => ({ ...lantern, endpoints: { X: specification } });

it('accepts documents as people write them', () => {
  const { auth: _, name: __, endpoints: ___, ...plain } = lantern;
  expect(documentFaults(lantern, policy)).toEqual([]);
  expect(documentFaults(plain, policy)).toEqual([]);
  expect(documentFaults({ ...plain, auth: null }, policy)).toEqual([]);
  expect(documentFaults({ ...plain, auth: {} }, policy)).toEqual([]);
  expect(documentFaults({ ...plain, endpoints: null, headers: null, meta: null }, policy)).toEqual([]);
  expect(documentFaults({ url: 'https://api.lantern.example' }, policy)).toEqual([]);
  expect(paths(endpoint({ routes: { single: null, collection: { path: 'https://far.example' } } }))).toEqual(
    [],
  );
  expect(paths({ ...lantern, models: '{{ model.x }}', description: '{{ anything' })).toEqual([]);
});

it('tells every fault at once, each at its path', () => {
  const document = {
    name: 5,
    auth: {
      type: 'openid',
      access_token: { method: 'PUT' },
      auth_key: '',
      auth_secret: { set: false },
      signature: 'cookie',
      use_auth_header: 'yes',
      redirect_url: 'javascript:alert(1)',
    },
    headers: { 'Bad Name': 'x', Fine: '{{ parameter.x }}', Split: 'a\r\nb' },
    environment: { a: { nested: true }, b: 'x' },
    meta: { uniqueness_location: 5, endpoint: { route: '{{ nope }}' } },
    endpoints: {
      A: { GET: { route: 7, method: 'FETCH', scopes: [1] }, POST: 5 },
      B: { parameters: 'x' },
      C: 12,
      D: { route: { data: 'x' }, parameters: { q: { value: '{{ model.id }}' }, r: ['{{ x }}'] } },
      E: { route: '/e', body: { a: { b: ['{{ nope }}'] } }, single: 'https://far.example/' },
    },
  };
  expect(paths(document).sort()).toEqual(
    [
      'auth.access_token',
      'auth.auth_key',
      'auth.auth_secret',
      'auth.redirect_url',
      'auth.signature',
      'auth.type',
      'auth.use_auth_header',
      'endpoints.A.GET.method',
      'endpoints.A.GET.route',
      'endpoints.A.GET.scopes',
      'endpoints.A.POST',
      'endpoints.B.parameters',
      'endpoints.B.route',
      'endpoints.C',
      'endpoints.D.parameters.q.value',
      'endpoints.D.parameters.r.0',
      'endpoints.D.route.path',
      'endpoints.E.body.a.b.0',
      'endpoints.E.single',
      'environment.a',
      'headers.Bad Name',
      'headers.Fine',
      'headers.Split',
      'meta.endpoint.route',
      'meta.uniqueness_location',
      'name',
      'url',
    ].sort(),
  );
});

it.each([
  'https://far.example/x',
  'HTTPS://FAR.example/x',
  'https://api.lantern.example.far.example/x',
  'https://api.lantern.example@far.example/x',
  'https://api.lantern.example:444/x',
  'https://far.example\\@api.lantern.example/x',
  'http://api.lantern.example/x',
  'https://{{ parameters.host }}/x',
  'https://api.lantern.example{{ parameters.rest }}/x',
  'https://127.0.0.1/x',
  'ftp://api.lantern.example/x',
])('lets no endpoint lead to %s', (route) => {
  expect(paths(endpoint({ GET: { route } }))).toEqual(['endpoints.X.GET.route']);
});

it.each([
  'https://api.lantern.example/x?y={{ parameters.y }}',
  'https://www.lantern.example/{{ identifier }}',
  '/x',
  'x',
  '//x',
])('lets an endpoint lead to %s', (route) => {
  expect(paths(endpoint({ GET: { route } }))).toEqual([]);
});

it('refuses a document deeper than the stack', () => {
  let deep: unknown = 'bottom';
  for (let level = 0; level < 50_000; level += 1) deep = [deep];
  expect(documentFaults({ ...lantern, models: deep }, policy)).toEqual([
    { path: '', message: 'is nested more than 100 levels deep' },
  ]);
});
