import type { TrialRecord } from '../../connect/trial-record.ts';

const meanings: Record<string, string> = {
  response_type: 'We want a code (RFC 6749 §4.1.1).',
  client_id: 'Who asks: the client that is registered at the provider.',
  redirect_uri: 'Where the provider sends the user back to. It has to be registered there.',
  state: 'Random, once: the answer has to bring it back, so that nobody plants another.',
  code_challenge:
    'PKCE: the digest of a secret that only we know. The code is worth nothing without it (RFC 7636).',
  code_challenge_method: 'How that digest is made.',
  oauth_token: 'The temporary credentials’ token (RFC 5849 §2.2).',
  oauth_verifier: 'The provider’s word that the user agreed (RFC 5849 §2.2).',
  code: 'What we trade for tokens, once.',
  iss: 'Who answers (RFC 9207). It has to be the issuer that was asked.',
  scope: 'What is asked for.',
  error: 'Why there is no code (RFC 6749 §4.1.2.1).',
  error_description: 'The same in words.',
  oauth_problem: 'Why there is no verifier.',
  denied: 'The user said no.',
};

/** What a parameter of an authorization request or callback is for. */
export function meaningOf(name: string, { definition }: TrialRecord, where: 'request' | 'callback'): string {
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
  return meanings[name] ?? (where === 'request' ? 'From the query of the full auth URL.' : 'Not used.');
}
