import { and, eq, sql } from 'drizzle-orm';
import { auditEntries, developers, people } from '../../db/schema.ts';
import type { SignInSettings } from '../../env.ts';
import { platformId } from '../api-key.ts';

/** What else tells whether a person may go on: selected where `people` and their account are joined. */
export const standing = {
  accountMadeAt: developers.createdAt,
  /** Their invitation into this account is in the audit trail, which nobody can change. */
  isInvited: sql<number>`exists (select 1 from ${auditEntries} where ${and(
    eq(auditEntries.developerId, people.developerId),
    eq(auditEntries.action, 'acceptInvitation'),
    sql`${auditEntries.actor} = 'person:' || ${people.id}`,
  )})`,
};

/**
 * Whether somebody with an account may use it, now: by the lists as they are, or because they were invited. Cloudflare
 * Access has lists of its own.
 *
 * @param person with the address that their last sign-in showed
 */
export function mayStay(
  settings: SignInSettings,
  person: Pick<typeof people.$inferSelect, 'issuer' | 'email' | 'developerId' | 'createdAt'>,
  { accountMadeAt, isInvited }: { accountMadeAt: number; isInvited: number },
): boolean {
  if (isInvited || isAdministrator(settings, person.email)) return true;
  if (person.developerId === platformId) return false;
  // An account that was there before its person is one they were invited into.
  const isJoined = accountMadeAt < person.createdAt;
  return isJoined || person.issuer === settings.access?.team || isAllowed(settings, person.email);
}

/** Whether a verified address is on the list of administrators. */
export function isAdministrator({ administrators }: SignInSettings, email: string | null): boolean {
  return administrators.includes(email ?? '');
}

/** Whether a verified address is on the list of those who get a developer account. */
export function isAllowed({ allow }: SignInSettings, email: string | null): boolean {
  if (email === null) return false;
  return allow.includes(email) || allow.includes(email.slice(email.lastIndexOf('@')));
}
