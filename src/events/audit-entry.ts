import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { repeatable } from '../db/repeat.ts';
import { auditEntries } from '../db/schema.ts';
import { logFault } from './log-fault.ts';

/** Who acts. */
export interface Actor {
  /** `admin_token`, `key:<id>`, `person:<id>`, `application:<id>`. */
  id: string;
  /** What it is called at the moment. */
  name: string;
}

/** @param person null: whoever holds the administrator's token */
export function actorOf(person: { id: string; name: string } | null): Actor {
  return person
    ? { id: `person:${person.id}`, name: person.name }
    : { id: 'admin_token', name: 'The administrator’s token' };
}

/** Something that was done. Nothing of it is secret. */
interface Act {
  /** Whose resources. */
  developerId: string;
  actor: Actor;
  /** The operation's id, as the OpenAPI document has it. */
  action: string;
  resourceType: string | null;
  /** The id; of what has one only within another, both, with a slash between. */
  resourceId: string | null;
  /** The address the request came from. */
  address: string | null;
}

/**
 * Adds to the audit trail. Awaited before the answer goes out. What has been done can't be undone, so where it can't be
 * written the caller gets its answer all the same, and the log says so.
 */
export async function recordAudit(
  { db, now, requestId }: Pick<AppEnv['Variables'], 'db' | 'now' | 'requestId'>,
  { actor, ...act }: Act,
): Promise<void> {
  const row = {
    id: randomId(),
    ...act,
    actor: actor.id,
    actorName: actor.name,
    requestId,
    createdAt: now(),
  };
  try {
    await repeatable(() => db.insert(auditEntries).values(row).onConflictDoNothing());
  } catch (error) {
    logFault('audit', error, { action: act.action, actor: actor.id, request_id: requestId });
  }
}
