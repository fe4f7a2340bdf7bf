import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';

/** The database, as every store takes it. Columns are camelCase here and snake_case in SQL. */
export type Db = DrizzleD1Database;

/** Opens D1; reads go to the primary. */
export function openDb(binding: D1Database): Db {
  return drizzle(binding, { casing: 'snake_case' });
}
