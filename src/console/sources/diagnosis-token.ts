import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import { betterAttempt, type Check, errorIn, type Found, foundIn, saidIn } from './diagnosis-finding.ts';
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
  return exchange ? check(exchange, record) : null;
});

/** The field that holds the address which was asked. */
function addressField({ step }: Exchange): string {
  return step === 'temporary' ? 'request_token_url' : 'access_token_url';
}

function unanswered(exchange: Exchange): Found | null {
  const { answer, failure } = exchange;
  if (answer || !failure) return null;
  const field = addressField(exchange);
  return foundIn(exchange, failure.kind === 'timeout' ? 'token_timeout' : 'token_unreachable', { field });
}

function redirected(exchange: Exchange): Found | null {
  const { answer, url } = exchange;
  if (!answer || answer.status < 300 || answer.status > 399) return null;
  const location = answer.headers.find(([name]) => name === 'location')?.[1];
  const target = URL.parse(location ?? '', url);
  const field = addressField(exchange);
  return target
    ? foundIn(exchange, 'token_redirect', { field, target: target.origin + target.pathname })
    : foundIn(exchange, 'token_redirect.nowhere', { field });
}

function userAgent(exchange: Exchange, record: TrialRecord): Found | null {
  const said = saidIn(exchange.answer);
  if (exchange.answer?.status !== 403) return null;
  if (!betterAttempt(record, exchange, 'token_headers') && !/user.?agent/i.test(said)) return null;
  return foundIn(exchange, 'user_agent');
}

function wrongAuthMethod(exchange: Exchange, record: TrialRecord): Found | null {
  const wanted = betterAttempt(record, exchange, 'token_auth_method')?.attempt?.value;
  return wanted === 'client_secret_basic' || wanted === 'client_secret_post'
    ? foundIn(exchange, `client_authentication.${wanted}`)
    : null;
}

function wrongBodyFormat(exchange: Exchange, record: TrialRecord): Found | null {
  const wanted = betterAttempt(record, exchange, 'token_body_format')?.attempt?.value;
  return wanted === 'json' || wanted === 'form' ? foundIn(exchange, `body_format.${wanted}`) : null;
}

function bodyFormatMaybe(exchange: Exchange, { definition }: TrialRecord): Found | null {
  if (exchange.answer?.status !== 415 || definition.type !== 'oauth2') return null;
  return foundIn(exchange, 'body_format.neither');
}

function wrongAddress(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (!answer) return null;
  const isMissing = [404, 405, 410].includes(answer.status) && errorIn(answer) === '';
  if (!isMissing && !answer.isHtml) return null;
  const field = addressField(exchange);
  const isMethod = answer.status === 405 && field === 'access_token_url';
  return foundIn(exchange, answer.isHtml ? 'token_url.page' : 'token_url', { field, isMethod });
}

function aboutPkce(exchange: Exchange, { definition }: TrialRecord): Found | null {
  if (definition.type !== 'oauth2') return null;
  if (!/code_?(verifier|challenge)|pkce/i.test(saidIn(exchange.answer))) return null;
  const { pkce: method } = definition;
  return foundIn(exchange, method === 'none' ? 'pkce_required.token' : 'pkce_unsupported.token', { method });
}

function aboutRedirectUrl(exchange: Exchange, { redirectUri }: TrialRecord): Found | null {
  if (!/redirect_?ur[il]|callback_?url/i.test(saidIn(exchange.answer))) return null;
  return foundIn(exchange, 'redirect_url.token', { redirectUri });
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
  return foundIn(exchange, isId ? 'client_id.token' : 'client_secret', { clientId });
}

function refusedGrant(exchange: Exchange): Found | null {
  return /invalid_grant/.test(errorIn(exchange.answer)) ? foundIn(exchange, 'invalid_grant') : null;
}

function unavailable(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (!answer || (answer.status !== 429 && answer.status < 500)) return null;
  return foundIn(exchange, 'provider_down', { field: addressField(exchange) });
}

function otherError(exchange: Exchange): Found | null {
  return exchange.answer ? foundIn(exchange, 'token_error') : null;
}
