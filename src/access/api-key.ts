import { eq, type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { AppEnv } from '../context.ts';
import { equalSecrets, sha256 } from '../crypto/hash.ts';
import { prepared } from '../db/prepared.ts';
import { apiKeys } from '../db/schema.ts';
import type { Config } from '../env.ts';
import { Failure } from '../errors.ts';
import { type Actor, actorOf } from '../events/audit-entry.ts';
import { mark } from '../openapi/describe.ts';
import { bearerToken } from './bearer.ts';
import { vouchedHolder } from './in-process.ts';

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
  Variables: AppEnv['Variables'] & {
    caller: Caller;
    /** Who acts for the developer: the audit trail names it. */
    actor: Actor;
  };
}

/** Lets a request pass that carries an API key with this scope. */
export function requireKey(scope: Scope): MiddlewareHandler<CallerEnv> {
  const handler: MiddlewareHandler<CallerEnv> = async (c, next) => {
    const { caller, actor } = await authenticate(c);
    if (!hasScope(caller, scope)) {
      throw new Failure('insufficient_scope', `This API key lacks the scope ${scope}.`);
    }
    c.set('caller', caller);
    c.set('actor', actor);
    await next();
  };
  return mark(handler, { apiKey: { scopes: [scope] } });
}

/** Lets a request pass whose API key has no scopes: it may do what makes others able to do things. */
export const requireUnrestricted: MiddlewareHandler<CallerEnv> = mark(
  async (c: Context<CallerEnv>, next: Next) => {
    const { caller, actor } = await authenticate(c);
    if (caller.scopes !== null) {
      throw new Failure('insufficient_scope', 'This takes an API key without scopes.');
    }
    c.set('caller', caller);
    c.set('actor', actor);
    await next();
  },
  { apiKey: { scopes: [] } },
);

/**
 * Lets the administrator pass, behind `requireUnrestricted`.
 *
 * @param refuse what others are told
 */
export function requireAdministrator(
  refuse: (c: Context<CallerEnv>) => Failure,
): MiddlewareHandler<CallerEnv> {
  return mark(
    async (c: Context<CallerEnv>, next: Next) => {
      if (c.var.caller.developerId !== platformId) throw refuse(c);
      await next();
    },
    { apiKey: { scopes: [], administrator: true } },
  );
}

/** Says of a route that it takes an API key with this scope as well: its handler looks at it. */
export function acceptsKey(scope: Scope): MiddlewareHandler {
  return mark((_c: Context, next: Next) => next(), { apiKey: { scopes: [scope] } });
}

/** Whether the caller's key reaches this far. */
export function hasScope(caller: Caller, scope: Scope): boolean {
  return caller.scopes === null || caller.scopes.includes(scope);
}

/**
 * Finds who an API key belongs to, and in the same round trip what depends on it.
 *
 * @param beside makes the statement, from the id of the key's developer or the SQL that finds it
 * @throws Failure where nobody's key is that
 */
export async function authenticateBeside<T extends BatchItem<'sqlite'>>(
  { config, db }: Pick<AppEnv['Variables'], 'config' | 'db'>,
  key: string,
  beside: (developerId: string | SQL) => T,
): Promise<{ caller: Caller; beside: T['_']['result'] }> {
  if (await isAdminToken(config, key)) {
    return { caller: administrator.caller, beside: (await db.batch([beside(platformId)]))[0] };
  }
  const keyHash = await sha256(key);
  const developerId = sql`(select ${apiKeys.developerId} from ${apiKeys} where ${apiKeys.keyHash} = ${keyHash})`;
  const [rows, answered] = await db.batch([selectKey(db, { keyHash }), beside(developerId)]);
  return { caller: holderOf(rows[0]).caller, beside: answered };
}

/** Who holds a credential of the management API. */
type KeyHolder = Pick<CallerEnv['Variables'], 'caller' | 'actor'>;

const administrator: KeyHolder = {
  caller: { developerId: platformId, scopes: null },
  actor: actorOf(null),
};

async function authenticate(c: Context<CallerEnv>): Promise<KeyHolder> {
  const vouched = vouchedHolder(c.executionCtx);
  if (vouched) return vouched;
  const { config, db } = c.var;
  const key = bearerToken(c.req.header('Authorization'));
  if (await isAdminToken(config, key)) return administrator;
  const [row] = await selectKey(db, { keyHash: await sha256(key) });
  return holderOf(row);
}

async function isAdminToken({ adminToken }: Config, key: string): Promise<boolean> {
  return adminToken !== null && (await equalSecrets(key, adminToken));
}

const selectKey = prepared((db) => {
  const { id, name, developerId, scopes: keyScopes } = apiKeys;
  return db
    .select({ id, name, developerId, scopes: keyScopes })
    .from(apiKeys)
    .where(eq(apiKeys.keyHash, sql.placeholder('keyHash')));
});

function holderOf(row: Awaited<ReturnType<typeof selectKey>>[number] | undefined): KeyHolder {
  if (row) {
    return {
      caller: { developerId: row.developerId, scopes: row.scopes as Scope[] | null },
      actor: { id: `key:${row.id}`, name: row.name },
    };
  }
  throw new Failure('invalid_token', 'This API key is not known here.', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });
}
