import { sha256 } from '../crypto/hash.ts';

/** What a Connection is unique within. */
interface UniquenessScope {
  developerId: string;
  applicationId: string | null;
  clientUserId: string | null;
  sourceId: string;
  /** Where the source is: an account elsewhere is another one. */
  hosts: string[];
  /** The client ID it was granted to. */
  registration: string;
}

/**
 * The key that two Connections share which are one: same owner, application, end user, source, client
 * registration and remote account. Absent application and end user count as equal.
 */
export function uniquenessKey(scope: UniquenessScope, uniqueValue: string): Promise<string> {
  const { developerId, applicationId, clientUserId, sourceId, hosts, registration } = scope;
  return sha256(
    JSON.stringify([developerId, applicationId, clientUserId, sourceId, hosts, registration, uniqueValue]),
  );
}

/**
 * Reads a place in a document: a JSON pointer (RFC 6901), a dotted path, or a key.
 *
 * @returns the text or number there, as text; null where there is none
 */
export function locate(document: unknown, location: string): string | null {
  const steps = location.startsWith('/')
    ? location
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : location.split('.');
  let value = document;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Record<string, unknown>)[step];
  }
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
