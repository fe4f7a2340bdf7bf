import { askTokenEndpoint, exchangeToken, openClient, tokenResponseRules } from '../calls/token-endpoint.ts';
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
import { splitScopes } from '../oauth/oauth2/scope.ts';
import { authorizationCodeRequest } from '../oauth/oauth2/token-request.ts';
import { parseTokenResponse } from '../oauth/oauth2/token-response.ts';
import type { TokenFailure } from '../oauth/token-failure.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import type { OAuth1Definition, OAuth2Definition } from '../sources/definition.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { callbackNames, learnTokenHost, offerAt } from '../sources/host-values.ts';
import { type OAuthOffer, openClientSecret } from '../sources/offer.ts';
import { fillPlaces } from '../sources/placeholders.ts';
import { callbackUrl } from '../sources/source.ts';
import type { AuthorizationState } from './state.ts';

/** Why an authorization brought no tokens: what the callback said, or what the token endpoint did. */
export type AuthorizationFailure = OAuth2ResponseFailure | OAuth1ResponseFailure | TokenFailure;

type Obtained =
  | {
      ok: true;
      tokens: TokenSet;
      kept: Readonly<Record<string, string>>;
      hostValues: Record<string, string> | null;
    }
  | { ok: false; failure: AuthorizationFailure };

/**
 * Verifies a callback of this browser's and trades it for tokens.
 *
 * @param params as the callback brought them
 * @throws OutboundError where the provider can't be reached
 */
export function obtainTokens(
  parts: AppEnv['Variables'],
  offer: OAuthOffer,
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
  offer: OAuthOffer,
  definition: OAuth2Definition,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Obtained> {
  const { config } = parts;
  const scopeName = callbackNames(definition.scope_from);
  const hostNames = [
    ...callbackNames(definition.api_host_from),
    ...callbackNames(definition.token_host_from),
  ];
  const verified = verifyOAuth2Response(params, {
    state: state.key,
    issuer: definition.issuer ?? null,
    issuerRequired: definition.discovered?.iss_required ?? false,
    keep: [...definition.callback_metadata, ...scopeName, ...hostNames],
  });
  if (!verified.ok) return verified;
  const { kept } = verified.response;
  const learned = learnTokenHost(definition, state.hostValues, kept);
  if (!learned.ok) return { ok: false, failure: unknownTokenHost };
  const at = offerAt(offer, learned.values);
  const { places, ...client } = await openClient(offer, definition, config);
  const redirectUri = callbackUrl(offer.source.id, config);
  const brought = [...params].map(([name, value]) => [`callback.${name}`, value]);
  const request = authorizationCodeRequest({
    endpoint: resolveEndpoints(at.source, config.publicUrl).token.href,
    ...client,
    bodyFormat: definition.token_body_format,
    response: verified.response,
    redirectUri,
    codeVerifier: state.codeVerifier,
    params: fillPlaces(definition.token_params, {
      ...Object.fromEntries(brought),
      ...places,
      redirect_uri: redirectUri,
      state: state.key,
    }),
    method: definition.token_method,
  });
  const parsed = parseTokenResponse(
    await askTokenEndpoint(parts, offer, request),
    tokenResponseRules(definition),
  );
  if (!parsed.ok) return parsed;
  const lasting = await exchangeToken(parts, at, parsed.tokens);
  if (!lasting.ok) return lasting;
  const [said] = scopeName.map((name) => splitScopes(kept[name], definition.scope_separator));
  return {
    ok: true,
    tokens: { ...lasting.tokens, scopes: said ?? lasting.tokens.scopes },
    kept,
    hostValues: learned.values,
  };
}

const unknownTokenHost: AuthorizationFailure = {
  kind: 'provider_error',
  error: 'invalid_request',
  errorDescription: 'The callback names a host for its tokens that the data source does not declare.',
};

/** RFC 5849 §2.2 and §2.3. */
async function redeemVerifier(
  parts: AppEnv['Variables'],
  offer: OAuthOffer,
  definition: OAuth1Definition,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Obtained> {
  const { config, now } = parts;
  const verified = verifyOAuth1Response(params, {
    token: state.key,
    verifierRequired: definition.verifier !== 'none',
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
  const parsed = parseTokenCredentials(await askTokenEndpoint(parts, offer, request));
  return parsed.ok ? { ...parsed, kept: verified.response.kept, hostValues: state.hostValues } : parsed;
}
