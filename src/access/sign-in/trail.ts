import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import { actorOf, recordAudit } from '../../events/audit-entry.ts';

/**
 * Writes to the audit trail of an account that somebody came, went, or was sent away.
 *
 * @param person null: whoever holds the administrator's token
 */
export function noteVisit<Env extends AppEnv>(
  c: Context<Env>,
  developerId: string,
  person: { id: string; name: string } | null,
  action: string,
  resourceType: string,
  resourceId: string,
): Promise<void> {
  const address = c.req.header('CF-Connecting-IP') ?? null;
  const actor = actorOf(person);
  return recordAudit(c.var, { developerId, actor, action, resourceType, resourceId, address });
}
