import { inArray, lt, type SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { idleMs } from '../access/access-token.ts';
import type { AppEnv } from '../context.ts';
import {
  accessTokens,
  authorizations,
  claims,
  connectionCodes,
  consoleSessions,
  grants,
  invitations,
  retiredTokens,
  runs,
  sandboxGrants,
} from '../db/schema.ts';
import { queueGrantRevocations } from './revocation-queue.ts';
import { processRevocations } from './revoke.ts';

const day = 24 * 60 * 60 * 1000;
/** Ended runs stay readable for their pages a little longer than they can last. */
const runKeptMs = day;
/** A client that sends back what it read so long ago is on its own. */
const retiredKeptMs = 90 * day;
/** Bounds what one sweep does; the next one goes on. */
const rowsPerSweep = 1_000;

/**
 * Removes what has expired, a bounded number of rows a table, and tries the revocations that are due. Grants that
 * nobody agreed to in time are revoked, as the user would expect.
 */
export async function sweep(parts: AppEnv['Variables']): Promise<void> {
  const { db } = parts;
  const now = parts.now();
  const expired = <T extends SQLiteTable & { id: SQLiteColumn }>(table: T, condition: SQL) =>
    inArray(table.id, db.select({ id: table.id }).from(table).where(condition).limit(rowsPerSweep));
  const unexchanged = expired(grants, lt(grants.expiresAt, now));
  await db.batch([
    queueGrantRevocations(db, unexchanged, now),
    db.delete(grants).where(unexchanged),
    db.delete(claims).where(expired(claims, lt(claims.expiresAt, now))),
    db.delete(runs).where(expired(runs, lt(runs.expiresAt, now - runKeptMs))),
    db.delete(accessTokens).where(expired(accessTokens, lt(accessTokens.lastUsedAt, now - idleMs))),
    db.delete(authorizations).where(expired(authorizations, lt(authorizations.expiresAt, now))),
    db.delete(connectionCodes).where(expired(connectionCodes, lt(connectionCodes.expiresAt, now))),
    db.delete(retiredTokens).where(lt(retiredTokens.retiredAt, now - retiredKeptMs)),
    db.delete(consoleSessions).where(expired(consoleSessions, lt(consoleSessions.expiresAt, now))),
    db.delete(invitations).where(expired(invitations, lt(invitations.expiresAt, now))),
    db.delete(sandboxGrants).where(expired(sandboxGrants, lt(sandboxGrants.expiresAt, now))),
  ]);
  await processRevocations(parts);
}
