import { Hono } from 'hono';
import * as z from 'zod';
import { type CallerEnv, hasScope, requireKey } from '../access/api-key.ts';
import { notFound } from '../errors.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import type { Definition } from '../sources/definition.ts';
import { idSchema, normalizeId, query } from '../validation.ts';
import { presentConnection } from './connection.ts';
import { findConnection, listConnections } from './store.ts';
import { openTokens } from './tokens.ts';

const listQuery = z.strictObject({
  ...pageQuery.shape,
  provider_id: idSchema.optional(),
  application_id: idSchema.optional(),
  client_user_id: z.string().max(256).optional(),
  complete: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  name: z.string().max(256).optional(),
});

/** `/connections`: grants in force, and nothing pending. */
export const connectionRoutes = new Hono<CallerEnv>()
  .get('/connections', requireKey('connections:read'), query(listQuery), async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const rows = await listConnections(
      c.var.db,
      c.var.caller.developerId,
      {
        sourceId: filter.provider_id,
        applicationId: filter.application_id,
        clientUserId: filter.client_user_id,
        complete: filter.complete === undefined ? undefined : filter.complete === 'true',
        namePrefix: filter.name,
      },
      parseCursor(cursor),
      limit,
    );
    const positioned = rows.map((row) => ({
      ...row,
      id: row.connection.id,
      createdAt: row.connection.createdAt,
    }));
    return answerPage(c, positioned, limit, ({ connection, definition }) =>
      presentConnection(connection, { ...describeSource(definition), tokens: null }),
    );
  })
  .get('/connections/:id', requireKey('connections:read'), async (c) => {
    const { db, config, caller } = c.var;
    const id = normalizeId(c.req.param('id'));
    const row = id ? await findConnection(db, caller.developerId, id) : undefined;
    if (!row) throw notFound('Connection');
    const { connection, definition } = row;
    const visible = hasScope(caller, 'connections:read_auth') && connection.sealedTokens !== null;
    const tokens = visible ? await openTokens(config, connection.id, connection.sealedTokens ?? '') : null;
    return c.json(presentConnection(connection, { ...describeSource(definition), tokens }));
  });

/** What a Connection shows of its source. */
export function describeSource(definition: Definition | null) {
  return {
    sourceExists: definition !== null,
    hasMetadata: definition !== null && 'metadata_url' in definition && Boolean(definition.metadata_url),
  };
}
