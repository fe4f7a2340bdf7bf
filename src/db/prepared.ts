import { fillPlaceholders, QueryPromise } from 'drizzle-orm';
import type { D1PreparedQuery } from 'drizzle-orm/d1';
import type { SQLitePreparedQuery } from 'drizzle-orm/sqlite-core';
import type { Db } from './client.ts';

/** A query of drizzle's that can be prepared, and awaited. */
interface Preparable extends PromiseLike<unknown> {
  prepare(): unknown;
}

/**
 * A statement of a request that comes often: drizzle writes its SQL once an isolate, which takes it longer than all
 * else that such a request does.
 *
 * @param write makes the query, with `sql.placeholder` where each request has a value of its own
 * @returns what makes the statement from a request's values; it is awaited, or put into a batch, as the query itself
 */
export function prepared<Query extends Preparable>(
  write: (db: Db) => Query,
): (db: Db, values: Record<string, unknown>) => Query {
  const written = new WeakMap<Db, D1PreparedQuery>();
  return (db, values) => {
    const statement = written.get(db) ?? (write(db).prepare() as D1PreparedQuery);
    written.set(db, statement);
    return new Bound(statement, values) as unknown as Query;
  };
}

/** A prepared statement with its values, as `await` and `db.batch` take it. */
class Bound extends QueryPromise<unknown> {
  readonly #statement: D1PreparedQuery;
  readonly #values: Record<string, unknown>;

  constructor(statement: D1PreparedQuery, values: Record<string, unknown>) {
    super();
    this.#statement = statement;
    this.#values = values;
  }

  override execute(): Promise<unknown> {
    return this.#statement.execute(this.#values) as Promise<unknown>;
  }

  _prepare(): unknown {
    const [statement, values] = [this.#statement, this.#values];
    const query = statement.getQuery();
    return Object.assign(Object.create(statement) as SQLitePreparedQuery<never>, {
      getQuery: () => ({ ...query, params: fillPlaceholders(query.params, values) }),
    });
  }
}
