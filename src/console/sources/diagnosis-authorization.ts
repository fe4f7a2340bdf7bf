import type { TrialRecord } from '../../connect/trial-record.ts';
import type { Check, Found } from './diagnosis-finding.ts';

// What goes wrong while the user is at the provider, and on the way back.

type Cause = (record: TrialRecord) => Found | null;

/** The words by which providers tell what they don't like, and what it then is. */
const causes: { words: RegExp; cause: Cause }[] = [
  { words: /redirect|callback[_ -]?ur[il]|AADSTS50011/i, cause: redirectUrl },
  { words: /code_(challenge|verifier)|pkce/i, cause: pkce },
  { words: /scope/i, cause: scopes },
  { words: /client|app(lication)?[_ -]?(id|key|not)|consumer|AADSTS700016/i, cause: clientId },
];

/** The likely ones, where the provider showed an error and sent nobody back. */
export function likelyCauses(record: TrialRecord, seen: string): Found[] {
  const told = causes.filter(({ words }) => words.test(seen));
  return (told.length > 0 ? told : causes).flatMap(({ cause }) => cause(record) ?? []);
}

export const authorizationChecks: Check[] = [
  lostState,
  repeatedParameter,
  wrongIssuer,
  denied,
  refused,
  noCode,
];

function redirectUrl({ redirectUri }: TrialRecord): Found {
  return { text: 'redirect_url', step: 'authorization', values: { redirectUri } };
}

function clientId({ clientId: id }: TrialRecord): Found {
  return { text: 'client_id', step: 'authorization', values: { clientId: id } };
}

function scopes({ scopes: asked, definition }: TrialRecord): Found | null {
  if (!('scope_separator' in definition) || asked.length === 0) return null;
  const text = asked.length > 1 ? 'scopes.several' : 'scopes';
  return { text, step: 'authorization', values: joinedBy(asked, definition.scope_separator) };
}

/** What texts say of scopes, and of what stands between them. */
function joinedBy(asked: string[], separator: string) {
  const isSpace = separator === ' ';
  return { joined: asked.join(separator), separator, isSpace, isOther: !isSpace };
}

function pkce({ definition }: TrialRecord): Found | null {
  if (definition.type !== 'oauth2') return null;
  const { pkce: method } = definition;
  const text = method === 'none' ? 'pkce_required' : 'pkce_unsupported';
  return { text, step: 'authorization', values: { method } };
}

/** A callback that nothing matched: without state, or with two. */
function lostState({ lost, callback, definition }: TrialRecord): Found | null {
  if (!lost || callback) return null;
  const name = definition.type === 'oauth1' ? 'oauth_token' : 'state';
  const count = lost.filter(([given]) => given === name).length;
  const said = lost.find(([given]) => given === 'error')?.[1];
  const text = count > 1 ? 'state_repeated' : count === 0 ? 'state_missing' : 'state_missing.other';
  return { text, step: 'callback', values: { name, count, quote: said && ` It said “${said}”.` } };
}

function repeatedParameter({ callback, facts }: TrialRecord): Found | null {
  const names = (callback ?? []).map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined || facts.failure?.step !== 'callback') return null;
  return { text: 'parameter_repeated', step: 'callback', values: { name: repeated } };
}

function wrongIssuer({ callback, facts, definition }: TrialRecord): Found | null {
  if (facts.failure?.error !== 'issuer_mismatch' || definition.type !== 'oauth2') return null;
  const came = callback?.find(([name]) => name === 'iss')?.[1];
  const text = came ? 'issuer_mismatch' : 'issuer_mismatch.none';
  return { text, step: 'callback', values: { came, issuer: definition.issuer ?? 'none' } };
}

function denied({ facts }: TrialRecord): Found | null {
  if (facts.failure?.step !== 'callback' || facts.failure.error !== 'access_denied') return null;
  return { text: 'access_denied', step: 'callback', values: {} };
}

/** The provider sent the user back with an error. */
function refused(record: TrialRecord): Found | null {
  const { callback, facts, scopes: asked, definition } = record;
  if (facts.failure?.step !== 'callback' || !callback) return null;
  const value = (...names: string[]) => callback.find(([name]) => names.includes(name))?.[1] ?? '';
  const error = value('error', 'oauth_problem');
  if (error === '') return null;
  const said = [error, value('error_description', 'oauth_problem_advice')].filter(Boolean).join(': ');
  const scopeFound =
    /scope/i.test(said) && 'scope_separator' in definition
      ? (aboutScopes(said, asked, definition.scope_separator) ?? scopes(record))
      : null;
  const { text, values } = scopeFound ??
    causes.find(({ words }) => words.test(said))?.cause(record) ?? {
      text: 'authorization_error',
      values: {},
    };
  const quote = ` It said: “${said.replace(/\.$/, '')}”.`;
  return { text, step: 'callback', values: { ...values, quote } };
}

/** What an error about scopes says of them: they came joined, or one of them is unknown. */
function aboutScopes(said: string, asked: string[], separator: string): Found | null {
  const step = 'callback';
  const values = joinedBy(asked, separator);
  if (asked.length > 1 && said.includes(values.joined)) return { text: 'scope_separator', step, values };
  const unknown = asked.filter((scope) => said.includes(scope)).join(', ');
  return unknown === '' ? null : { text: 'unknown_scope', step, values: { unknown } };
}

function noCode({ facts, callback, definition }: TrialRecord): Found | null {
  if (facts.failure?.step !== 'callback' || !callback) return null;
  const text = definition.type === 'oauth1' ? 'verifier_missing' : 'code_missing';
  const names = callback.map(([name]) => name).join(', ') || 'nothing';
  return { text, step: 'callback', values: { names } };
}
