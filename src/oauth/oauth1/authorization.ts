import { findRepeatedParameter, keepParameters } from '../callback-parameters.ts';
import { addToQuery } from '../endpoint-query.ts';
import { cleanError, cleanErrorDescription } from '../error-text.ts';

declare const verified: unique symbol;

/**
 * The user's return from the provider, after every check. Only `verifyAuthorizationResponse` makes one, and
 * only this can be exchanged for token credentials.
 */
export interface VerifiedAuthorizationResponse {
  /** The temporary credentials' identifier. */
  readonly token: string;
  readonly verifier: string | null;
  readonly kept: Readonly<Record<string, string>>;
  readonly [verified]: true;
}

export interface ExpectedAuthorizationResponse {
  /** The temporary token this browser started with. */
  token: string;
  /** False only for a provider declared to speak OAuth 1.0 without the "a". */
  verifierRequired: boolean;
  /** Further parameters to keep, such as `realmId`. */
  keep?: string[] | undefined;
}

export type AuthorizationResponseFailure =
  | { kind: 'repeated_parameter'; parameter: string }
  | { kind: 'token_mismatch' }
  /** The user said no. */
  | { kind: 'access_denied'; error: string; errorDescription: string | null }
  | { kind: 'provider_error'; error: string; errorDescription: string | null }
  | { kind: 'missing_verifier' };

type Check = (
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
) => AuthorizationResponseFailure | null;

const denials = new Set(['user_refused', 'permission_denied', 'access_denied']);

/** In this order: whose response it is, then what it says. */
const checks: Check[] = [checkRepetition, checkToken, checkDenial, checkProblem, checkVerifier];

/**
 * The URL to send the user to (RFC 5849 §2.2).
 *
 * @throws TypeError where the endpoint isn't an absolute URL
 */
export function authorizationUrl(request: {
  /** Absolute; its own query is kept. */
  endpoint: string;
  /** Of the temporary credentials. */
  token: string;
  params: Record<string, string>;
}): URL {
  return addToQuery(request.endpoint, { ...request.params, oauth_token: request.token });
}

/** Verifies what the browser brought back from the provider (RFC 5849 §2.2). */
export function verifyAuthorizationResponse(
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
):
  | { ok: true; response: VerifiedAuthorizationResponse }
  | { ok: false; failure: AuthorizationResponseFailure } {
  for (const check of checks) {
    const failure = check(params, expected);
    if (failure) return { ok: false, failure };
  }
  const response = {
    token: expected.token,
    verifier: params.get('oauth_verifier') || null,
    kept: keepParameters(params, expected.keep ?? []),
  };
  return { ok: true, response: response as VerifiedAuthorizationResponse };
}

function checkRepetition(params: URLSearchParams): AuthorizationResponseFailure | null {
  const parameter = findRepeatedParameter(params);
  return parameter === null ? null : { kind: 'repeated_parameter', parameter };
}

/**
 * Another token than ours would be a swap. A refusal alone may come without `oauth_token`: some send the
 * token as the value of `denied` instead, and problem reports need not carry it; neither leads to tokens.
 */
function checkToken(
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
): AuthorizationResponseFailure | null {
  if (expected.token === '') return { kind: 'token_mismatch' };
  const token = params.get('oauth_token') ?? params.get('denied');
  if (token === null && params.has('oauth_problem')) return null;
  return token === expected.token ? null : { kind: 'token_mismatch' };
}

function checkDenial(params: URLSearchParams): AuthorizationResponseFailure | null {
  if (!params.has('denied')) return null;
  return { kind: 'access_denied', error: 'access_denied', errorDescription: null };
}

function checkProblem(params: URLSearchParams): AuthorizationResponseFailure | null {
  const problem = params.get('oauth_problem') ?? params.get('error');
  if (problem === null) return null;
  const error = cleanError(problem) ?? 'unknown_error';
  const errorDescription = cleanErrorDescription(
    params.get('oauth_problem_advice') ?? params.get('error_description'),
  );
  return { kind: denials.has(error) ? 'access_denied' : 'provider_error', error, errorDescription };
}

function checkVerifier(
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
): AuthorizationResponseFailure | null {
  return params.get('oauth_verifier') || !expected.verifierRequired ? null : { kind: 'missing_verifier' };
}
