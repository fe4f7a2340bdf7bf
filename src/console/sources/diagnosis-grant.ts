import type { TrialRecord } from '../../connect/trial-record.ts';
import { type Check, exchangeOf, type Found, foundIn } from './diagnosis-finding.ts';

// What was granted, and whether it lasts.

export const grantChecks: Check[] = [
  scopesJoined,
  fewerScopes,
  noRefreshToken,
  refreshFailed,
  revocationFailed,
];

/** None of the asked scopes are granted, or one that is several. */
function scopesJoined({ facts, scopes, definition, exchanges }: TrialRecord): Found | null {
  const granted = facts.granted?.scopes;
  if (!granted || scopes.length < 2 || !('scope_separator' in definition)) return null;
  const raw = exchanges
    .find(({ step }) => step === 'token')
    ?.answer?.fields.find(([path]) => /(^|\.)scopes?$/.test(path))?.[1];
  const isOne = granted.some((scope) => scopes.filter((asked) => scope.includes(asked)).length > 1);
  const isNone = !scopes.some((scope) => granted.includes(scope));
  if (!isOne && !isNone) return null;
  const { scope_separator: separator } = definition;
  const isSpace = separator === ' ';
  return {
    text: 'scope_separator.granted',
    step: 'token',
    values: {
      joined: scopes.join(separator),
      granted: raw ?? granted.join(' '),
      separator,
      isSpace,
      isOther: !isSpace,
    },
  };
}

function fewerScopes({ facts, scopes, definition }: TrialRecord): Found | null {
  const granted = facts.granted?.scopes;
  if (!granted || definition.type !== 'oauth2') return null;
  const missing = scopes.filter((scope) => !granted.includes(scope));
  if (missing.length === 0 || missing.length === scopes.length) return null;
  return { text: 'fewer_scopes', step: 'token', values: { missing: missing.join(', ') } };
}

function noRefreshToken({ facts, definition, scopes, authorization }: TrialRecord): Found | null {
  const { granted } = facts;
  if (definition.type !== 'oauth2' || !granted || granted.hasRefreshToken || granted.expiresInMs === null)
    return null;
  const asked = [...scopes, ...(authorization?.params ?? []).map(([name, value]) => `${name}=${value}`)];
  if (asked.some((value) => /^offline_access$|^access_type=offline$/.test(value))) return null;
  const isGoogle = /(^|\.)google(apis)?\.com$/.test(URL.parse(authorization?.endpoint ?? '')?.hostname ?? '');
  const minutes = Math.max(1, Math.round(granted.expiresInMs / 60_000));
  return { text: 'no_refresh_token', step: 'token', values: { minutes, byScope: !isGoogle } };
}

function refreshFailed(record: TrialRecord): Found | null {
  const exchange = exchangeOf(record, 'refresh');
  if (record.facts.refresh?.ok !== false || !exchange) return null;
  const { definition } = record;
  const isUsual = definition.type === 'oauth2' && definition.token_response.refresh_token === undefined;
  return foundIn(exchange, 'refresh_failed', { isUsual });
}

function revocationFailed(record: TrialRecord): Found | null {
  const exchange = exchangeOf(record, 'revocation');
  if (record.facts.revocation !== 'failed' || !exchange) return null;
  return foundIn(exchange, 'revocation_failed');
}
