import { desc, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import {
  hashAccessToken,
  invalidAccessToken,
  isLiveToken,
  isWithinReach,
  noteUse,
  selectTokenHolder,
  tokenValues,
} from '../access/access-token.ts';
import { bearerToken } from '../access/bearer.ts';
import { connectionSchema, describeSource, presentConnection } from '../connections/connection.ts';
import type { AppEnv } from '../context.ts';
import { prepared } from '../db/prepared.ts';
import { accessTokens, connections, sources } from '../db/schema.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownId } from '../openapi/fields.ts';

const userSchema = z
  .object({ userCode: shownId, clientUserId: z.string(), connections: z.array(connectionSchema) })
  .register(z.globalRegistry, apiDocs({ id: 'User' }));

const endToken = prepared((db) =>
  db.delete(accessTokens).where(isLiveToken).returning({ id: accessTokens.id }),
);

const selectConnections = prepared((db) =>
  db
    .select({ connection: connections, definition: sources.definition })
    .from(accessTokens)
    .innerJoin(connections, isWithinReach)
    .leftJoin(sources, eq(sources.id, connections.sourceId))
    .where(isLiveToken)
    .orderBy(desc(connections.createdAt), desc(connections.id))
    .limit(1000),
);

/** `/user`: the end user that an access token speaks for. */
export const userRoutes = new Hono<AppEnv>()
  .get(
    '/user',
    describe({
      id: 'getUser',
      tag: 'User data',
      ...apiDocs({
        summary: 'Read the end user of an access token',
        description: 'With the Connections it reaches, without the providers’ tokens.',
        security: ['accessToken'],
      }),
      answers: { 200: userSchema },
    }),
    async (c) => {
      const { db, now } = c.var;
      const tokenHash = await hashAccessToken(bearerToken(c.req.header('Authorization')));
      const token = tokenValues(tokenHash, now());
      const [holders, rows] = await db.batch([selectTokenHolder(db, token), selectConnections(db, token)]);
      const [holder] = holders;
      if (!holder) throw invalidAccessToken();
      const used = noteUse(db, holder.token, now());
      if (used) c.executionCtx.waitUntil(used.run());
      c.header('Cache-Control', 'no-store');
      return answer(c, 200, {
        userCode: holder.endUser.userCode,
        clientUserId: holder.endUser.clientUserId,
        connections: rows.map(({ connection, definition }) =>
          presentConnection(connection, { ...describeSource(definition), tokens: null }),
        ),
      });
    },
  )
  .delete(
    '/user/token',
    describe({
      id: 'endAccessToken',
      tag: 'User data',
      ...apiDocs({
        summary: 'End this access token',
        security: ['accessToken'],
      }),
      answers: { 204: null },
    }),
    async (c) => {
      const { db, now } = c.var;
      const tokenHash = await hashAccessToken(bearerToken(c.req.header('Authorization')));
      const [ended] = await endToken(db, tokenValues(tokenHash, now()));
      if (!ended) throw invalidAccessToken();
      return c.body(null, 204);
    },
  );
