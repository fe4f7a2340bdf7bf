import { and, desc, eq, gt, isNull, or } from 'drizzle-orm';
import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import type { Db } from '../../db/client.ts';
import { invitations, people } from '../../db/schema.ts';

const invitationMs = 7 * 24 * 60 * 60_000;

/** The people of an account, newest first. */
export function listPeople(db: Db, developerId: string) {
  return db
    .select()
    .from(people)
    .where(eq(people.developerId, developerId))
    .orderBy(desc(people.createdAt), desc(people.id));
}

/** One of them, or undefined. */
export async function findPerson(db: Db, developerId: string, id: string) {
  const [person] = await db
    .select()
    .from(people)
    .where(and(eq(people.id, id), eq(people.developerId, developerId)));
  return person;
}

/** Ends a person here: their sessions go along. */
export async function removePerson(db: Db, { id, developerId }: { id: string; developerId: string }) {
  await db.delete(people).where(and(eq(people.id, id), eq(people.developerId, developerId)));
}

interface Invite {
  /** The account it leads into; null: a developer account of the invited person's own. */
  developerId: string | null;
  name: string;
  invitedBy: string;
  now: number;
}

/** Makes an invitation, and gives its secret, this once. Its id is the secret’s digest. */
export async function invite(db: Db, { now, ...row }: Invite): Promise<{ id: string; secret: string }> {
  const secret = randomSecret('trv_invite_');
  const id = await sha256(secret);
  await db.insert(invitations).values({ id, ...row, createdAt: now, expiresAt: now + invitationMs });
  return { id, secret };
}

/** The invitations that are still good: into the account, and the administrator's into new ones. */
export function listInvitations(db: Db, developerId: string, isAdministrator: boolean, now: number) {
  return db
    .select()
    .from(invitations)
    .where(and(isOwn(developerId, isAdministrator), gt(invitations.expiresAt, now)))
    .orderBy(desc(invitations.createdAt), desc(invitations.id));
}

/** Ends an invitation before it is used; false where there is none. */
export async function withdraw(db: Db, developerId: string, isAdministrator: boolean, id: string) {
  const ended = await db
    .delete(invitations)
    .where(and(eq(invitations.id, id), isOwn(developerId, isAdministrator)))
    .returning({ id: invitations.id });
  return ended.length > 0;
}

function isOwn(developerId: string, isAdministrator: boolean) {
  const into = eq(invitations.developerId, developerId);
  return isAdministrator ? or(into, isNull(invitations.developerId)) : into;
}
