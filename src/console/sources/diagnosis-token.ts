import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import {
  betterAttempt,
  type Check,
  errorIn,
  type Found,
  quoteOf,
  saidIn,
  statusOf,
} from './diagnosis-finding.ts';
import { errorWith200, tokenElsewhere } from './diagnosis-token-answer.ts';

// What goes wrong at the token endpoint, the most certain first.

type TokenCheck = (exchange: Exchange, record: TrialRecord) => Found | null;

const inOrder: TokenCheck[] = [
  unanswered,
  redirected,
  userAgent,
  wrongBodyFormat,
  wrongAuthMethod,
  wrongAddress,
  aboutPkce,
  aboutRedirectUrl,
  wrongClient,
  bodyFormatMaybe,
  tokenElsewhere,
  refusedGrant,
  unavailable,
  errorWith200,
  otherError,
];

export const tokenChecks: Check[] = inOrder.map((check) => (record) => {
  const { failure } = record.facts;
  if (failure?.step !== 'token' && failure?.step !== 'temporary') return null;
  const exchange = record.exchanges.find(({ step, attempt }) => step === failure.step && attempt === null);
  const found = exchange ? check(exchange, record) : null;
  return found && { ...found, step: failure.step, weight: 'fault' };
});

/** The field that holds the address which was asked. */
function addressField({ step }: Exchange): string {
  return step === 'temporary' ? 'request_token_url' : 'access_token_url';
}

function unanswered(exchange: Exchange): Found | null {
  const { answer, failure } = exchange;
  if (answer || !failure) return null;
  return {
    code: failure.kind === 'timeout' ? 'token_timeout' : 'token_unreachable',
    title: 'The token endpoint doesn’t answer',
    explanation: `${failure.message}.`,
    fixes: [{ field: addressField(exchange), suggestion: 'Check the host’s name and the path' }],
  };
}

function redirected(exchange: Exchange): Found | null {
  const { answer, url } = exchange;
  if (!answer || answer.status < 300 || answer.status > 399) return null;
  const location = answer.headers.find(([name]) => name === 'location')?.[1];
  const target = URL.parse(location ?? '', url);
  return {
    code: 'token_redirect',
    title: 'The token endpoint is somewhere else',
    explanation: `It answered ${answer.status}${target ? ` and points to ${target.origin}${target.pathname}` : ''}. We never follow: the code and the secret would go along.`,
    fixes: [
      target
        ? {
            field: addressField(exchange),
            suggestion: 'If that is the provider’s, use',
            value: target.origin + target.pathname,
          }
        : { field: addressField(exchange), suggestion: 'Take the address from the provider’s documentation' },
    ],
  };
}

function userAgent(exchange: Exchange, record: TrialRecord): Found | null {
  const said = saidIn(exchange.answer);
  if (exchange.answer?.status !== 403) return null;
  if (!betterAttempt(record, exchange, 'token_headers') && !/user.?agent/i.test(said)) return null;
  return {
    code: 'user_agent',
    title: 'The provider wants a User-Agent',
    explanation: `It answered 403 to a request without one.${quoteOf(exchange.answer)}`,
    fixes: [
      { field: 'token_headers', suggestion: 'Add a line', value: 'User-Agent=Your product' },
      { field: 'api_headers', suggestion: 'And for its API', value: 'User-Agent=Your product' },
    ],
  };
}

function wrongAuthMethod(exchange: Exchange, record: TrialRecord): Found | null {
  const better = betterAttempt(record, exchange, 'token_auth_method');
  if (!better?.attempt) return null;
  const wanted = better.attempt.value;
  const places = { client_secret_basic: 'an HTTP Basic header', client_secret_post: 'the body' };
  return {
    code: 'client_authentication',
    title: `The provider wants the client secret in ${places[wanted as keyof typeof places]}`,
    explanation: `As the definition has it, the answer was ${statusOf(exchange)}.${quoteOf(exchange.answer)} With ${wanted} the provider took the client.`,
    fixes: [{ field: 'token_auth_method', suggestion: 'Use', value: wanted }],
  };
}

function wrongBodyFormat(exchange: Exchange, record: TrialRecord): Found | null {
  const better = betterAttempt(record, exchange, 'token_body_format');
  if (!better?.attempt) return null;
  const { value } = better.attempt;
  return {
    code: 'body_format',
    title: value === 'json' ? 'The token endpoint takes JSON alone' : 'The token endpoint wants a form',
    explanation: `As the definition has it, the answer was ${statusOf(exchange)}.${quoteOf(exchange.answer)} The same as ${value === 'json' ? 'JSON' : 'a form'} was understood.`,
    fixes: [{ field: 'token_body_format', suggestion: 'Use', value }],
  };
}

function bodyFormatMaybe({ answer }: Exchange, { definition }: TrialRecord): Found | null {
  if (answer?.status !== 415 || definition.type !== 'oauth2') return null;
  return {
    code: 'body_format',
    title: 'The token endpoint doesn’t take this type of body',
    explanation: `It answered 415 to a form and to JSON.${quoteOf(answer)}`,
    fixes: [
      { field: 'token_headers', suggestion: 'See which Content-Type and Accept the provider documents' },
    ],
  };
}

function wrongAddress(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (!answer) return null;
  const isMissing = [404, 405, 410].includes(answer.status) && errorIn(answer) === '';
  if (!isMissing && !answer.isHtml) return null;
  const field = addressField(exchange);
  const isMethod = answer.status === 405 && field === 'access_token_url';
  return {
    code: 'token_url',
    title: 'There is no token endpoint at this address',
    explanation: answer.isHtml
      ? `The answer was a web page with the status ${answer.status}, where a token or an error should be.`
      : `The answer was ${answer.status}.`,
    fixes: [
      {
        field,
        suggestion: 'Take the address from the provider’s documentation: often it is on the API’s host',
      },
      ...(isMethod
        ? [{ field: 'token_method', suggestion: 'If the address is right, it may want', value: 'GET' }]
        : []),
    ],
  };
}

function aboutPkce({ answer }: Exchange, { definition }: TrialRecord): Found | null {
  if (definition.type !== 'oauth2' || !/code_?(verifier|challenge)|pkce/i.test(saidIn(answer))) return null;
  const isOff = definition.pkce === 'none';
  return {
    code: isOff ? 'pkce_required' : 'pkce_unsupported',
    title: isOff ? 'The provider demands PKCE' : 'The provider doesn’t take PKCE this way',
    explanation: `${isOff ? 'The definition says none.' : `The code verifier was sent by the method ${definition.pkce}.`}${quoteOf(answer)}`,
    fixes: [{ field: 'pkce', suggestion: 'Use', value: isOff ? 'S256' : 'none' }],
  };
}

function aboutRedirectUrl({ answer }: Exchange, { redirectUri }: TrialRecord): Found | null {
  if (!/redirect_?ur[il]|callback_?url/i.test(saidIn(answer))) return null;
  return {
    code: 'redirect_url',
    title: 'The redirect URL isn’t the one registered',
    explanation: `The token endpoint compares it with what is registered, letter by letter.${quoteOf(answer)}`,
    fixes: [
      {
        field: null,
        suggestion: 'Register exactly this at the provider, for this client',
        value: redirectUri,
      },
    ],
  };
}

function wrongClient(exchange: Exchange, { clientId }: TrialRecord): Found | null {
  const { answer, attempt } = exchange;
  if (!answer || attempt) return null;
  const error = errorIn(answer);
  const isClient =
    /client|consumer|signature/i.test(error) || (answer.status === 401 && !/grant/i.test(error));
  if (!isClient) return null;
  const isId =
    /(client|app)[\w ]*(not found|unknown|exist)|(unknown|no such|unrecognized)[\w ]*client|client[_ ]?id/i.test(
      saidIn(answer),
    );
  return {
    code: isId ? 'client_id' : 'client_secret',
    title: isId ? 'The provider doesn’t know the client ID' : 'The client secret is wrong',
    explanation: `The token endpoint refused the client ${clientId} with ${statusOf(exchange)}, however the secret was sent.${quoteOf(answer)}`,
    fixes: isId
      ? [{ field: 'client_id', suggestion: 'Compare it with the one that the provider shows' }]
      : [
          {
            field: 'client_secret',
            suggestion: 'Copy it again from the provider: no space at its ends, and not the ID',
          },
          { field: 'client_id', suggestion: 'If the secret is right, see that it belongs to this client' },
        ],
  };
}

function refusedGrant({ answer }: Exchange): Found | null {
  if (!/invalid_grant/.test(errorIn(answer))) return null;
  return {
    code: 'invalid_grant',
    title: 'The provider refused the code',
    explanation: `It has expired, was redeemed before, or was given for another redirect URL or code verifier.${quoteOf(answer)}`,
    fixes: [
      { field: null, suggestion: 'Test again. If it stays, compare the redirect URL that is registered' },
      { field: 'pkce', suggestion: 'If the provider changes the challenge on the way, try', value: 'none' },
    ],
  };
}

function unavailable({ answer, step }: Exchange): Found | null {
  if (!answer || (answer.status !== 429 && answer.status < 500)) return null;
  return {
    code: 'provider_down',
    title: 'The provider is overloaded or down',
    explanation: `It answered ${answer.status}.${quoteOf(answer)}`,
    fixes: [
      { field: null, suggestion: 'Test again in a few minutes' },
      {
        field: addressField({ step } as Exchange),
        suggestion: 'If it stays, check the address: some servers fail on what they don’t know',
      },
    ],
  };
}

function otherError(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (!answer) return null;
  return {
    code: 'token_error',
    title: 'The token endpoint refused the request',
    explanation: `It answered ${answer.status}.${quoteOf(answer)}`,
    fixes: [
      {
        field: 'token_params',
        suggestion: 'Look the error up in the provider’s documentation: a parameter may be missing',
      },
    ],
  };
}
