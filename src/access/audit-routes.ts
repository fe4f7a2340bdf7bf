import { and, desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { utf8 } from '../crypto/encoding.ts';
import type { Db } from '../db/client.ts';
import { auditEntries } from '../db/schema.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { afterCursor, answerPage, type Cursor, pageQuery, parseCursor } from '../paging.ts';
import { query } from '../validation.ts';
import { type CallerEnv, requireUnrestricted } from './api-key.ts';

const pageSize = 500;

const auditEntrySchema = z
  .object({
    id: shownId,
    actor: z.string().register(
      z.globalRegistry,
      apiDocs({
        description: '`admin_token`, `key:<id>`, `person:<id>` or `application:<id>`.',
      }),
    ),
    actor_name: z
      .string()
      .register(z.globalRegistry, apiDocs({ description: 'What the actor was called then.' })),
    action: z
      .string()
      .register(
        z.globalRegistry,
        apiDocs({ description: 'The operationId; of what only people do, what they did, such as `signIn`.' }),
      ),
    resource_type: z.nullable(z.string()),
    resource_id: z.nullable(z.string()).register(
      z.globalRegistry,
      apiDocs({
        description: 'Of what has an id only within another resource: both, with a slash between.',
      }),
    ),
    address: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'Where the request came from.' })),
    request_id: shownId,
    created: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'AuditEntry' }));

const listQuery = z.strictObject({
  ...pageQuery.shape,
  resource_id: z.optional(z.string().check(z.maxLength(600))),
  action: z.optional(z.string().check(z.maxLength(100))),
});

interface Filter {
  resourceId?: string | undefined;
  action?: string | undefined;
}

/** `/audit`: who did what to which resource. Nothing of it can be changed or deleted. */
export const auditRoutes = new Hono<CallerEnv>()
  .get(
    '/audit',
    describe({
      id: 'listAuditEntries',
      tag: 'Events',
      ...apiDocs({
        summary: 'List who did what',
      }),
      answers: { 200: z.array(auditEntrySchema) },
    }),
    requireUnrestricted,
    query(listQuery),
    async (c) => {
      const { limit, cursor, resource_id, action } = c.req.valid('query');
      const filter = { resourceId: resource_id, action };
      const { db, caller } = c.var;
      const rows = await listEntries(db, caller.developerId, filter, parseCursor(cursor), limit);
      return answerPage(c, rows, limit, presentEntry);
    },
  )
  .get(
    '/audit/export',
    describe({
      id: 'exportAuditEntries',
      tag: 'Events',
      ...apiDocs({
        summary: 'Export who did what',
      }),
      answers: {
        200: { type: 'application/x-ndjson', description: 'One entry a line, newest first, streamed.' },
      },
    }),
    requireUnrestricted,
    (c) =>
      c.body(exportEntries(c.var.db, c.var.caller.developerId), 200, {
        'Content-Type': 'application/x-ndjson',
        'Cache-Control': 'no-store',
      }),
  );

/** Up to `limit` + 1 entries of a developer, newest first. */
function listEntries(db: Db, developerId: string, filter: Filter, cursor: Cursor | null, limit: number) {
  return db
    .select()
    .from(auditEntries)
    .where(
      and(
        eq(auditEntries.developerId, developerId),
        filter.resourceId === undefined ? undefined : eq(auditEntries.resourceId, filter.resourceId),
        filter.action === undefined ? undefined : eq(auditEntries.action, filter.action),
        afterCursor(auditEntries, cursor),
      ),
    )
    .orderBy(desc(auditEntries.createdAt), desc(auditEntries.id))
    .limit(limit + 1);
}

/** All entries of a developer as a stream of NDJSON, read a page at a time. */
function exportEntries(db: Db, developerId: string): ReadableStream<Uint8Array> {
  let cursor: Cursor | null = null;
  return new ReadableStream({
    async pull(controller) {
      const rows = await listEntries(db, developerId, {}, cursor, pageSize);
      const page = rows.slice(0, pageSize);
      const lines = page.map((row) => `${JSON.stringify(auditEntrySchema.parse(presentEntry(row)))}\n`);
      if (lines.length > 0) controller.enqueue(utf8(lines.join('')));
      const last = page.at(-1);
      if (rows.length <= pageSize || !last) controller.close();
      else cursor = { createdAt: last.createdAt, id: last.id };
    },
  });
}

function presentEntry(entry: typeof auditEntries.$inferSelect) {
  return {
    id: entry.id,
    actor: entry.actor,
    actor_name: entry.actorName,
    action: entry.action,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId,
    address: entry.address,
    request_id: entry.requestId,
    created: new Date(entry.createdAt).toISOString(),
  };
}
