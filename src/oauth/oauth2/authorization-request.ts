import { addToQuery } from '../endpoint-query.ts';
import { joinScopes } from './scope.ts';

/** An authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export interface AuthorizationRequest {
  /** Absolute; its own query is kept. */
  endpoint: string;
  clientId: string;
  redirectUri: string;
  /** None: the parameter is left out, and the provider uses its default. */
  scopes: string[];
  /** See `joinScopes` for what `+` means. */
  scopeSeparator: string;
  state: string;
  /** `null`: no PKCE. By the method `plain`, the verifier itself. */
  codeChallenge: string | null;
  codeChallengeMethod: 'S256' | 'plain';
  /**
   * Further parameters. They may override what identifies the request, `redirect_uri` by a name that the provider has
   * for it included, never what protects it.
   */
  params: Record<string, string>;
  /** `client_id`, where the provider has no other name for it. */
  clientIdParameter?: string | undefined;
  /** `scope`, where the provider has no other name for it. */
  scopeParameter?: string | undefined;
}

/**
 * The URL to send the user to, in the order that the strictest provider wants. `state` and the code challenge come last and can't be overridden: without them, the
 * answer could be somebody else's.
 *
 * @throws TypeError where the endpoint isn't an absolute URL
 */
export function authorizationUrl(request: AuthorizationRequest): URL {
  const { scopes, codeChallenge } = request;
  return addToQuery(request.endpoint, {
    [request.clientIdParameter ?? 'client_id']: request.clientId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    ...(scopes.length > 0 && {
      [request.scopeParameter ?? 'scope']: joinScopes(scopes, request.scopeSeparator),
    }),
    ...request.params,
    state: request.state,
    ...(codeChallenge !== null && {
      code_challenge: codeChallenge,
      code_challenge_method: request.codeChallengeMethod,
    }),
  });
}
