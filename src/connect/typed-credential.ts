import * as z from 'zod/mini';
import type { Fault } from '../errors.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import type { ApiKeyDefinition, CredentialDefinition } from '../sources/definition.ts';
import { invalidBody } from '../validation.ts';

const text = z
  .string()
  .check(
    z.maxLength(8192, 'must be at most 8,192 characters'),
    z.regex(/^\P{Cc}*$/u, 'must not hold control characters'),
  );

/** What a user types: a key, or a user name and password. */
export const typedFields = { key: z.optional(text), username: z.optional(text), password: z.optional(text) };

type Typed = z.output<z.ZodMiniObject<typeof typedFields>>;

/**
 * The credential that a user typed, in the shape of tokens.
 *
 * @throws Failure that names what is wrong, and never what it was
 */
export function readCredential(definition: CredentialDefinition, typed: Typed): TokenSet {
  const faults = definition.type === 'api_key' ? keyFaults(definition, typed) : passwordFaults(typed);
  if (faults.length > 0) throw invalidBody(faults);
  const shared = { tokenSecret: null, refreshToken: null, expiresAt: null, scopes: null };
  const { key = '', username, password = '' } = typed;
  return definition.type === 'api_key'
    ? { ...shared, accessToken: key.trim(), tokenType: 'api_key', extra: {} }
    : { ...shared, accessToken: password, tokenType: 'basic', extra: { username } };
}

function keyFaults({ key_in }: ApiKeyDefinition, { key, username, password }: Typed): Fault[] {
  const faults = notTaken({ username, password });
  const trimmed = key?.trim();
  if (trimmed === undefined) faults.push({ path: 'key', message: 'is required' });
  else if (trimmed === '') faults.push({ path: 'key', message: 'must not be empty' });
  // What a header can carry (RFC 9110 §5.5).
  else if (key_in !== 'query' && !/^[\x20-\x7e]+$/.test(trimmed))
    faults.push({ path: 'key', message: 'must be printable ASCII' });
  return faults;
}

/** RFC 7617 §2. */
function passwordFaults({ key, username, password }: Typed): Fault[] {
  const faults = notTaken({ key });
  if (username === undefined) faults.push({ path: 'username', message: 'is required' });
  else if (username === '') faults.push({ path: 'username', message: 'must not be empty' });
  else if (username.includes(':')) faults.push({ path: 'username', message: 'must not hold a colon' });
  if (password === undefined) faults.push({ path: 'password', message: 'is required' });
  return faults;
}

function notTaken(fields: Record<string, string | undefined>): Fault[] {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.map(([path]) => ({ path, message: 'is not what this data source takes' }));
}
