import type { Exchange, Shown, TrialRecord } from '../../connect/trial-record.ts';
import {
  betterAttempt,
  type Check,
  exchangeOf,
  type Finding,
  quoteOf,
  saidIn,
  statusOf,
} from './diagnosis-finding.ts';

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

function tokenPlace(record: TrialRecord): Finding | null {
  const exchange = refusedWith(record, 401);
  if (!exchange) return null;
  const bySignature = betterAttempt(record, exchange, 'signature');
  const byHeader = betterAttempt(record, exchange, 'api_headers');
  const better = byHeader ?? bySignature;
  if (!better?.attempt) return null;
  const { field, value } = better.attempt;
  return {
    code: 'token_place',
    step: exchange.step,
    weight: 'fault',
    title:
      field === 'api_headers'
        ? `The API wants the token in ${value.split('=', 1)[0]}, its own way`
        : `The API wants the token in ${value === 'parameter' ? 'the query' : 'the Authorization header'}`,
    explanation: `As the definition has it, the answer was 401.${quoteOf(exchange.answer)} The other way it was taken.`,
    fixes: [{ field, suggestion: field === 'api_headers' ? 'Add a line' : 'Use', value }],
  };
}

function userAgent(record: TrialRecord): Finding | null {
  const exchange = refusedWith(record, 403);
  if (!exchange || exchange.headers.some(([name]) => name === 'user-agent')) return null;
  if (!betterAttempt(record, exchange, 'api_headers') && !/user.?agent/i.test(saidIn(exchange.answer)))
    return null;
  return {
    code: 'user_agent',
    step: exchange.step,
    weight: 'fault',
    title: 'The API wants a User-Agent',
    explanation: `It answered 403 to a call without one.${quoteOf(exchange.answer)}`,
    fixes: [{ field: 'api_headers', suggestion: 'Add a line', value: 'User-Agent=Your product' }],
  };
}

/** Refused, and nothing that was tried helped. */
function refused(record: TrialRecord): Finding | null {
  const { definition } = record;
  const exchange = refusedWith(record, 401, 403);
  if (!exchange || tokenPlace(record) || userAgent(record)) return null;
  const isTyped = definition.type === 'api_key' || definition.type === 'basic';
  const isMetadata = exchange.step === 'metadata';
  return {
    code: isTyped ? 'credential_refused' : 'api_refused',
    step: exchange.step,
    weight: 'fault',
    title: isTyped ? 'The API refused the credential' : 'The API refused the token',
    explanation: `It answered ${exchange.answer?.status}.${quoteOf(exchange.answer)}`,
    fixes: isTyped
      ? [
          { field: null, suggestion: 'Check what you typed' },
          ...(definition.type === 'api_key'
            ? [
                {
                  field: 'key_name',
                  suggestion: 'Then the header or parameter that the key goes into, and its prefix',
                },
              ]
            : []),
        ]
      : [
          { field: 'scopes', suggestion: 'See which scope this call needs' },
          {
            field: isMetadata ? 'metadata_url' : 'api_host_url',
            suggestion: 'See that this is the host the token is for',
          },
        ],
  };
}

function wrongAddress(record: TrialRecord, step: 'metadata' | 'sample'): Finding | null {
  const exchange = exchangeOf(record, step);
  const answer = exchange?.answer;
  if (!exchange || !answer) return null;
  const isHtml = answer.isHtml && answer.status < 400;
  if (!isHtml && ![301, 302, 303, 307, 308, 404, 405, 410].includes(answer.status)) return null;
  const isMetadata = step === 'metadata';
  return {
    code: isMetadata ? 'metadata_url' : 'sample_path',
    step,
    weight: isMetadata ? 'fault' : 'hint',
    title: isMetadata ? 'The metadata URL isn’t right' : 'The sample call found nothing',
    explanation: isHtml
      ? 'The answer was a web page, where JSON should be.'
      : `The answer was ${statusOf(exchange)}.${quoteOf(answer)}`,
    fixes: [
      isMetadata
        ? { field: 'metadata_url', suggestion: 'Use the API’s address that tells who the user is' }
        : {
            field: 'api_host_url',
            suggestion: 'If the path is right, check the API host: calls go below its path',
          },
    ],
  };
}

/** No answer came, or one that says that there is none. */
function unavailable(record: TrialRecord): Finding | null {
  const exchange = [exchangeOf(record, 'metadata'), exchangeOf(record, 'sample')].find(
    (each) => each && (each.answer ? each.answer.status >= 500 || each.answer.status === 429 : each.failure),
  );
  if (!exchange) return null;
  const isMetadata = exchange.step === 'metadata';
  return {
    code: 'api_down',
    step: exchange.step,
    weight: 'fault',
    title: exchange.answer ? 'The API is overloaded or down' : 'The API doesn’t answer',
    explanation: exchange.answer
      ? `The answer was ${statusOf(exchange)}.${quoteOf(exchange.answer)}`
      : `${exchange.failure?.message}.`,
    fixes: [
      { field: null, suggestion: 'Test again in a few minutes' },
      {
        field: isMetadata ? 'metadata_url' : 'api_host_url',
        suggestion: 'If it stays, check the host’s name and the path',
      },
    ],
  };
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

function listed(fields: Shown[]): string {
  return fields.map(([path, value]) => `${path} (${value.slice(0, 40)})`).join(', ');
}

function uniquenessMissing(record: TrialRecord): Finding | null {
  const { definition, facts } = record;
  const exchange = exchangeOf(record, 'metadata');
  if (definition.uniqueness === undefined || facts.account?.uniqueValue || !isRead(exchange)) return null;
  const found = candidates(exchange, idLike);
  return {
    code: 'uniqueness',
    step: 'metadata',
    weight: 'fault',
    title: `There is nothing at ${definition.uniqueness} in the metadata`,
    explanation:
      found.length > 0
        ? `These look like an id: ${listed(found)}.`
        : 'No field of the answer looks like an id. Is this the address that tells who the user is?',
    fixes: [
      found[0]
        ? { field: 'uniqueness', suggestion: 'Use', value: found[0][0] }
        : { field: 'metadata_url', suggestion: 'Use the API’s address that tells who the user is' },
    ],
  };
}

function nameMissing(record: TrialRecord): Finding | null {
  const { definition, facts } = record;
  const exchange = exchangeOf(record, 'metadata');
  if (definition.default_name === undefined || facts.account?.name || !isRead(exchange)) return null;
  const found = candidates(exchange, nameLike);
  return {
    code: 'default_name',
    step: 'metadata',
    weight: 'hint',
    title: `There is nothing at ${definition.default_name} in the metadata`,
    explanation:
      found.length > 0
        ? `These look like a name: ${listed(found)}.`
        : 'No field of the answer looks like a name.',
    fixes: found[0] ? [{ field: 'default_name', suggestion: 'Use', value: found[0][0] }] : [],
  };
}

function noUniqueness(record: TrialRecord): Finding | null {
  const exchange = exchangeOf(record, 'metadata') ?? exchangeOf(record, 'sample');
  if (record.definition.uniqueness !== undefined || !isRead(exchange)) return null;
  const [first] = candidates(exchange, idLike);
  if (!first) return null;
  return {
    code: 'no_uniqueness',
    step: exchange.step,
    weight: 'hint',
    title: 'The same account can be connected twice',
    explanation: `Nothing says where an account’s id is. ${listed([first])} looks like one.`,
    fixes: [
      ...(exchange.step === 'sample'
        ? [{ field: 'metadata_url', suggestion: 'Use', value: new URL(exchange.url).pathname }]
        : []),
      { field: 'uniqueness', suggestion: 'Use', value: first[0] },
    ],
  };
}

function isRead(exchange: Exchange | undefined): exchange is Exchange {
  const answer = exchange?.answer;
  return answer !== null && answer !== undefined && answer.status < 300 && answer.fields.length > 0;
}
