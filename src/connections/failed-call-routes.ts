import { and, desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { failedCalls } from '../db/schema.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { query } from '../validation.ts';
import { type ConnectionEnv, ownConnection } from './routes.ts';

const failedCallSchema = z
  .object({
    id: shownId,
    method: z.string(),
    url: z
      .string()
      .register(z.globalRegistry, apiDocs({ description: 'What was called, without its query.' })),
    status: z.int(),
    answered_by: z
      .enum(['provider', 'trivet'])
      .register(z.globalRegistry, apiDocs({ description: 'Who gave the status.' })),
    error: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'The error code, where the status is Trivet’s.' })),
    request_id: z
      .clone(shownId)
      .register(z.globalRegistry, apiDocs({ description: 'Of the call, as its answer had it.' })),
    created: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'FailedCall' }));

/** `/connections/:id/failed-calls`: what went wrong at the provider, for whoever has to find out why. */
export const failedCallRoutes = new Hono<ConnectionEnv>().get(
  '/connections/:id/failed-calls',
  describe({
    id: 'listFailedCalls',
    tag: 'Connections',
    ...apiDocs({
      summary: 'List calls of a Connection that went wrong',
      description: 'For 30 days. Where many fail at once, not each of them is kept.',
    }),
    answers: { 200: z.array(failedCallSchema) },
  }),
  requireKey('connections:read'),
  ownConnection,
  query(pageQuery),
  async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const rows = await c.var.db
      .select()
      .from(failedCalls)
      .where(
        and(eq(failedCalls.connectionId, c.var.connection.id), afterCursor(failedCalls, parseCursor(cursor))),
      )
      .orderBy(desc(failedCalls.createdAt), desc(failedCalls.id))
      .limit(limit + 1);
    return answerPage(c, rows, limit, (call) => ({
      id: call.id,
      method: call.method,
      url: call.url,
      status: call.status,
      answered_by: call.answeredBy,
      error: call.error,
      request_id: call.requestId,
      created: new Date(call.createdAt).toISOString(),
    }));
  },
);
