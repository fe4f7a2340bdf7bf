import { expect, test } from 'vitest';
import type { OAuth1Definition } from '../../src/sources/definition.ts';
import { expectAccount, expectNoBraces, joined, scopes } from './catalogue-expectations.ts';
import {
  availableEntries,
  clientId,
  definitionOf,
  redirectUri,
  type Walked,
  walk,
} from './catalogue-flow.ts';

const entries = availableEntries.filter(({ type }) => type === 'oauth1');

test.each(entries.map((entry) => ({ slug: entry.slug, entry, definition: definitionOf(entry) })))(
  '$slug asks for credentials, sends its users off and signs as it says',
  async ({ entry, definition }) => {
    if (definition.type !== 'oauth1') throw new Error('The entry and its definition differ.');
    const walked = await walkOAuth1(definition, entry.sample);
    expectCredentialCalls(definition, walked);
    expectAccount(entry, definition, walked);
  },
);

function walkOAuth1(definition: OAuth1Definition, profile: unknown): Promise<Walked> {
  const form = (fields: Record<string, string>) => new Response(new URLSearchParams(fields).toString());
  const isRevised = definition.verifier !== 'none';
  return walk(definition, scopes, {
    request: form({
      oauth_token: 'temporary',
      oauth_token_secret: 'secret',
      ...(isRevised ? { oauth_callback_confirmed: 'true' } : {}),
    }),
    token: form({ oauth_token: 'the-access-token', oauth_token_secret: 'secret' }),
    profile,
    callback: isRevised ? { oauth_verifier: 'the-verifier' } : {},
  });
}

function expectCredentialCalls(definition: OAuth1Definition, { address, exchanges, obtained }: Walked): void {
  const [request, token] = exchanges;
  if (!request || !token) throw new Error('Nothing was sent.');
  for (const [call, url] of [
    [request, definition.request_token_url],
    [token, definition.access_token_url],
  ] as const) {
    expect(call.method).toBe('POST');
    expect(call.url.href).toBe(new URL(url, definition.auth_host_url).href);
    expect(call.url.protocol).toBe('https:');
    const signed = call.headers.get('authorization');
    expect(signed).toContain(`oauth_signature_method="${definition.signature_method}"`);
    expect(signed).toContain(`oauth_consumer_key="${clientId}"`);
  }
  const callback = `oauth_callback="${encodeURIComponent(redirectUri)}"`;
  const isLate = definition.callback_at === 'authorize';
  expect(request.headers.get('authorization')?.includes(callback)).toBe(!isLate);
  expect(address.searchParams.get('oauth_callback')).toBe(isLate ? redirectUri : null);
  const isRevised = definition.verifier !== 'none';
  expect(token.headers.get('authorization')?.includes('oauth_verifier="the-verifier"')).toBe(isRevised);
  const scope = `scope=${joined[definition.scope_separator]}`;
  const atAuthorize = definition.scope_at === 'authorize';
  expect(request.body).toBe(atAuthorize ? '' : scope);
  expect(address.search.includes(scope)).toBe(atAuthorize);
  const declared = new URL(definition.full_auth_url);
  expect(address.origin + address.pathname).toBe(declared.origin + declared.pathname);
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    ...Object.fromEntries(declared.searchParams),
    ...definition.authorization_params,
    oauth_token: 'temporary',
  });
  expect(obtained).toMatchObject({ ok: true, tokens: { accessToken: 'the-access-token' } });
  expectNoBraces(address.href, request.url.href, token.url.href);
}
