import type { people } from '../../db/schema.ts';
import type { SignInSettings } from '../../env.ts';
import { platformId } from '../api-key.ts';

/**
 * Whether somebody with an account may use it, now: by the lists as they are, or because they were invited. Cloudflare
 * Access has lists of its own.
 *
 * @param person with the address that their last sign-in showed
 */
export function mayStay(
  settings: SignInSettings,
  { issuer, email, developerId, invited }: Omit<typeof people.$inferSelect, 'id' | 'lastSeenAt'>,
): boolean {
  if (invited || isAdministrator(settings, email)) return true;
  if (developerId === platformId) return false;
  return issuer === settings.access?.team || isAllowed(settings, email);
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
