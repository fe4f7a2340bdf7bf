import type { EndpointAnswer } from '../endpoint-answer.ts';
import type { TokenFailure } from '../token-failure.ts';
import { type CredentialsCall, credentialsRequest } from './credentials-request.ts';
import { readCredentials } from './credentials-response.ts';

/** Credentials that last for one authorization. The secret never goes to the browser in the clear. */
export interface TemporaryCredentials {
  token: string;
  tokenSecret: string;
}

export type TemporaryCredentialsFailure = TokenFailure | { kind: 'callback_not_confirmed' };

/** The request for temporary credentials (RFC 5849 §2.1). */
export function temporaryCredentialsRequest(call: CredentialsCall & { callback: string }): Promise<Request> {
  return credentialsRequest(call, { oauth_callback: call.callback });
}

/**
 * Reads the answer to it. A provider that doesn't confirm the callback speaks OAuth 1.0 without the "a",
 * which is open to session fixation, and is refused.
 *
 * @param answer `requireConfirmation` is false only for a provider declared to leave the confirmation out
 */
export function parseTemporaryCredentials(
  answer: EndpointAnswer & { requireConfirmation: boolean },
): { ok: true; credentials: TemporaryCredentials } | { ok: false; failure: TemporaryCredentialsFailure } {
  const read = readCredentials(answer);
  if (!read.ok) return read;
  const confirmed = String(read.fields.oauth_callback_confirmed) === 'true'; // JSON has it as a boolean
  if (answer.requireConfirmation && !confirmed) {
    return { ok: false, failure: { kind: 'callback_not_confirmed' } };
  }
  return { ok: true, credentials: { token: read.token, tokenSecret: read.tokenSecret } };
}
