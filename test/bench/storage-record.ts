import { ask } from './machine/client.ts';
import type { Setup } from './setup.ts';

/** One round trip to storage: to `main`, the database, or to `kv`. */
export interface Recorded {
  store: string;
  request: string;
  answer: string;
}

/** What was asked of storage while something went on, in order. */
export async function record<T>(
  { storage }: Setup,
  work: () => Promise<T>,
): Promise<{ result: T; calls: Recorded[] }> {
  await ask(`${storage.origin}/record`);
  const result = await work();
  return { result, calls: await ask<Recorded[]>(`${storage.origin}/recorded`) };
}

/** The statements of a round trip to D1: one, or those of a batch. */
export function statementsOf({ request }: Recorded): { sql: string; params: unknown[] }[] {
  return [JSON.parse(request)].flat();
}

/** How many rows the statements of a round trip read, as D1 counts and bills them. */
export function rowsRead({ store, answer }: Recorded): number {
  if (store === 'kv') return 0;
  const results = [JSON.parse(answer)].flat() as { meta: { rows_read: number } }[];
  return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
}
