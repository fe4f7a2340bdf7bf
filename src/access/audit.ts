import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes, routePath } from 'hono/route';
import type { AppEnv } from '../context.ts';
import { type Actor, recordAudit } from '../events/audit-entry.ts';
import { markOf, type Operation } from '../openapi/describe.ts';
import { normalizeId } from '../validation.ts';
import type { Caller } from './api-key.ts';

interface AuditedEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { caller?: Caller; actor?: Actor };
}

/** What reads so much that it counts as an act. */
const auditedReads = new Set(['exportConnections']);

/** What a part of a path names. */
const kinds: Record<string, string> = {
  applications: 'application',
  secrets: 'client_secret',
  sources: 'source',
  users: 'end_user',
  maps: 'map',
  connections: 'connection',
  developers: 'developer',
  keys: 'key',
  sealing: 'sealing_key',
  webhooks: 'webhook',
  deliveries: 'delivery',
  people: 'person',
  invitations: 'invitation',
};

/** Writes what an API key changed to the audit trail, before the answer goes out. */
export const auditChanges: MiddlewareHandler<AuditedEnv> = async (c, next) => {
  await next();
  const { caller, actor } = c.var;
  if (!caller || !actor || c.res.status >= 400) return;
  const path = routePath(c);
  const operation = operationAt(c, path);
  if (!operation || !isAct(c.req.method, operation)) return;
  const { type, id } = await findResource(c, path);
  await recordAudit(c.var, {
    developerId: caller.developerId,
    actor,
    action: operation.id,
    resourceType: type,
    resourceId: id,
    address: c.req.header('CF-Connecting-IP') ?? null,
  });
};

/** What the route that answered says of itself. */
function operationAt(c: Context<AuditedEnv>, path: string): Operation | undefined {
  const said = matchedRoutes(c)
    .filter((route) => route.path === path)
    .map(({ handler }) => markOf(handler).operation);
  return said.find((operation) => operation !== undefined);
}

/** Calls to providers are a user's business, not management. */
function isAct(method: string, { id, tag }: Operation): boolean {
  if (tag === 'User data') return false;
  return method === 'GET' ? auditedReads.has(id) : true;
}

/** The resource that a path names, or that was made at it, which the answer tells. */
async function findResource(c: Context<AuditedEnv>, path: string) {
  let type: string | null = null;
  let isNamed = false;
  const ids: string[] = [];
  for (const segment of path.split('/')) {
    const kind = kinds[segment];
    if (kind) {
      type = kind;
      isNamed = false;
    } else if (segment.startsWith(':')) {
      const value = c.req.param(segment.slice(1)) ?? '';
      ids.push(normalizeId(value) ?? value);
      isNamed = true;
    }
  }
  const made = isNamed ? null : await readMadeId(c.res);
  // A Connection stands for itself, whatever it was made from.
  const named = made === null ? ids : [...(type === 'connection' ? [] : ids), made];
  return { type, id: named.length === 0 ? null : named.join('/').slice(0, 600) };
}

async function readMadeId(response: Response): Promise<string | null> {
  if (response.headers.get('Content-Type') !== 'application/json') return null;
  const made = await response.clone().json<Record<string, unknown> | null>();
  const id = made?.id ?? made?.clientId ?? made?.connection_id;
  return typeof id === 'string' ? id : null;
}
