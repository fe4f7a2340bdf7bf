import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import type { Found } from './diagnosis-finding.ts';

// Token endpoints that answer 200, with no token where one is looked for.

/** An answer that holds a token where nobody looks for it. */
export function tokenElsewhere({ answer }: Exchange, { definition, facts }: TrialRecord): Found | null {
  if (definition.type !== 'oauth2' || !answer || answer.status > 299) return null;
  if (!/missing token/.test(facts.failure?.description ?? '')) return null;
  const found = answer.fields
    .map(([path]) => ({ path, steps: path.split('.') }))
    .map((place) => ({ ...place, rank: rankOf(place.steps.at(-1) ?? '') }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)[0];
  if (!found) return null;
  const name = found.steps.at(-1) ?? '';
  const under = found.steps.slice(0, -1).join('.');
  return {
    code: 'token_elsewhere',
    title: 'The access token is in another place',
    explanation: `The provider answered ${answer.status}, and the token seems to be at ${found.path}.`,
    fixes: [
      ...(under ? [{ field: 'token_response.under', suggestion: 'Use', value: under }] : []),
      ...(name === 'access_token'
        ? []
        : [{ field: 'token_response.access_token', suggestion: 'Use', value: name }]),
    ],
  };
}

function rankOf(name: string): number {
  if (/^access_?token$/i.test(name)) return 3;
  if (/access.*token|auth.*token/i.test(name)) return 2;
  return /^token$/i.test(name) ? 1 : 0;
}

/** An error where a token should be. */
export function errorWith200({ answer }: Exchange): Found | null {
  if (answer?.status !== 200) return null;
  const said = answer.fields.filter(([path]) => /err|msg|message|reason|status|ok$|success|code/i.test(path));
  const shown = said.map(([path, value]) => `${path}: ${value}`).join(', ');
  return {
    code: 'error_with_200',
    title: 'The token endpoint answered 200, with an error in it',
    explanation: shown
      ? `There is no token in the answer, and it says ${shown.slice(0, 240)}.`
      : 'There is no token in the answer.',
    fixes: [
      { field: 'client_secret', suggestion: 'Most often it means the credentials: copy them again' },
      { field: 'token_params', suggestion: 'Or a parameter is missing that the provider documents' },
    ],
  };
}
