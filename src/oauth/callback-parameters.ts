const secretNames = new Set(['code', 'state', 'oauth_token', 'oauth_verifier']);

/**
 * The first parameter that a callback carries more than once (RFC 6749 §3.1 forbids any; with two, the
 * one we check and the one somebody else reads could differ).
 */
export function findRepeatedParameter(params: URLSearchParams): string | null {
  const seen = new Set<string>();
  for (const name of params.keys()) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

/** The parameters of these names that are there, such as `realmId`. What the protocol keeps secret is left out. */
export function keepParameters(params: URLSearchParams, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = params.get(name);
      return value === null || secretNames.has(name) ? [] : [[name, value]];
    }),
  );
}
