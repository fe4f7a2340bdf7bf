import { eq } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, hasScope, requireKey } from '../access/api-key.ts';
import { connections } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import type { Definition } from '../sources/definition.ts';
import { idSchema, jsonBody, normalizeId, query } from '../validation.ts';
import { type Connection, connectionSchema, describeSource, presentConnection } from './connection.ts';
import { exportConnections } from './export.ts';
import { importBody, importConnection } from './import.ts';
import { isParkedFor, queueGrantRevocations, queueRevocations } from './revocation-queue.ts';
import { processRevocations } from './revoke.ts';
import { findConnection, listConnections } from './store.ts';
import { openTokens } from './tokens.ts';

/** Hono's environment behind `ownConnection`. */
export interface ConnectionEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & { connection: Connection; definition: Definition | null };
}

/** Loads the Connection of `:id`, which must be the caller's: before the body is looked at. */
export const ownConnection: MiddlewareHandler<ConnectionEnv> = async (c, next) => {
  const id = normalizeId(c.req.param('id') ?? '');
  const row = id ? await findConnection(c.var.db, c.var.caller.developerId, id) : undefined;
  if (!row) throw notFound('Connection');
  c.set('connection', row.connection);
  c.set('definition', row.definition);
  await next();
};

const listQuery = z.strictObject({
  ...pageQuery.shape,
  provider_id: z.optional(idSchema),
  application_id: z.optional(idSchema),
  client_user_id: z.optional(z.string().check(z.maxLength(256))),
  complete: z.optional(z.enum(['true', 'false'], { error: 'must be true or false' })),
  name: z.optional(z.string().check(z.maxLength(256))),
});

/** `/connections`: grants in force, and nothing pending. */
export const connectionRoutes = new Hono<ConnectionEnv>()
  .get(
    '/connections',
    describe({
      id: 'listConnections',
      tag: 'Connections',
      ...apiDocs({
        summary: 'List Connections',
        description: 'Without their tokens. `name` is the beginning of the name.',
      }),
      answers: { 200: z.array(connectionSchema) },
    }),
    requireKey('connections:read'),
    query(listQuery),
    async (c) => {
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
    },
  )
  .get(
    '/connections/export',
    describe({
      id: 'exportConnections',
      tag: 'Connections',
      ...apiDocs({
        summary: 'Export all Connections, tokens included',
        description: 'Takes the scope `connections:read_auth` as well.',
      }),
      answers: { 200: { type: 'application/x-ndjson', description: 'One Connection a line, streamed.' } },
    }),
    requireKey('connections:read'),
    (c) => {
      if (!hasScope(c.var.caller, 'connections:read_auth')) {
        throw new Failure('insufficient_scope', 'This API key lacks the scope connections:read_auth.');
      }
      return c.body(exportConnections(c.var, c.var.caller.developerId), 200, {
        'Content-Type': 'application/x-ndjson',
        'Cache-Control': 'no-store',
      });
    },
  )
  .post(
    '/connections',
    describe({
      id: 'importConnection',
      tag: 'Connections',
      ...apiDocs({
        summary: 'Import a Connection that exists elsewhere',
        description: 'Its data source’s credentials must be your own.',
        errors: { 409: ['conflict'] },
      }),
      answers: { 201: connectionSchema },
    }),
    requireKey('connections:write'),
    jsonBody(importBody),
    async (c) => {
      const connection = await importConnection(c.var, c.var.caller.developerId, c.req.valid('json'));
      const { definition } = (await findConnection(c.var.db, connection.developerId, connection.id)) ?? {
        definition: null,
      };
      return answer(c, 201, await showConnection(c.var, connection, definition));
    },
  )
  .delete(
    '/connections/:id',
    describe({
      id: 'deleteConnection',
      tag: 'Connections',
      ...apiDocs({
        summary: 'End a Connection',
        description: 'Its grant is revoked at the provider where no other Connection would end with it.',
      }),
      answers: { 204: null },
    }),
    requireKey('connections:write'),
    ownConnection,
    async (c) => {
      const { db, connection, now } = c.var;
      const which = eq(connections.id, connection.id);
      await db.batch([
        queueRevocations(db, which, now()),
        queueGrantRevocations(db, isParkedFor(db, which), now()),
        db.delete(connections).where(which),
      ]);
      c.executionCtx.waitUntil(processRevocations(c.var));
      return c.body(null, 204);
    },
  );

/** A Connection as the caller's key may see it: its tokens only with `connections:read_auth`. */
export async function showConnection(
  { config, caller }: CallerEnv['Variables'],
  connection: Connection,
  definition: Definition | null,
) {
  const { id, sealedTokens } = connection;
  const visible = hasScope(caller, 'connections:read_auth') && sealedTokens !== null;
  const tokens = visible ? await openTokens(config, id, sealedTokens) : null;
  return presentConnection(connection, { ...describeSource(definition), tokens });
}
