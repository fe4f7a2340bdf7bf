import type { AppEnv } from '../context.ts';
import type { Config } from '../env.ts';
import type { EndpointAnswer } from '../oauth/endpoint-answer.ts';
import type { Client, ClientAuthenticationMethod } from '../oauth/oauth2/client-authentication.ts';
import { declaredRequest, refreshTokenRequest } from '../oauth/oauth2/token-request.ts';
import { parseTokenResponse, type TokenResponseRules } from '../oauth/oauth2/token-response.ts';
import { mergeTokens, type TokenSet } from '../oauth/token-set.ts';
import { readText } from '../outbound/outbound.ts';
import type { OAuth2Definition } from '../sources/definition.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { openPlaces } from '../sources/environment.ts';
import { type OAuth2Offer, type OAuthOffer, openClientSecret } from '../sources/offer.ts';
import { fillPlaces, type PlaceValues, placesIn } from '../sources/placeholders.ts';
import { callbackUrl, clientAuthMethod } from '../sources/source.ts';

/** A user waits for it. */
const codeTimeoutMs = 10_000;
/** A provider that is slow has spent the old refresh token by the time it answers: what it gives must not be missed. */
export const refreshTimeoutMs = 25_000;
const tokenMaxBytes = 256 * 1024;

/**
 * An offer's OAuth 2 client, with its secret opened, how it authenticates, and the headers it sends besides.
 *
 * @returns `places`: what parameters that a definition declares are filled with
 */
export async function openClient(
  offer: OAuthOffer,
  definition: OAuth2Definition,
  config: Config,
): Promise<{
  client: Client;
  authMethod: ClientAuthenticationMethod;
  headers: Record<string, string>;
  places: PlaceValues;
}> {
  const secret = await openClientSecret(offer, config);
  const { token_headers, token_params, token_exchange_params, refresh_token_params } = definition;
  const named = placesIn(token_headers, token_params, token_exchange_params, refresh_token_params);
  const places = {
    client_id: offer.clientId,
    client_secret: secret,
    ...(await openPlaces(offer.source, config, named)),
  };
  return {
    places,
    headers: fillPlaces(token_headers, places),
    client: {
      id: offer.clientId,
      secret,
      idParameter: definition.client_id_param,
      secretParameter: definition.client_secret_param,
    },
    authMethod: clientAuthMethod(definition, secret),
  };
}

/** Where things are in a source's token responses. */
export function tokenResponseRules(definition: OAuth2Definition): TokenResponseRules {
  const { under, access_token, refresh_token, expires_in, expires_in_unit, ...rest } =
    definition.token_response;
  return {
    scopeSeparator: definition.scope_separator,
    under,
    accessToken: access_token,
    refreshToken: refresh_token,
    expiresIn: expires_in,
    expiresInUnit: expires_in_unit,
    expiresAt: rest.expires_at,
    expiresAtFormat: rest.expires_at_format,
    scope: rest.scope,
  };
}

/**
 * Sends a request to a source's token endpoint, and reads what it answers.
 *
 * @throws OutboundError where the provider can't be reached, is too slow, or says too much
 */
export async function askTokenEndpoint(
  { outbound, now }: AppEnv['Variables'],
  { source }: Pick<OAuthOffer, 'source'>,
  request: Request,
  timeoutMs = codeTimeoutMs,
): Promise<EndpointAnswer> {
  const response = await outbound(request, { timeoutMs, sandbox: source.sandbox });
  return {
    status: response.status,
    contentType: response.headers.get('Content-Type'),
    wwwAuthenticate: response.headers.get('WWW-Authenticate'),
    retryAfter: response.headers.get('Retry-After'),
    body: await readText(response, tokenMaxBytes, timeoutMs),
    now: now(),
  };
}

/**
 * Swaps the token that a code brought for one that lasts, where the source's definition says so.
 *
 * @param offer at the hosts that the callback says
 * @throws OutboundError as `askTokenEndpoint` does
 */
export async function exchangeToken(
  parts: AppEnv['Variables'],
  offer: OAuthOffer,
  tokens: TokenSet,
): Promise<ReturnType<typeof parseTokenResponse>> {
  const { definition } = offer.source;
  const endpoint = resolveEndpoints(offer.source, parts.config.publicUrl).exchange;
  if (definition.type !== 'oauth2' || endpoint === null) return { ok: true, tokens };
  const { places, headers } = await openClient(offer, definition, parts.config);
  const params = fillPlaces(definition.token_exchange_params, {
    ...places,
    access_token: tokens.accessToken,
  });
  const answer = await askTokenEndpoint(parts, offer, declaredRequest(endpoint.href, params, headers));
  const parsed = parseTokenResponse(answer, tokenResponseRules(definition));
  return parsed.ok ? { ok: true, tokens: mergeTokens(tokens, parsed.tokens) } : parsed;
}

/**
 * Asks for fresh tokens (RFC 6749 §6), as the source's definition says.
 *
 * @throws OutboundError as `askTokenEndpoint` does
 */
export async function askForFreshTokens(
  parts: AppEnv['Variables'],
  offer: OAuth2Offer,
  refreshToken: string,
  timeoutMs = refreshTimeoutMs,
): Promise<ReturnType<typeof parseTokenResponse>> {
  const { definition } = offer.source;
  const { places: own, ...client } = await openClient(offer, definition, parts.config);
  const places = { ...own, redirect_uri: callbackUrl(offer.source.id, parts.config) };
  // It goes with the code.
  const { redirect_uri: _, ...params } = definition.token_params;
  const endpoint = resolveEndpoints(offer.source, parts.config.publicUrl).refresh.href;
  const { refresh_token_param: name = 'refresh_token', refresh_token_params: declared } = definition;
  const request =
    definition.refresh_method === 'GET'
      ? declaredRequest(endpoint, { ...fillPlaces(declared, places), [name]: refreshToken }, client.headers)
      : refreshTokenRequest({
          endpoint,
          ...client,
          bodyFormat: definition.token_body_format,
          refreshToken,
          refreshTokenParameter: name,
          params: fillPlaces({ ...params, ...declared }, places),
          method: definition.refresh_method ?? definition.token_method,
        });
  const answer = await askTokenEndpoint(parts, offer, request, timeoutMs);
  const rules = tokenResponseRules(definition);
  const nested = parseTokenResponse(answer, rules);
  // Some nest the first answer alone.
  const isFlat =
    !nested.ok && nested.failure.kind === 'unreadable' && nested.failure.reason === 'missing_token';
  return isFlat ? parseTokenResponse(answer, { ...rules, under: undefined }) : nested;
}
