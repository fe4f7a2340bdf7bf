/**
 * Joins scopes into the value of a `scope` parameter that `URLSearchParams` then encodes.
 *
 * @param separator a space by RFC 6749 §3.3. A `+` is for providers that want a literal plus between
 *   scopes on the wire; form encoding writes a space as just that, so both give the same bytes. Any
 *   other separator arrives, decoded, as declared.
 */
export function joinScopes(scopes: string[], separator: string): string {
  return scopes.join(separator === '+' ? ' ' : separator);
}

/**
 * Splits the scopes that a provider says it granted. Whatever separator it declares for requests, answers
 * come with spaces or commas as well. A list is taken as it is.
 *
 * @returns without repetitions; empty where the provider names an empty set; `null` where it names none
 */
export function splitScopes(value: unknown, separator: string): string[] | null {
  if (Array.isArray(value)) return unique(value.filter((scope) => typeof scope === 'string'));
  if (typeof value !== 'string') return null;
  const parts = separator === '' ? [value] : value.split(separator);
  return unique(parts.flatMap((part) => part.split(/[\s,]+/)));
}

function unique(scopes: string[]): string[] {
  return [...new Set(scopes)].filter((scope) => scope !== '');
}
