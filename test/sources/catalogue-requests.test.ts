import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { refreshTokenRequest } from '../../src/oauth/oauth2/token-request.ts';
import type { OAuth2Definition } from '../../src/sources/definition.ts';
import { callbackNames } from '../../src/sources/host-values.ts';
import { placesIn } from '../../src/sources/placeholders.ts';
import { requestRevocation } from '../../src/sources/revocation.ts';
import {
  expectAccount,
  expectClient,
  expectNoBraces,
  expectTokenCall,
  fieldsOf,
  joined,
  scopes,
} from './catalogue-expectations.ts';
import {
  availableEntries,
  clientId,
  clientSecret,
  definitionOf,
  filled,
  now,
  redirectUri,
  type Sent,
  type Walked,
  walk,
} from './catalogue-flow.ts';

// What each entry makes the engine send, held against what the entry says.

const entries = availableEntries.map((entry) => ({
  slug: entry.slug,
  entry,
  definition: definitionOf(entry),
}));

test.each(entries.filter(({ entry }) => entry.type === 'oauth2'))(
  '$slug sends its users off, trades, refreshes and asks as it says',
  async ({ entry, definition }) => {
    if (definition.type !== 'oauth2') throw new Error('The entry and its definition differ.');
    const walked = await walkOAuth2(definition, entry.sample);
    expectAuthorization(definition, walked.address);
    expectExchange(definition, walked);
    await expectRefresh(definition);
    await expectRevocation(definition);
    expectAccount(entry, definition, walked);
  },
);

/** The refresh token of an answer: the access token itself, where that is what is refreshed. */
function refreshTokenOf({ token_response: { access_token, refresh_token } }: OAuth2Definition): string {
  return refresh_token === (access_token ?? 'access_token') ? 'the-access-token' : 'the-refresh-token';
}

/** A token answer with everything where the entry has it. */
function tokenAnswer(
  definition: OAuth2Definition,
  accessToken = 'the-access-token',
): Record<string, unknown> {
  const { token_response: at, token_metadata = [] } = definition;
  const end = new Date(now + 1_800_000);
  const instants = { s: end.getTime() / 1000, ms: end.getTime(), iso: end.toISOString() };
  const fields: Record<string, unknown> = {
    [at.refresh_token ?? 'refresh_token']: refreshTokenOf(definition),
    [at.access_token ?? 'access_token']: accessToken,
    ...(at.expires_at
      ? { [at.expires_at]: instants[at.expires_at_format ?? 's'] }
      : { [at.expires_in ?? 'expires_in']: at.expires_in_unit === 'ms' ? 1_800_000 : 1800 }),
    ...Object.fromEntries(token_metadata.map((name) => [name, `of ${name}`])),
  };
  const steps = at.under?.split('.') ?? [];
  const answer = steps.reduceRight<Record<string, unknown>>((inner, step) => ({ [step]: inner }), fields);
  const place = definition.api_host_from ?? 'callback.';
  return /^metadata\.|callback\./.test(place)
    ? answer
    : { ...answer, [place]: `https://${grantedHost(definition)}` };
}

function grantedHost({ api_host_suffixes: [suffix] = [] }: OAuth2Definition): string {
  return `granted${suffix}`;
}

function grantedTokenHost({ token_host_suffixes: [suffix] = [] }: OAuth2Definition): string {
  return `granted${suffix}`;
}

/** Where a code is redeemed after that callback. */
function tokenEndpoint(definition: OAuth2Definition): string {
  const declared = new URL(definition.access_token_url ?? '', definition.auth_host_url);
  if (definition.token_host_from) declared.host = grantedTokenHost(definition);
  return declared.href;
}

function walkOAuth2(definition: OAuth2Definition, profile: unknown): Promise<Walked> {
  const isExchanged = definition.token_exchange_url !== undefined;
  return walk(definition, scopes, {
    token: Response.json(tokenAnswer(definition, isExchanged ? 'the-short-token' : undefined)),
    exchange: isExchanged ? Response.json(tokenAnswer(definition)) : undefined,
    profile,
    callback: {
      code: 'the-code',
      ...Object.fromEntries(definition.callback_metadata.map((name) => [name, `kept-${name}`])),
      ...broughtBy(definition),
      ...inParts(callbackNames(definition.api_host_from), grantedHost(definition)),
      ...inParts(callbackNames(definition.token_host_from), grantedTokenHost(definition)),
    },
  });
}

/** A host as a callback names it: whole, or its first label and the rest apart. */
function inParts([first, rest]: string[], host: string): Record<string, string> {
  if (first === undefined) return {};
  const [label = '', ...domain] = host.split('.');
  return rest === undefined ? { [first]: host } : { [first]: label, [rest]: domain.join('.') };
}

/** What a callback brings that the code is traded with. */
function broughtBy({ token_params }: OAuth2Definition): Record<string, string> {
  const names = [...placesIn(token_params)].filter((place) => place.startsWith('callback.'));
  return Object.fromEntries(names.map((place) => [place.slice('callback.'.length), `brought ${place}`]));
}

function broughtPlaces(definition: OAuth2Definition): Record<string, string> {
  const brought = Object.entries(broughtBy(definition));
  return Object.fromEntries(brought.map(([name, value]) => [`callback.${name}`, value]));
}

function expectAuthorization(definition: OAuth2Definition, address: URL): void {
  const declared = new URL(definition.full_auth_url ?? '');
  expect(address.protocol).toBe('https:');
  expect(address.origin + address.pathname).toBe(declared.origin + declared.pathname);
  const params = Object.fromEntries(address.searchParams);
  expect(params).toMatchObject({
    response_type: 'code',
    ...Object.fromEntries(declared.searchParams),
    redirect_uri: redirectUri,
    ...filled(definition, definition.authorization_params, {
      redirect_uri: redirectUri,
      state: params.state,
      nonce: params.nonce,
    }),
    [definition.client_id_param ?? 'client_id']: clientId,
  });
  expect(params.state).toMatch(/^[\w-]{40,}$/);
  expect(`${address.search}&`).toContain(
    `${definition.scope_param ?? 'scope'}=${joined[definition.scope_separator]}&`,
  );
  const isPlain = definition.pkce === 'none';
  expect(params.code_challenge_method).toBe(isPlain ? undefined : definition.pkce);
  expect(params.code_challenge?.length).toBe(isPlain ? undefined : 43);
  if (definition.client_id_param) expect(params.client_id).toBe(definition.authorization_params.client_id);
  if (definition.scope_param) expect(params.scope).toBe(definition.authorization_params.scope);
  expectNoBraces(address.href);
}

function expectExchange(definition: OAuth2Definition, { address, exchanges, obtained }: Walked): void {
  expect(exchanges).toHaveLength(definition.token_exchange_url ? 2 : 1);
  if (definition.token_exchange_url) expectTokenExchange(definition, exchanges[1]);
  const fields = expectTokenCall(definition, exchanges[0], tokenEndpoint(definition));
  expect(fields).toMatchObject({
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    ...filled(definition, definition.token_params, {
      redirect_uri: redirectUri,
      state: address.searchParams.get('state'),
      ...broughtPlaces(definition),
    }),
    code: 'the-code',
  });
  const { code_verifier: verifier = '' } = fields;
  const digest = createHash('sha256').update(verifier).digest('base64url');
  expect(definition.pkce === 'S256' ? digest : verifier).toBe(
    address.searchParams.get('code_challenge') ?? '',
  );
  expect(obtained).toMatchObject({
    ok: true,
    tokens: {
      accessToken: 'the-access-token',
      refreshToken: refreshTokenOf(definition),
      expiresAt: now + 1_800_000,
    },
  });
}

function expectTokenExchange(definition: OAuth2Definition, request: Sent | undefined): void {
  expect(request?.method).toBe('GET');
  const { origin, pathname, searchParams } = request?.url ?? new URL('about:blank');
  expect(origin + pathname).toBe(definition.token_exchange_url);
  expect(Object.fromEntries(searchParams)).toEqual(
    filled(definition, definition.token_exchange_params, { access_token: 'the-short-token' }),
  );
  expect(request?.headers.has('authorization')).toBe(false);
}

/** How the engine calls the token endpoint and its neighbours for this entry. */
function callOf(definition: OAuth2Definition, url: string) {
  return {
    endpoint: new URL(url, definition.auth_host_url ?? '').href,
    client: {
      id: clientId,
      secret: clientSecret,
      idParameter: definition.client_id_param,
      secretParameter: definition.client_secret_param,
    },
    authMethod: definition.token_auth_method ?? ('client_secret_basic' as const),
    headers: filled(definition, definition.token_headers),
  };
}

async function expectRefresh(definition: OAuth2Definition): Promise<void> {
  // One that no RFC knows is walked whole, elsewhere.
  if (definition.refresh_method === 'GET') return;
  const url = definition.refresh_url ?? definition.access_token_url ?? '';
  const request = refreshTokenRequest({
    ...callOf(definition, url),
    bodyFormat: definition.token_body_format,
    refreshToken: 'the-refresh-token',
    refreshTokenParameter: definition.refresh_token_param,
    params: filled(definition, { ...definition.token_params, ...definition.refresh_token_params }),
    method: definition.token_method,
  });
  const fields = expectTokenCall(definition, await written(request), url);
  expect(fields).toMatchObject({
    grant_type: 'refresh_token',
    ...filled(definition, definition.refresh_token_params),
    [definition.refresh_token_param ?? 'refresh_token']: 'the-refresh-token',
  });
  // What is for the code alone would be wrong here.
  expect(Object.values(fields)).not.toContain('authorization_code');
}

const tokens = {
  accessToken: 'the-access-token',
  refreshToken: 'the-refresh-token',
  tokenSecret: null,
  tokenType: 'Bearer',
  expiresAt: null,
  scopes: null,
  extra: {},
};

async function expectRevocation(definition: OAuth2Definition): Promise<void> {
  if (definition.revocation_url === undefined) return;
  const request = await written(
    requestRevocation(
      definition,
      new URL(definition.revocation_url, definition.auth_host_url),
      callOf(definition, definition.revocation_url),
      tokens,
    ),
  );
  const { revocation_method: method = 'POST', revocation_params: declared } = definition;
  expect({ method: request.method, protocol: request.url.protocol }).toEqual({ method, protocol: 'https:' });
  const isInQuery = method === 'GET' || definition.revocation_body_format === 'query';
  const fields = isInQuery ? Object.fromEntries(request.url.searchParams) : fieldsOf(request);
  expectNoBraces(request.url.href, ...Object.values(fields), ...request.headers.values());
  if (declared) {
    expect(fields).toMatchObject(
      Object.fromEntries(Object.keys(declared).map((name) => [name, expect.any(String)])),
    );
    const sent = [request.url.href, request.body, ...request.headers.values()].join();
    expect(sent).toMatch(/the-(access|refresh)-token/);
  } else {
    expect(fields).toMatchObject({ token: 'the-refresh-token', token_type_hint: 'refresh_token' });
    expectClient(
      { ...definition, token_auth_method: definition.revocation_auth_method ?? definition.token_auth_method },
      request,
      fields,
    );
  }
}

async function written(request: Request): Promise<Sent> {
  const { method, url, headers } = request;
  return { method, url: new URL(url), headers, body: await request.text() };
}
