/** What a person on the consent page can have go wrong, and what it does to the grant from then on. */
export const scenarios = [
  { id: 'works', label: 'Everything works', effect: 'Nothing goes wrong.' },
  { id: 'expires', label: 'Access ends after 60 seconds', effect: 'Each access token lives for 60 seconds.' },
  {
    id: 'withdrawn',
    label: 'Access is withdrawn',
    effect: 'Right after consent, refreshes and calls are refused.',
  },
  { id: 'outage', label: 'The provider is down', effect: 'Calls and refreshes are answered with 503.' },
  { id: 'slow', label: 'The provider is slow', effect: 'Each call is answered after 5 seconds.' },
  {
    id: 'refuses',
    label: 'No token is given',
    effect: 'Your consent ends in an error of the token endpoint.',
  },
  {
    id: 'fewer',
    label: 'Less is granted than asked',
    effect: 'The last item on the list above is left out.',
  },
] as const;

export type Scenario = (typeof scenarios)[number]['id'];

/** Seconds an access token lives. */
export const accessTokenSeconds = { usual: 3600, expires: 60 };

/** What `Retry-After` says during an outage. It does not end: the second only keeps tests short. */
export const outageRetrySeconds = 1;

/** How long a slow provider lets its callers wait. */
export const slowMs = 5000;

/** The scenarios that mean something for a request: less than one scope can't be granted. */
export function scenariosFor(scopes: string[]) {
  return scenarios.filter((scenario) => scenario.id !== 'fewer' || scopes.length > 1);
}

/** The scopes granted of those asked for: never none, which OAuth 2 has no way to say. */
export function grantedScopes(asked: string[], scenario: Scenario): string[] {
  return scenario === 'fewer' && asked.length > 1 ? asked.slice(0, -1) : asked;
}
