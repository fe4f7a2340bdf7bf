import type { TrialRecord } from '../../connect/trial-record.ts';
import { type Check, exchangeOf, type Finding, quoteOf, statusOf } from './diagnosis-finding.ts';

// What was granted, and whether it lasts.

export const grantChecks: Check[] = [
  scopesJoined,
  fewerScopes,
  noRefreshToken,
  refreshFailed,
  revocationFailed,
];

/** None of the asked scopes are granted, or one that is several. */
function scopesJoined({ facts, scopes, definition, exchanges }: TrialRecord): Finding | null {
  const granted = facts.granted?.scopes;
  if (!granted || scopes.length < 2 || !('scope_separator' in definition)) return null;
  const raw = exchanges
    .find(({ step }) => step === 'token')
    ?.answer?.fields.find(([path]) => /(^|\.)scopes?$/.test(path))?.[1];
  const isOne = granted.some((scope) => scopes.filter((asked) => scope.includes(asked)).length > 1);
  const isNone = !scopes.some((scope) => granted.includes(scope));
  if (!isOne && !isNone) return null;
  const { scope_separator: separator } = definition;
  return {
    code: 'scope_separator',
    step: 'token',
    weight: 'fault',
    title: 'The provider reads all scopes as one',
    explanation: `It was sent “${scopes.join(separator)}” and granted “${raw ?? granted.join(' ')}”: it wants another separator than “${separator}”.`,
    fixes: [
      separator === ' '
        ? { field: 'scope_separator', suggestion: 'Many that don’t take a space want', value: ',' }
        : { field: 'scope_separator', suggestion: 'OAuth 2 says a space: leave the field empty' },
    ],
  };
}

function fewerScopes({ facts, scopes, definition }: TrialRecord): Finding | null {
  const granted = facts.granted?.scopes;
  if (!granted || definition.type !== 'oauth2') return null;
  const missing = scopes.filter((scope) => !granted.includes(scope));
  if (missing.length === 0 || missing.length === scopes.length) return null;
  return {
    code: 'fewer_scopes',
    step: 'token',
    weight: 'hint',
    title: `Not granted: ${missing.join(', ')}`,
    explanation:
      'You may have unticked it, or the provider doesn’t give it to this client, or calls it something else in its answer.',
    fixes: [{ field: 'scopes', suggestion: 'Check the names, and that the client may ask for them' }],
  };
}

function noRefreshToken({ facts, definition, scopes, authorization }: TrialRecord): Finding | null {
  const { granted } = facts;
  if (definition.type !== 'oauth2' || !granted || granted.hasRefreshToken || granted.expiresInMs === null)
    return null;
  const asked = [...scopes, ...(authorization?.params ?? []).map(([name, value]) => `${name}=${value}`)];
  if (asked.some((value) => /^offline_access$|^access_type=offline$/.test(value))) return null;
  const isGoogle = /(^|\.)google(apis)?\.com$/.test(URL.parse(authorization?.endpoint ?? '')?.hostname ?? '');
  const minutes = Math.max(1, Math.round(granted.expiresInMs / 60_000));
  const offlineAccess = {
    field: 'scopes',
    suggestion: 'Most who speak OpenID Connect want the scope',
    value: 'offline_access',
  };
  const accessType = { field: 'authorization_params', suggestion: 'Some want', value: 'access_type=offline' };
  return {
    code: 'no_refresh_token',
    step: 'token',
    weight: 'hint',
    title: 'The token ends, and there is none to refresh it with',
    explanation: `The access token ends in ${minutes} minutes. Without a refresh token each user has to connect again after that.`,
    fixes: isGoogle ? [accessType] : [offlineAccess, accessType],
  };
}

function refreshFailed(record: TrialRecord): Finding | null {
  const exchange = exchangeOf(record, 'refresh');
  if (record.facts.refresh?.ok !== false || !exchange) return null;
  const { definition } = record;
  return {
    code: 'refresh_failed',
    step: 'refresh',
    weight: 'fault',
    title: 'The refresh token isn’t taken',
    explanation: `The answer was ${statusOf(exchange)}.${quoteOf(exchange.answer)} Users would have to connect again when their tokens end.`,
    fixes: [
      {
        field: 'refresh_url',
        suggestion: 'See whether the provider refreshes at another address than the access token URL',
      },
      ...(definition.type === 'oauth2' && definition.token_response.refresh_token === undefined
        ? [{ field: 'refresh_token_params', suggestion: 'Or wants another grant_type or parameter' }]
        : []),
    ],
  };
}

function revocationFailed(record: TrialRecord): Finding | null {
  const exchange = exchangeOf(record, 'revocation');
  if (record.facts.revocation !== 'failed' || !exchange) return null;
  return {
    code: 'revocation_failed',
    step: 'revocation',
    weight: 'hint',
    title: 'The token could not be revoked',
    explanation: `The answer was ${statusOf(exchange)}.${quoteOf(exchange.answer)} Your own grant stays: end it in your account’s settings there.`,
    fixes: [{ field: 'revocation_url', suggestion: 'Check the address: it takes a POST by RFC 7009' }],
  };
}
