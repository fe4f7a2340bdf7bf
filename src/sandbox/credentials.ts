import type { AccountId } from './accounts.ts';
import { treadmill } from './sources.ts';

// Public by design, as the client secrets are: they open made-up data alone.

/** The keys that open the treadmill. */
export const keys: readonly { account: AccountId; key: string }[] = [
  { account: 'person-1815', key: 'treadmill-sandbox-key-of-ada-brook' },
  { account: 'person-1906', key: 'treadmill-sandbox-key-of-grace-field' },
];

/** The user names and passwords that open the scrapbook. */
export const logins: readonly { account: AccountId; username: string; password: string }[] = [
  { account: 'person-1815', username: 'ada', password: 'scrapbook-sandbox-password-of-ada' },
  { account: 'person-1906', username: 'grace', password: 'scrapbook-sandbox-password-of-grace' },
];

/** The account that a call's key, or user name and password, opens; null where it brings none that do. */
export function accountOf(headers: Headers): AccountId | null {
  const key = headers.get(treadmill.key_name);
  const basic = readBasic(headers.get('Authorization') ?? '');
  const found =
    keys.find((known) => known.key === key) ??
    logins.find(({ username, password }) => `${username}:${password}` === basic);
  return found?.account ?? null;
}

/** `user:password` of RFC 7617; null where the header is none. */
function readBasic(authorization: string): string | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return null;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
  } catch {
    return null;
  }
}
