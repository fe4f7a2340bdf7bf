import type { AppEnv } from '../../context.ts';
import type { Failure } from '../../errors.ts';
import {
  type VerifiedAuthorizationResponse,
  verifyAuthorizationResponse,
} from '../../oauth/oauth2/authorization-response.ts';
import { type AuthorizationCodeCall, authorizationCodeRequest } from '../../oauth/oauth2/token-request.ts';
import { parseTokenResponse } from '../../oauth/oauth2/token-response.ts';
import { type ExpectedIdToken, type IdTokenClaims, verifyIdToken } from '../../oauth/openid/id-token.ts';
import type { TokenSet } from '../../oauth/token-set.ts';
import { OutboundError, readText } from '../../outbound/outbound.ts';
import { signInFailure } from './identity.ts';
import type { MethodId } from './method.ts';

const timeoutMs = 10_000;
const maxBytes = 256 * 1024;
/** GitHub demands one. */
const ourName = { 'User-Agent': 'Trivet' };

/** Where a method's pages send the browser back to. One for each: an answer of one can't be taken for another's. */
export function callbackUrl(publicUrl: URL, method: MethodId): string {
  return new URL(`/console/sign-in/callback/${method}`, publicUrl).href;
}

/**
 * Checks what came back from the authorization endpoint.
 *
 * @throws Failure with what the person is told
 */
export function readResponse(
  label: string,
  params: URLSearchParams,
  expected: { state: string; issuer: string | null; issuerRequired?: boolean },
): VerifiedAuthorizationResponse {
  const verified = verifyAuthorizationResponse(params, { issuerRequired: false, keep: [], ...expected });
  if (verified.ok) return verified.response;
  const { kind } = verified.failure;
  throw kind === 'access_denied'
    ? signInFailure('access_denied', `You chose not to sign in with ${label}.`, kind)
    : unconfirmed(label, kind);
}

/** An exchange of a code for tokens, on the console's own account. */
type CodeExchange = Pick<
  AuthorizationCodeCall,
  'endpoint' | 'client' | 'authMethod' | 'response' | 'redirectUri' | 'codeVerifier'
>;

/**
 * Exchanges the code, as data sources do it: with our time-out and size limit, and no redirect followed.
 *
 * @throws Failure where that fails
 */
export async function redeemCode(
  { outbound, now }: AppEnv['Variables'],
  label: string,
  exchange: CodeExchange,
): Promise<TokenSet> {
  const request = authorizationCodeRequest({ ...exchange, bodyFormat: 'form', params: {}, headers: ourName });
  const response = await reach(label, outbound(request, { timeoutMs }));
  const parsed = parseTokenResponse(
    {
      status: response.status,
      contentType: response.headers.get('Content-Type'),
      body: await reach(label, readText(response, maxBytes, timeoutMs)),
      now: now(),
    },
    { scopeSeparator: ' ' },
  );
  if (parsed.ok) return parsed.tokens;
  throw unconfirmed(label, parsed.failure.kind);
}

/** Why somebody isn't signed in whose provider's word doesn't hold. */
export function unconfirmed(label: string, kind: string): Failure {
  return signInFailure('provider_error', `${label} did not confirm who you are.`, kind);
}

/**
 * Checks an ID token.
 *
 * @throws Failure where it isn't what was asked for
 */
export async function readIdToken(
  label: string,
  token: unknown,
  expected: ExpectedIdToken,
): Promise<IdTokenClaims> {
  const verified = await verifyIdToken(typeof token === 'string' ? token : '', expected);
  if (verified.ok) return verified.claims;
  throw unconfirmed(label, verified.failure.kind);
}

/**
 * Reads a JSON document from somebody who knows people.
 *
 * @returns null where the answer isn't a success, or no JSON
 * @throws Failure where there is no answer
 */
export async function readJson(
  { outbound }: Pick<AppEnv['Variables'], 'outbound'>,
  label: string,
  url: string,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const request = new Request(url, { headers: { Accept: 'application/json', ...ourName, ...headers } });
  const response = await reach(label, outbound(request, { timeoutMs }));
  const body = await reach(label, readText(response, maxBytes, timeoutMs));
  if (response.status !== 200) return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** The keys of a JSON Web Key Set (RFC 7517 §5); none where it can't be read. */
export async function readKeys(parts: AppEnv['Variables'], label: string, url: string): Promise<unknown[]> {
  const document = (await readJson(parts, label, url)) as { keys?: unknown } | null;
  return Array.isArray(document?.keys) ? document.keys : [];
}

async function reach<T>(label: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    throw signInFailure('provider_error', `${label} can’t be reached right now.`, cause.kind, cause);
  }
}
