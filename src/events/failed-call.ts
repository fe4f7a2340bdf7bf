import { eq, sql } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { repeatable } from '../db/repeat.ts';
import { connections, failedCalls } from '../db/schema.ts';
import { logFault } from './log-fault.ts';

const minute = 60_000;
/** A storm of failures leaves no more than this a minute of each Connection, by each isolate. */
const tracesAMinute = 10;
const connectionsKnown = 10_000;
const maxUrlLength = 500;

/** A call to a provider that went wrong. */
interface FailedCall {
  connectionId: string;
  method: string;
  /** What was called. Its query and fragment, which may hold anything, aren't kept. */
  url: URL;
  /** Who gave the status. */
  answeredBy: 'provider' | 'trivet';
  status: number;
  /** Our own word for it, where it has one: nothing that a provider said. */
  error: string | null;
}

/** How many traces were left since when, by Connection. */
const traces = new Map<string, { since: number; count: number }>();

/**
 * Leaves a trace of a call that went wrong, for the Connection's owner to read. It is meant for after the answer:
 * where it can't be stored, nobody is the worse for it but the log.
 */
export async function recordFailedCall(
  { db, now, requestId }: Pick<AppEnv['Variables'], 'db' | 'now' | 'requestId'>,
  call: FailedCall,
): Promise<void> {
  if (!mayLeaveTrace(call.connectionId, now())) return;
  const url = `${call.url.origin}${call.url.pathname}`.slice(0, maxUrlLength);
  const id = randomId();
  const createdAt = now();
  // Of a Connection that has ended in between, nothing is kept.
  const row = db
    .select({
      id: sql`${id}`.as('id'),
      developerId: connections.developerId,
      connectionId: sql`${connections.id}`.as('connection_id'),
      sourceId: connections.sourceId,
      applicationId: connections.applicationId,
      requestId: sql`${requestId}`.as('request_id'),
      method: sql`${call.method}`.as('method'),
      url: sql`${url}`.as('url'),
      answeredBy: sql`${call.answeredBy}`.as('answered_by'),
      status: sql`${call.status}`.as('status'),
      error: sql`${call.error}`.as('error'),
      createdAt: sql`${createdAt}`.as('created_at'),
    })
    .from(connections)
    .where(eq(connections.id, call.connectionId));
  try {
    await repeatable(() => db.insert(failedCalls).select(row).onConflictDoNothing());
  } catch (error) {
    logFault('failed call', error, { request_id: requestId });
  }
}

function mayLeaveTrace(connectionId: string, now: number): boolean {
  const known = traces.get(connectionId);
  if (known && now - known.since < minute) {
    known.count += 1;
    return known.count <= tracesAMinute;
  }
  if (traces.size >= connectionsKnown) traces.clear();
  traces.set(connectionId, { since: now, count: 1 });
  return true;
}
