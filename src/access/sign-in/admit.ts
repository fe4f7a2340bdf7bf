import { and, eq, gt, sql } from 'drizzle-orm';
import type { AppEnv } from '../../context.ts';
import { randomId } from '../../crypto/random.ts';
import type { Db } from '../../db/client.ts';
import { repeatable } from '../../db/repeat.ts';
import { developers, invitations, people } from '../../db/schema.ts';
import type { SignInSettings } from '../../env.ts';
import { platformId } from '../api-key.ts';
import { type Identity, signInFailure } from './identity.ts';

/** Somebody who may sign in. */
export interface Admitted {
  personId: string;
  developerId: string;
  /** They have an account already: the invitation they came with is still good. */
  invitationKept: boolean;
}

type Parts = AppEnv['Variables'];

/**
 * Lets somebody in: a person we know, one who was invited, or one whose verified address is on the lists.
 *
 * @param invitationId SHA-256 of the secret of the invitation they accepted in this browser
 * @throws Failure where it is none of them
 */
export async function admit(
  parts: Parts,
  identity: Identity,
  invitationId: string | null,
): Promise<Admitted> {
  const { db, config, now } = parts;
  const isAdministrator = config.signIn.administrators.includes(identity.email ?? '');
  const [known] = await db.select().from(people).where(isPerson(identity));
  if (known) {
    const developerId = isAdministrator ? platformId : known.developerId;
    const { name, email } = identity;
    const seen = { name, email, developerId, lastSeenAt: now() };
    await db.update(people).set(seen).where(eq(people.id, known.id));
    return { personId: known.id, developerId, invitationKept: invitationId !== null };
  }
  const invited = invitationId === null ? null : await acceptInvitation(parts, identity, invitationId);
  if (invited) return { ...invited, invitationKept: false };
  if (isAdministrator) return join(parts, identity, platformId);
  if (isAllowed(identity.email, config.signIn)) return join(parts, identity, null);
  throw identity.email === null
    ? signInFailure(
        'access_denied',
        'Your account there shows us no e-mail address that is verified, so we can’t tell whether you may sign in.',
        'unverified_address',
      )
    : signInFailure(
        'access_denied',
        `${identity.email} isn’t on the list of those who may sign in here. Ask the administrator for an invitation.`,
        'not_allowed',
      );
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

function isAllowed(email: string | null, { allow }: SignInSettings): boolean {
  if (email === null) return false;
  return allow.includes(email) || allow.includes(email.slice(email.lastIndexOf('@')));
}

function isPerson({ issuer, subject }: Identity) {
  return and(eq(people.issuer, issuer), eq(people.subject, subject));
}

/** Makes the person, and the account where there is none to join. Of two requests at once, one does. */
async function join({ db, now }: Parts, identity: Identity, accountId: string | null): Promise<Admitted> {
  const developerId = accountId ?? randomId();
  const isNew = sql`not exists (select 1 from ${people} where ${isPerson(identity)})`;
  const [, , [person]] = await repeatable(async () =>
    db.batch([
      db
        .insert(developers)
        .select(
          sql`select ${developerId}, ${identity.name}, ${now()} where ${accountId === null} and ${isNew}`,
        )
        .onConflictDoNothing(),
      db
        .insert(people)
        .values(newPerson(identity, developerId, now()))
        .onConflictDoNothing(),
      db.select().from(people).where(isPerson(identity)),
    ]),
  );
  if (!person) throw new Error('The person was not kept');
  return { personId: person.id, developerId: person.developerId, invitationKept: false };
}

/** Spends the invitation and makes the person, at once; null where it has been spent, or is over. */
async function acceptInvitation(
  { db, now }: Parts,
  identity: Identity,
  id: string,
): Promise<Omit<Admitted, 'invitationKept'> | null> {
  const ownAccountId = randomId();
  const at = now();
  const good = and(eq(invitations.id, id), gt(invitations.expiresAt, at));
  const person = newPerson(identity, '', at);
  const [, , , [made]] = await repeatable(async () =>
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
          sql`select ${person.id}, coalesce(${invitations.developerId}, ${ownAccountId}), ${person.issuer}, ${person.subject}, ${person.name}, ${person.email}, ${at}, ${at} from ${invitations} where ${good}`,
        )
        .onConflictDoNothing(),
      db.delete(invitations).where(good),
      db.select().from(people).where(isPerson(identity)),
    ]),
  );
  return made ? { personId: made.id, developerId: made.developerId } : null;
}

function newPerson({ issuer, subject, name, email }: Identity, developerId: string, at: number) {
  return { id: randomId(), developerId, issuer, subject, name, email, createdAt: at, lastSeenAt: at };
}
