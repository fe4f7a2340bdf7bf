import type { OAuth2Tokens } from 'arctic';
import type { AppEnv } from '../../context.ts';
import {
  type VerifiedAuthorizationResponse,
  verifyAuthorizationResponse,
} from '../../oauth/oauth2/authorization-response.ts';
import { type ExpectedIdToken, type IdTokenClaims, verifyIdToken } from '../../oauth/openid/id-token.ts';
import { readText } from '../../outbound/outbound.ts';
import { signInFailure } from './identity.ts';
import type { MethodId } from './method.ts';

const timeoutMs = 10_000;
const maxBytes = 256 * 1024;

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
    : signInFailure('provider_error', `${label} did not confirm who you are.`, kind);
}

/**
 * Waits for arctic's exchange of the code.
 *
 * @throws Failure where it fails, or takes too long
 */
export async function awaitTokens(label: string, exchange: Promise<OAuth2Tokens>): Promise<OAuth2Tokens> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('time-out')), timeoutMs);
  });
  try {
    return await Promise.race([exchange, late]);
  } catch (cause) {
    throw signInFailure('provider_error', `${label} did not confirm who you are.`, 'token_exchange', cause);
  } finally {
    clearTimeout(timer);
  }
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
  throw signInFailure('provider_error', `${label} did not confirm who you are.`, verified.failure.kind);
}

/**
 * Reads a JSON document from somebody who knows people.
 *
 * @returns null where the answer isn't a success, or no JSON
 * @throws OutboundError where there is no answer
 */
export async function readJson(
  { outbound }: Pick<AppEnv['Variables'], 'outbound'>,
  url: string,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const request = new Request(url, {
    headers: { Accept: 'application/json', 'User-Agent': 'Trivet', ...headers },
  });
  const response = await outbound(request, { timeoutMs });
  const body = await readText(response, maxBytes, timeoutMs);
  if (response.status !== 200) return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** The ID token beside arctic's tokens, whose own reader throws where there is none. */
export function idTokenOf({ data }: { data: object }): unknown {
  return 'id_token' in data ? data.id_token : null;
}
