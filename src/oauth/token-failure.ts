import type { EndpointAnswer } from './endpoint-answer.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Why a body could not be taken as the answer of a token endpoint. */
export type UnreadableReason =
  | 'http_status'
  | 'empty_body'
  | 'too_large'
  | 'html'
  | 'malformed'
  | 'repeated_parameter'
  | 'missing_token'
  | 'malformed_token';

/** What can go wrong with the answer of a token or credentials endpoint, by what is to be done about it. */
export type TokenFailure =
  /** The provider refused, and said why. `invalid_grant` is final for the grant. */
  | { kind: 'provider_error'; error: string; errorDescription: string | null }
  /** Neither tokens nor an error can be read from it. */
  | { kind: 'unreadable'; reason: UnreadableReason; status: number }
  /** Overloaded or down: the same request may succeed later. */
  | { kind: 'unavailable'; status: number; retryAfterMs: number | null };

/** 429 and 5xx say nothing about the grant, only that the provider can't answer now. */
export function findUnavailability(answer: EndpointAnswer): TokenFailure | null {
  const { status } = answer;
  if (status !== 429 && status < 500) return null;
  return { kind: 'unavailable', status, retryAfterMs: parseRetryAfter(answer.retryAfter, answer.now) };
}

/** The result that says why an answer can't be read. */
export function unreadable(reason: UnreadableReason, status: number): { ok: false; failure: TokenFailure } {
  return { ok: false, failure: { kind: 'unreadable', reason, status } };
}
