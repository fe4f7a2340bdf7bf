import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import { betterAttempt, type Check, errorIn, type Found, foundIn, saidIn } from './diagnosis-finding.ts';

// What goes wrong where requests are signed (RFC 5849).

const skewMs = 5 * 60_000;

type SignedCheck = (exchange: Exchange, record: TrialRecord) => Found | null;

const inOrder: SignedCheck[] = [unconfirmed, clock, unknownKey, wrongMethod, wrongSignature, refusedCallback];

export const oauth1Checks: Check[] = inOrder.map((check) => (record) => {
  const { failure } = record.facts;
  if (record.definition.type !== 'oauth1' || (failure?.step !== 'temporary' && failure?.step !== 'token'))
    return null;
  const exchange = record.exchanges.find(({ step, attempt }) => step === failure.step && attempt === null);
  return exchange ? check(exchange, record) : null;
});

function unconfirmed(exchange: Exchange, { facts }: TrialRecord): Found | null {
  return facts.failure?.kind === 'callback_not_confirmed'
    ? foundIn(exchange, 'callback_not_confirmed')
    : null;
}

function clock(exchange: Exchange): Found | null {
  const { answer, at } = exchange;
  if (!answer) return null;
  const theirs = Date.parse(answer.headers.find(([name]) => name === 'date')?.[1] ?? '');
  const skew = Math.abs(theirs - at);
  const isNamed = /timestamp/i.test(errorIn(answer) || saidIn(answer));
  if (!isNamed && !(skew > skewMs)) return null;
  const minutes = Math.round(skew / 60_000);
  return foundIn(exchange, minutes > 0 ? 'clock.away' : 'clock', { minutes });
}

function unknownKey(exchange: Exchange, { clientId }: TrialRecord): Found | null {
  const isUnknown = /consumer_key_(unknown|rejected|refused)|(unknown|invalid)[\w ]*consumer/i;
  return isUnknown.test(saidIn(exchange.answer))
    ? foundIn(exchange, 'client_id.consumer', { clientId })
    : null;
}

function wrongMethod(exchange: Exchange, record: TrialRecord): Found | null {
  const value = betterAttempt(record, exchange, 'signature_method')?.attempt?.value;
  return value === undefined ? null : foundIn(exchange, 'signature_method', { value });
}

function wrongSignature(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (!answer || !(/signature/i.test(saidIn(answer)) || (answer.status === 401 && errorIn(answer) === '')))
    return null;
  return foundIn(exchange, 'consumer_secret');
}

function refusedCallback(exchange: Exchange, { redirectUri }: TrialRecord): Found | null {
  return /callback/i.test(saidIn(exchange.answer))
    ? foundIn(exchange, 'redirect_url.callback', { redirectUri })
    : null;
}
