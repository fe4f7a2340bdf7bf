import { and, desc, eq, sql } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { randomId } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { repeatable } from '../db/repeat.ts';
import { deliveries, events } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { announce } from '../events/deliver.ts';
import { testType } from '../events/event.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { normalizeId, query } from '../validation.ts';
import { requireKey } from './api-key.ts';
import { ownWebhook, type WebhookEnv } from './webhook-routes.ts';

const statuses = ['pending', 'delivered', 'dead'] as const;

const deliverySchema = z
  .object({
    id: shownId,
    event_id: z
      .clone(shownId)
      .register(z.globalRegistry, apiDocs({ description: 'The `webhook-id` it is sent with, every time.' })),
    type: z.string(),
    connection_id: z.nullable(shownId),
    status: z
      .enum(statuses)
      .register(z.globalRegistry, apiDocs({ description: '`dead`: given up on after about three days.' })),
    attempts: z
      .int()
      .register(z.globalRegistry, apiDocs({ description: 'Since it happened, or was last replayed.' })),
    response_status: z
      .nullable(z.int())
      .register(
        z.globalRegistry,
        apiDocs({ description: 'What the receiver last answered; null where it didn’t.' }),
      ),
    error: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'Why the last attempt failed, in a word.' })),
    last_attempt: z.nullable(shownDate),
    next_attempt: z.nullable(shownDate),
    created: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'Delivery' }));

const listQuery = z.strictObject({
  ...pageQuery.shape,
  status: z.optional(z.enum(statuses, { error: `must be one of ${statuses.join(', ')}` })),
});

/** What became of each event at a webhook. Replaying one, and a test event, are ways to get it sent at once. */
export const deliveryRoutes = new Hono<WebhookEnv>()
  .get(
    '/webhooks/:id/deliveries',
    describe({
      id: 'listDeliveries',
      tag: 'Events',
      ...apiDocs({
        summary: 'List what was, or is to be, sent to a webhook',
        description: 'For 30 days from the event.',
      }),
      answers: { 200: z.array(deliverySchema) },
    }),
    requireKey('webhooks'),
    ownWebhook,
    query(listQuery),
    async (c) => {
      const { db, webhook, now } = c.var;
      const { limit, cursor, status } = c.req.valid('query');
      const rows = await selectDeliveries(db)
        .where(
          and(
            eq(deliveries.webhookId, webhook.id),
            status ? eq(deliveries.status, status) : undefined,
            afterCursor(deliveries, parseCursor(cursor)),
          ),
        )
        .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
        .limit(limit + 1);
      const positioned = rows.map((row) => ({
        ...row,
        id: row.delivery.id,
        createdAt: row.delivery.createdAt,
      }));
      return answerPage(c, positioned, limit, (row) => presentDelivery(row, now()));
    },
  )
  .post(
    '/webhooks/:id/deliveries/:deliveryId/replay',
    describe({
      id: 'replayDelivery',
      tag: 'Events',
      ...apiDocs({
        summary: 'Send an event again',
        description: 'At once, under the same `webhook-id`, and if need be as often as the first time.',
        params: { deliveryId: 'The delivery’s id.' },
      }),
      answers: { 202: deliverySchema },
    }),
    requireKey('webhooks'),
    ownWebhook,
    async (c) => {
      const { db, webhook, now } = c.var;
      const own = and(
        eq(deliveries.id, normalizeId(c.req.param('deliveryId')) ?? ''),
        eq(deliveries.webhookId, webhook.id),
      );
      const [, [row]] = await repeatable(() =>
        db.batch([
          db.update(deliveries).set({ status: 'pending', attempts: 0, nextAttemptAt: 0 }).where(own),
          selectDeliveries(db).where(own),
        ]),
      );
      if (!row) throw notFound('delivery');
      announce(c.var, webhook.developerId);
      return answer(c, 202, presentDelivery(row, now()));
    },
  )
  .post(
    '/webhooks/:id/test',
    describe({
      id: 'testWebhook',
      tag: 'Events',
      ...apiDocs({
        summary: 'Send a test event to a webhook',
        description: 'Of the type `webhook.test`, whatever it asked for.',
      }),
      answers: { 202: deliverySchema },
    }),
    requireKey('webhooks'),
    ownWebhook,
    async (c) => {
      const { db, webhook, now } = c.var;
      const [eventId, deliveryId, at] = [randomId(), randomId(), now()];
      // It is of no Connection; under an id of its own it waits for no other test.
      const event = {
        id: eventId,
        developerId: webhook.developerId,
        type: testType,
        connectionId: eventId,
        sourceId: '',
        createdAt: at,
      };
      const [, , [row]] = await repeatable(() =>
        db.batch([
          db.insert(events).values(event).onConflictDoNothing(),
          db
            .insert(deliveries)
            .select(
              sql`select ${deliveryId}, ${webhook.id}, seq, ${eventId}, 'pending', 0, 0, null, null, null, ${at}
                from ${events} where ${events.id} = ${eventId}`,
            )
            .onConflictDoNothing(),
          selectDeliveries(db).where(eq(deliveries.id, deliveryId)),
        ]),
      );
      if (!row) throw notFound('webhook');
      announce(c.var, webhook.developerId);
      return answer(c, 202, presentDelivery(row, at));
    },
  );

function selectDeliveries(db: Db) {
  return db
    .select({ delivery: deliveries, event: events })
    .from(deliveries)
    .innerJoin(events, eq(events.seq, deliveries.eventSeq));
}

interface DeliveryRow {
  delivery: typeof deliveries.$inferSelect;
  event: typeof events.$inferSelect;
}

function presentDelivery({ delivery, event }: DeliveryRow, now: number) {
  const { nextAttemptAt, lastAttemptAt } = delivery;
  return {
    id: delivery.id,
    event_id: event.id,
    type: event.type,
    connection_id: event.type === testType ? null : event.connectionId,
    status: delivery.status,
    attempts: delivery.attempts,
    response_status: delivery.responseStatus,
    error: delivery.error,
    last_attempt: lastAttemptAt === null ? null : new Date(lastAttemptAt).toISOString(),
    // What is overdue is sent as soon as may be.
    next_attempt: nextAttemptAt === null ? null : new Date(Math.max(nextAttemptAt, now)).toISOString(),
    created: new Date(delivery.createdAt).toISOString(),
  };
}
