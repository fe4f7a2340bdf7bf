import { eq } from 'drizzle-orm';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { AppEnv } from '../context.ts';
import { equalSecrets, sha256 } from '../crypto/hash.ts';
import { apiKeys } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { mark } from '../openapi/describe.ts';
import { bearerToken } from './bearer.ts';

/** The account of the administrator: what it owns is platform-wide. */
export const platformId = 'platform';

/** What an API key may be limited to. */
export const scopes = [
  'connections:read',
  'connections:read_auth',
  'connections:write',
  'maps:read',
  'maps:write',
  'applications',
  'calls',
  'webhooks',
] as const;

export type Scope = (typeof scopes)[number];

/** Who calls the management API. */
export interface Caller {
  developerId: string;
  /** Null: unrestricted. */
  scopes: Scope[] | null;
}

/** Hono's environment behind `requireKey`. */
export interface CallerEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { caller: Caller };
}

/** Lets a request pass that carries an API key with this scope. */
export function requireKey(scope: Scope): MiddlewareHandler<CallerEnv> {
  const handler: MiddlewareHandler<CallerEnv> = async (c, next) => {
    const caller = await authenticate(c);
    if (!hasScope(caller, scope)) {
      throw new Failure('insufficient_scope', `This API key lacks the scope ${scope}.`);
    }
    c.set('caller', caller);
    await next();
  };
  return mark(handler, { apiKey: { scopes: [scope] } });
}

/** Lets a request pass whose API key has no scopes: it may do what makes others able to do things. */
export const requireUnrestricted: MiddlewareHandler<CallerEnv> = mark(
  async (c: Context<CallerEnv>, next: Next) => {
    const caller = await authenticate(c);
    if (caller.scopes !== null) {
      throw new Failure('insufficient_scope', 'This takes an API key without scopes.');
    }
    c.set('caller', caller);
    await next();
  },
  { apiKey: { scopes: [] } },
);

/** Whether the caller's key reaches this far. */
export function hasScope(caller: Caller, scope: Scope): boolean {
  return caller.scopes === null || caller.scopes.includes(scope);
}

async function authenticate({ req, var: { config, db } }: Context<CallerEnv>): Promise<Caller> {
  const key = bearerToken(req.header('Authorization'));
  const { adminToken } = config;
  if (adminToken && (await equalSecrets(key, adminToken))) return { developerId: platformId, scopes: null };
  const [row] = await db
    .select({ developerId: apiKeys.developerId, scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(eq(apiKeys.keyHash, await sha256(key)));
  if (!row) {
    throw new Failure('invalid_token', 'This API key is not known here.', {
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    });
  }
  return { developerId: row.developerId, scopes: row.scopes as Scope[] | null };
}
