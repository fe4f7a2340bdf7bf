import { eq } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireKey } from '../access/api-key.ts';
import { sources } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import { jsonBody, normalizeId, query } from '../validation.ts';
import { catalogueBody, startFromCatalogue } from './catalogue/make-source.ts';
import { editSource } from './edit.ts';
import { madeByHand, presentSource, type Source, sourceBody, sourceChanges, sourceSchema } from './source.ts';
import { findSource, freeSlug, insertSource, listSources, newSourceId, updateSource } from './store.ts';

/** Hono's environment behind `ownSource`. */
export interface SourceEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & { source: Source };
}

/** Loads the data source of `:id`, which must be the caller's: before the body is looked at. */
export const ownSource: MiddlewareHandler<SourceEnv> = async (c, next) => {
  const id = normalizeId(c.req.param('id') ?? '');
  const source = id ? await findSource(c.var.db, c.var.caller.developerId, id) : undefined;
  if (!source) throw notFound('data source');
  c.set('source', source);
  await next();
};

/** The fields are checked by `editSource`, against the type they name. */
const fieldsBody = z.record(z.string(), z.unknown(), { error: 'must be a JSON object' });

/** The failure of a slug that another source of the same developer has. */
export function slugTaken(): Failure {
  return new Failure('conflict', 'You have another data source with this slug.', {
    details: [{ path: 'slug', message: 'is taken' }],
  });
}

/** @throws Failure where the source is the sandbox's, which are what this deployment says they are */
export function refuseBuiltIn(source: Source): void {
  if (source.sandbox)
    throw new Failure('conflict', 'The sandbox’s sources are built in and can’t be changed.');
}

/** `/sources`: a data source by its fields. */
export const sourceRoutes = new Hono<SourceEnv>()
  .get(
    '/sources',
    describe({
      id: 'listSources',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'List data sources',
      }),
      answers: { 200: z.array(sourceSchema) },
    }),
    requireKey('maps:read'),
    query(pageQuery),
    async (c) => {
      const { db, config, caller } = c.var;
      const { limit, cursor } = c.req.valid('query');
      const rows = await listSources(db, caller.developerId, parseCursor(cursor), limit);
      return answerPage(c, rows, limit, (row) => presentSource(row, config));
    },
  )
  .post(
    '/sources',
    describe({
      id: 'createSource',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Define a data source',
        description:
          'From the catalogue, or by its fields: OAuth 2 takes either an `issuer` to discover from, or `auth_host_url`, `auth_url`, `full_auth_url` and `access_token_url`. The administrator’s sources are platform-wide, a developer’s are private.',
        body: { schema: z.union([sourceBody, catalogueBody]) },
        errors: { 409: ['conflict'] },
      }),
      answers: { 201: sourceSchema },
    }),
    requireKey('maps:write'),
    jsonBody(fieldsBody),
    async (c) => {
      const { db, config, caller, now } = c.var;
      const body = c.req.valid('json');
      const taken = 'catalogue' in body ? await startFromCatalogue(c.env.ASSETS, body) : null;
      const { id, ...fields } = taken?.fields ?? body;
      const owner = { sourceId: await newSourceId(db, id), developerId: caller.developerId };
      const edited = await editSource(c.var, owner, fields, null);
      const { name, slug } = edited.definition;
      const row: Source = {
        id: owner.sourceId,
        developerId: owner.developerId,
        slug: slug ?? (await freeSlug(db, owner.developerId, taken?.slug ?? name)),
        ...edited,
        ...madeByHand,
        ...taken?.row,
        createdAt: now(),
        updatedAt: now(),
      };
      if (!(await insertSource(db, row))) throw slugTaken();
      return answer(c, 201, presentSource(row, config));
    },
  )
  .get(
    '/sources/:id',
    describe({
      id: 'getSource',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Read a data source',
      }),
      answers: { 200: sourceSchema },
    }),
    requireKey('maps:read'),
    ownSource,
    (c) => answer(c, 200, presentSource(c.var.source, c.var.config)),
  )
  .patch(
    '/sources/:id',
    describe({
      id: 'updateSource',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Change a data source',
        description:
          'What is left out stays. Changing a host that a stored secret was entered for takes the secret again.',
        body: { schema: sourceChanges },
        errors: { 409: ['conflict'] },
      }),
      answers: { 200: sourceSchema },
    }),
    requireKey('maps:write'),
    ownSource,
    jsonBody(fieldsBody),
    async (c) => {
      const { db, config, source, now } = c.var;
      refuseBuiltIn(source);
      const owner = { sourceId: source.id, developerId: source.developerId };
      const edited = await editSource(c.var, owner, c.req.valid('json'), source);
      const row: Source = {
        ...source,
        ...edited,
        slug: edited.definition.slug ?? source.slug,
        updatedAt: now(),
      };
      if (!(await updateSource(db, row))) throw slugTaken();
      return answer(c, 200, presentSource(row, config));
    },
  )
  .delete(
    '/sources/:id',
    describe({
      id: 'deleteSource',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Delete a data source',
        description: 'Its Connections stay readable, and say so.',
      }),
      answers: { 204: null },
    }),
    requireKey('maps:write'),
    ownSource,
    async (c) => {
      await c.var.db.delete(sources).where(eq(sources.id, c.var.source.id));
      return c.body(null, 204);
    },
  );
