import type { AppEnv } from '../context.ts';
import { open, SealError, seal } from '../crypto/seal.ts';
import { repeatable } from '../db/repeat.ts';
import { logFault } from '../events/log-fault.ts';

// What was sealed under an older key is sealed anew under the first one, a batch at a time. Nothing is remembered
// between batches: what is left is what doesn't begin with the first key's id.

/** So many values a batch: more would be too much for the CPU time of one request. */
const batchSize = 100;
/** Beyond so many characters a batch takes no further value: D1 takes a parameter of 2 MB. */
const batchChars = 400_000;
/** A refresh may take a little longer than its lease to store what it got. */
const afterLeaseMs = 60_000;
/** A key's id and a random IV begin a sealed value: no two begin alike. */
const beginning = 64;

type Parts = Pick<AppEnv['Variables'], 'config' | 'now'>;

/** A column of sealed values. */
interface Sealed {
  table: string;
  column: string;
  /** SQL for the place that a value is bound to. */
  place: string;
  /** SQL for when it may be touched. */
  free?: string;
}

interface Row {
  row: number;
  sealed: string;
  place: string;
}

/**
 * Every column with sealed values. What KV and cookies hold is over within half an hour.
 *
 * @param now whoever has the lease of a refresh puts new tokens in the place of the very ones it has read
 */
function sealedColumns(now: number): Sealed[] {
  const tokens = (id: string) => `'connection/' || ${id} || '/tokens'`;
  const webhook = `'webhook/' || id || '/secret'`;
  const application = `'application/' || application_id || '/source/' || source_id || '/client_secret'`;
  const free = `coalesce(refresh_lease_until, 0) < ${now - afterLeaseMs}`;
  return [
    { table: 'connections', column: 'sealed_tokens', place: tokens('id'), free },
    { table: 'grants', column: 'sealed_tokens', place: tokens('coalesce(connection_id, id)') },
    { table: 'revocations', column: 'sealed_tokens', place: tokens('connection_id') },
    { table: 'revocations', column: 'sealed_client_secret', place: 'secret_place' },
    { table: 'sources', column: 'sealed_client_secret', place: `'source/' || id || '/client_secret'` },
    { table: 'sources', column: 'sealed_environment', place: `'source/' || id || '/environment'` },
    { table: 'application_sources', column: 'sealed_client_secret', place: application },
    { table: 'webhooks', column: 'sealed_secret', place: webhook },
    { table: 'webhooks', column: 'sealed_previous_secret', place: webhook },
    { table: 'runs', column: 'sealed_handle', place: `'run/' || id || '/handle'` },
    { table: 'claims', column: 'sealed_location', place: `'claim/' || id || '/location'` },
  ];
}

/** How many values each key has sealed, by its id; by column, in the order of `sealedColumns`. */
async function countByColumn(d1: D1Database): Promise<Map<string, number>[]> {
  const counts = sealedColumns(0).map(({ table, column }) =>
    d1.prepare(
      `select substr(${column}, 1, instr(${column}, '.') - 1) as id, count(*) as n from ${table}
      where ${column} is not null group by 1`,
    ),
  );
  const counted = await d1.batch<{ id: string; n: number }>(counts);
  return counted.map(({ results }) => new Map(results.map(({ id, n }) => [id, n])));
}

/** How many values are sealed under each key, by its id, in the whole database. */
export async function countSealed(d1: D1Database): Promise<Map<string, number>> {
  const total = new Map<string, number>();
  for (const counts of await countByColumn(d1)) {
    for (const [id, count] of counts) total.set(id, (total.get(id) ?? 0) + count);
  }
  return total;
}

/**
 * Seals a batch of values anew under the first key. Where a value has changed since it was read, it stays as it is.
 *
 * @returns how many, and how many are still under older keys that are at hand. What is being refreshed is left for a
 *   later batch, and what doesn't open for good.
 */
export async function resealBatch(parts: Parts, d1: D1Database): Promise<{ resealed: number; left: number }> {
  const [, ...older] = parts.config.encryptionKeys.map(({ id }) => id);
  const counted = await countByColumn(d1);
  const columns = sealedColumns(parts.now());
  let left = 0;
  let room = batchSize;
  let resealed = 0;
  for (const [index, counts] of counted.entries()) {
    const stale = older.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
    left += stale;
    const column = columns[index];
    if (stale === 0 || room === 0 || !column) continue;
    const rows = await readRows(d1, column, older, room);
    room -= rows.length;
    resealed += await replaceRows(d1, column, await sealAnew(parts, rows));
  }
  return { resealed, left: left - resealed };
}

async function readRows(
  d1: D1Database,
  { table, column, place, free = 'true' }: Sealed,
  older: string[],
  limit: number,
): Promise<Row[]> {
  const { results } = await d1
    .prepare(
      `select "row", sealed, place from (
        select *, sum(length(sealed)) over (order by "row") - length(sealed) as before from (
          select rowid as "row", ${column} as sealed, ${place} as place from ${table}
          where substr(${column}, 1, instr(${column}, '.') - 1) in (select value from json_each(?)) and ${free}
          order by rowid limit ${limit}
        )
      ) where before < ${batchChars}`,
    )
    .bind(JSON.stringify(older))
    .all<Row>();
  return results;
}

/** Gives each row's number, the beginning of its value, and the value sealed anew; leaves out what doesn't open. */
async function sealAnew({ config }: Parts, rows: Row[]): Promise<[number, string, string][]> {
  const keys = config.encryptionKeys;
  const fresh = rows.map(async ({ row, sealed, place }): Promise<[number, string, string][]> => {
    try {
      return [[row, sealed.slice(0, beginning), await seal(keys, await open(keys, sealed, place), place)]];
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      logFault('seal', error);
      return [];
    }
  });
  return (await Promise.all(fresh)).flat();
}

async function replaceRows(
  d1: D1Database,
  { table, column, free = 'true' }: Sealed,
  fresh: [number, string, string][],
): Promise<number> {
  // Where the answer of this write was lost, what is in place is its own.
  const write = d1
    .prepare(
      `update ${table} set ${column} = fresh.value ->> 2 from json_each(?) fresh
      where ${table}.rowid = fresh.value ->> 0 and ${free}
      and substr(${column}, 1, ${beginning}) in (fresh.value ->> 1, substr(fresh.value ->> 2, 1, ${beginning}))
      returning 1`,
    )
    .bind(JSON.stringify(fresh));
  return (await repeatable(() => write.all())).results.length;
}
