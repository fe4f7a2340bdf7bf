import type { AppEnv } from '../../context.ts';
import type { Config, SignInSettings } from '../../env.ts';
import { authorizationUrl } from '../../oauth/oauth2/authorization-request.ts';
import type { ClientAuthenticationMethod } from '../../oauth/oauth2/client-authentication.ts';
import { metadataUrls, parseServerMetadata, type ServerMetadata } from '../../oauth/oauth2/discovery.ts';
import { codeChallengeS256 } from '../../oauth/oauth2/pkce.ts';
import type { TokenSet } from '../../oauth/token-set.ts';
import { refuseUrl } from '../../outbound/allowed-url.ts';
import { callbackUrl, readIdToken, readJson, readKeys, readResponse, redeemCode } from './exchange.ts';
import { makeIdentity, signInFailure } from './identity.ts';
import type { Flow, SignInMethod } from './method.ts';

/** Any issuer of OpenID Connect, found by discovery. */
export function issuerMethod({ signIn, publicUrl }: Config): SignInMethod | null {
  const { oidc } = signIn;
  if (!oidc) return null;
  const { issuer, clientId } = oidc;
  const label = new URL(issuer).host;
  const redirectUri = callbackUrl(publicUrl, 'oidc');
  return {
    label,
    async begin(parts, { state, nonce, codeVerifier }) {
      const { metadata } = await discover(parts, label, issuer);
      return authorizationUrl({
        endpoint: metadata.authorizationEndpoint,
        clientId,
        redirectUri,
        scopes: ['openid', 'email', 'profile'],
        scopeSeparator: ' ',
        state,
        codeChallenge: await codeChallengeS256(codeVerifier),
        codeChallengeMethod: 'S256',
        params: { nonce },
      });
    },
    async finish(parts, flow, params) {
      const { metadata, keysUrl } = await discover(parts, label, issuer);
      const response = readResponse(label, params, {
        state: flow.state,
        issuer,
        issuerRequired: metadata.issParameterSupported,
      });
      const tokens = await redeemCode(parts, label, {
        endpoint: metadata.tokenEndpoint,
        client: { id: clientId, secret: oidc.clientSecret },
        authMethod: chooseAuthMethod(metadata),
        response,
        redirectUri,
        codeVerifier: flow.codeVerifier,
      });
      return identify(parts, { label, flow, oidc, metadata, keysUrl, tokens });
    },
  };
}

interface Redeemed {
  label: string;
  flow: Flow;
  oidc: NonNullable<SignInSettings['oidc']>;
  metadata: ServerMetadata;
  keysUrl: string;
  tokens: TokenSet;
}

/** The ID token says who it is; what it leaves out, the userinfo endpoint may add (OpenID Connect Core 1.0 §5.3.2). */
async function identify(
  parts: AppEnv['Variables'],
  { label, flow, oidc, metadata, keysUrl, tokens }: Redeemed,
) {
  const claims = await readIdToken(label, tokens.extra.id_token, {
    issuer: oidc.issuer,
    clientId: oidc.clientId,
    nonce: flow.nonce,
    now: parts.now(),
    keys: await readKeys(parts, label, keysUrl),
  });
  let told: Record<string, unknown> = claims;
  if (claims.email === undefined && metadata.userinfoEndpoint) {
    const headers = { Authorization: `Bearer ${tokens.accessToken}` };
    const answer = await readJson(parts, label, metadata.userinfoEndpoint, headers);
    const more = (answer ?? {}) as Record<string, unknown>;
    if (more.sub === claims.sub) told = { ...more, ...claims };
  }
  return makeIdentity({
    issuer: oidc.issuer,
    subject: claims.sub,
    names: [told.name, told.preferred_username],
    email: told.email,
    emailVerified: told.email_verified === true || told.email_verified === 'true',
  });
}

/** OpenID Connect Discovery 1.0 §4: the metadata, and where the issuer's keys are. */
async function discover(
  parts: AppEnv['Variables'],
  label: string,
  issuer: string,
): Promise<{ metadata: ServerMetadata; keysUrl: string }> {
  const [url = ''] = metadataUrls(issuer);
  const document = await readJson(parts, label, url);
  const parsed = parseServerMetadata(document, issuer);
  const unusable = (kind: string) =>
    signInFailure('provider_error', `${label} publishes no metadata that we can use.`, kind);
  if (!parsed.ok) throw unusable(parsed.failure.kind);
  const { metadata } = parsed;
  const endpoint = URL.parse(metadata.authorizationEndpoint);
  // The browser is sent there; where we go ourselves, `outbound` looks.
  if (!endpoint || refuseUrl(endpoint, parts.config)) throw unusable('refused_endpoint');
  const { jwks_uri: keysUrl } = document as Record<string, unknown>;
  if (typeof keysUrl !== 'string' || !URL.canParse(keysUrl)) throw unusable('no_keys');
  return { metadata, keysUrl };
}

function chooseAuthMethod({ tokenEndpointAuthMethods }: ServerMetadata): ClientAuthenticationMethod {
  return tokenEndpointAuthMethods.includes('client_secret_basic')
    ? 'client_secret_basic'
    : 'client_secret_post';
}
