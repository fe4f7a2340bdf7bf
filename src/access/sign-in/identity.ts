import { Failure } from '../../errors.ts';

/** Who somebody is, by somebody else's word: `issuer` and `subject` are the person, all else may change. */
export interface Identity {
  issuer: string;
  subject: string;
  name: string;
  /** In lower case; null where the issuer doesn't say that it is verified. */
  email: string | null;
}

/** Names and addresses as they came, made fit to be kept and shown. */
export function makeIdentity(said: {
  issuer: string;
  subject: string;
  names: unknown[];
  email: unknown;
  emailVerified: boolean;
}): Identity {
  const email = typeof said.email === 'string' && said.emailVerified ? cleanAddress(said.email) : null;
  const name = said.names.map(cleanName).find((candidate) => candidate !== '');
  return { issuer: said.issuer, subject: said.subject, name: name ?? email ?? 'Somebody', email };
}

/**
 * Why somebody isn't signed in.
 *
 * @param text for the person
 * @param kind for the log
 */
export function signInFailure(
  code: 'access_denied' | 'invalid_grant' | 'provider_error',
  text: string,
  kind: string,
  cause?: unknown,
): Failure {
  return new Failure(code, text, { cause: { kind, cause } });
}

/** Why somebody isn't let in whose word on who they are holds. */
export function notWelcome(email: string | null): Failure {
  return email === null
    ? signInFailure(
        'access_denied',
        'Your account there shows us no e-mail address that is verified, so we can’t tell whether you may sign in.',
        'unverified_address',
      )
    : signInFailure(
        'access_denied',
        `${email} isn’t on the list of those who may sign in here. Ask the administrator for an invitation.`,
        'not_allowed',
      );
}

function cleanName(name: unknown): string {
  if (typeof name !== 'string') return '';
  // Controls, and marks that turn the direction of the text around them.
  const printable = name.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return printable.replaceAll(/\s+/g, ' ').trim().slice(0, 120);
}

function cleanAddress(address: string): string | null {
  const lower = address.trim().toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(lower) && lower.length <= 254 ? lower : null;
}
