import { inArray, lt, type SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Db } from './client.ts';
import { accessTokens, claims, grants, runs, sandboxGrants } from './schema.ts';

const day = 24 * 60 * 60 * 1000;
/** An access token that nobody uses for so long has ended. */
const accessTokenIdleMs = 180 * day;
/** Ended runs stay readable for their pages a little longer than they can last. */
const runKeptMs = day;
/** Bounds what one sweep does; the next one goes on. */
const rowsPerSweep = 1_000;

/** Removes what has expired, a bounded number of rows a table, oldest first. */
export async function purgeExpired(db: Db, now: number): Promise<void> {
  const remove = <T extends SQLiteTable & { id: SQLiteColumn }>(table: T, expired: SQL) =>
    db
      .delete(table)
      .where(inArray(table.id, db.select({ id: table.id }).from(table).where(expired).limit(rowsPerSweep)));
  await db.batch([
    remove(grants, lt(grants.expiresAt, now)),
    remove(claims, lt(claims.expiresAt, now)),
    remove(runs, lt(runs.expiresAt, now - runKeptMs)),
    remove(accessTokens, lt(accessTokens.lastUsedAt, now - accessTokenIdleMs)),
    remove(sandboxGrants, lt(sandboxGrants.expiresAt, now)),
  ]);
}
