/** One round trip to storage: a D1 `batch` is one, and so is a statement run by itself. */
export interface StorageCall {
  store: 'd1' | 'kv';
  operation: string;
}

/** The storage call that fails: the `index`-th from now on, before or after it took effect. */
export interface Fault {
  index: number;
  when: 'before' | 'after';
}

const laggedMs = 60_000;

/** Sees every storage call of a worker: counts it, and fails or delays it where a test wants that. */
export class StorageTap {
  readonly calls: StorageCall[] = [];
  /** Whether KV is as far behind as it may be. */
  lagging = false;
  /** Whether every call to KV fails. */
  kvDown = false;
  readonly #now: () => number;
  readonly #writtenAt = new Map<string, number>();
  readonly #missedUntil = new Map<string, number>();
  #fault: Fault | null = null;
  #seen = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  arm(fault: Fault | null): void {
    this.#fault = fault;
    this.#seen = 0;
  }

  async perform<T>(call: StorageCall, run: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    const fault = this.#seen++ === this.#fault?.index ? this.#fault : null;
    const lost = () => new Error(`${call.store.toUpperCase()}_ERROR: Network connection lost.`);
    if (fault?.when === 'before' || (this.kvDown && call.store === 'kv')) throw lost();
    const result = await run();
    if (fault?.when === 'after') throw lost();
    return result;
  }

  noteWrite(key: string): void {
    this.#writtenAt.set(key, this.#now());
  }

  /** Whether a read finds nothing: the key's first minute isn't over, or an earlier miss is still cached. */
  misses(key: string): boolean {
    const now = this.#now();
    const written = this.#writtenAt.get(key);
    const missing =
      written === undefined || now < written + laggedMs || now < (this.#missedUntil.get(key) ?? 0);
    if (missing) this.#missedUntil.set(key, now + laggedMs);
    return this.lagging && missing;
  }
}

const statements = new WeakMap<object, D1PreparedStatement>();
const roundTrips = new Set<string | symbol>(['run', 'all', 'first', 'raw']);

/** A D1 binding whose calls go through a tap. */
export function tapD1(db: D1Database, tap: StorageTap): D1Database {
  return new Proxy(db, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => tapStatement(target.prepare(sql), tap);
      if (name === 'batch') {
        return (batch: D1PreparedStatement[]) =>
          tap.perform({ store: 'd1', operation: 'batch' }, () =>
            target.batch(batch.map((statement) => statements.get(statement) ?? statement)),
          );
      }
      throw new Error(`The worker uses D1 in a way that nobody counts: ${String(name)}`);
    },
  });
}

function tapStatement(statement: D1PreparedStatement, tap: StorageTap): D1PreparedStatement {
  const tapped = new Proxy(statement, {
    get(target, name) {
      if (name === 'bind') return (...values: unknown[]) => tapStatement(target.bind(...values), tap);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || !roundTrips.has(name)) return value;
      return (...args: unknown[]) =>
        tap.perform({ store: 'd1', operation: String(name) }, () => Reflect.apply(value, target, args));
    },
  });
  statements.set(tapped, statement);
  return tapped;
}

/** A KV binding whose calls go through a tap. */
export function tapKV(kv: KVNamespace, tap: StorageTap): KVNamespace {
  return new Proxy(kv, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (key: string, ...args: unknown[]) =>
        tap.perform({ store: 'kv', operation: String(name) }, async () => {
          if (name === 'put') tap.noteWrite(key);
          if (name === 'get' && tap.misses(key)) return null;
          return Reflect.apply(value, target, [key, ...args]);
        });
    },
  });
}
