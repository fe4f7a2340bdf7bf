import type { Context } from 'hono';
import { dropOwnCookie, readOwnCookie, setOwnCookie } from '../../access/own-cookie.ts';
import { findInvitation } from '../../access/sign-in/admit.ts';
import type { AppEnv } from '../../context.ts';
import { sha256 } from '../../crypto/hash.ts';

const cookieName = 'trivet-invitation';
const keptSeconds = 30 * 60;

/** An invitation that somebody accepted in this browser and hasn't signed in with yet. */
export interface Invitation {
  /** SHA-256 of its secret. */
  id: string;
  invitedBy: string;
  /** The account it leads into; null: one of the invited person's own. */
  account: string | null;
}

/** Finds the invitation of a secret; null where it has been used, withdrawn, or is over. */
export async function openInvitation<Env extends AppEnv>(
  { var: { db, now } }: Context<Env>,
  secret: string,
): Promise<Invitation | null> {
  const id = await sha256(secret);
  const found = await findInvitation(db, id, now());
  return found && { id, invitedBy: found.invitation.invitedBy, account: found.account };
}

/** Keeps an invitation in this browser until its person has signed in. */
export function keepInvitation(c: Context<AppEnv>, secret: string): void {
  setOwnCookie(c, cookieName, secret, keptSeconds);
}

/** The invitation that this browser keeps, or null. */
export async function readInvitation(c: Context<AppEnv>): Promise<Invitation | null> {
  const secret = readOwnCookie(c, cookieName);
  return secret === undefined ? null : openInvitation(c, secret);
}

export function dropInvitation(c: Context<AppEnv>): void {
  dropOwnCookie(c, cookieName);
}
