import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { deliveries, events, webhooks } from '../db/schema.ts';
import { claimMs } from './schedule.ts';

// The status stands in these statements literally: with a bound one, SQLite can't use the indexes of what is pending.

/** The condition that a delivery is on its way. */
export const isPending = sql`${deliveries.status} = 'pending'`;

/** The webhooks that have something pending, found by leaping through the index from one to the next. */
const withPending = sql`(with recursive waiting(id) as (
    select min(webhook_id) from deliveries where status = 'pending'
    union all
    select (select min(webhook_id) from deliveries where status = 'pending' and webhook_id > waiting.id)
    from waiting where waiting.id is not null
  ) select id from waiting where id is not null)`;

/** More than one run gets through. */
const webhooksRead = 500;

/**
 * The statement that finds the webhooks for which something is due, in no order: nobody is always the last.
 * `struggling` are those that failed before: what is fresh, or being sent right now, is nothing of the kind.
 *
 * @param only the one whose webhooks are looked at
 */
export function selectDueWebhooks(db: Db, now: number, only?: { developerId: string }) {
  const at = sql`deliveries.next_attempt_at`;
  const hasPending = (condition: SQL) =>
    sql`exists (select 1 from deliveries where deliveries.webhook_id = webhooks.id
      and deliveries.status = 'pending' and ${condition})`;
  return db
    .select({
      id: webhooks.id,
      struggling: sql<number>`(${hasPending(sql`${at} > ${now + claimMs}`)}
        or ${hasPending(sql`${at} > 0 and ${at} <= ${now}`)})`,
    })
    .from(webhooks)
    .where(
      and(
        only ? eq(webhooks.developerId, only.developerId) : sql`${webhooks.id} in ${withPending}`,
        hasPending(sql`${at} <= ${now}`),
      ),
    )
    .orderBy(sql`random()`)
    .limit(webhooksRead);
}

/** An event that is due at a webhook, and first in line there of those of its Connection. */
export type Due = Awaited<ReturnType<typeof findDue>>[number];

/** Up to `limit` events that a webhook can be sent at this moment, those that waited longest first. */
export function findDue(db: Db, webhookId: string, now: number, limit: number) {
  const isFirst = sql`not exists (select 1 from deliveries earlier
    where earlier.webhook_id = ${deliveries.webhookId} and earlier.connection_id = ${deliveries.connectionId}
      and earlier.status = 'pending' and earlier.event_seq < ${deliveries.eventSeq})`;
  return db
    .select({ delivery: deliveries, event: events, webhook: webhooks })
    .from(deliveries)
    .innerJoin(events, eq(events.seq, deliveries.eventSeq))
    .innerJoin(webhooks, eq(webhooks.id, deliveries.webhookId))
    .where(
      and(
        eq(deliveries.webhookId, webhookId),
        isPending,
        sql`${deliveries.nextAttemptAt} <= ${now}`,
        isFirst,
      ),
    )
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(limit);
}
