import type { UrlPolicy } from '../../src/outbound/allowed-url.ts';
import { parseDefinition } from '../../src/sources/definition.ts';
import { deriveFields } from '../../src/sources/map-derive.ts';

export const policy: UrlPolicy = { insecureHosts: [], publicUrl: new URL('https://trivet.test') };

/** An OAuth 2 map with something in every place. */
export const lantern = {
  version: '1.0',
  name: 'Lantern',
  description: 'Pictures of lanterns, and who lit them.',
  url: 'https://api.lantern.example/v2',
  tags: ['media', 'photos'],
  headers: { 'X-Client': '{{ environment.client_name }}' },
  parameters: { locale: 'en' },
  environment: { client_name: 'desk', quota: 5 },
  auth: {
    type: 'oauth2',
    redirect_url: 'https://shop.example/connected?from=lantern',
    authorization_url: 'https://www.lantern.example/oauth2/authorize?duration=permanent',
    access_token: { method: 'GET', url: '/oauth2/token', note: 'kept' },
    use_auth_header: true,
    signature: 'parameter',
    auth_key: '*** YOUR KEY ***',
    auth_secret: '*** YOUR SECRET ***',
    stateless: true,
  },
  meta: {
    uniqueness_location: 'account.id',
    default_name_location: '/account/email',
    endpoint: {
      method: 'GET',
      route: { path: 'me', data: '' },
      scopes: ['profile'],
      model: { key: 'id', fields: { id: 'integer' } },
    },
  },
  endpoints: {
    Pictures: {
      GET: {
        method: 'GET',
        route: { path: '/pictures', data: 'items' },
        parameters: {
          limit: '{{ parameters.limit }}',
          sort: { description: 'newest or oldest', value: 'newest' },
          album: { description: 'whose', required: true },
          locale: null,
        },
        headers: { 'x-client': 'phone', 'If-None-Match': "{{ headers['If-None-Match'] }}" },
        scopes: ['pictures.read'],
      },
      POST: {
        route: '/pictures',
        body: {
          title: { description: 'of the picture', value: '{{ parameters.title }}' },
          owner: '{{ connection.metadata.account.id }}',
          place: { description: 'a street', value: 'High Street', country: 'NO' },
        },
        scopes: ['pictures.write', 'pictures.read'],
      },
    },
    Picture: { route: '/pictures/{{ identifier }}', scopes: 'pictures.read pictures.meta' },
    Upload: { method: 'post', route: 'https://www.lantern.example/upload/{{ parameters.kind }}' },
    Tags: '/tags',
    Users: { single: { route: '/users/{{ identifier }}' }, collection: { route: '/users' } },
  },
  models: { anything: [1, { goes: null }] },
};

/** A definition made from a document, with its defaults. */
export function definitionOf(document: Record<string, unknown>) {
  const parsed = parseDefinition(deriveFields(document), policy);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.definition;
}
