import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import { nameColumns } from './name-columns.ts';

/** The database, as every store takes it. Columns are camelCase here and snake_case in SQL. */
export type Db = DrizzleD1Database;

/** Opens D1; reads go to the primary. */
export function openDb(binding: D1Database): Db {
  return drizzle(withDistinctColumns(binding), { casing: 'snake_case' });
}

/**
 * D1 gives the rows of a batch as objects, in which columns of one name from two joined tables collapse, while
 * drizzle reads a row by position. So each column of a select list gets a name of its own.
 */
function withDistinctColumns(binding: D1Database): D1Database {
  return new Proxy(binding, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => target.prepare(nameColumns(text));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
