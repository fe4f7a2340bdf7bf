import { eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { sources } from '../db/schema.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { openObject, shownId } from '../openapi/fields.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import { jsonBody, query } from '../validation.ts';
import type { StoredDocument } from './definition.ts';
import { documentSchema } from './map-document.ts';
import { editMap } from './map-edit.ts';
import { isObject } from './map-json.ts';
import { documentOf, markCredentials } from './map-write.ts';
import { ownSource, refuseBuiltIn, type SourceEnv, slugTaken } from './routes.ts';
import { isOAuth, madeByHand, type Source } from './source.ts';
import { freeSlug, insertSource, listSources, newSourceId, updateSource } from './store.ts';

/** As it came, to be kept as it came: `editMap` checks it. */
const documentBody = z.custom<StoredDocument>(isObject, 'must be a JSON object');

const mapSchema = z
  .object({
    id: shownId,
    // Given back as it came: parsed, its parts would change places.
    source: z.clone(openObject).register(z.globalRegistry, apiDocs({ $ref: '#/$defs/MapDocument' })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'Map' }));

/** A document, or a map as it was read elsewhere, `{id, source}`: it keeps its id, so that its Connections can be imported. */
function unwrap(body: StoredDocument): { id: unknown; document: StoredDocument } {
  return isObject(body.source) && body.url === undefined
    ? { id: body.id, document: body.source }
    : { id: undefined, document: body };
}

/** `/maps`: a data source by its document. */
export const mapRoutes = new Hono<SourceEnv>()
  .get(
    '/maps',
    describe({
      id: 'listMaps',
      tag: 'Maps',
      ...apiDocs({
        summary: 'List maps',
      }),
      answers: { 200: z.array(mapSchema) },
    }),
    requireKey('maps:read'),
    query(pageQuery),
    async (c) => {
      const { db, caller } = c.var;
      const { limit, cursor } = c.req.valid('query');
      const rows = await listSources(db, caller.developerId, parseCursor(cursor), limit);
      return answerPage(c, rows, limit, presentMap);
    },
  )
  .post(
    '/maps',
    describe({
      id: 'createMap',
      tag: 'Maps',
      ...apiDocs({
        summary: 'Write a map',
        description:
          'The document is kept as it is given, secrets apart, and the data source is derived from it. A map as it was read from another deployment, `{id, source}`, keeps its id.',
        body: { schema: documentSchema },
        errors: { 409: ['conflict'] },
      }),
      answers: { 201: mapSchema },
    }),
    requireKey('maps:write'),
    jsonBody(documentBody),
    async (c) => {
      const { db, caller, now } = c.var;
      const { developerId } = caller;
      const { id: given, document } = unwrap(c.req.valid('json'));
      const id = await newSourceId(db, given);
      const edited = await editMap(c.var, id, document, null);
      const fixed = { id, developerId, ...madeByHand, createdAt: now(), updatedAt: now() };
      // A document names no slug: whoever takes the one found here first, this map gets another.
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const slug = await freeSlug(db, developerId, edited.definition.name);
        const row: Source = { ...fixed, slug, ...edited };
        if (await insertSource(db, row)) return answer(c, 201, presentMap(row));
      }
      throw slugTaken();
    },
  )
  .get(
    '/maps/:id',
    describe({
      id: 'getMap',
      tag: 'Maps',
      ...apiDocs({
        summary: 'Read a map',
      }),
      answers: { 200: mapSchema },
    }),
    requireKey('maps:read'),
    ownSource,
    (c) => answer(c, 200, presentMap(c.var.source)),
  )
  .put(
    '/maps/:id',
    describe({
      id: 'replaceMap',
      tag: 'Maps',
      ...apiDocs({
        summary: 'Replace a map',
        description: 'Secrets that are left out, or sent back as they are shown, stay.',
        body: { schema: documentSchema },
        errors: { 409: ['conflict'] },
      }),
      answers: { 200: mapSchema },
    }),
    requireKey('maps:write'),
    ownSource,
    jsonBody(documentBody),
    async (c) => {
      const { db, source, now } = c.var;
      refuseBuiltIn(source);
      const { document } = unwrap(c.req.valid('json'));
      const edited = await editMap(c.var, source.id, document, source);
      const row: Source = { ...source, ...edited, updatedAt: now() };
      if (!(await updateSource(db, row))) throw slugTaken();
      return answer(c, 200, presentMap(row));
    },
  )
  .delete(
    '/maps/:id',
    describe({
      id: 'deleteMap',
      tag: 'Maps',
      ...apiDocs({
        summary: 'Delete a map',
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

/** A data source on the wire, as a map. Secrets are write-only. */
function presentMap(source: Source) {
  const document = documentOf(source);
  // Outside of OAuth the stored document alone tells what is set.
  return { id: source.id, source: isOAuth(source.definition) ? markCredentials(document, source) : document };
}
