import type { Client, ClientAuthenticationMethod } from '../oauth/oauth2/client-authentication.ts';
import { revocationRequest } from '../oauth/oauth2/token-request.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import type { OAuth2Definition } from './definition.ts';
import { fillPlaces, type PlaceValues } from './placeholders.ts';

interface RevokingClient {
  client: Client;
  /** How it authenticates at the token endpoint. */
  authMethod: ClientAuthenticationMethod;
  /** The environment's, where it is at hand. */
  places?: PlaceValues;
}

/**
 * The request that ends a grant at its provider: RFC 7009's, or what the source's definition declares in its place.
 *
 * @param endpoint where; its path may hold `{client_id}`
 */
export function requestRevocation(
  definition: OAuth2Definition,
  endpoint: URL,
  { client, authMethod, places }: RevokingClient,
  { accessToken, refreshToken }: TokenSet,
): Request {
  const { revocation_params: params, revocation_headers, token_headers } = definition;
  const token = refreshToken ?? accessToken;
  const values = {
    ...places,
    client_id: client.id,
    client_secret: client.secret,
    access_token: accessToken,
    refresh_token: refreshToken,
    token,
  };
  return revocationRequest({
    // A URL has no braces in its path.
    endpoint: endpoint.href.replaceAll('%7Bclient_id%7D', encodeURIComponent(client.id)),
    client,
    // Declared parameters say who the client is, too, unless a method is declared besides.
    authMethod: definition.revocation_auth_method ?? (params ? null : authMethod),
    method: definition.revocation_method,
    bodyFormat: definition.revocation_body_format,
    headers: fillPlaces({ ...token_headers, ...revocation_headers }, values),
    params: params && fillPlaces(params, values),
    token,
    tokenTypeHint: refreshToken === null ? 'access_token' : 'refresh_token',
  });
}
