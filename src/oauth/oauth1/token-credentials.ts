import type { EndpointAnswer } from '../endpoint-answer.ts';
import type { TokenFailure } from '../token-failure.ts';
import type { TokenSet } from '../token-set.ts';
import type { VerifiedAuthorizationResponse } from './authorization.ts';
import { type CredentialsCall, credentialsRequest } from './credentials-request.ts';
import { readCredentials } from './credentials-response.ts';

export interface TokenCredentialsCall extends Omit<CredentialsCall, 'credentials'> {
  /** The client's credentials, and the secret of the temporary ones. */
  credentials: { consumerKey: string; consumerSecret: string; tokenSecret: string };
  response: VerifiedAuthorizationResponse;
}

const used = new Set(['oauth_token', 'oauth_token_secret', 'oauth_callback_confirmed']);

/** The request that exchanges temporary credentials for token credentials (RFC 5849 §2.3). */
export function tokenCredentialsRequest(call: TokenCredentialsCall): Promise<Request> {
  const { token, verifier } = call.response;
  return credentialsRequest(
    { ...call, credentials: { ...call.credentials, token } },
    verifier === null ? {} : { oauth_verifier: verifier },
  );
}

/**
 * Reads the answer to it. Token credentials have no expiry and no scopes; what an extension adds (such as
 * `oauth_expires_in`) is in `extra`.
 */
export function parseTokenCredentials(
  answer: EndpointAnswer,
): { ok: true; tokens: TokenSet } | { ok: false; failure: TokenFailure } {
  const read = readCredentials(answer);
  if (!read.ok) return read;
  const extra = Object.fromEntries(Object.entries(read.fields).filter(([name]) => !used.has(name)));
  return {
    ok: true,
    tokens: {
      accessToken: read.token,
      tokenSecret: read.tokenSecret,
      tokenType: 'OAuth',
      refreshToken: null,
      expiresAt: null,
      scopes: null,
      extra,
    },
  };
}
