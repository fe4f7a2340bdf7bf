import { and, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import { hasScope, requireKey } from '../access/api-key.ts';
import { connectionSchema } from '../connections/connection.ts';
import { type ConnectionEnv, ownConnection, showConnection } from '../connections/routes.ts';
import { connections } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { requireLive, selectHeld } from './held.ts';
import { freshTokens } from './refresh.ts';

/** `GET /connections/:id`: whoever may see the tokens sees fresh ones. */
export const readConnectionRoutes = new Hono<ConnectionEnv>().get(
  '/connections/:id',
  describe({
    id: 'getConnection',
    tag: 'Connections',
    ...apiDocs({
      summary: 'Read a Connection',
      description:
        'With `connections:read_auth`, an access token near its end is refreshed first. Where the provider has ended the grant, the Connection comes back as not complete.',
    }),
    answers: { 200: connectionSchema },
  }),
  requireKey('connections:read'),
  ownConnection,
  async (c) => {
    c.header('Cache-Control', 'no-store');
    const { connection, definition } = c.var;
    const isStale = connection.tokenStaleAt !== null && c.var.now() >= connection.tokenStaleAt;
    if (!hasScope(c.var.caller, 'connections:read_auth') || !connection.complete || !isStale) {
      return answer(c, 200, await showConnection(c.var, connection, definition));
    }
    const own = and(eq(connections.id, connection.id), eq(connections.developerId, connection.developerId));
    const [row] = await selectHeld(c.var.db, own);
    try {
      if (row) await freshTokens(c.var, requireLive(c.var, row));
    } catch (error) {
      // It is shown as it stands: reading it fails for nothing that its provider does.
      if (!(error instanceof Failure)) throw error;
    }
    const [stored] = await c.var.db.select().from(connections).where(own);
    return answer(c, 200, await showConnection(c.var, stored ?? connection, definition));
  },
);
