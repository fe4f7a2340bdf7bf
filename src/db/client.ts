import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import { nameColumns } from './name-columns.ts';

/** The database, as every store takes it. Columns are camelCase here and snake_case in SQL. */
export type Db = DrizzleD1Database;

/** One an isolate: what drizzle learns of the columns' names is worth keeping. */
const opened = new WeakMap<D1Database, Db>();

/** Opens D1; reads go to the primary. */
export function openDb(binding: D1Database): Db {
  const known = opened.get(binding);
  if (known) return known;
  const db = drizzle(withDistinctColumns(binding), { casing: 'snake_case' });
  opened.set(binding, db);
  return db;
}

const maxNamed = 1000;

/**
 * D1 gives the rows of a batch as objects, in which columns of one name from two joined tables collapse, while
 * drizzle reads a row by position. So each column of a select list gets a name of its own.
 */
function withDistinctColumns(binding: D1Database): D1Database {
  const named = new Map<string, string>();
  const distinct = (text: string) => {
    const known = named.get(text);
    if (known !== undefined) return known;
    // There are a few hundred statements; those that differ in how much they insert are more.
    if (named.size >= maxNamed) named.clear();
    const fresh = nameColumns(text);
    named.set(text, fresh);
    return fresh;
  };
  return new Proxy(binding, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => target.prepare(distinct(text));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
