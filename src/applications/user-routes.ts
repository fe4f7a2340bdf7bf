import { and, desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { endUsers } from '../db/schema.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate } from '../openapi/fields.ts';
import { afterCursor, answerPage, pageQuery, parseCursor } from '../paging.ts';
import { query } from '../validation.ts';
import { type ApplicationEnv, ownApplication } from './routes.ts';

const userSchema = z
  .object({ clientUserId: z.string(), userCode: z.string(), created: shownDate })
  .register(z.globalRegistry, apiDocs({ id: 'EndUser' }));

const listQuery = z.strictObject({
  ...pageQuery.shape,
  client_user_id: z.optional(z.string().check(z.maxLength(256))),
});

/** `/applications/:clientId/users`: an application's end users. Ending one is in connections/removal-routes.ts. */
export const userListRoutes = new Hono<ApplicationEnv>().get(
  '/applications/:clientId/users',
  describe({
    id: 'listEndUsers',
    tag: 'Applications',
    ...apiDocs({
      summary: 'List an application’s end users',
      description: 'Those of whom a specialToken was exchanged. `client_user_id` finds one.',
    }),
    answers: { 200: z.array(userSchema) },
  }),
  requireKey('applications'),
  ownApplication,
  query(listQuery),
  async (c) => {
    const { limit, cursor, client_user_id } = c.req.valid('query');
    const rows = await c.var.db
      .select()
      .from(endUsers)
      .where(
        and(
          eq(endUsers.applicationId, c.var.application.id),
          client_user_id === undefined ? undefined : eq(endUsers.clientUserId, client_user_id),
          afterCursor(endUsers, parseCursor(cursor)),
        ),
      )
      .orderBy(desc(endUsers.createdAt), desc(endUsers.id))
      .limit(limit + 1);
    return answerPage(c, rows, limit, ({ clientUserId, userCode, createdAt }) => ({
      clientUserId,
      userCode,
      created: new Date(createdAt).toISOString(),
    }));
  },
);
