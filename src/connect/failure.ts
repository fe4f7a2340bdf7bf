import type { Outcome } from '../db/schema.ts';
import type { OutboundError } from '../outbound/outbound.ts';
import type { AuthorizationFailure } from './obtain-tokens.ts';

/** An authorization that brought nothing, in words for the popup and the page behind it. */
export type Described = Pick<Outcome, 'result' | 'error'> & { errorDescription: string };

/** Every way an authorization can fail, said plainly. What a provider says of itself stays short and quoted. */
export function describeFailure(failure: AuthorizationFailure): Described {
  switch (failure.kind) {
    case 'access_denied':
      return { result: 'denied', error: 'access_denied', errorDescription: 'The user chose not to share.' };
    case 'provider_error':
      return failed(failure.error, quote(failure.error, failure.errorDescription));
    case 'repeated_parameter':
      return failed('invalid_request', `The provider sent ${failure.parameter} more than once.`);
    case 'state_mismatch':
    case 'token_mismatch':
      return failed('invalid_request', 'The answer does not belong to this authorization.');
    case 'issuer_mismatch':
      return failed('issuer_mismatch', 'The answer came from another issuer than the one it was asked of.');
    case 'missing_code':
    case 'missing_verifier':
      return failed('provider_error', 'The provider sent the user back without an answer.');
    case 'unreadable':
      return failed(
        'provider_error',
        `The provider’s answer could not be read (${failure.reason.replaceAll('_', ' ')}).`,
      );
    case 'unavailable':
      return failed(
        'temporarily_unavailable',
        `The provider answered ${failure.status}: it is overloaded or down.`,
      );
    default:
      return failure satisfies never;
  }
}

/** What a provider that could not be asked is called. */
export const outboundCodes = {
  refused: 'provider_error',
  timeout: 'provider_timeout',
  unreachable: 'temporarily_unavailable',
  too_large: 'provider_error',
} as const;

/** The same for a provider that could not be asked. */
export function describeOutboundError(error: OutboundError): Described {
  return failed(outboundCodes[error.kind], `The provider could not be asked: ${error.message}.`);
}

function failed(error: string, errorDescription: string): Described {
  return { result: 'failed', error, errorDescription };
}

function quote(error: string, description: string | null): string {
  return description ? `The provider refused: ${error}, “${description}”` : `The provider refused: ${error}.`;
}
