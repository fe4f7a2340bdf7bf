import { expect } from 'vitest';
import type { AvailableEntry } from '../../src/sources/catalogue/entry.ts';
import type { OAuth1Definition, OAuth2Definition } from '../../src/sources/definition.ts';
import { clientId, clientSecret, filled, type Sent, type Walked } from './catalogue-flow.ts';

/** What is asked for. */
export const scopes = ['first:scope', 'second'];

/** These scopes as they stand in a query or a form, by the separator. */
export const joined: Record<string, string> = {
  ' ': 'first%3Ascope+second',
  '+': 'first%3Ascope+second',
  ',': 'first%3Ascope%2Csecond',
  ';': 'first%3Ascope%3Bsecond',
  '|': 'first%3Ascope%7Csecond',
};

/** What was sent, wherever it was put. */
export function fieldsOf({ method, url, headers, body }: Sent): Record<string, string> {
  if (method === 'GET') return Object.fromEntries(url.searchParams);
  return headers.get('content-type') === 'application/json'
    ? JSON.parse(body)
    : Object.fromEntries(new URLSearchParams(body));
}

/** Nothing was left to be filled. */
export function expectNoBraces(...texts: (string | null | undefined)[]): void {
  for (const text of texts) expect(decodeURIComponent(text ?? '')).not.toMatch(/[{}]/);
}

/** How the client shows who it is, at the token endpoint and at revocation. */
export function expectClient(
  definition: OAuth2Definition,
  request: Sent,
  fields: Record<string, string>,
): void {
  const id = definition.client_id_param ?? 'client_id';
  const secret = definition.client_secret_param ?? 'client_secret';
  const method = definition.token_auth_method ?? 'client_secret_basic';
  expect(request.headers.get('authorization')).toBe(
    method === 'client_secret_basic' ? `Basic ${btoa(`${clientId}:${clientSecret}`)}` : null,
  );
  expect(fields[id]).toBe(method === 'client_secret_basic' ? undefined : clientId);
  expect(fields[secret]).toBe(method === 'client_secret_post' ? clientSecret : undefined);
  const isDeclared = Object.values(definition.token_params).includes('{client_secret}');
  const isSent = request.body.includes(clientSecret);
  expect(isSent && method !== 'client_secret_post' && !isDeclared).toBe(false);
}

/** Method, place and form of a request to the token endpoint. */
export function expectTokenCall(definition: OAuth2Definition, request: Sent | undefined, endpoint: string) {
  if (!request) throw new Error('Nothing was sent.');
  const address = new URL(endpoint, definition.auth_host_url ?? '');
  const method = definition.token_method ?? 'POST';
  expect(request.method).toBe(method);
  expect(request.url.origin + request.url.pathname).toBe(address.origin + address.pathname);
  expect(address.protocol).toBe('https:');
  if (method === 'POST') {
    const json = definition.token_body_format === 'json';
    expect(request.headers.get('content-type')).toBe(
      json ? 'application/json' : 'application/x-www-form-urlencoded',
    );
    expect(request.url.search).toBe(address.search);
  }
  expect(Object.fromEntries(request.headers)).toMatchObject(
    lowered(filled(definition, definition.token_headers)),
  );
  expectNoBraces(request.url.href, ...request.headers.values());
  const fields = fieldsOf(request);
  expectNoBraces(...Object.values(fields));
  expectClient(definition, request, fields);
  return fields;
}

function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The call for the profile, and how it carries the token. */
function expectProfileCall(definition: OAuth1Definition | OAuth2Definition, request: Sent | null): void {
  if (!request) throw new Error('Nobody was asked.');
  const inQuery = definition.type === 'oauth2' && definition.signature === 'parameter';
  const { api_headers = {}, api_params = {} } = definition;
  const given = (values: Record<string, string>) =>
    filled(definition, values, { access_token: 'the-access-token', token_secret: 'secret' });
  const place = definition.metadata_url?.replace(/\{\{ connection\.metadata\.(\w+) \}\}/g, 'kept-$1');
  const declared = new URL(place ?? '', definition.api_host_url);
  expect(request.method).toBe(definition.metadata_method ?? 'GET');
  expect(request.url.pathname).toBe(declared.pathname);
  if (!('api_host_from' in definition) || !definition.api_host_from) {
    expect(request.url.origin).toBe(declared.origin);
  }
  const carried = [...Object.values(api_headers), ...Object.values(api_params)].some((value) =>
    /\{(access_token|token_secret)\}/.test(value),
  );
  expect(Object.fromEntries(request.url.searchParams)).toEqual({
    ...Object.fromEntries(declared.searchParams),
    ...given(api_params),
    ...(inQuery && !carried ? { access_token: 'the-access-token' } : {}),
  });
  const headers = Object.fromEntries(request.headers);
  expect(headers).toMatchObject(lowered(given(api_headers)));
  if (carried) expect(headers.authorization).toBe(lowered(given(api_headers)).authorization);
  else if (inQuery) expect(headers.authorization).toBeUndefined();
  else if (definition.type === 'oauth2') expect(headers.authorization).toBe('Bearer the-access-token');
  else expect(headers.authorization).toMatch(/^OAuth .*oauth_token="the-access-token"/);
  expect(headers['user-agent']).toBeTruthy();
  expect(request.body).toBe(definition.metadata_body ?? '');
  expect(headers['content-type']).toBe(definition.metadata_body ? 'application/json' : undefined);
  expectNoBraces(request.url.href, ...request.headers.values());
}

/** Who connected, from the sample of the profile or from what came with the tokens. */
export function expectAccount(
  { sample }: AvailableEntry,
  definition: OAuth1Definition | OAuth2Definition,
  { profile, account }: Walked,
): void {
  if (definition.metadata_url === undefined) expect(profile).toBeNull();
  else expectProfileCall(definition, profile);
  const told = definition.type === 'oauth2' ? (definition.token_metadata ?? []) : [];
  const isKnown = (pointer: string) => sample !== undefined || told.includes(pointer);
  const { uniqueness, default_name } = definition;
  if (uniqueness && isKnown(uniqueness)) expect(account?.uniqueValue).toBeTruthy();
  if (default_name && isKnown(default_name)) expect(account?.name).toBeTruthy();
  // A place that nothing ever fills would merge nobody.
  if (uniqueness && definition.metadata_url === undefined) expect(told).toContain(uniqueness.split('.')[0]);
}
