import { generateCodeVerifier, generateState } from 'arctic';
import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { randomSecret } from '../crypto/random.ts';
import { Failure } from '../errors.ts';
import { authorizationUrl as oauth1AuthorizationUrl } from '../oauth/oauth1/authorization.ts';
import {
  parseTemporaryCredentials,
  temporaryCredentialsRequest,
} from '../oauth/oauth1/temporary-credentials.ts';
import { authorizationUrl } from '../oauth/oauth2/authorization-request.ts';
import { codeChallengeS256 } from '../oauth/oauth2/pkce.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import type { OAuth1Definition, OAuth2Definition } from '../sources/definition.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { openPlaces } from '../sources/environment.ts';
import { type OAuthOffer, openClientSecret } from '../sources/offer.ts';
import { fillPlaces, placesIn } from '../sources/placeholders.ts';
import { callbackUrl } from '../sources/source.ts';
import { stateMs } from './lifetimes.ts';
import { type AuthorizationState, keepState, type Subject } from './state.ts';

const credentialsTimeoutMs = 10_000;
const credentialsMaxBytes = 64 * 1024;

/**
 * Starts an authorization at a source and remembers it, for this browser.
 *
 * @param offer at the hosts that `hostValues` say
 * @returns where to send the user
 * @throws Failure where an OAuth 1.0a provider can't be asked, or doesn't answer as it should
 */
export async function startAuthorization(
  c: Context<AppEnv>,
  offer: OAuthOffer,
  subject: Subject,
  scopes: string[],
  hostValues: Record<string, string> | null,
): Promise<URL> {
  const { definition } = offer.source;
  const started =
    definition.type === 'oauth2'
      ? await startOAuth2(c, offer, definition, scopes)
      : await startOAuth1(c, offer, definition, scopes);
  await keepState(c, {
    ...started.state,
    subject,
    sourceId: offer.source.id,
    clientId: offer.clientId,
    hostValues,
    expiresAt: c.var.now() + stateMs,
  });
  return started.redirectUrl;
}

/** Where to send the user, and what to remember meanwhile. */
interface Started {
  redirectUrl: URL;
  state: Pick<AuthorizationState, 'key' | 'codeVerifier' | 'temporarySecret'>;
}

/** RFC 6749 §4.1.1 with PKCE (RFC 7636). */
async function startOAuth2(
  c: Context<AppEnv>,
  offer: OAuthOffer,
  definition: OAuth2Definition,
  scopes: string[],
): Promise<Started> {
  const state = generateState();
  const codeVerifier = definition.pkce === 'none' ? null : generateCodeVerifier();
  const codeChallenge =
    codeVerifier === null || definition.pkce === 'plain'
      ? codeVerifier
      : await codeChallengeS256(codeVerifier);
  const redirectUrl = authorizationUrl({
    endpoint: resolveEndpoints(offer.source, c.var.config.publicUrl).authorization.href,
    clientId: offer.clientId,
    redirectUri: callbackUrl(offer.source.id, c.var.config),
    scopes,
    scopeSeparator: definition.scope_separator,
    state,
    codeChallenge,
    codeChallengeMethod: definition.pkce === 'plain' ? 'plain' : 'S256',
    params: await fillAuthorization(c, offer, state),
    clientIdParameter: definition.client_id_param,
    scopeParameter: definition.scope_param,
  });
  return { redirectUrl, state: { key: state, codeVerifier, temporarySecret: null } };
}

/** What a definition adds to the URL that the user is sent to. */
async function fillAuthorization(
  { var: { config } }: Context<AppEnv>,
  { source, clientId }: OAuthOffer,
  state?: string,
): Promise<Record<string, string>> {
  const { authorization_params: params } = source.definition;
  return fillPlaces(params, {
    client_id: clientId,
    redirect_uri: callbackUrl(source.id, config),
    state,
    nonce: randomSecret(),
    ...(await openPlaces(source, config, placesIn(params))),
  });
}

/** RFC 5849 §2.1: temporary credentials first, then the user. */
async function startOAuth1(
  c: Context<AppEnv>,
  offer: OAuthOffer,
  definition: OAuth1Definition,
  scopes: string[],
): Promise<Started> {
  const { config, now } = c.var;
  const endpoints = resolveEndpoints(offer.source, config.publicUrl);
  const scope = scopes.join(definition.scope_separator);
  const callback = callbackUrl(offer.source.id, config);
  const isLate = definition.callback_at === 'authorize';
  const request = await temporaryCredentialsRequest({
    endpoint: endpoints.temporaryCredentials?.href ?? '',
    callback: isLate ? null : callback,
    credentials: {
      consumerKey: offer.clientId,
      consumerSecret: (await openClientSecret(offer, config)) ?? '',
    },
    signatureMethod: definition.signature_method,
    timestamp: Math.floor(now() / 1000),
    nonce: randomSecret(),
    params: scope && definition.scope_at !== 'authorize' ? { scope } : {},
  });
  const answer = await fetchCredentials(c, offer, request);
  const parsed = parseTemporaryCredentials({
    ...answer,
    requireConfirmation: definition.verifier !== 'none',
  });
  if (!parsed.ok) {
    const down = parsed.failure.kind === 'unavailable';
    throw new Failure(
      down ? 'temporarily_unavailable' : 'provider_error',
      `${definition.name} ${down ? 'can’t be reached right now' : 'did not start the authorization'}. Nothing was connected.`,
      { cause: parsed.failure },
    );
  }
  const { token, tokenSecret } = parsed.credentials;
  return {
    redirectUrl: oauth1AuthorizationUrl({
      endpoint: endpoints.authorization.href,
      token,
      params: {
        ...(await fillAuthorization(c, offer)),
        ...(isLate ? { oauth_callback: callback } : {}),
        ...(scope && definition.scope_at === 'authorize' ? { scope } : {}),
      },
    }),
    state: { key: token, codeVerifier: null, temporarySecret: tokenSecret },
  };
}

async function fetchCredentials(
  { var: { outbound, now } }: Context<AppEnv>,
  offer: OAuthOffer,
  request: Request,
) {
  const { name } = offer.source.definition;
  try {
    const response = await outbound(request, {
      timeoutMs: credentialsTimeoutMs,
      sandbox: offer.source.sandbox,
    });
    return {
      status: response.status,
      body: await readText(response, credentialsMaxBytes),
      contentType: response.headers.get('Content-Type'),
      wwwAuthenticate: response.headers.get('WWW-Authenticate'),
      retryAfter: response.headers.get('Retry-After'),
      now: now(),
    };
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    const code = cause.kind === 'timeout' ? 'provider_timeout' : 'temporarily_unavailable';
    throw new Failure(code, `${name} can’t be reached right now. Nothing was connected.`, { cause });
  }
}
