import { and, eq, sql } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireKey } from '../access/api-key.ts';
import { randomId } from '../crypto/random.ts';
import { applicationSecrets, applications } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { fetchLogo } from '../logos/logos.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import { invalidBody, jsonBody, normalizeId, query } from '../validation.ts';
import {
  type Application,
  applicationFaults,
  applicationSchema,
  createApplicationBody,
  newApplicationSchema,
  newSecretSchema,
  patchApplicationBody,
  presentApplication,
  presentSecret,
} from './application.ts';
import { findApplication, insertApplication, listApplications, listSecrets, newSecret } from './store.ts';

/** Hono's environment behind `ownApplication`. */
export interface ApplicationEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & { application: Application };
}

/** Loads the application of `:clientId`, which must be the caller's: before the body is looked at. */
export const ownApplication: MiddlewareHandler<ApplicationEnv> = async (c, next) => {
  const id = normalizeId(c.req.param('clientId') ?? '');
  const application = id ? await findApplication(c.var.db, c.var.caller.developerId, id) : undefined;
  if (!application) throw notFound('application');
  c.set('application', application);
  await next();
};

/** `/applications`, and what an application is made of. Its sources and users are served by their own folders. */
export const applicationRoutes = new Hono<ApplicationEnv>()
  .use('/applications', requireKey('applications'))
  .use('/applications/:clientId', requireKey('applications'), ownApplication)
  .use('/applications/:clientId/secrets', requireKey('applications'), ownApplication)
  .use('/applications/:clientId/secrets/:id', requireKey('applications'), ownApplication)
  .post(
    '/applications',
    describe({
      id: 'createApplication',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Make an application',
        description: 'The answer holds its first client secret, this once.',
      }),
      answers: { 201: newApplicationSchema },
    }),
    jsonBody(createApplicationBody, applicationFaults),
    async (c) => {
      const { db, config, caller, now } = c.var;
      const body = c.req.valid('json');
      const logoId = await keepLogo(c.var, body.logo);
      const row: Application = {
        id: randomId(),
        developerId: caller.developerId,
        ...body,
        logoId: logoId ?? null,
        createdAt: now(),
        updatedAt: now(),
      };
      const secret = await insertApplication(db, row);
      const { clientSecret } = secret;
      return answer(c, 201, { ...presentApplication(row, [secret.row], config), clientSecret });
    },
  )
  .get(
    '/applications',
    describe({
      id: 'listApplications',
      tag: 'Applications',
      ...apiDocs({
        summary: 'List applications',
      }),
      answers: { 200: z.array(applicationSchema) },
    }),
    query(pageQuery),
    async (c) => {
      const { db, config, caller } = c.var;
      const { limit, cursor } = c.req.valid('query');
      const rows = await listApplications(db, caller.developerId, parseCursor(cursor), limit);
      const secrets = await listSecrets(
        db,
        rows.map((row) => row.id),
      );
      const secretsOf = Map.groupBy(secrets, (secret) => secret.applicationId);
      return answerPage(c, rows, limit, (row) =>
        presentApplication(row, secretsOf.get(row.id) ?? [], config),
      );
    },
  )
  .get(
    '/applications/:clientId',
    describe({
      id: 'getApplication',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Read an application',
      }),
      answers: { 200: applicationSchema },
    }),
    async (c) => {
      const { db, config, application } = c.var;
      return answer(c, 200, presentApplication(application, await listSecrets(db, [application.id]), config));
    },
  )
  .patch(
    '/applications/:clientId',
    describe({
      id: 'updateApplication',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Change an application',
      }),
      answers: { 200: applicationSchema },
    }),
    jsonBody(patchApplicationBody, applicationFaults),
    async (c) => {
      const { db, config, application, now } = c.var;
      const body = c.req.valid('json');
      const logoId = await keepLogo(c.var, body.logo);
      const changed: Application = {
        ...application,
        name: body.name ?? application.name,
        origins: body.origins ?? application.origins,
        returnUrls: body.returnUrls ?? application.returnUrls,
        logo: body.logo === undefined ? application.logo : body.logo,
        logoId: logoId === undefined ? application.logoId : logoId,
        test: body.test ?? application.test,
        updatedAt: now(),
      };
      await db.update(applications).set(changed).where(eq(applications.id, application.id));
      return answer(c, 200, presentApplication(changed, await listSecrets(db, [application.id]), config));
    },
  )
  .post(
    '/applications/:clientId/secrets',
    describe({
      id: 'createClientSecret',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Add a client secret',
        description: 'For rotation with overlap. The answer holds the secret, this once.',
      }),
      answers: { 201: newSecretSchema },
    }),
    async (c) => {
      const { clientSecret, row } = await newSecret(c.var.application.id, c.var.now());
      await c.var.db.insert(applicationSecrets).values(row);
      return answer(c, 201, { clientSecret, ...presentSecret(row) });
    },
  )
  .delete(
    '/applications/:clientId/secrets/:id',
    describe({
      id: 'deleteClientSecret',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Delete a client secret',
        errors: { 409: ['conflict'] },
      }),
      answers: { 204: null },
    }),
    async (c) => {
      const { db, application } = c.var;
      const { id, applicationId } = applicationSecrets;
      const secret = and(eq(applicationId, application.id), eq(id, normalizeId(c.req.param('id')) ?? ''));
      const notTheLast = sql`(select count(*) from ${applicationSecrets} where ${applicationId} = ${application.id}) > 1`;
      const [known, deleted] = await db.batch([
        db.select({ id }).from(applicationSecrets).where(secret),
        db.delete(applicationSecrets).where(and(secret, notTheLast)).returning({ id }),
      ]);
      if (known.length === 0) throw notFound('client secret');
      if (deleted.length === 0) {
        throw new Failure(
          'conflict',
          'This is the only client secret left. Add another one before you delete it.',
        );
      }
      return c.body(null, 204);
    },
  );

/**
 * Fetches the logo that a body names.
 *
 * @returns the kept logo's id; undefined where the body doesn't speak of one
 * @throws Failure where it can't be had
 */
async function keepLogo(
  parts: ApplicationEnv['Variables'],
  url: string | null | undefined,
): Promise<string | null | undefined> {
  if (!url) return url === undefined ? undefined : null;
  const logo = await fetchLogo(parts, url);
  if (!logo.ok) throw invalidBody([logo.fault]);
  return logo.logoId;
}
