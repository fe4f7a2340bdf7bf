import { and, inArray, lt, sql } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { events, failedCalls } from '../db/schema.ts';

/** How long what happened can be read, and replayed. */
const keptMs = 30 * 24 * 60 * 60 * 1000;
/** Bounds what one sweep does; the next one goes on. */
const rowsPerSweep = 1_000;

/** Removes old events with their deliveries, but for those on their way, and old failed calls. */
export async function pruneEvents({ db, now }: AppEnv['Variables']): Promise<void> {
  const oldest = now() - keptMs;
  const settled = sql`not exists (select 1 from deliveries
    where deliveries.event_seq = ${events.seq} and deliveries.status = 'pending')`;
  const oldEvents = db
    .select({ seq: events.seq })
    .from(events)
    .where(and(lt(events.createdAt, oldest), settled))
    .limit(rowsPerSweep);
  const oldCalls = db
    .select({ id: failedCalls.id })
    .from(failedCalls)
    .where(lt(failedCalls.createdAt, oldest))
    .limit(rowsPerSweep);
  await db.batch([
    db.delete(events).where(inArray(events.seq, oldEvents)),
    db.delete(failedCalls).where(inArray(failedCalls.id, oldCalls)),
  ]);
}
