import { addToQuery } from '../endpoint-query.ts';
import type { VerifiedAuthorizationResponse } from './authorization-response.ts';
import { authenticateClient, type Client, type ClientAuthenticationMethod } from './client-authentication.ts';
import { joinScopes } from './scope.ts';

/** How an endpoint wants to be called. */
interface EndpointCall {
  /** Absolute; its own query is kept. */
  endpoint: string;
  client: Client;
  authMethod: ClientAuthenticationMethod;
}

interface TokenEndpointCall extends EndpointCall {
  /** `form` by RFC 6749 §4.1.3; `json` for providers that take nothing else. */
  bodyFormat: 'form' | 'json';
  /** Further parameters. They may override `grant_type` and `redirect_uri` alone. */
  params: Record<string, string>;
  /** `POST` by RFC 6749 §3.2. With `GET` the parameters are in the query. */
  method?: 'POST' | 'GET' | undefined;
  /** Further headers, such as a version the provider demands. */
  headers?: Record<string, string> | undefined;
}

export interface AuthorizationCodeCall extends TokenEndpointCall {
  response: VerifiedAuthorizationResponse;
  /** The one of the authorization request. */
  redirectUri: string;
  codeVerifier: string | null;
}

export interface RefreshTokenCall extends TokenEndpointCall {
  refreshToken: string;
  /** What the provider calls `refresh_token`. */
  refreshTokenParameter?: string | undefined;
  /** Fewer scopes than granted; none or absent: as granted. */
  scopes?: string[] | undefined;
  scopeSeparator?: string | undefined;
}

export interface RevocationCall extends Omit<EndpointCall, 'authMethod'> {
  /** Null: nothing of the client is sent but what is among the parameters and headers. */
  authMethod: ClientAuthenticationMethod | null;
  /** `POST` by RFC 7009 §2.1. */
  method?: 'POST' | 'GET' | 'DELETE' | undefined;
  /** `form` by the same. */
  bodyFormat?: 'form' | 'json' | 'query' | undefined;
  headers?: Record<string, string> | undefined;
  /** In the place of RFC 7009's. */
  params?: Record<string, string> | undefined;
  token: string;
  tokenTypeHint: 'access_token' | 'refresh_token';
}

/**
 * The request that exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
 * Redirects are never followed: they would carry the code and the secret elsewhere.
 */
export function authorizationCodeRequest(call: AuthorizationCodeCall): Request {
  return clientRequest(call, {
    grant_type: 'authorization_code',
    redirect_uri: call.redirectUri,
    ...call.params,
    code: call.response.code,
    ...(call.codeVerifier !== null && { code_verifier: call.codeVerifier }),
  });
}

/** The request that exchanges a refresh token for a fresh access token (RFC 6749 §6). */
export function refreshTokenRequest(call: RefreshTokenCall): Request {
  const scopes = call.scopes ?? [];
  return clientRequest(call, {
    grant_type: 'refresh_token',
    ...call.params,
    [call.refreshTokenParameter ?? 'refresh_token']: call.refreshToken,
    ...(scopes.length > 0 && { scope: joinScopes(scopes, call.scopeSeparator ?? ' ') }),
  });
}

/** The request that revokes a token (RFC 7009 §2.1). A 200 is success, for an unknown token too (§2.2). */
export function revocationRequest(call: RevocationCall): Request {
  const { token, tokenTypeHint, params = { token, token_type_hint: tokenTypeHint } } = call;
  return clientRequest(call, params);
}

/**
 * A request for tokens that no RFC knows: a GET with the given parameters, and nothing of the client but what is among
 * them.
 */
export function declaredRequest(
  endpoint: string,
  parameters: Record<string, string>,
  given: Record<string, string>,
): Request {
  return parameterRequest({ endpoint, method: 'GET', headers: given }, parameters);
}

type ClientCall = Pick<
  RevocationCall,
  'endpoint' | 'client' | 'authMethod' | 'method' | 'bodyFormat' | 'headers'
>;

function clientRequest(call: ClientCall, parameters: Record<string, string>): Request {
  const { authorization, parameters: own } =
    call.authMethod === null
      ? { authorization: null, parameters: {} }
      : authenticateClient(call.authMethod, call.client);
  const headers = new Headers(call.headers);
  if (authorization !== null) headers.set('authorization', authorization);
  return parameterRequest({ ...call, headers }, { ...parameters, ...own });
}

function parameterRequest(
  call: Pick<ClientCall, 'endpoint' | 'method' | 'bodyFormat'> & { headers: HeadersInit },
  parameters: Record<string, string>,
): Request {
  const { endpoint, method = 'POST', bodyFormat = 'form' } = call;
  const headers = new Headers(call.headers);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  if (method === 'GET' || bodyFormat === 'query') {
    return new Request(addToQuery(endpoint, parameters), { method, headers, redirect: 'manual' });
  }
  const json = bodyFormat === 'json';
  headers.set('content-type', json ? 'application/json' : 'application/x-www-form-urlencoded');
  const body = json ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString();
  return new Request(endpoint, { method, headers, body, redirect: 'manual' });
}
