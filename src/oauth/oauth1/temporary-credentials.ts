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

/**
 * The request for temporary credentials (RFC 5849 §2.1).
 *
 * @param call `callback` is null for a provider of OAuth 1.0 that is told in the authorization URL, where whoever sends
 *   the user there can change it. What guards such a flow: the temporary token must be one that the callback's browser
 *   started with, so nobody's grant is planted on another (§4.13). What doesn't: without a verifier, who starts a flow
 *   and talks somebody else into allowing it gets their data. That is for the provider's consent page to prevent.
 */
export function temporaryCredentialsRequest(
  call: CredentialsCall & { callback: string | null },
): Promise<Request> {
  return credentialsRequest(call, call.callback === null ? {} : { oauth_callback: call.callback });
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
