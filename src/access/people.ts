import { and, desc, eq, gt, isNull, or } from 'drizzle-orm';
import { sha256 } from '../crypto/hash.ts';
import { randomSecret } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { invitations, people } from '../db/schema.ts';
import { afterCursor, type Cursor } from '../paging.ts';
import { platformId } from './api-key.ts';

const invitationMs = 7 * 24 * 60 * 60_000;

/** Up to `limit` people of an account, newest first. */
export function listPeople(db: Db, developerId: string, cursor: Cursor | null, limit: number) {
  return db
    .select()
    .from(people)
    .where(and(eq(people.developerId, developerId), afterCursor(people, cursor)))
    .orderBy(desc(people.createdAt), desc(people.id))
    .limit(limit);
}

/** Ends a person here: their sessions go along. False where there is none. */
export async function removePerson(db: Db, developerId: string, id: string): Promise<boolean> {
  const removed = await db
    .delete(people)
    .where(and(eq(people.id, id), eq(people.developerId, developerId)))
    .returning({ id: people.id });
  return removed.length > 0;
}

interface Invite {
  /** The account it leads into; null: a developer account of the invited person's own. */
  developerId: string | null;
  name: string;
  invitedBy: string;
  now: number;
}

/** Makes an invitation, and gives its secret, this once. Its id is the secret’s digest. */
export async function invite(db: Db, { now, ...fields }: Invite) {
  const secret = randomSecret('trv_invite_');
  const row = { id: await sha256(secret), ...fields, createdAt: now, expiresAt: now + invitationMs };
  await db.insert(invitations).values(row);
  return { row, secret };
}

/** The invitations that are still good, newest first: into the account, and the administrator's into new ones. */
export function listInvitations(
  db: Db,
  developerId: string,
  now: number,
  cursor: Cursor | null,
  limit: number,
) {
  return db
    .select()
    .from(invitations)
    .where(and(isOwn(developerId), gt(invitations.expiresAt, now), afterCursor(invitations, cursor)))
    .orderBy(desc(invitations.createdAt), desc(invitations.id))
    .limit(limit);
}

/** Ends an invitation before it is used; false where there is none. */
export async function withdraw(db: Db, developerId: string, id: string): Promise<boolean> {
  const ended = await db
    .delete(invitations)
    .where(and(eq(invitations.id, id), isOwn(developerId)))
    .returning({ id: invitations.id });
  return ended.length > 0;
}

function isOwn(developerId: string) {
  const into = eq(invitations.developerId, developerId);
  return developerId === platformId ? or(into, isNull(invitations.developerId)) : into;
}
