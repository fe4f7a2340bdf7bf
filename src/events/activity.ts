import { and, desc, eq, gte, inArray, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { activity } from '../db/schema.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** A provider may make up reasons: the most frequent ones are told. */
const maxReasons = 20;

const connects = ['connection.created', 'connection.reauthorized'];

/** What happened in some days, as counted. */
export interface Counts {
  /** Every day of the period, the oldest first: new Connections, and renewed ones. */
  days: { at: number; created: number; reauthorized: number }[];
  /** Totals by kind. */
  totals: Record<string, number>;
  /** Connections made or renewed, by data source and by application; without an application the id is empty. */
  bySource: Counted[];
  byApplication: Counted[];
  /** Authorizations that brought nothing, by what was said of it. */
  reasons: Counted[];
}

/** Something counted, the most frequent first. */
export interface Counted {
  id: string;
  count: number;
}

/**
 * Reads an account's counts of the last days, today included. They are rows of their own, a day's for a kind,
 * application and source: no Connection is looked at, and there is one round trip.
 */
export async function readCounts(db: Db, developerId: string, days: number, now: number): Promise<Counts> {
  const today = Math.floor(now / dayMs);
  const first = today - days + 1;
  const period = and(eq(activity.developerId, developerId), gte(activity.day, first));
  const count = sql<number>`sum(${activity.count})`;
  const { day, kind, sourceId, applicationId, reason } = activity;
  const [daily, kinds, reasons] = await db.batch([
    db
      .select({ day, kind, count })
      .from(activity)
      .where(and(period, inArray(kind, connects)))
      .groupBy(day, kind),
    db
      .select({ kind, sourceId, applicationId, count })
      .from(activity)
      .where(period)
      .groupBy(kind, sourceId, applicationId),
    db
      .select({ id: reason, count })
      .from(activity)
      .where(and(period, eq(kind, 'failed')))
      .groupBy(reason)
      .orderBy(desc(count))
      .limit(maxReasons),
  ]);
  const made = kinds.filter((row) => connects.includes(row.kind));
  const totals = Object.fromEntries(sumBy(kinds, (row) => row.kind).map((row) => [row.id, row.count]));
  const onDay = (at: number, of: string) =>
    daily.find((row) => row.day === at && row.kind === of)?.count ?? 0;
  return {
    days: Array.from({ length: days }, (_, index) => ({
      at: (first + index) * dayMs,
      created: onDay(first + index, 'connection.created'),
      reauthorized: onDay(first + index, 'connection.reauthorized'),
    })),
    totals,
    bySource: sumBy(made, (row) => row.sourceId),
    byApplication: sumBy(made, (row) => row.applicationId),
    reasons,
  };
}

function sumBy<T extends { count: number }>(rows: T[], key: (row: T) => string): Counted[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + row.count);
  return [...sums].map(([id, count]) => ({ id, count })).sort((a, b) => b.count - a.count);
}
