import { and, desc, eq, sql } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { randomId } from '../crypto/random.ts';
import { webhooks } from '../db/schema.ts';
import type { Config } from '../env.ts';
import { Failure, type Fault, notFound } from '../errors.ts';
import { announce } from '../events/deliver.ts';
import { eventTypes } from '../events/event.ts';
import { newWebhookSecret } from '../events/secret.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { refuseUrl } from '../outbound/allowed-url.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { jsonBody, normalizeId, query } from '../validation.ts';
import { type CallerEnv, requireKey } from './api-key.ts';

export type Webhook = typeof webhooks.$inferSelect;

/** Hono's environment behind `ownWebhook`. */
export interface WebhookEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & { webhook: Webhook };
}

const maxWebhooks = 20;
/** How long the secret before signs as well. */
const overlapMs = 24 * 60 * 60 * 1000;

const url = z.string().check(z.maxLength(2048, 'must be at most 2,048 characters'));
const events = z.pipe(
  z
    .array(z.enum(eventTypes, { error: `must be one of ${eventTypes.join(', ')}` }))
    .check(z.minLength(1, 'must name at least one event')),
  z.transform((types) => [...new Set(types)]),
);

const webhookBody = z.strictObject({ url, events });

const webhookPatch = z.strictObject({
  url: z.optional(url),
  events: z.optional(events),
  rotate_secret: z.optional(z.literal(true, { error: 'must be true' })).register(
    z.globalRegistry,
    apiDocs({
      description: 'Makes a new secret. For 24 hours the one before signs as well.',
    }),
  ),
});

const webhookSchema = z
  .object({
    id: shownId,
    url: z.string(),
    events: z.array(z.string()),
    previous_secret_until: z
      .optional(shownDate)
      .register(z.globalRegistry, apiDocs({ description: 'Until when the secret before signs as well.' })),
    created: shownDate,
    updated: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'Webhook' }));

const newWebhookSchema = z
  .extend(webhookSchema, { secret: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewWebhook' }));

const patchedWebhookSchema = z
  .extend(webhookSchema, {
    secret: z
      .optional(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'Where it was rotated: the new one, this once.' })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'PatchedWebhook' }));

/** Loads the webhook of `:id`, which must be the caller's: before the body is looked at. */
export const ownWebhook: MiddlewareHandler<WebhookEnv> = async (c, next) => {
  const { db, caller } = c.var;
  const id = normalizeId(c.req.param('id') ?? '') ?? '';
  const [webhook] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), eq(webhooks.developerId, caller.developerId)));
  if (!webhook) throw notFound('webhook');
  c.set('webhook', webhook);
  await next();
};

/** `/webhooks`: where a developer is told of what happens to Connections. */
export const webhookRoutes = new Hono<WebhookEnv>()
  .post(
    '/webhooks',
    describe({
      id: 'createWebhook',
      tag: 'Events',
      ...apiDocs({
        summary: 'Make a webhook',
        description:
          'Events are sent as JSON by POST, signed as Standard Webhooks has it. The answer holds the secret they are signed with, this once.',
        errors: { 409: ['conflict'] },
      }),
      answers: { 201: newWebhookSchema },
    }),
    requireKey('webhooks'),
    jsonBody(webhookBody, checkUrl),
    async (c) => {
      const { db, caller, config, now } = c.var;
      const body = c.req.valid('json');
      const id = randomId();
      const { secret, sealedSecret } = await newWebhookSecret(config, id);
      const at = now();
      const [made] = await db
        .insert(webhooks)
        .select(
          sql`select ${id}, ${caller.developerId}, ${body.url}, ${JSON.stringify(body.events)},
            ${sealedSecret}, null, null, ${at}, ${at}
            where (select count(*) from ${webhooks} where ${webhooks.developerId} = ${caller.developerId}) < ${maxWebhooks}`,
        )
        .returning();
      if (!made)
        throw new Failure('conflict', `There are ${maxWebhooks} webhooks, which is as many as may be.`);
      return answer(c, 201, { ...presentWebhook(made, at), secret });
    },
  )
  .get(
    '/webhooks',
    describe({
      id: 'listWebhooks',
      tag: 'Events',
      ...apiDocs({
        summary: 'List webhooks',
      }),
      answers: { 200: z.array(webhookSchema) },
    }),
    requireKey('webhooks'),
    query(pageQuery),
    async (c) => {
      const { db, caller, now } = c.var;
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .select()
        .from(webhooks)
        .where(and(eq(webhooks.developerId, caller.developerId), afterCursor(webhooks, parseCursor(cursor))))
        .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
        .limit(limit + 1);
      return answerPage(c, rows, limit, (row) => presentWebhook(row, now()));
    },
  )
  .get(
    '/webhooks/:id',
    describe({
      id: 'getWebhook',
      tag: 'Events',
      ...apiDocs({
        summary: 'Read a webhook',
      }),
      answers: { 200: webhookSchema },
    }),
    requireKey('webhooks'),
    ownWebhook,
    (c) => answer(c, 200, presentWebhook(c.var.webhook, c.var.now())),
  )
  .patch(
    '/webhooks/:id',
    describe({
      id: 'updateWebhook',
      tag: 'Events',
      ...apiDocs({
        summary: 'Change a webhook, or rotate its secret',
        description: 'Events that are on their way go to the new URL, too.',
      }),
      answers: { 200: patchedWebhookSchema },
    }),
    requireKey('webhooks'),
    ownWebhook,
    jsonBody(webhookPatch, checkUrl),
    async (c) => {
      const { db, config, webhook, now } = c.var;
      const { rotate_secret, ...fields } = c.req.valid('json');
      const fresh = rotate_secret ? await newWebhookSecret(config, webhook.id) : null;
      const rotated = fresh && {
        sealedSecret: fresh.sealedSecret,
        sealedPreviousSecret: sql`${webhooks.sealedSecret}`,
        previousSecretUntil: now() + overlapMs,
      };
      const [changed] = await db
        .update(webhooks)
        .set({ ...fields, ...rotated, updatedAt: now() })
        .where(eq(webhooks.id, webhook.id))
        .returning();
      if (!changed) throw notFound('webhook');
      return answer(c, 200, {
        ...presentWebhook(changed, now()),
        ...(fresh ? { secret: fresh.secret } : {}),
      });
    },
  )
  .delete(
    '/webhooks/:id',
    describe({
      id: 'deleteWebhook',
      tag: 'Events',
      ...apiDocs({
        summary: 'Delete a webhook',
        description: 'What is on its way there isn’t sent any more.',
      }),
      answers: { 204: null },
    }),
    requireKey('webhooks'),
    ownWebhook,
    async (c) => {
      await c.var.db.delete(webhooks).where(eq(webhooks.id, c.var.webhook.id));
      return c.body(null, 204);
    },
  );

/** Has the events sent that a request may have written. */
export const announceChanges: MiddlewareHandler<CallerEnv> = async (c, next) => {
  await next();
  const { caller } = c.var as Partial<CallerEnv['Variables']>;
  if (caller && c.res.status < 400) announce(c.var, caller.developerId);
};

/** What is wrong with the URL of a body, as far as it has one. */
function checkUrl(body: unknown, config: Config): Fault[] {
  const given = (body as { url?: unknown } | null)?.url;
  if (typeof given !== 'string') return [];
  const parsed = URL.parse(given);
  const message = parsed ? refuseUrl(parsed, config) : 'must be an absolute URL';
  return message ? [{ path: 'url', message }] : [];
}

function presentWebhook(webhook: Webhook, now: number) {
  const { previousSecretUntil } = webhook;
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events,
    ...(previousSecretUntil !== null && previousSecretUntil > now
      ? { previous_secret_until: new Date(previousSecretUntil).toISOString() }
      : {}),
    created: new Date(webhook.createdAt).toISOString(),
    updated: new Date(webhook.updatedAt).toISOString(),
  };
}
