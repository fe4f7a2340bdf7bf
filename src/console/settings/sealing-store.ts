import { isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { connections } from '../../db/schema.ts';

/** So many Connections are looked at, the newest ones: each is read for its seal alone. */
export const countedMost = 2_000;

/**
 * Counts the Connections that are sealed under each key, of the whole deployment.
 *
 * @returns the counts by the keys' ids, of up to `countedMost` Connections
 */
export async function countSeals(db: Db): Promise<Map<string, number>> {
  const keyId = sql<string>`substr(${connections.sealedTokens}, 1, instr(${connections.sealedTokens}, '.') - 1)`;
  const newest = db
    .select({ keyId: keyId.as('key_id') })
    .from(connections)
    .where(isNotNull(connections.sealedTokens))
    .orderBy(sql`rowid desc`)
    .limit(countedMost)
    .as('newest');
  const rows = await db
    .select({ keyId: sql<string>`key_id`, count: sql<number>`count(*)` })
    .from(newest)
    .groupBy(sql`key_id`);
  return new Map(rows.map((row) => [row.keyId, row.count]));
}
