import type { EndpointAnswer } from '../endpoint-answer.ts';
import { findProviderError } from '../provider-error.ts';
import { asRecord, isTokenText, ownField, readResponseFields } from '../response-fields.ts';
import {
  findUnavailability,
  type TokenFailure,
  type UnreadableReason,
  unreadable,
} from '../token-failure.ts';
import type { TokenSet } from '../token-set.ts';
import { splitScopes } from './scope.ts';

/** Where things are in an answer, as far as that differs from RFC 6749 §5. */
export interface TokenResponseRules {
  /** As in requests; spaces and commas separate, too. */
  scopeSeparator: string;
  /** Dotted path to the object that holds the token, such as `authed_user`. */
  under?: string | undefined;
  /** Names of fields, `access_token` and so on by default. */
  accessToken?: string | undefined;
  refreshToken?: string | undefined;
  expiresIn?: string | undefined;
  /** `s` by default. */
  expiresInUnit?: 's' | 'ms' | undefined;
  /** The field with the instant of its end, where there is one: seconds or milliseconds since the epoch, or ISO 8601. */
  expiresAt?: string | undefined;
  expiresAtFormat?: 's' | 'ms' | 'iso' | undefined;
  scope?: string | undefined;
  error?: string | undefined;
  errorDescription?: string | undefined;
}

/** Ten years. A longer life is a provider's way to say "for good", or an instant sent in place of a duration. */
const maxLifetimeMs = 10 * 365.25 * 24 * 60 * 60 * 1000;

/**
 * Reads what a token endpoint answered to a code or a refresh token (RFC 6749 §5.1, §5.2).
 *
 * - 429 and 5xx are `unavailable`, whatever they say.
 * - An error in the body counts with any other status, 200 too, and beside a token.
 * - Any other status than 2xx is `unreadable`, as is a field given twice.
 * - `expires_in` may be a number or a decimal number in text. Zero, negative, beyond ten years or anything
 *   else: no expiry is known, and only the provider's 401 will tell.
 * - A refresh token that is absent, `null`, `false` or empty is none.
 */
export function parseTokenResponse(
  answer: EndpointAnswer,
  rules: TokenResponseRules,
): { ok: true; tokens: TokenSet } | { ok: false; failure: TokenFailure } {
  const { status, now } = answer;
  const unavailable = findUnavailability(answer);
  if (unavailable) return { ok: false, failure: unavailable };
  const succeeded = status >= 200 && status < 300;
  const read = readResponseFields(answer.body, answer.contentType);
  if (!read.ok) return unreadable(succeeded ? read.reason : 'http_status', status);
  const holder = holderOf(read.fields, rules.under);
  const error = findProviderError(read.fields, rules) ?? (holder && findProviderError(holder, rules));
  if (error) return { ok: false, failure: { kind: 'provider_error', ...error } };
  if (!succeeded) return unreadable('http_status', status);
  if (!holder) return unreadable('missing_token', status);
  const tokens = readTokens(holder, otherFields(read.fields, holder, rules), rules, now);
  return typeof tokens === 'string' ? unreadable(tokens, status) : { ok: true, tokens };
}

function readTokens(
  holder: Record<string, unknown>,
  extra: Record<string, unknown>,
  rules: TokenResponseRules,
  now: number,
): TokenSet | UnreadableReason {
  const names = fieldNames(rules);
  const accessToken = ownField(holder, names.accessToken);
  if (accessToken === undefined || accessToken === null || accessToken === '') return 'missing_token';
  if (!isTokenText(accessToken)) return 'malformed_token';
  const refreshToken = ownField(holder, names.refreshToken) || null;
  if (refreshToken !== null && !isTokenText(refreshToken)) return 'malformed_token';
  const tokenType = ownField(holder, 'token_type');
  return {
    accessToken,
    tokenSecret: null,
    tokenType: isTokenText(tokenType) ? tokenType : 'Bearer',
    refreshToken,
    expiresAt:
      instantOf(rules.expiresAt && ownField(holder, rules.expiresAt), rules.expiresAtFormat ?? 's', now) ??
      expiryOf(ownField(holder, names.expiresIn), rules.expiresInUnit ?? 's', now),
    scopes: splitScopes(ownField(holder, names.scope), rules.scopeSeparator),
    extra,
  };
}

function expiryOf(value: unknown, unit: 's' | 'ms', now: number): number | null {
  if (typeof value !== 'number' && !(typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value.trim()))) {
    return null;
  }
  const lifetimeMs = Math.floor(Number(value) * (unit === 's' ? 1000 : 1));
  return lifetimeMs > 0 && lifetimeMs <= maxLifetimeMs ? now + lifetimeMs : null;
}

/** An instant as some providers send it in place of a duration. One that is past, or beyond ten years, is none. */
function instantOf(value: unknown, format: 's' | 'ms' | 'iso', now: number): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null;
  const instant = format === 'iso' ? Date.parse(String(value)) : Number(value) * (format === 's' ? 1000 : 1);
  return instant > now && instant <= now + maxLifetimeMs ? Math.floor(instant) : null;
}

function holderOf(
  fields: Record<string, unknown>,
  under: string | undefined,
): Record<string, unknown> | null {
  let holder: Record<string, unknown> | null = fields;
  for (const name of under?.split('.') ?? []) holder = holder && asRecord(ownField(holder, name));
  return holder;
}

/** What of the answer is in no other place of the token set; where the token is nested, both levels at once. */
function otherFields(
  fields: Record<string, unknown>,
  holder: Record<string, unknown>,
  rules: TokenResponseRules,
): Record<string, unknown> {
  const used = new Set([...Object.values(fieldNames(rules)), 'token_type']);
  const [container] = rules.under?.split('.') ?? [];
  const outer = holder === fields ? [] : Object.entries(fields).filter(([name]) => name !== container);
  const inner = Object.entries(holder).filter(([name]) => !used.has(name));
  return Object.fromEntries([...outer, ...inner]);
}

function fieldNames(rules: TokenResponseRules) {
  return {
    accessToken: rules.accessToken ?? 'access_token',
    refreshToken: rules.refreshToken ?? 'refresh_token',
    expiresIn: rules.expiresIn ?? 'expires_in',
    scope: rules.scope ?? 'scope',
  };
}
