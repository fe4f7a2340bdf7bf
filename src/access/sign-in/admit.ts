import { and, eq, gt, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import { randomId } from '../../crypto/random.ts';
import type { Db } from '../../db/client.ts';
import { repeatable } from '../../db/repeat.ts';
import { developers, invitations, people } from '../../db/schema.ts';
import { platformId } from '../api-key.ts';
import { isAdministrator, isAllowed, mayStay } from './allowed.ts';
import { type Identity, notWelcome } from './identity.ts';
import { noteVisit } from './trail.ts';

/** Somebody who may sign in. */
export interface Admitted {
  /** The person. */
  id: string;
  developerId: string;
  name: string;
  /** They have an account already: the invitation they came with is still good. */
  invitationKept: boolean;
}

type Parts = AppEnv['Variables'];

/**
 * Lets somebody in: a person we know who is still welcome, one who was invited, or one whose verified address is on the
 * lists.
 *
 * @param invitationId SHA-256 of the secret of the invitation they accepted in this browser
 * @throws Failure where it is none of them
 */
export async function admit<Env extends AppEnv>(
  c: Context<Env>,
  identity: Identity,
  invitationId: string | null,
): Promise<Admitted> {
  const { signIn } = c.var.config;
  const known = await recognize(c, identity);
  if (known?.isWelcome) return { ...known, invitationKept: invitationId !== null };
  const invited = invitationId === null ? null : await acceptInvitation(c, identity, invitationId, known);
  if (invited) return { ...invited, invitationKept: false };
  if (known) await noteVisit(c, known.developerId, known, 'refuseSignIn', 'person', known.id);
  else if (isAdministrator(signIn, identity.email)) return join(c.var, identity, platformId);
  else if (isAllowed(signIn, identity.email)) return join(c.var, identity, null);
  throw notWelcome(identity.email);
}

/** A person we know, as they are now; null where there is none. */
async function recognize<Env extends AppEnv>(c: Context<Env>, identity: Identity) {
  const { db, config, now } = c.var;
  const { name, email } = identity;
  const person = await findPerson(db, identity);
  if (!person) return null;
  const { id, developerId: before } = person;
  if (mayStay(config.signIn, { ...person, email })) {
    const developerId = isAdministrator(config.signIn, email) ? platformId : before;
    await db.update(people).set({ name, email, developerId, lastSeenAt: now() }).where(eq(people.id, id));
    if (developerId !== before) await noteVisit(c, developerId, { id, name }, 'joinAccount', 'person', id);
    return { id, name, developerId, isWelcome: true };
  }
  if (before === platformId) {
    // Who is no administrator any more starts again, with an account of their own if there is one to be had.
    await db.delete(people).where(eq(people.id, id));
    await noteVisit(c, platformId, { id, name }, 'deletePerson', 'person', id);
    return null;
  }
  // Their sessions see the address as it is now, and end.
  await db.update(people).set({ name, email }).where(eq(people.id, id));
  return { id, name, developerId: before, isWelcome: false };
}

/** The invitation of this id, while it is good, and the name of the account it leads into. */
export async function findInvitation(db: Db, id: string, now: number) {
  const [row] = await db
    .select({ invitation: invitations, account: developers.name })
    .from(invitations)
    .leftJoin(developers, eq(developers.id, invitations.developerId))
    .where(and(eq(invitations.id, id), gt(invitations.expiresAt, now)));
  return row ?? null;
}

async function findPerson(db: Db, identity: Identity) {
  const [person] = await db.select().from(people).where(isPerson(identity));
  return person;
}

function isPerson({ issuer, subject }: Identity) {
  return and(eq(people.issuer, issuer), eq(people.subject, subject));
}

/** Makes the person, and the account where there is none to join. Of two requests at once, one does. */
async function join({ db, now }: Parts, identity: Identity, accountId: string | null): Promise<Admitted> {
  const developerId = accountId ?? randomId();
  const at = now();
  const isNew = sql`not exists (select 1 from ${people} where ${isPerson(identity)})`;
  const [, , [person]] = await repeatable(async () =>
    db.batch([
      db
        .insert(developers)
        .select(sql`select ${developerId}, ${identity.name}, ${at} where ${accountId === null} and ${isNew}`)
        .onConflictDoNothing(),
      db
        .insert(people)
        .values({ id: randomId(), ...identity, developerId, invited: false, createdAt: at, lastSeenAt: at })
        .onConflictDoNothing(),
      db.select().from(people).where(isPerson(identity)),
    ]),
  );
  if (!person) throw new Error('The person was not kept');
  return { id: person.id, developerId: person.developerId, name: person.name, invitationKept: false };
}

/**
 * Spends the invitation and makes the person, at once. Somebody who is known goes where it leads: back into their own
 * account, if it is one to one of their own.
 *
 * @returns null where it has been spent, or is over
 */
async function acceptInvitation<Env extends AppEnv>(
  c: Context<Env>,
  identity: Identity,
  id: string,
  known: { id: string; developerId: string } | null,
): Promise<Omit<Admitted, 'invitationKept'> | null> {
  const { db, now } = c.var;
  const [personId, ownAccountId] = [known?.id ?? randomId(), known?.developerId ?? randomId()];
  const at = now();
  const { issuer, subject, name, email } = identity;
  const good = and(eq(invitations.id, id), gt(invitations.expiresAt, at));
  await repeatable(async () =>
    db.batch([
      db
        .insert(developers)
        .select(
          sql`select ${ownAccountId}, ${invitations.name}, ${at} from ${invitations} where ${good} and ${invitations.developerId} is null`,
        )
        .onConflictDoNothing(),
      db
        .insert(people)
        .select(
          sql`select ${personId}, coalesce(${invitations.developerId}, ${ownAccountId}), ${issuer}, ${subject}, ${name}, ${email}, 1, ${at}, ${at} from ${invitations} where ${good}`,
        )
        .onConflictDoUpdate({
          target: [people.issuer, people.subject],
          set: { developerId: sql`excluded.developer_id`, invited: true, lastSeenAt: at },
        }),
      db.delete(invitations).where(good),
    ]),
  );
  const made = await findPerson(db, identity);
  if (!made?.invited) return null;
  await noteVisit(c, made.developerId, { id: made.id, name }, 'acceptInvitation', 'invitation', id);
  return { id: made.id, developerId: made.developerId, name };
}
