import type { AppEnv } from '../context.ts';
import { randomSecret } from '../crypto/random.ts';
import {
  type AuthorizationResponseFailure as OAuth1ResponseFailure,
  verifyAuthorizationResponse as verifyOAuth1Response,
} from '../oauth/oauth1/authorization.ts';
import { parseTokenCredentials, tokenCredentialsRequest } from '../oauth/oauth1/token-credentials.ts';
import {
  type AuthorizationResponseFailure as OAuth2ResponseFailure,
  verifyAuthorizationResponse as verifyOAuth2Response,
} from '../oauth/oauth2/authorization-response.ts';
import { authorizationCodeRequest } from '../oauth/oauth2/token-request.ts';
import { parseTokenResponse, type TokenResponseRules } from '../oauth/oauth2/token-response.ts';
import type { TokenFailure } from '../oauth/token-failure.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { readText } from '../outbound/outbound.ts';
import type { OAuth1Definition, OAuth2Definition } from '../sources/definition.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';
import { callbackUrl } from '../sources/source.ts';
import { openClient } from './registration.ts';
import type { AuthorizationState } from './state.ts';

const tokenTimeoutMs = 10_000;
const tokenMaxBytes = 256 * 1024;

/** Why an authorization brought no tokens: what the callback said, or what the token endpoint did. */
export type AuthorizationFailure = OAuth2ResponseFailure | OAuth1ResponseFailure | TokenFailure;

type Obtained =
  | { ok: true; tokens: TokenSet; kept: Readonly<Record<string, string>> }
  | { ok: false; failure: AuthorizationFailure };

/**
 * Verifies a callback of this browser's and trades it for tokens.
 *
 * @param params as the callback brought them
 * @throws OutboundError where the provider can't be reached
 */
export function obtainTokens(
  parts: AppEnv['Variables'],
  offer: Offer,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Obtained> {
  const { definition } = offer.source;
  return definition.type === 'oauth2'
    ? redeemCode(parts, offer, definition, state, params)
    : redeemVerifier(parts, offer, definition, state, params);
}

/** RFC 6749 §4.1.2 to §4.1.4. */
async function redeemCode(
  parts: AppEnv['Variables'],
  offer: Offer,
  definition: OAuth2Definition,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Obtained> {
  const { config } = parts;
  const verified = verifyOAuth2Response(params, {
    state: state.key,
    issuer: definition.issuer ?? null,
    issuerRequired: definition.discovered?.iss_required ?? false,
    keep: definition.callback_metadata,
  });
  if (!verified.ok) return verified;
  const request = authorizationCodeRequest({
    endpoint: resolveEndpoints(offer.source, config.publicUrl).token.href,
    ...(await openClient(offer, definition, config)),
    bodyFormat: definition.token_body_format,
    response: verified.response,
    redirectUri: callbackUrl(offer.source.id, config),
    codeVerifier: state.codeVerifier,
    params: definition.token_params,
    method: definition.token_method,
  });
  const parsed = parseTokenResponse(await send(parts, offer, request), tokenResponseRules(definition));
  return parsed.ok ? { ...parsed, kept: verified.response.kept } : parsed;
}

/** RFC 5849 §2.2 and §2.3. */
async function redeemVerifier(
  parts: AppEnv['Variables'],
  offer: Offer,
  definition: OAuth1Definition,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Obtained> {
  const { config, now } = parts;
  const verified = verifyOAuth1Response(params, {
    token: state.key,
    verifierRequired: true,
    keep: definition.callback_metadata,
  });
  if (!verified.ok) return verified;
  const request = await tokenCredentialsRequest({
    endpoint: resolveEndpoints(offer.source, config.publicUrl).token.href,
    credentials: {
      consumerKey: offer.clientId,
      consumerSecret: (await openClientSecret(offer, config)) ?? '',
      tokenSecret: state.temporarySecret ?? '',
    },
    response: verified.response,
    signatureMethod: definition.signature_method,
    timestamp: Math.floor(now() / 1000),
    nonce: randomSecret(),
  });
  const parsed = parseTokenCredentials(await send(parts, offer, request));
  return parsed.ok ? { ...parsed, kept: verified.response.kept } : parsed;
}

/** Where things are in a source's token responses. */
function tokenResponseRules(definition: OAuth2Definition): TokenResponseRules {
  const { under, access_token, refresh_token, expires_in, expires_in_unit, scope } =
    definition.token_response;
  return {
    scopeSeparator: definition.scope_separator,
    under,
    accessToken: access_token,
    refreshToken: refresh_token,
    expiresIn: expires_in,
    expiresInUnit: expires_in_unit,
    scope,
  };
}

async function send({ outbound, now }: AppEnv['Variables'], offer: Offer, request: Request) {
  const response = await outbound(request, { timeoutMs: tokenTimeoutMs, sandbox: offer.source.sandbox });
  return {
    status: response.status,
    contentType: response.headers.get('Content-Type'),
    wwwAuthenticate: response.headers.get('WWW-Authenticate'),
    retryAfter: response.headers.get('Retry-After'),
    body: await readText(response, tokenMaxBytes, tokenTimeoutMs),
    now: now(),
  };
}
