import { and, desc, ne } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import { apiKeys, developers } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { givenName, jsonBody, query } from '../validation.ts';
import { type CallerEnv, platformId, requireAdministrator, requireUnrestricted } from './api-key.ts';

const developerBody = z.strictObject({
  name: givenName,
});

const developerSchema = z
  .object({ id: shownId, name: z.string(), created: shownDate })
  .register(z.globalRegistry, apiDocs({ id: 'Developer' }));

const newDeveloperSchema = z
  .extend(developerSchema, { key: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewDeveloper' }));

/** Developers are the administrator's to make and end. */
export const requireDeveloperManager = requireAdministrator((c) =>
  c.req.param('id') === undefined
    ? new Failure('insufficient_scope', 'Only the administrator manages developers.')
    : notFound('developer'),
);

/** `/developers`: console accounts. Ending one is in connections/removal-routes.ts: it takes Connections along. */
export const developerRoutes = new Hono<CallerEnv>()
  .use('/developers', requireUnrestricted, requireDeveloperManager)
  .post(
    '/developers',
    describe({
      id: 'createDeveloper',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'Make a developer',
        description: 'The answer holds an unrestricted API key, this once.',
      }),
      answers: { 201: newDeveloperSchema },
    }),
    jsonBody(developerBody),
    async (c) => {
      const { db, now } = c.var;
      const developer = { id: randomId(), name: c.req.valid('json').name, createdAt: now() };
      const { key, row } = await newKey(developer.id, 'First key', null, now());
      await db.batch([db.insert(developers).values(developer), db.insert(apiKeys).values(row)]);
      return answer(c, 201, { ...presentDeveloper(developer), key });
    },
  )
  .get(
    '/developers',
    describe({
      id: 'listDevelopers',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'List developers',
      }),
      answers: { 200: z.array(developerSchema) },
    }),
    query(pageQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await c.var.db
        .select()
        .from(developers)
        .where(and(ne(developers.id, platformId), afterCursor(developers, parseCursor(cursor))))
        .orderBy(desc(developers.createdAt), desc(developers.id))
        .limit(limit + 1);
      return answerPage(c, rows, limit, presentDeveloper);
    },
  );

/** A fresh API key: what its holder sees once, and the row that is kept. */
export async function newKey(developerId: string, name: string, scopes: string[] | null, now: number) {
  const key = randomSecret('trv_key_');
  return {
    key,
    row: { id: randomId(), developerId, name, keyHash: await sha256(key), scopes, createdAt: now },
  };
}

function presentDeveloper(developer: typeof developers.$inferSelect) {
  return { id: developer.id, name: developer.name, created: new Date(developer.createdAt).toISOString() };
}
