import { findRepeatedParameter, keepParameters } from '../callback-parameters.ts';
import { cleanError, cleanErrorDescription } from '../error-text.ts';

declare const verified: unique symbol;

/**
 * An authorization response that passed every check. Only `verifyAuthorizationResponse` makes one, and
 * only this can be exchanged for tokens.
 */
export interface VerifiedAuthorizationResponse {
  readonly code: string;
  readonly kept: Readonly<Record<string, string>>;
  readonly [verified]: true;
}

/** What the authorization request promised about its response. */
export interface ExpectedAuthorizationResponse {
  state: string;
  /** The provider's issuer identifier; `null` where it has none. */
  issuer: string | null;
  /** Whether the provider announced that it sends `iss` (RFC 9207 §3). */
  issuerRequired: boolean;
  /** Further parameters to keep, such as `realmId`. */
  keep: string[];
}

export type AuthorizationResponseFailure =
  | { kind: 'repeated_parameter'; parameter: string }
  | { kind: 'state_mismatch' }
  | { kind: 'issuer_mismatch' }
  /** The user said no. */
  | { kind: 'access_denied'; error: string; errorDescription: string | null }
  | { kind: 'provider_error'; error: string; errorDescription: string | null }
  | { kind: 'missing_code' };

type Check = (
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
) => AuthorizationResponseFailure | null;

/** RFC 6749's code for it, and what providers say in its place. */
const denials = new Set(['access_denied', 'user_denied', 'user_cancelled_login', 'user_cancelled_authorize']);

/** In this order: nothing in a response, its error included, means a thing before its origin is known. */
const checks: Check[] = [checkRepetition, checkState, checkIssuer, checkError, checkCode];

/**
 * Verifies what the browser brought back from the authorization endpoint (RFC 6749 §4.1.2, RFC 9207 §2.4).
 *
 * @param params of the query, or of the form where the response came by POST
 */
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
  const response = { code: params.get('code') ?? '', kept: keepParameters(params, expected.keep) };
  return { ok: true, response: response as VerifiedAuthorizationResponse };
}

function checkRepetition(params: URLSearchParams): AuthorizationResponseFailure | null {
  const parameter = findRepeatedParameter(params);
  return parameter === null ? null : { kind: 'repeated_parameter', parameter };
}

function checkState(
  params: URLSearchParams,
  expected: ExpectedAuthorizationResponse,
): AuthorizationResponseFailure | null {
  const matches = expected.state !== '' && params.get('state') === expected.state;
  return matches ? null : { kind: 'state_mismatch' };
}

/** An `iss` that nobody announced is compared all the same, where there is something to compare it with. */
function checkIssuer(
  params: URLSearchParams,
  { issuer, issuerRequired }: ExpectedAuthorizationResponse,
): AuthorizationResponseFailure | null {
  const iss = params.get('iss');
  if (iss === null) return issuerRequired ? { kind: 'issuer_mismatch' } : null;
  if (issuer === null) return issuerRequired ? { kind: 'issuer_mismatch' } : null;
  return iss === issuer ? null : { kind: 'issuer_mismatch' };
}

function checkError(params: URLSearchParams): AuthorizationResponseFailure | null {
  const given = params.get('error');
  if (given === null) return null;
  const error = cleanError(given) ?? 'unknown_error';
  const errorDescription = cleanErrorDescription(params.get('error_description'));
  return { kind: denials.has(error) ? 'access_denied' : 'provider_error', error, errorDescription };
}

function checkCode(params: URLSearchParams): AuthorizationResponseFailure | null {
  return params.get('code') ? null : { kind: 'missing_code' };
}
