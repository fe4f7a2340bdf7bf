import { eq } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono';
import * as z from 'zod';
import { type CallerEnv, requireKey } from '../access/api-key.ts';
import { randomId } from '../crypto/random.ts';
import { sources } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import { jsonBody, normalizeId, query } from '../validation.ts';
import { editSource } from './edit.ts';
import { presentSource, type Source } from './source.ts';
import { findSource, freeSlug, insertSource, listSources, updateSource } from './store.ts';

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
  .get('/sources', requireKey('maps:read'), query(pageQuery), async (c) => {
    const { db, config, caller } = c.var;
    const { limit, cursor } = c.req.valid('query');
    const rows = await listSources(db, caller.developerId, parseCursor(cursor), limit);
    return answerPage(c, rows, limit, (row) => presentSource(row, config));
  })
  .post('/sources', requireKey('maps:write'), jsonBody(fieldsBody), async (c) => {
    const { db, config, caller, now } = c.var;
    const owner = { sourceId: randomId(), developerId: caller.developerId };
    const edited = await editSource(c.var, owner, c.req.valid('json'), null);
    const { name, slug } = edited.definition;
    const row: Source = {
      id: owner.sourceId,
      developerId: owner.developerId,
      slug: slug ?? (await freeSlug(db, owner.developerId, name)),
      ...edited,
      sandbox: false,
      createdAt: now(),
      updatedAt: now(),
    };
    if (!(await insertSource(db, row))) throw slugTaken();
    return c.json(presentSource(row, config), 201);
  })
  .get('/sources/:id', requireKey('maps:read'), ownSource, (c) =>
    c.json(presentSource(c.var.source, c.var.config)),
  )
  .patch('/sources/:id', requireKey('maps:write'), ownSource, jsonBody(fieldsBody), async (c) => {
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
    return c.json(presentSource(row, config));
  })
  .delete('/sources/:id', requireKey('maps:write'), ownSource, async (c) => {
    await c.var.db.delete(sources).where(eq(sources.id, c.var.source.id));
    return c.body(null, 204);
  });
