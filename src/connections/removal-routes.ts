import { and, eq, inArray, ne } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import { type CallerEnv, platformId, requireKey, requireUnrestricted } from '../access/api-key.ts';
import { requireDeveloperManager } from '../access/developer-routes.ts';
import { type ApplicationEnv, ownApplication } from '../applications/routes.ts';
import { applications, connections, developers, endUsers, runs } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { normalizeId } from '../validation.ts';
import { isParkedFor, queueGrantRevocations, queueRevocations } from './revocation-queue.ts';
import { processRevocations } from './revoke.ts';

/** Ends a developer: with applications, keys, sources, users and Connections, which are revoked. */
const developerRemoval = new Hono<CallerEnv>()
  .use('/developers/:id', requireUnrestricted, requireDeveloperManager)
  .delete(
    '/developers/:id',
    describe({
      id: 'deleteDeveloper',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'End a developer, with everything of theirs',
      }),
      answers: { 204: null },
    }),
    async (c) => {
      const { db, now } = c.var;
      const id = normalizeId(c.req.param('id')) ?? '';
      const own = and(eq(connections.developerId, id), ne(connections.developerId, platformId));
      const applicationIds = db
        .select({ id: applications.id })
        .from(applications)
        .where(eq(applications.developerId, id));
      const [, , [ended]] = await db.batch([
        queueRevocations(db, own, now()),
        queueGrantRevocations(db, isParkedFor(db, own, inArray(runs.applicationId, applicationIds)), now()),
        db
          .delete(developers)
          .where(and(eq(developers.id, id), ne(developers.id, platformId)))
          .returning({ id: developers.id }),
      ]);
      if (!ended) throw notFound('developer');
      c.executionCtx.waitUntil(processRevocations(c.var));
      return c.body(null, 204);
    },
  );

/** Ends an application or one of its end users, with everything of theirs. */
const applicationRemoval = new Hono<ApplicationEnv>()
  .delete(
    '/applications/:clientId',
    describe({
      id: 'deleteApplication',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Delete an application',
        description: 'Its users, access tokens and Connections end with it.',
      }),
      answers: { 204: null },
    }),
    requireKey('applications'),
    ownApplication,
    async (c) => {
      const { db, application, now } = c.var;
      const own = eq(connections.applicationId, application.id);
      await db.batch([
        queueRevocations(db, own, now()),
        queueGrantRevocations(db, isParkedFor(db, own, eq(runs.applicationId, application.id)), now()),
        db.delete(applications).where(eq(applications.id, application.id)),
      ]);
      c.executionCtx.waitUntil(processRevocations(c.var));
      return c.body(null, 204);
    },
  )
  .delete(
    '/applications/:clientId/users/:clientUserId',
    describe({
      id: 'deleteUser',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Delete everything about one end user',
        params: { clientUserId: 'The application’s own name for its user.' },
      }),
      answers: { 204: null },
    }),
    requireKey('applications'),
    ownApplication,
    async (c) => {
      const { db, application, now } = c.var;
      const clientUserId = c.req.param('clientUserId');
      const ofUser = and(
        eq(connections.applicationId, application.id),
        eq(connections.clientUserId, clientUserId),
      );
      const runsOfUser = and(eq(runs.applicationId, application.id), eq(runs.clientUserId, clientUserId));
      const [, , , , [ended]] = await db.batch([
        queueRevocations(db, ofUser, now()),
        queueGrantRevocations(db, isParkedFor(db, ofUser, runsOfUser), now()),
        db.delete(connections).where(ofUser),
        db.delete(runs).where(runsOfUser),
        db
          .delete(endUsers)
          .where(and(eq(endUsers.applicationId, application.id), eq(endUsers.clientUserId, clientUserId)))
          .returning({ id: endUsers.id }),
      ]);
      if (!ended) throw notFound('end user');
      c.executionCtx.waitUntil(processRevocations(c.var));
      return c.body(null, 204);
    },
  );

export const removalRoutes = new Hono().route('/', developerRemoval).route('/', applicationRemoval);
