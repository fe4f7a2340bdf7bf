import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { AppEnv } from '../context.ts';
import { repeatable } from '../db/repeat.ts';
import { connections } from '../db/schema.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { grantsAll } from './connection.ts';
import { keepRefreshToken, keepTokens, previousGrant, unfailed } from './tokens.ts';

/** What an authorization brought for a Connection. */
export interface NewGrant {
  tokens: TokenSet;
  scopesRequested: string[];
  scopesGranted: string[] | null;
  /** The client ID it was granted to. */
  registration: string;
  /** The hosts its source has: where its tokens may go. */
  hosts: string[];
  hostValues: Record<string, string> | null;
  metadata: Record<string, unknown> | null;
  /** The metadata's name for it, which fills an empty one. */
  name: string | null;
  uniqueValue: string | null;
  uniquenessKey: string | null;
}

/** What happens with it, in the same batch. */
interface Guard {
  /** Statements before, such as a claim. */
  before: BatchItem<'sqlite'>[];
  /** What must hold for it to happen, such as that claim. */
  condition?: SQL;
  /** Statements after. */
  after: (existingConnectionId: string | null) => Promise<BatchItem<'sqlite'>[]>;
}

const attempts = 3;

/**
 * Puts a grant in force. Where an older Connection of the same owner, user, source and remote account is there,
 * it takes the tokens and the new one goes: a unique index decides, whoever comes at the same moment.
 *
 * @returns what the batch's statements answered, and the older Connection, if there is one
 */
export async function completeConnection(
  parts: AppEnv['Variables'],
  connectionId: string,
  grant: NewGrant,
  { before, condition, after }: Guard,
): Promise<{ results: unknown[]; existingConnectionId: string | null }> {
  const { db, config, now } = parts;
  const fresh = async (id: string, tokens = grant.tokens) => ({
    ...(await keepTokens(parts, id, tokens)),
    ...unfailed,
    scopesRequested: grant.scopesRequested,
    scopesGranted: grant.scopesGranted,
    complete: true,
    authorized: grantsAll(grant.scopesRequested, grant.scopesGranted),
    registration: grant.registration,
    hosts: grant.hosts,
    hostValues: grant.hostValues,
    metadata: grant.metadata,
    name:
      grant.name === null ? undefined : sql<string>`coalesce(nullif(${connections.name}, ''), ${grant.name})`,
    uniqueValue: grant.uniqueValue,
    uniquenessKey: grant.uniquenessKey,
    grantedAt: now(),
    updatedAt: now(),
  });
  for (let attempt = 1; ; attempt += 1) {
    const update = db
      .update(connections)
      .set(await fresh(connectionId))
      .where(and(eq(connections.id, connectionId), condition));
    try {
      const results = await runBatch(db, [...before, update, ...(await after(null))]);
      return { results, existingConnectionId: null };
    } catch (error) {
      if (!isUniquenessConflict(error) || grant.uniquenessKey === null || attempt === attempts) throw error;
    }
    const holds = and(eq(connections.uniquenessKey, grant.uniquenessKey), eq(connections.complete, true));
    const [holder] = await db.select(previousGrant).from(connections).where(holds);
    if (!holder || holder.id === connectionId) continue;
    const tokens = await keepRefreshToken(config, holder, grant.tokens, grant);
    const stillHolds = sql`exists (select 1 from ${connections} where ${connections.id} = ${holder.id} and ${holds})`;
    const results = await runBatch(db, [
      ...before,
      db
        .update(connections)
        .set(await fresh(holder.id, tokens))
        .where(and(eq(connections.id, holder.id), holds, condition)),
      db.delete(connections).where(and(eq(connections.id, connectionId), stillHolds, condition)),
      ...(await after(holder.id)),
    ]);
    return { results, existingConnectionId: holder.id };
  }
}

/** Whether a batch failed since another Connection of the same account is in force. */
export function isUniquenessConflict(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
  return /UNIQUE constraint failed: connections\.uniqueness_key/.test(text);
}

async function runBatch(
  db: AppEnv['Variables']['db'],
  statements: BatchItem<'sqlite'>[],
): Promise<unknown[]> {
  const [first, ...rest] = statements;
  return first ? repeatable(() => db.batch([first, ...rest])) : [];
}
