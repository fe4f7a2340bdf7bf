import { and, desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { events } from '../db/schema.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { query } from '../validation.ts';
import { type ConnectionEnv, ownConnection } from './routes.ts';

const eventSchema = z
  .object({ id: shownId, type: z.string(), created: shownDate })
  .register(z.globalRegistry, apiDocs({ id: 'Event' }));

/** `/connections/:id/events`: what happened to a Connection, as webhooks are told of it. */
export const eventRoutes = new Hono<ConnectionEnv>().get(
  '/connections/:id/events',
  describe({
    id: 'listConnectionEvents',
    tag: 'Connections',
    ...apiDocs({ summary: 'List what happened to a Connection', description: 'For 30 days.' }),
    answers: { 200: z.array(eventSchema) },
  }),
  requireKey('connections:read'),
  ownConnection,
  query(pageQuery),
  async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const rows = await c.var.db
      .select({ id: events.id, type: events.type, createdAt: events.createdAt })
      .from(events)
      .where(and(eq(events.connectionId, c.var.connection.id), afterCursor(events, parseCursor(cursor))))
      .orderBy(desc(events.createdAt), desc(events.id))
      .limit(limit + 1);
    return answerPage(c, rows, limit, ({ id, type, createdAt }) => ({
      id,
      type,
      created: new Date(createdAt).toISOString(),
    }));
  },
);
