import type { TrialRecord } from '../../connect/trial-record.ts';
import type { Check, Finding } from './diagnosis-finding.ts';

// What goes wrong while the user is at the provider, and on the way back.

type Cause = (record: TrialRecord) => Finding | null;

/** The words by which providers tell what they don't like, and what it then is. */
const causes: { words: RegExp; cause: Cause }[] = [
  { words: /redirect|callback[_ -]?ur[il]|AADSTS50011/i, cause: redirectUrl },
  { words: /code_(challenge|verifier)|pkce/i, cause: pkce },
  { words: /scope/i, cause: scopes },
  { words: /client|app(lication)?[_ -]?(id|key|not)|consumer|AADSTS700016/i, cause: clientId },
];

/** The likely ones, where the provider showed an error and sent nobody back. */
export function likelyCauses(record: TrialRecord, seen: string): Finding[] {
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

function redirectUrl(record: TrialRecord): Finding {
  return {
    code: 'redirect_url',
    step: 'authorization',
    weight: 'fault',
    title: 'The redirect URL isn’t registered at the provider',
    explanation:
      'Providers compare it letter by letter with what is registered: scheme, host, path, a slash at the end.',
    fixes: [
      {
        field: null,
        suggestion: 'Register exactly this at the provider, for this client',
        value: record.redirectUri,
      },
    ],
  };
}

function clientId({ clientId: id }: TrialRecord): Finding {
  return {
    code: 'client_id',
    step: 'authorization',
    weight: 'fault',
    title: 'The provider doesn’t know the client ID, or doesn’t let it ask',
    explanation: `It was sent ${id}. A letter may be missing, it may be another environment’s, or the client isn’t enabled yet.`,
    fixes: [{ field: 'client_id', suggestion: 'Compare it with the one that the provider shows' }],
  };
}

function scopes({ scopes: asked, definition }: TrialRecord): Finding | null {
  if (!('scope_separator' in definition) || asked.length === 0) return null;
  const joined = asked.join(definition.scope_separator);
  return {
    code: 'scopes',
    step: 'authorization',
    weight: 'fault',
    title: 'The provider doesn’t know the scopes',
    explanation: `It was sent “${joined}”. A scope may be misspelt or not enabled for this client${asked.length > 1 ? ', or they are joined in another way than it reads them' : ''}.`,
    fixes: [
      { field: 'scopes', suggestion: 'Take the names from the provider’s documentation' },
      ...(asked.length > 1 ? [separatorFix(definition.scope_separator)] : []),
    ],
  };
}

function separatorFix(separator: string) {
  return separator === ' '
    ? { field: 'scope_separator', suggestion: 'If it wants commas between them, use', value: ',' }
    : { field: 'scope_separator', suggestion: 'OAuth 2 says a space: leave the field empty' };
}

function pkce({ definition }: TrialRecord): Finding | null {
  if (definition.type !== 'oauth2') return null;
  const isOff = definition.pkce === 'none';
  return {
    code: isOff ? 'pkce_required' : 'pkce_unsupported',
    step: 'authorization',
    weight: 'fault',
    title: isOff ? 'The provider demands PKCE' : 'The provider doesn’t take PKCE this way',
    explanation: isOff
      ? 'It wants a code_challenge with the authorization request, and the definition says none.'
      : `It was sent a code_challenge by the method ${definition.pkce}. A few providers refuse what they don’t know.`,
    fixes: [{ field: 'pkce', suggestion: 'Use', value: isOff ? 'S256' : 'none' }],
  };
}

/** A callback that nothing matched: without state, or with two. */
function lostState({ lost, callback, definition }: TrialRecord): Finding | null {
  if (!lost || callback) return null;
  const name = definition.type === 'oauth1' ? 'oauth_token' : 'state';
  const count = lost.filter(([given]) => given === name).length;
  const said = lost.find(([given]) => given === 'error')?.[1];
  const explanation =
    count > 1
      ? `It came back with ${name} ${count} times. Which one is meant, nobody can say: such an answer is refused (RFC 6749 §3.1).`
      : count === 0
        ? `It came back without ${name}: what can’t be told from somebody else’s answer is refused (RFC 6749 §10.12).`
        : `It came back with another ${name} than this browser started with, or after more than ten minutes.`;
  return {
    code: count > 1 ? 'state_repeated' : 'state_missing',
    step: 'callback',
    weight: 'fault',
    title:
      count > 1
        ? `The provider sent ${name} more than once`
        : `The provider sent you back without our ${name}`,
    explanation: said ? `${explanation} It said “${said}”.` : explanation,
    fixes: [
      count > 1
        ? {
            field: 'full_auth_url',
            suggestion: `Take ${name} out of its query, and out of the redirect URL at the provider`,
          }
        : {
            field: 'full_auth_url',
            suggestion: 'Check that this is the authorization endpoint itself, and no page before it',
          },
    ],
  };
}

function repeatedParameter({ callback, facts }: TrialRecord): Finding | null {
  const names = (callback ?? []).map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined || facts.failure?.step !== 'callback') return null;
  return {
    code: 'parameter_repeated',
    step: 'callback',
    weight: 'fault',
    title: `The provider sent ${repeated} more than once`,
    explanation:
      'With two, the one that is checked and the one that is used could differ: such an answer is refused (RFC 6749 §3.1).',
    fixes: [
      {
        field: null,
        suggestion: `Take ${repeated} out of the query of the redirect URL at the provider, if it is there; else tell the provider`,
      },
    ],
  };
}

function wrongIssuer({ callback, facts, definition }: TrialRecord): Finding | null {
  if (facts.failure?.error !== 'issuer_mismatch' || definition.type !== 'oauth2') return null;
  const came = callback?.find(([name]) => name === 'iss')?.[1];
  return {
    code: 'issuer_mismatch',
    step: 'callback',
    weight: 'fault',
    title: 'The answer is from another issuer',
    explanation: came
      ? `The callback named ${came}, and the definition ${definition.issuer ?? 'none'}. They must be equal, character by character (RFC 9207 §2.4).`
      : 'The provider announces that its answers name their issuer, and this one names none (RFC 9207 §2.4).',
    fixes: [
      came
        ? { field: 'issuer', suggestion: 'If you trust that issuer, use', value: came }
        : { field: 'issuer', suggestion: 'Check it: another server than the announced one may answer' },
    ],
  };
}

function denied({ facts }: TrialRecord): Finding | null {
  if (facts.failure?.step !== 'callback' || facts.failure.error !== 'access_denied') return null;
  return {
    code: 'access_denied',
    step: 'callback',
    weight: 'fault',
    title: 'Access was denied at the provider',
    explanation:
      'The provider says that you declined. If you didn’t, your account may not be allowed: providers keep new clients to their testers until they are reviewed.',
    fixes: [
      {
        field: null,
        suggestion: 'Test again and allow, or add your account to the client’s testers at the provider',
      },
    ],
  };
}

/** The provider sent the user back with an error. */
function refused(record: TrialRecord): Finding | null {
  const { callback, facts, scopes: asked, definition } = record;
  if (facts.failure?.step !== 'callback' || !callback) return null;
  const value = (...names: string[]) => callback.find(([name]) => names.includes(name))?.[1] ?? '';
  const error = value('error', 'oauth_problem');
  if (error === '') return null;
  const said = [error, value('error_description', 'oauth_problem_advice')].filter(Boolean).join(': ');
  const quote = ` It said: “${said.replace(/\.$/, '')}”.`;
  if (/scope/i.test(said) && 'scope_separator' in definition) {
    const scopeFinding = aboutScopes(said, asked, definition.scope_separator) ?? scopes(record);
    if (scopeFinding)
      return { ...scopeFinding, step: 'callback', explanation: scopeFinding.explanation + quote };
  }
  const known = causes.find(({ words }) => words.test(said))?.cause(record);
  if (known) return { ...known, step: 'callback', explanation: known.explanation + quote };
  return {
    code: 'authorization_error',
    step: 'callback',
    weight: 'fault',
    title: 'The provider refused the authorization request',
    explanation: `It sent you back with an error in place of a code.${quote}`,
    fixes: [
      {
        field: 'authorization_params',
        suggestion: 'Look the error up in the provider’s documentation: a parameter may be missing',
      },
    ],
  };
}

/** What an error about scopes says of them: they came joined, or one of them is unknown. */
function aboutScopes(said: string, asked: string[], separator: string): Finding | null {
  const shared = { step: 'callback', weight: 'fault' } as const;
  const joined = asked.join(separator);
  if (asked.length > 1 && said.includes(joined)) {
    return {
      ...shared,
      code: 'scope_separator',
      title: 'The provider reads all scopes as one',
      explanation: `It complains of “${joined}” as if that were a single scope: it wants another separator than “${separator}”.`,
      fixes: [separatorFix(separator)],
    };
  }
  const unknown = asked.filter((scope) => said.includes(scope));
  if (unknown.length === 0) return null;
  return {
    ...shared,
    code: 'unknown_scope',
    title: `The provider doesn’t know the scope ${unknown.join(', ')}`,
    explanation: 'It is misspelt, was renamed, or isn’t enabled for this client at the provider.',
    fixes: [{ field: 'scopes', suggestion: `Correct or remove ${unknown.join(', ')}` }],
  };
}

function noCode({ facts, callback, definition }: TrialRecord): Finding | null {
  if (facts.failure?.step !== 'callback' || !callback) return null;
  const isOAuth1 = definition.type === 'oauth1';
  const names = callback.map(([name]) => name).join(', ');
  return {
    code: isOAuth1 ? 'verifier_missing' : 'code_missing',
    step: 'callback',
    weight: 'fault',
    title: isOAuth1 ? 'The provider sent no verifier' : 'The provider sent no code',
    explanation: `It sent you back with ${names || 'nothing'} alone.`,
    fixes: [
      isOAuth1
        ? { field: 'verifier', suggestion: 'If it speaks OAuth 1.0 without the “a”, use', value: 'none' }
        : {
            field: 'authorization_params',
            suggestion: 'Check the response type: we redeem codes, and nothing else',
          },
    ],
  };
}
