import type { Exchange, Shown, TrialRecord } from '../../connect/trial-record.ts';
import { betterAttempt, type Check, exchangeOf, type Found, foundIn, saidIn } from './diagnosis-finding.ts';

// What the API made of the token, and what the metadata say.

export const apiChecks: Check[] = [
  tokenPlace,
  userAgent,
  refused,
  unavailable,
  (record) => wrongAddress(record, 'metadata'),
  (record) => wrongAddress(record, 'sample'),
  uniquenessMissing,
  nameMissing,
  noUniqueness,
];

/** The exchange that the API refused with one of these. */
function refusedWith(record: TrialRecord, ...statuses: number[]): Exchange | undefined {
  return [exchangeOf(record, 'sample'), exchangeOf(record, 'metadata')].find(
    (exchange) => exchange?.answer && statuses.includes(exchange.answer.status),
  );
}

/** The field that holds the address which was asked. */
function addressField({ step }: Exchange): string {
  return step === 'metadata' ? 'metadata_url' : 'api_host_url';
}

function tokenPlace(record: TrialRecord): Found | null {
  const exchange = refusedWith(record, 401);
  if (!exchange) return null;
  const bySignature = betterAttempt(record, exchange, 'signature');
  const byHeader = betterAttempt(record, exchange, 'api_headers');
  const better = byHeader ?? bySignature;
  if (!better?.attempt) return null;
  const { field, value } = better.attempt;
  const place =
    field === 'api_headers'
      ? 'token_place.own'
      : value === 'parameter'
        ? 'token_place.query'
        : 'token_place.header';
  return foundIn(exchange, place, { name: value.split('=', 1)[0], value });
}

function userAgent(record: TrialRecord): Found | null {
  const exchange = refusedWith(record, 403);
  if (!exchange || exchange.headers.some(([name]) => name === 'user-agent')) return null;
  if (!betterAttempt(record, exchange, 'api_headers') && !/user.?agent/i.test(saidIn(exchange.answer)))
    return null;
  return foundIn(exchange, 'user_agent.api');
}

/** Refused, and nothing that was tried helped. */
function refused(record: TrialRecord): Found | null {
  const { type } = record.definition;
  const exchange = refusedWith(record, 401, 403);
  if (!exchange || tokenPlace(record) || userAgent(record)) return null;
  return type === 'api_key' || type === 'basic'
    ? foundIn(exchange, 'credential_refused', { isKey: type === 'api_key' })
    : foundIn(exchange, 'api_refused', { field: addressField(exchange) });
}

function wrongAddress(record: TrialRecord, step: 'metadata' | 'sample'): Found | null {
  const exchange = exchangeOf(record, step);
  const answer = exchange?.answer;
  if (!exchange || !answer) return null;
  const isHtml = answer.isHtml && answer.status < 400;
  if (!isHtml && ![301, 302, 303, 307, 308, 404, 405, 410].includes(answer.status)) return null;
  const address = step === 'metadata' ? 'metadata_url' : 'sample_path';
  return foundIn(exchange, isHtml ? `${address}.page` : address);
}

/** No answer came, or one that says that there is none. */
function unavailable(record: TrialRecord): Found | null {
  const exchange = [exchangeOf(record, 'metadata'), exchangeOf(record, 'sample')].find(
    (each) => each && (each.answer ? each.answer.status >= 500 || each.answer.status === 429 : each.failure),
  );
  if (!exchange) return null;
  const field = addressField(exchange);
  return foundIn(exchange, exchange.answer ? 'api_down' : 'api_down.silent', { field });
}

/** Fields of the metadata that look like what one looks for. */
function candidates({ answer }: Exchange, wanted: RegExp): Shown[] {
  return (answer?.fields ?? [])
    .filter(
      ([path, value]) => wanted.test(path.split('.').at(-1) ?? '') && !value.includes('…') && value !== '',
    )
    .sort(([a], [b]) => a.split('.').length - b.split('.').length)
    .slice(0, 5);
}

const idLike =
  /^(id|uid|sub|guid|uuid|user_?id|account_?id|encoded_?id|profile_?id|member_?id|login|username|email)$/i;
const nameLike = /^((display|full|user)?_?name|login|nickname|email|title)$/i;

/** What a text says of such fields. */
function saidOf(fields: Shown[]) {
  const listed = fields.map(([path, value]) => `${path} (${value.slice(0, 40)})`).join(', ');
  return { listed, first: fields[0]?.[0] };
}

function uniquenessMissing(record: TrialRecord): Found | null {
  const { definition, facts } = record;
  const exchange = exchangeOf(record, 'metadata');
  const place = definition.uniqueness;
  if (place === undefined || facts.account?.uniqueValue || !isRead(exchange)) return null;
  const said = saidOf(candidates(exchange, idLike));
  return foundIn(exchange, said.first ? 'uniqueness' : 'uniqueness.none', { place, ...said });
}

function nameMissing(record: TrialRecord): Found | null {
  const { definition, facts } = record;
  const exchange = exchangeOf(record, 'metadata');
  const place = definition.default_name;
  if (place === undefined || facts.account?.name || !isRead(exchange)) return null;
  const said = saidOf(candidates(exchange, nameLike));
  return foundIn(exchange, said.first ? 'default_name' : 'default_name.none', { place, ...said });
}

function noUniqueness(record: TrialRecord): Found | null {
  const exchange = exchangeOf(record, 'metadata') ?? exchangeOf(record, 'sample');
  if (record.definition.uniqueness !== undefined || !isRead(exchange)) return null;
  const said = saidOf(candidates(exchange, idLike).slice(0, 1));
  if (!said.first) return null;
  const path = exchange.step === 'sample' ? new URL(exchange.url).pathname : null;
  return foundIn(exchange, 'no_uniqueness', { path, ...said });
}

function isRead(exchange: Exchange | undefined): exchange is Exchange {
  const answer = exchange?.answer;
  return answer !== null && answer !== undefined && answer.status < 300 && answer.fields.length > 0;
}
