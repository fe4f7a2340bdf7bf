import { and, eq, gt } from 'drizzle-orm';
import { sha256 } from '../crypto/hash.ts';
import { randomId } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { sandboxGrants } from '../db/schema.ts';
import type { AccountId } from './accounts.ts';
import type { Scenario } from './scenarios.ts';

/** What the person decided. */
export type Consent = { account: AccountId; scenario: Scenario };

/** `callback` is the path and query of ours that the browser goes back to: PUBLIC_URL is not stored. */
type OAuth2Request = { callback: string; scopes: string[]; codeChallenge: string };

/** A consent page has been shown; `codeHash` is of its hidden field. */
export type Asked =
  | ({ stage: 'asked'; protocol: 'oauth2'; state: string | null } & OAuth2Request)
  // An OAuth 1.0a token is an identifier that travels in URLs; its secret is what opens something.
  | { stage: 'asked'; protocol: 'oauth1'; callback: string; temporaryToken: string };

/** OAuth 2: an authorization code is out, its hash in `codeHash`, where it stays so that a replay is noticed. */
type Coded = { stage: 'coded'; protocol: 'oauth2' } & OAuth2Request & Consent;

/** OAuth 2: tokens are out. `turnHash` is of the one refresh token of the family that is still good. */
export type Granted = {
  stage: 'granted';
  protocol: 'oauth2';
  scopes: string[];
  accessExpiresAt: number;
  turnHash: string;
} & Consent;

/** OAuth 1.0a: temporary credentials, to be decided on; with a verifier once they have been. */
type Temporary = { stage: 'temporary'; protocol: 'oauth1'; callback: string; sealedTokenSecret: string };
type Verified = {
  stage: 'verified';
  protocol: 'oauth1';
  verifierHash: string;
  sealedTokenSecret: string;
} & Consent;

/** OAuth 1.0a: token credentials. Signatures need the secret itself, so it is sealed and not hashed. */
export type TokenCredentials = {
  stage: 'credentials';
  protocol: 'oauth1';
  accessExpiresAt: number | null;
  sealedTokenSecret: string;
} & Consent;

/** A nonce that has been seen. */
type Nonce = { stage: 'nonce' };

type GrantState = Asked | Coded | Granted | Temporary | Verified | TokenCredentials | Nonce;

export interface Grant {
  id: string;
  state: GrantState;
}

type Hashes = { codeHash?: string | null; accessHash?: string | null; refreshHash?: string | null };

/** Milliseconds that each thing lives. */
export const lifetimes = { asked: 600_000, code: 60_000, grant: 180 * 86_400_000 };

/** Stores a grant. */
export async function addGrant(
  db: Db,
  grant: { state: GrantState; codeHash: string; expiresAt: number },
): Promise<void> {
  await db.insert(sandboxGrants).values({ id: randomId(), ...grant });
}

/** The live grant that a code, request token or token belongs to. */
export async function findGrant(
  db: Db,
  now: number,
  column: 'codeHash' | 'accessHash' | 'refreshHash',
  secret: string,
): Promise<Grant | null> {
  const [row] = await db
    .select({ id: sandboxGrants.id, state: sandboxGrants.state })
    .from(sandboxGrants)
    .where(and(eq(sandboxGrants[column], await sha256(secret)), gt(sandboxGrants.expiresAt, now)));
  return row ? { id: row.id, state: row.state as GrantState } : null;
}

/**
 * Moves a grant on from the state that was read.
 *
 * @returns false where another request was faster: of any number at once, one wins
 */
export async function replaceGrant(
  db: Db,
  read: Grant,
  next: { state: GrantState; expiresAt: number } & Hashes,
): Promise<boolean> {
  const rows = await db
    .update(sandboxGrants)
    .set(next)
    .where(and(eq(sandboxGrants.id, read.id), eq(sandboxGrants.state, read.state)))
    .returning({ id: sandboxGrants.id });
  return rows.length === 1;
}

/** Takes the request that a consent page was shown for, once. */
export async function takeAsked(db: Db, now: number, pending: string): Promise<Asked | null> {
  const grant = await findGrant(db, now, 'codeHash', pending);
  if (grant?.state.stage !== 'asked') return null;
  const rows = await db
    .delete(sandboxGrants)
    .where(eq(sandboxGrants.id, grant.id))
    .returning({ id: sandboxGrants.id });
  return rows.length === 1 ? grant.state : null;
}

/** Ends a grant with every code and token of it. */
export async function endGrant(db: Db, id: string): Promise<void> {
  await db.delete(sandboxGrants).where(eq(sandboxGrants.id, id));
}

/**
 * Remembers a nonce until `expiresAt` (milliseconds).
 *
 * @param key what the nonce is unique among (RFC 5849 §3.3): client, token and timestamp, with the nonce
 * @returns false where it has been used before
 */
export async function claimNonce(db: Db, key: string, expiresAt: number): Promise<boolean> {
  const rows = await db
    .insert(sandboxGrants)
    .values({ id: `nonce/${await sha256(key)}`, state: { stage: 'nonce' }, expiresAt })
    .onConflictDoNothing()
    .returning({ id: sandboxGrants.id });
  return rows.length === 1;
}
