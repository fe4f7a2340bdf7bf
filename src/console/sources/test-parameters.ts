import type { TrialRecord } from '../../connect/trial-record.ts';

/** What `parameters.json` says of parameters, by their names. */
export type Meanings = Record<string, string>;

/** What a parameter of an authorization request or callback is for. */
export function meaningOf(
  meanings: Meanings,
  name: string,
  { definition }: TrialRecord,
  where: 'request' | 'callback',
): string {
  if (definition.type === 'oauth2' && where === 'request') {
    if (name === definition.client_id_param) return meanings.client_id ?? '';
    if (name === (definition.scope_param ?? 'scope')) {
      const separator = definition.scope_separator;
      return `What is asked for, divided by ${separator === ' ' ? 'spaces' : `“${separator}”`}.`;
    }
  }
  const isDeclared = 'authorization_params' in definition && name in definition.authorization_params;
  if (where === 'request' && isDeclared) return 'One of the definition’s authorization parameters.';
  if (
    where === 'callback' &&
    'callback_metadata' in definition &&
    definition.callback_metadata.includes(name)
  )
    return 'Kept with the Connection, as the definition says.';
  // The name is somebody else's.
  if (Object.hasOwn(meanings, name)) return meanings[name] ?? '';
  return where === 'request' ? 'From the query of the full auth URL.' : 'Not used.';
}
