import type { Exchange, TrialRecord } from '../../connect/trial-record.ts';
import { type Found, foundIn } from './diagnosis-finding.ts';

// Token endpoints that answer 200, with no token where one is looked for.

/** An answer that holds a token where nobody looks for it. */
export function tokenElsewhere(exchange: Exchange, { definition, facts }: TrialRecord): Found | null {
  const { answer } = exchange;
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
  return foundIn(exchange, 'token_elsewhere', {
    path: found.path,
    under,
    name: name === 'access_token' ? null : name,
  });
}

function rankOf(name: string): number {
  if (/^access_?token$/i.test(name)) return 3;
  if (/access.*token|auth.*token/i.test(name)) return 2;
  return /^token$/i.test(name) ? 1 : 0;
}

/** An error where a token should be. */
export function errorWith200(exchange: Exchange): Found | null {
  const { answer } = exchange;
  if (answer?.status !== 200) return null;
  const said = answer.fields.filter(([path]) => /err|msg|message|reason|status|ok$|success|code/i.test(path));
  const shown = said.map(([path, value]) => `${path}: ${value}`).join(', ');
  return foundIn(exchange, shown ? 'error_with_200' : 'error_with_200.silent', {
    shown: shown.slice(0, 240),
  });
}
