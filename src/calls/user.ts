import { desc, eq } from 'drizzle-orm';
import { Hono } from 'hono';
import {
  hashAccessToken,
  invalidAccessToken,
  isLiveToken,
  isWithinReach,
  noteUse,
  selectTokenHolder,
} from '../access/access-token.ts';
import { bearerToken } from '../access/bearer.ts';
import { describeSource, presentConnection } from '../connections/connection.ts';
import type { AppEnv } from '../context.ts';
import { accessTokens, connections, sources } from '../db/schema.ts';

/** `/user`: the end user that an access token speaks for. */
export const userRoutes = new Hono<AppEnv>()
  .get('/user', async (c) => {
    const { db, now } = c.var;
    const tokenHash = await hashAccessToken(bearerToken(c.req.header('Authorization')));
    const [holders, rows] = await db.batch([
      selectTokenHolder(db, tokenHash, now()),
      db
        .select({ connection: connections, definition: sources.definition })
        .from(accessTokens)
        .innerJoin(connections, isWithinReach)
        .leftJoin(sources, eq(sources.id, connections.sourceId))
        .where(isLiveToken(tokenHash, now()))
        .orderBy(desc(connections.createdAt), desc(connections.id))
        .limit(1000),
    ]);
    const [holder] = holders;
    if (!holder) throw invalidAccessToken();
    const used = noteUse(db, holder.token, now());
    if (used) c.executionCtx.waitUntil(used.run());
    c.header('Cache-Control', 'no-store');
    return c.json({
      userCode: holder.endUser.userCode,
      clientUserId: holder.endUser.clientUserId,
      connections: rows.map(({ connection, definition }) =>
        presentConnection(connection, { ...describeSource(definition), tokens: null }),
      ),
    });
  })
  .delete('/user/token', async (c) => {
    const { db, now } = c.var;
    const tokenHash = await hashAccessToken(bearerToken(c.req.header('Authorization')));
    const [ended] = await db
      .delete(accessTokens)
      .where(isLiveToken(tokenHash, now()))
      .returning({ id: accessTokens.id });
    if (!ended) throw invalidAccessToken();
    return c.body(null, 204);
  });
