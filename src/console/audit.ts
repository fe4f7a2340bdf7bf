import type { Context } from 'hono';
import { recordAudit } from '../events/audit-entry.ts';
import type { ConsoleEnv } from './env.ts';

/** Writes to the audit trail what the person did, by the name that the API's operation has, if there is one. */
export function audit(
  c: Context<ConsoleEnv>,
  action: string,
  resourceType: string,
  resourceId: string,
): Promise<void> {
  const { caller, actor } = c.var;
  const address = c.req.header('CF-Connecting-IP') ?? null;
  return recordAudit(c.var, {
    developerId: caller.developerId,
    actor,
    action,
    resourceType,
    resourceId,
    address,
  });
}
