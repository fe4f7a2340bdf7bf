import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { sha256 } from '../crypto/hash.ts';
import type { Db } from '../db/client.ts';
import { prepared } from '../db/prepared.ts';
import { accessTokens, connections, endUsers } from '../db/schema.ts';
import { Failure } from '../errors.ts';

const day = 24 * 60 * 60 * 1000;
/** A token that nobody uses for so long ends. */
export const idleMs = 180 * day;

/** Tells an end user's access token from an API key. */
export const accessTokenPrefix = 'trv_access_';

/** The condition that finds a live access token, in a prepared statement with `tokenValues`. */
export const isLiveToken = and(
  eq(accessTokens.tokenHash, sql.placeholder('tokenHash')),
  gt(accessTokens.lastUsedAt, sql.placeholder('unusedSince')),
);

/** @param now milliseconds since the epoch */
export function tokenValues(tokenHash: string, now: number) {
  return { tokenHash, unusedSince: now - idleMs };
}

/** The hash by which an access token is found. */
export function hashAccessToken(token: string): Promise<string> {
  return sha256(token);
}

/** The statement that finds who an access token speaks for. */
export const selectTokenHolder = prepared((db) =>
  db
    .select({ token: accessTokens, endUser: endUsers })
    .from(accessTokens)
    .innerJoin(endUsers, eq(endUsers.id, accessTokens.endUserId))
    .where(isLiveToken),
);

/**
 * The condition on a Connection joined with an access token: a token from a vouched exchange reaches its
 * user's vouched Connections, one from an unvouched exchange its own run's alone.
 */
export const isWithinReach = and(
  eq(connections.endUserId, accessTokens.endUserId),
  or(
    and(isNull(accessTokens.runId), eq(connections.vouched, true)),
    and(eq(connections.runId, accessTokens.runId), eq(connections.vouched, false)),
  ),
);

/** The one answer to every access token that isn't live. */
export function invalidAccessToken(): Failure {
  return new Failure('invalid_token', 'This access token is not known here, or has ended.', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });
}

/** The statement that notes a token's use, at most once a day: idle ones end. */
export function noteUse(db: Db, token: { id: string; lastUsedAt: number }, now: number) {
  if (token.lastUsedAt > now - day) return null;
  return db
    .update(accessTokens)
    .set({ lastUsedAt: sql`max(${accessTokens.lastUsedAt}, ${now})` })
    .where(eq(accessTokens.id, token.id));
}
