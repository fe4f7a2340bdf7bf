import type { AppEnv } from '../context.ts';
import { base64, utf8 } from '../crypto/encoding.ts';
import { randomSecret } from '../crypto/random.ts';
import type { Config } from '../env.ts';
import { addToQuery } from '../oauth/endpoint-query.ts';
import { signRequest } from '../oauth/oauth1/authorization-header.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import type { ApiKeyDefinition, CredentialDefinition, OAuthDefinition } from '../sources/definition.ts';
import { openPlaces } from '../sources/environment.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';
import { fillPlaces, hasPlace, type PlaceValues, placesIn } from '../sources/placeholders.ts';

/** Whether a body of this content type is a form: what OAuth 1.0a's signature covers (RFC 5849 §3.4.1.3.1). */
export function isForm(contentType: string | null | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

/** A call to a provider's API, before it carries the user's token. */
interface UnsignedCall {
  method: string;
  url: URL;
  /** The body, where it is a form that OAuth 1.0a's signature covers. */
  formBody?: string | undefined;
}

/** The client that a token was granted to, as far as a signature needs it. */
interface Registration {
  clientId: string;
  /** OAuth 1.0a's client secret, opened only where it is needed. */
  openConsumerSecret: () => Promise<string | null>;
}

/** A call's URL with whatever of the user's credential it carries, and the headers that carry the rest. */
interface SignedCall {
  url: URL;
  /** Null where something else carries the credential. */
  authorization: string | null;
  /** Those that take the place of the caller's own. */
  headers: Record<string, string>;
}

/** The client an offer's calls are signed for; null where users type a credential. */
function registrationOf(offer: Offer, config: Config): Registration | null {
  return offer.clientId === null
    ? null
    : { clientId: offer.clientId, openConsumerSecret: () => openClientSecret(offer, config) };
}

/**
 * Puts a user's credential on a call, as its source wants it: an OAuth 2 header (RFC 6750 §2.1) or query
 * parameter (§2.3), an OAuth 1.0a signature (RFC 5849 §3) over the exact URL and form body, an API key in a
 * header or the query, or a user name and password (RFC 7617). What the call has of the same name itself goes.
 *
 * @param now milliseconds since the epoch
 */
async function signCall(
  call: UnsignedCall,
  definition: OAuthDefinition | CredentialDefinition,
  tokens: TokenSet,
  registration: Registration | null,
  places: PlaceValues,
  now: number,
): Promise<SignedCall> {
  const declared = fillDeclared(definition, places);
  const isPlain = Object.keys(declared.params).length === 0;
  const url = isPlain ? call.url : addToQuery(call.url.href, declared.params);
  // What is declared to carry the token is the only thing that does.
  const signed = declared.carriesToken
    ? { url, authorization: null, headers: {} }
    : await carryCredential({ ...call, url }, definition, tokens, registration, now);
  const { authorization = signed.authorization, ...headers } = declared.headers;
  return { url: signed.url, authorization, headers: { ...headers, ...signed.headers } };
}

/**
 * A call to a provider's API as it goes out: with what its source wants on every call, and the user's credential.
 *
 * @param call `headers` stay as they are; a body is signed where it is a form
 * @returns the request, its URL without the credential, and what of it nobody else is to know
 */
export async function signedRequest(
  call: Pick<Request, 'method' | 'headers'> & { url: URL; body: string | ReadableStream<Uint8Array> | null },
  offer: Offer,
  tokens: TokenSet,
  { config, now }: Pick<AppEnv['Variables'], 'config' | 'now'>,
): Promise<{ request: Request; url: URL; secrets: string[] }> {
  const { method, body } = call;
  const { definition } = offer.source;
  const headers = new Headers(call.headers);
  const url = addDeclared(call.url, headers, definition);
  const formBody = typeof body === 'string' && isForm(headers.get('Content-Type')) ? body : undefined;
  const registration = registrationOf(offer, config);
  const places = await placesFor(offer, tokens, config);
  const signed = await signCall({ method, url, formBody }, definition, tokens, registration, places, now());
  if (signed.authorization !== null) headers.set('Authorization', signed.authorization);
  for (const [name, value] of Object.entries(signed.headers)) headers.set(name, value);
  const { client_id: _, ...secret } = places;
  const secrets = Object.values(secret).filter((value) => typeof value === 'string');
  return { request: new Request(signed.url, { method, headers, body }), url, secrets };
}

/** What a call's declared headers and parameters are filled with. What none of them names stays sealed. */
async function placesFor(
  offer: Offer,
  { accessToken, tokenSecret }: TokenSet,
  config: Config,
): Promise<PlaceValues> {
  const { api_headers, api_params } = offer.source.definition;
  const named = placesIn(api_headers, api_params);
  const opensSecret = named.has('client_secret') && offer.clientId !== null;
  return {
    access_token: accessToken,
    token_secret: tokenSecret,
    client_id: offer.clientId,
    client_secret: opensSecret ? await openClientSecret(offer, config) : null,
    ...(await openPlaces(offer.source, config, named)),
  };
}

/** The headers and parameters of a definition that are filled in for each call. */
function fillDeclared(
  { api_headers = {}, api_params = {} }: OAuthDefinition | CredentialDefinition,
  places: PlaceValues,
) {
  const fill = (declared: Record<string, string>, nameOf: (name: string) => string) =>
    Object.fromEntries(
      Object.entries(fillPlaces(declared, places))
        .filter(([name]) => hasPlace(declared[name] ?? ''))
        .map(([name, value]) => [nameOf(name), value]),
    );
  const values = [...Object.values(api_headers), ...Object.values(api_params)];
  return {
    headers: fill(api_headers, (name) => (name.toLowerCase() === 'authorization' ? 'authorization' : name)),
    params: fill(api_params, (name) => name),
    carriesToken: values.some((value) => /\{(access_token|token_secret)\}/.test(value)),
  };
}

/** Adds what a definition wants on every call, where the call hasn't its own; a `User-Agent` is every client's. */
function addDeclared(
  url: URL,
  headers: Headers,
  { api_headers = {}, api_params = {} }: OAuthDefinition | CredentialDefinition,
): URL {
  for (const [name, value] of Object.entries(api_headers)) {
    if (hasPlace(value)) continue;
    if (!headers.has(name) || name.toLowerCase() === 'user-agent') headers.set(name, value);
  }
  const missing = Object.entries(api_params).filter(
    ([name, value]) => !hasPlace(value) && !url.searchParams.has(name),
  );
  return missing.length === 0 ? url : addToQuery(url.href, Object.fromEntries(missing));
}

async function carryCredential(
  call: UnsignedCall,
  definition: OAuthDefinition | CredentialDefinition,
  tokens: TokenSet,
  registration: Registration | null,
  now: number,
): Promise<SignedCall> {
  switch (definition.type) {
    case 'oauth2':
      return definition.signature === 'parameter'
        ? inQuery(call.url, 'access_token', tokens.accessToken)
        : inAuthorization(call.url, `Bearer ${tokens.accessToken}`);
    case 'oauth1':
      return inAuthorization(
        call.url,
        await signRequest({
          method: call.method,
          url: call.url.href,
          ...(call.formBody === undefined ? {} : { formBody: call.formBody }),
          credentials: {
            consumerKey: registration?.clientId ?? '',
            consumerSecret: (await registration?.openConsumerSecret()) ?? '',
            token: tokens.accessToken,
            tokenSecret: tokens.tokenSecret ?? '',
          },
          signatureMethod: definition.signature_method,
          timestamp: Math.floor(now / 1000),
          nonce: randomSecret(),
        }),
      );
    case 'api_key':
      return signWithKey(call.url, definition, tokens.accessToken);
    case 'basic':
      return inAuthorization(
        call.url,
        `Basic ${base64(utf8(`${tokens.extra.username ?? ''}:${tokens.accessToken}`))}`,
      );
    default:
      return definition satisfies never;
  }
}

function signWithKey(url: URL, definition: ApiKeyDefinition, key: string): SignedCall {
  const { key_in, key_name: name = 'Authorization' } = definition;
  if (key_in === 'query') return inQuery(url, name, key);
  const isAuthorization = name.toLowerCase() === 'authorization';
  const value = `${definition.key_prefix ?? (isAuthorization ? 'Bearer ' : '')}${key}`;
  return isAuthorization
    ? inAuthorization(url, value)
    : { url, authorization: null, headers: { [name]: value } };
}

function inAuthorization(url: URL, authorization: string): SignedCall {
  return { url, authorization, headers: {} };
}

function inQuery(url: URL, name: string, value: string): SignedCall {
  return { url: addToQuery(url.href, { [name]: value }), authorization: null, headers: {} };
}
