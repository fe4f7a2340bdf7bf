import type { EndpointAnswer } from '../endpoint-answer.ts';
import { cleanError, cleanErrorDescription } from '../error-text.ts';
import { findProviderError, type ProviderError } from '../provider-error.ts';
import { isTokenText, ownField, readResponseFields } from '../response-fields.ts';
import { findUnavailability, type TokenFailure, unreadable } from '../token-failure.ts';

/** What temporary and token credentials have in common on the wire. */
export type CredentialsResponse =
  | { ok: true; token: string; tokenSecret: string; fields: Record<string, unknown> }
  | { ok: false; failure: TokenFailure };

/**
 * Reads `oauth_token` and `oauth_token_secret` (RFC 5849 §2.1, §2.3) from a form, or from the JSON that
 * some send in its place. A refusal is recognized by `oauth_problem` (OAuth Problem Reporting), in the
 * body or in `WWW-Authenticate`, or by an error as in OAuth 2. A secret may be empty, but not missing.
 */
export function readCredentials(answer: EndpointAnswer): CredentialsResponse {
  const { status } = answer;
  const unavailable = findUnavailability(answer);
  if (unavailable) return { ok: false, failure: unavailable };
  const succeeded = status >= 200 && status < 300;
  const read = readResponseFields(answer.body, answer.contentType);
  const error =
    (read.ok ? (findProblem(read.fields) ?? findProviderError(read.fields)) : null) ??
    (succeeded ? null : findProblem(challengeFields(answer.wwwAuthenticate ?? '')));
  if (error) return { ok: false, failure: { kind: 'provider_error', ...error } };
  if (!succeeded) return unreadable('http_status', status);
  if (!read.ok) return unreadable(read.reason, status);
  const token = ownField(read.fields, 'oauth_token');
  const tokenSecret = ownField(read.fields, 'oauth_token_secret');
  if (token === undefined || token === '' || tokenSecret === undefined) {
    return unreadable('missing_token', status);
  }
  if (!isTokenText(token) || (tokenSecret !== '' && !isTokenText(tokenSecret))) {
    return unreadable('malformed_token', status);
  }
  return { ok: true, token, tokenSecret, fields: read.fields };
}

function findProblem(fields: Record<string, unknown>): ProviderError | null {
  const error = cleanError(ownField(fields, 'oauth_problem'));
  const advice = cleanErrorDescription(ownField(fields, 'oauth_problem_advice'));
  return error === null ? null : { error, errorDescription: advice };
}

/** The parameters of a challenge; their values are quoted and percent-encoded as in §3.5.1. */
function challengeFields(header: string): Record<string, unknown> {
  const pairs = header.matchAll(/\b(oauth_[a-z_]+)="?([^",\s]*)/g);
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, decode(value)]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
