const prefix = 'trivet.';

/**
 * Reads or writes what this window must know again after the trip to a provider, which loads the page anew.
 * A browser may forbid storage: then nothing is remembered, and the page does without.
 */
export function remember<Value>(key: string, value?: Value | null): Value | null {
  const name = prefix + key;
  try {
    if (value === null) sessionStorage.removeItem(name);
    else if (value !== undefined) sessionStorage.setItem(name, JSON.stringify(value));
    return JSON.parse(sessionStorage.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/** Starts afresh: a new window begins with a copy of what its opener's tab remembers. */
export function forget(): void {
  try {
    for (const name of Object.keys(sessionStorage))
      if (name.startsWith(prefix)) sessionStorage.removeItem(name);
  } catch {
    // Nothing is remembered then.
  }
}
