import { type Column, type SQL, sql } from 'drizzle-orm';

/** The condition that a column is one of a list of any length: D1 takes 100 bound parameters, and this is one. */
export function inList(column: Column, values: string[]): SQL {
  return sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;
}
