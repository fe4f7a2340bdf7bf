import { and, asc, eq, lte } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { connections } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { logFault } from '../events/log-fault.ts';
import { requireLive, selectHeld } from './held.ts';
import { refreshIdle } from './refresh.ts';
import { postponeSweep } from './refresh-store.ts';

const perSweep = 50;
const atOnce = 5;

/**
 * Refreshes grants that nobody has used for so long that their providers would end them, a bounded number at a
 * time. One that can't be refreshed now comes up again later, and delays no other.
 */
export async function refreshIdleConnections(parts: AppEnv['Variables']): Promise<void> {
  const { db, now } = parts;
  const rows = await selectHeld(db, and(eq(connections.complete, true), lte(connections.refreshDueAt, now())))
    .orderBy(asc(connections.refreshDueAt))
    .limit(perSweep);
  const queue = [...rows];
  const work = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      try {
        await refreshIdle(parts, requireLive(parts, row));
      } catch (error) {
        if (error instanceof Failure) continue;
        logFault('refresh', error, { id: row.connection.id });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  // What was refreshed is due in days; the rest, such as those of a source that is switched off, waits a while.
  if (rows.length > 0)
    await postponeSweep(
      parts,
      rows.map(({ connection }) => connection.id),
    );
}
