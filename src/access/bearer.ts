import { Failure } from '../errors.ts';

/**
 * The credential of an `Authorization: Bearer` header (RFC 6750 §2.1).
 *
 * @throws Failure 401 where there is none
 */
export function bearerToken(authorization: string | undefined): string {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '');
  if (match?.[1]) return match[1];
  throw new Failure('invalid_token', 'Send your credential as "Authorization: Bearer …".', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}
