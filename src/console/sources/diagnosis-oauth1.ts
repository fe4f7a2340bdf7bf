import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import { betterAttempt, type Check, errorIn, type Found, quoteOf, saidIn } from './diagnosis-finding.ts';

// What goes wrong where requests are signed (RFC 5849).

const skewMs = 5 * 60_000;

type SignedCheck = (exchange: Exchange, record: TrialRecord) => Found | null;

const inOrder: SignedCheck[] = [unconfirmed, clock, unknownKey, wrongMethod, wrongSignature, refusedCallback];

export const oauth1Checks: Check[] = inOrder.map((check) => (record) => {
  const { failure } = record.facts;
  if (record.definition.type !== 'oauth1' || (failure?.step !== 'temporary' && failure?.step !== 'token'))
    return null;
  const exchange = record.exchanges.find(({ step, attempt }) => step === failure.step && attempt === null);
  const found = exchange ? check(exchange, record) : null;
  return found && { ...found, step: failure.step, weight: 'fault' };
});

function unconfirmed(_: Exchange, { facts }: TrialRecord): Found | null {
  if (facts.failure?.kind !== 'callback_not_confirmed') return null;
  return {
    code: 'callback_not_confirmed',
    title: 'The provider didn’t confirm the callback',
    explanation:
      'Its answer lacks oauth_callback_confirmed=true (RFC 5849 §2.1). It speaks OAuth 1.0 without the “a”, which leaves users open to session fixation.',
    fixes: [{ field: 'verifier', suggestion: 'If you accept that, use', value: 'none' }],
  };
}

function clock(exchange: Exchange): Found | null {
  const { answer, at } = exchange;
  if (!answer) return null;
  const theirs = Date.parse(answer.headers.find(([name]) => name === 'date')?.[1] ?? '');
  const skew = Math.abs(theirs - at);
  const isNamed = /timestamp/i.test(errorIn(answer) || saidIn(answer));
  if (!isNamed && !(skew > skewMs)) return null;
  const minutes = Math.round(skew / 60_000);
  return {
    code: 'clock',
    title: 'The provider’s clock and ours differ',
    explanation: `Signatures hold for a few minutes only.${minutes > 0 ? ` Its clock is ${minutes} minutes away from ours.` : ''}${quoteOf(answer)}`,
    fixes: [{ field: null, suggestion: 'Tell the provider: ours follows the network’s time' }],
  };
}

function unknownKey({ answer }: Exchange, { clientId }: TrialRecord): Found | null {
  if (!/consumer_key_(unknown|rejected|refused)|(unknown|invalid)[\w ]*consumer/i.test(saidIn(answer)))
    return null;
  return {
    code: 'client_id',
    title: 'The provider doesn’t know the consumer key',
    explanation: `It was sent ${clientId}.${quoteOf(answer)}`,
    fixes: [{ field: 'client_id', suggestion: 'Compare it with the one that the provider shows' }],
  };
}

function wrongMethod(exchange: Exchange, record: TrialRecord): Found | null {
  const better = betterAttempt(record, exchange, 'signature_method');
  if (!better?.attempt) return null;
  const { value } = better.attempt;
  return {
    code: 'signature_method',
    title: `The provider wants requests signed by ${value}`,
    explanation: `It refused the signature as the definition has it, and took the one by ${value}.${quoteOf(exchange.answer)}`,
    fixes: [{ field: 'signature_method', suggestion: 'Use', value }],
  };
}

function wrongSignature({ answer }: Exchange): Found | null {
  if (!answer || !(/signature/i.test(saidIn(answer)) || (answer.status === 401 && errorIn(answer) === '')))
    return null;
  return {
    code: 'consumer_secret',
    title: 'The consumer secret is wrong',
    explanation: `The provider refused the signature, whichever method it was made by.${quoteOf(answer)}`,
    fixes: [
      {
        field: 'client_secret',
        suggestion: 'Copy it again from the provider: no space at its ends, and not the key',
      },
      { field: 'signature_method', suggestion: 'If it is right, see which method the provider documents' },
    ],
  };
}

function refusedCallback({ answer }: Exchange, { redirectUri }: TrialRecord): Found | null {
  if (!/callback/i.test(saidIn(answer))) return null;
  return {
    code: 'redirect_url',
    title: 'The provider refuses the callback URL',
    explanation: `Its host or all of it must be registered.${quoteOf(answer)}`,
    fixes: [{ field: null, suggestion: 'Register this at the provider', value: redirectUri }],
  };
}
