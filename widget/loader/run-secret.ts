const keyOf = (runId: string) => `trivet.run.${runId}`;

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
}

/** 256 random bits as 43 characters of base64url. */
export function randomToken(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The challenge of a run secret, formed as PKCE's S256 (RFC 7636 §4.2). Needs a secure context. */
export async function challengeOf(runSecret: string): Promise<string> {
  return base64url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(runSecret))),
  );
}

/** Keeps, reads or (given null) forgets a run's secret in this page's storage, which a browser may forbid. */
export function storedSecret(runId: string, secret?: string | null): string | null {
  try {
    if (secret) sessionStorage.setItem(keyOf(runId), secret);
    else if (secret === null) sessionStorage.removeItem(keyOf(runId));
    return sessionStorage.getItem(keyOf(runId));
  } catch {
    return null;
  }
}
