import { eq, getTableColumns, getTableName, is, min, sql } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { platformId } from '../../access/api-key.ts';
import type { Db } from '../../db/client.ts';
import * as schema from '../../db/schema.ts';

const { authorizations, claims, grants, people } = schema;

/** Reads what the checks of a deployment need of its database. */
export async function observeDatabase(db: Db, now: number) {
  const [missing, lastMigration, [[administrator], ...oldest]] = await Promise.all([
    findMissing(db),
    readLastMigration(db),
    db.batch([
      db.select({ id: people.id }).from(people).where(eq(people.developerId, platformId)).limit(1),
      // Each is removed within a minute of its end.
      db.select({ at: min(claims.expiresAt) }).from(claims),
      db.select({ at: min(authorizations.expiresAt) }).from(authorizations),
      db.select({ at: min(grants.expiresAt) }).from(grants),
    ]),
  ]);
  const ends = oldest.flatMap(([row]) => (row?.at === null || row?.at === undefined ? [] : [row.at]));
  const overdueMs = Math.max(...ends.map((at) => now - at), 0);
  return {
    missing,
    lastMigration,
    hasAdministrator: administrator !== undefined,
    overdueMs: overdueMs === 0 ? null : overdueMs,
  };
}

/** The columns that this version works with and the database lacks, as `table.column`. */
async function findMissing(db: Db): Promise<string[]> {
  const tables = Object.values(schema).filter((each) => is(each, SQLiteTable));
  const names = JSON.stringify(tables.map((table) => getTableName(table)));
  const rows = await db.all<{ found: string }>(
    sql`select wanted.value || '.' || info.name as found
      from json_each(${names}) wanted join pragma_table_info(wanted.value) info`,
  );
  const found = new Set(rows.map((row) => row.found));
  return tables
    .flatMap((table) =>
      Object.keys(getTableColumns(table)).map((column) => `${getTableName(table)}.${snakeCase(column)}`),
    )
    .filter((column) => !found.has(column));
}

/** The name of the last migration that wrangler applied; null where it keeps no such list. */
async function readLastMigration(db: Db): Promise<string | null> {
  try {
    const [row] = await db.all<{ name: string }>(
      sql`select name from d1_migrations order by id desc limit 1`,
    );
    return row?.name ?? null;
  } catch {
    return null;
  }
}

/** As the columns are called in SQL. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
