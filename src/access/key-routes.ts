import { and, desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { apiKeys } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { givenName, jsonBody, normalizeId, query } from '../validation.ts';
import { type CallerEnv, requireUnrestricted, scopes } from './api-key.ts';
import { newKey } from './developer-routes.ts';

const keyBody = z.strictObject({
  name: givenName,
  scopes: z.optional(
    z
      .array(z.enum(scopes, { error: `must be one of ${scopes.join(', ')}` }))
      .check(z.minLength(1, 'must name at least one scope; leave it out for an unrestricted key')),
  ),
});

const keySchema = z
  .object({ id: shownId, name: z.string(), scopes: z.nullable(z.array(z.string())), created: shownDate })
  .register(
    z.globalRegistry,
    apiDocs({ id: 'ApiKey', description: 'Without scopes (null) a key is unrestricted.' }),
  );

const newKeySchema = z
  .extend(keySchema, { key: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewApiKey' }));

/** `/keys`: API keys. Only unrestricted ones make, list and end them. */
export const keyRoutes = new Hono<CallerEnv>()
  .use('/keys', requireUnrestricted)
  .use('/keys/:id', requireUnrestricted)
  .post(
    '/keys',
    describe({
      id: 'createKey',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'Make an API key',
        description: 'The answer holds the key, this once.',
      }),
      answers: { 201: newKeySchema },
    }),
    jsonBody(keyBody),
    async (c) => {
      const { db, caller, now } = c.var;
      const body = c.req.valid('json');
      const { key, row } = await newKey(caller.developerId, body.name, body.scopes ?? null, now());
      await db.insert(apiKeys).values(row);
      return answer(c, 201, { ...presentKey(row), key });
    },
  )
  .get(
    '/keys',
    describe({
      id: 'listKeys',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'List API keys',
      }),
      answers: { 200: z.array(keySchema) },
    }),
    query(pageQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await c.var.db
        .select()
        .from(apiKeys)
        .where(
          and(eq(apiKeys.developerId, c.var.caller.developerId), afterCursor(apiKeys, parseCursor(cursor))),
        )
        .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
        .limit(limit + 1);
      return answerPage(c, rows, limit, presentKey);
    },
  )
  .delete(
    '/keys/:id',
    describe({
      id: 'deleteKey',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'End an API key',
      }),
      answers: { 204: null },
    }),
    async (c) => {
      const own = and(
        eq(apiKeys.id, normalizeId(c.req.param('id')) ?? ''),
        eq(apiKeys.developerId, c.var.caller.developerId),
      );
      const [ended] = await c.var.db.delete(apiKeys).where(own).returning({ id: apiKeys.id });
      if (!ended) throw notFound('API key');
      return c.body(null, 204);
    },
  );

function presentKey(key: typeof apiKeys.$inferSelect) {
  return { id: key.id, name: key.name, scopes: key.scopes, created: new Date(key.createdAt).toISOString() };
}
