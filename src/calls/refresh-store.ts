import { and, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import { type Connection, grantedScopes, grantsAll } from '../connections/connection.ts';
import { keepTokens, unfailed } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import type { Db } from '../db/client.ts';
import { repeatable } from '../db/repeat.ts';
import { connections } from '../db/schema.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { refreshTimeoutMs } from './token-endpoint.ts';

type Parts = AppEnv['Variables'];

/** A lease outlives the slowest answer of a token endpoint, body included: nobody refreshes beside its holder. */
const leaseMs = 2 * refreshTimeoutMs + 5_000;

const firstRetryMs = 30_000;
const hour = 60 * 60_000;
/** A grant that can't be refreshed as things are comes up again after so long. */
const idleRetryMs = 6 * hour;

/** What a Connection's row says to those who want its tokens refreshed. */
type LeaseView = Pick<
  Connection,
  'complete' | 'sealedTokens' | 'refreshLease' | 'refreshLeaseUntil' | 'refreshRetryAt' | 'refreshFailures'
>;

/**
 * Takes the lease of a Connection's refresh, and reads how it stands. Of all who ask, one has it: as long as
 * nobody else does, its tokens are still those, and a provider that failed has had its pause.
 *
 * @param insisting the provider has refused the access token: a pause after refreshes that didn't help holds, too
 */
export async function takeLease(
  { db, now }: Parts,
  { id, sealedTokens }: Connection,
  lease: string,
  insisting: boolean,
): Promise<LeaseView | undefined> {
  const free = or(
    isNull(connections.refreshLeaseUntil),
    lte(connections.refreshLeaseUntil, now()),
    eq(connections.refreshLease, lease),
  );
  const rested = or(
    isNull(connections.refreshRetryAt),
    lte(connections.refreshRetryAt, now()),
    insisting ? undefined : eq(connections.refreshFailures, 0),
  );
  const same = and(
    eq(connections.id, id),
    eq(connections.complete, true),
    eq(connections.sealedTokens, sealedTokens ?? ''),
  );
  const [, [row]] = await repeatable(() =>
    db.batch([
      db
        .update(connections)
        .set({ refreshLease: lease, refreshLeaseUntil: now() + leaseMs })
        .where(and(same, free, rested)),
      selectLease(db, id),
    ]),
  );
  // Whoever had one that is over is gone.
  return row && { ...row, refreshLease: (row.refreshLeaseUntil ?? 0) > now() ? row.refreshLease : null };
}

/** How a Connection stands now. */
export async function readLease({ db }: Parts, { id }: Connection): Promise<LeaseView | undefined> {
  const [row] = await selectLease(db, id);
  return row;
}

function selectLease(db: Db, id: string) {
  return db
    .select({
      complete: connections.complete,
      sealedTokens: connections.sealedTokens,
      refreshLease: connections.refreshLease,
      refreshLeaseUntil: connections.refreshLeaseUntil,
      refreshRetryAt: connections.refreshRetryAt,
      refreshFailures: connections.refreshFailures,
    })
    .from(connections)
    .where(eq(connections.id, id));
}

/**
 * Puts refreshed tokens in the place of those they were made from, and nothing else: a newer token is never
 * overwritten. The provider has taken back the old ones by now, so this is tried for longer than anything else.
 *
 * @returns whether they are in place
 */
export async function storeRefreshed(
  parts: Parts,
  connection: Connection,
  tokens: TokenSet,
): Promise<boolean> {
  const { db, now } = parts;
  const kept = await keepTokens(parts, connection.id, tokens);
  const before = connection.sealedTokens ?? '';
  const scopesGranted = grantedScopes(connection.scopesRequested, tokens) ?? connection.scopesGranted;
  const write = db
    .update(connections)
    .set({
      ...kept,
      ...unfailed,
      scopesGranted,
      authorized: sql`case when ${connections.authorized} then ${grantsAll(connection.scopesRequested, scopesGranted) ? 1 : 0} else 0 end`,
      refreshedAt: now(),
      updatedAt: now(),
    })
    // Where the answer of this write was lost, the tokens in place are its own.
    .where(
      and(
        eq(connections.id, connection.id),
        eq(connections.complete, true),
        inArray(connections.sealedTokens, [before, kept.sealedTokens]),
      ),
    )
    .returning({ id: connections.id });
  const stored = await persist(() => write);
  return stored.length > 0;
}

const pausesMs = [100, 400, 1_000, 2_000, 4_000];

async function persist<T>(write: () => Promise<T>): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await repeatable(write);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return repeatable(write);
}

/** Ends a grant that its provider has refused for good. Its owner's event is written in the same transaction. */
export async function storeDeath({ db, now }: Parts, connection: Connection): Promise<boolean> {
  const dead = await repeatable(() =>
    db
      .update(connections)
      .set({
        complete: false,
        authorized: false,
        sealedTokens: null,
        tokenExpiresAt: null,
        tokenStaleAt: null,
        refreshDueAt: null,
        accessTokenHash: null,
        ...unfailed,
        updatedAt: now(),
      })
      .where(
        and(eq(connections.id, connection.id), eq(connections.sealedTokens, connection.sealedTokens ?? '')),
      )
      .returning({ id: connections.id }),
  );
  return dead.length > 0;
}

/**
 * Gives the lease back after a failure that may pass. Pauses double from half a minute to an hour: at most some
 * thirty tries a day.
 *
 * @param retryAfterMs what the provider asked for, at most an hour
 * @returns when the next try may be made
 */
export async function storeFailure(
  { db, now }: Parts,
  connection: Connection,
  lease: string,
  failures: number,
  retryAfterMs: number | null,
): Promise<number> {
  const pauseMs = Math.max(Math.min(firstRetryMs * 2 ** failures, hour), Math.min(retryAfterMs ?? 0, hour));
  const retryAt = now() + pauseMs;
  await repeatable(() =>
    db
      .update(connections)
      .set({
        refreshLease: null,
        refreshLeaseUntil: null,
        refreshFailures: failures + 1,
        refreshRetryAt: retryAt,
        refreshDueAt: laterIfDue(now(), retryAt),
      })
      .where(and(eq(connections.id, connection.id), eq(connections.refreshLease, lease)))
      .run(),
  );
  return retryAt;
}

/** Notes that a provider refuses what it has just refreshed: for an hour, nothing is refreshed for that reason. */
export async function noteFutility({ db, now }: Parts, { id }: Connection): Promise<void> {
  await db
    .update(connections)
    .set({ refreshRetryAt: now() + hour })
    .where(and(eq(connections.id, id), eq(connections.refreshFailures, 0)));
}

/** The statement that takes Connections out of the sweep's way for a while. */
export function postponeSweep({ db, now }: Parts, ids: string[]) {
  return db
    .update(connections)
    .set({ refreshDueAt: laterIfDue(now(), now() + idleRetryMs) })
    .where(inArray(connections.id, ids));
}

function laterIfDue(now: number, later: number) {
  return sql<number>`case when ${connections.refreshDueAt} <= ${now} then ${later} else ${connections.refreshDueAt} end`;
}
