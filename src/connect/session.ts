import { and, eq, or } from 'drizzle-orm';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { platformId } from '../access/api-key.ts';
import { type Application, originsOf } from '../applications/application.ts';
import { invalidClient, readClientCredentials } from '../applications/client-credentials.ts';
import { clientUserId } from '../applications/end-user.ts';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import { inList } from '../db/in-list.ts';
import { applicationSecrets, applications, connections, runs, sources } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate } from '../openapi/fields.ts';
import { idSchema, invalidBody, normalizeId } from '../validation.ts';
import { readBody } from './body.ts';
import { runMs } from './lifetimes.ts';
import type { Run } from './run.ts';

const returnUrl = z.string().check(z.maxLength(2048));

const pageBody = z.strictObject({
  clientId: idSchema,
  clientUserId,
  challenge: z
    .string()
    .check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be the base64url of a SHA-256: 43 characters')),
  returnUrl: z.optional(returnUrl),
});

const serverBody = z.strictObject({
  clientId: z.optional(z.string()),
  clientSecret: z.optional(z.string()),
  clientUserId,
  sources: z.optional(
    z
      .array(z.string().check(z.maxLength(64)))
      .check(z.minLength(1, 'must name at least one data source'), z.maxLength(100)),
  ),
  returnUrl: z.optional(returnUrl),
  /** The Connection that the user is to renew. */
  connectionId: z.optional(idSchema),
  locale: z.optional(
    z
      .string()
      .check(z.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')),
  ),
});

const sessionSchema = z
  .object({
    sessionToken: z.string(),
    connectUrl: z
      .string()
      .register(z.globalRegistry, apiDocs({ format: 'uri', description: 'Where the user connects.' })),
    expiresAt: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'ConnectSession' }));

/** Pages on any origin may ask, without cookies; which of them may start a run is decided by its application. */
export const pageCors = cors({
  origin: (origin) => origin,
  allowMethods: ['POST'],
  allowHeaders: ['Content-Type'],
  maxAge: 86_400,
});

/** `POST /connect/sessions`: a run begins, from an application's page or from its server. */
export const sessionRoutes = new Hono<AppEnv>().use('/connect/sessions', pageCors).post(
  '/connect/sessions',
  describe({
    id: 'createConnectSession',
    tag: 'Connect',
    ...apiDocs({
      summary: 'Begin a run',
      description:
        'From an application’s page: a CORS request with `clientId`, `clientUserId` and `challenge`, from one of its origins. From its server: with its client credentials, in the body or by HTTP Basic.',
      security: ['clientSecret', 'none'],
      body: { schema: z.union([pageBody, serverBody]), form: true },
      errors: { 403: ['origin_not_allowed'], 415: ['unsupported_media_type'] },
    }),
    answers: { 201: sessionSchema },
  }),
  async (c) => {
    // Every browser sends Origin with a cross-origin POST and no page can leave it out or forge it.
    const origin = c.req.header('Origin');
    const start = origin === undefined ? await startFromServer(c) : await startFromPage(c, origin);
    c.header('Cache-Control', 'no-store');
    return answer(c, 201, await openRun(c.var, start));
  },
);

/** Begins a run: what its page or its user is given for it, which is stored nowhere. */
export async function openRun({ db, config, now }: AppEnv['Variables'], start: Start) {
  const id = randomId();
  const sessionToken = `${id}.${randomSecret()}`;
  const run: Run = {
    id,
    ...start,
    sessionHash: await sha256(sessionToken),
    browserHash: null,
    status: 'open',
    lastOutcome: null,
    exitReason: null,
    leftAt: null,
    handleHash: null,
    sealedHandle: null,
    finishedAt: null,
    createdAt: now(),
    expiresAt: now() + runMs,
  };
  await db.insert(runs).values(run);
  const connectUrl = new URL('/connect', config.publicUrl);
  connectUrl.hash = new URLSearchParams({ session: sessionToken }).toString();
  return { sessionToken, connectUrl: connectUrl.href, expiresAt: new Date(run.expiresAt).toISOString() };
}

/** What a start decides of its run. */
type Start = Pick<
  Run,
  | 'applicationId'
  | 'clientUserId'
  | 'serverMinted'
  | 'delivery'
  | 'origin'
  | 'challenge'
  | 'returnUrl'
  | 'sourceIds'
  | 'connectionId'
  | 'locale'
>;

async function startFromPage(c: Context<AppEnv>, origin: string): Promise<Start> {
  const { db, config } = c.var;
  const body = await readBody(c, pageBody);
  const [application] = await db.select().from(applications).where(eq(applications.id, body.clientId));
  if (!application) throw invalidClient('There is no application with this clientId here.');
  if (origin === 'null' || !originsOf(application, config).includes(origin)) {
    throw new Failure(
      'origin_not_allowed',
      `Pages on ${origin} may not start Connect for this application. Add this origin to the application’s origins.`,
    );
  }
  requireReturnUrl(application, body.returnUrl);
  return {
    applicationId: application.id,
    clientUserId: body.clientUserId,
    serverMinted: false,
    delivery: body.returnUrl === undefined ? 'popup' : 'redirect',
    origin,
    challenge: body.challenge,
    returnUrl: body.returnUrl ?? null,
    sourceIds: null,
    connectionId: null,
    locale: null,
  };
}

async function startFromServer(c: Context<AppEnv>): Promise<Start> {
  const body = await readBody(c, serverBody);
  const { clientId, clientSecret } = readClientCredentials(c.req.header('Authorization'), body);
  const { application, sourceIds, connection } = await readServerStart(c, await sha256(clientSecret), body);
  if (!application || (clientId !== null && application.id !== clientId)) throw invalidClient();
  requireReturnUrl(application, body.returnUrl);
  const unknown = (body.sources ?? []).flatMap((wanted, index) =>
    sourceIds.has(normalizeId(wanted) ?? wanted)
      ? []
      : [{ path: `sources.${index}`, message: 'is no data source of this application' }],
  );
  if (body.connectionId !== undefined && connection?.clientUserId !== body.clientUserId) {
    unknown.push({ path: 'connectionId', message: 'is no Connection of this user' });
  }
  if (unknown.length > 0) throw invalidBody(unknown);
  return {
    applicationId: application.id,
    clientUserId: body.clientUserId,
    serverMinted: true,
    delivery: body.returnUrl === undefined ? 'popup' : 'hosted',
    origin: null,
    challenge: null,
    returnUrl: body.returnUrl ?? null,
    sourceIds: body.sources ? [...new Set(sourceIds.values())] : connection ? [connection.sourceId] : null,
    connectionId: connection?.id ?? null,
    locale: body.locale ?? null,
  };
}

/** The application of a client secret, and the ids of the data sources it named, in one round trip. */
async function readServerStart(
  { var: { db } }: Context<AppEnv>,
  secretHash: string,
  { sources: wanted = [], connectionId }: z.output<typeof serverBody>,
) {
  const bySecret = eq(applicationSecrets.secretHash, secretHash);
  const ofApplication = eq(applications.id, applicationSecrets.applicationId);
  const visible = or(eq(sources.developerId, platformId), eq(sources.developerId, applications.developerId));
  const ids = wanted.flatMap((name) => normalizeId(name) ?? []);
  const [applicationRows, sourceRows, [connection]] = await db.batch([
    db
      .select({ application: applications })
      .from(applicationSecrets)
      .innerJoin(applications, ofApplication)
      .where(bySecret),
    db
      .select({ id: sources.id, slug: sources.slug })
      .from(applicationSecrets)
      .innerJoin(applications, ofApplication)
      .innerJoin(sources, visible)
      .where(and(bySecret, or(inList(sources.id, ids), inList(sources.slug, wanted)))),
    db
      .select({ id: connections.id, sourceId: connections.sourceId, clientUserId: connections.clientUserId })
      .from(applicationSecrets)
      .innerJoin(connections, eq(connections.applicationId, applicationSecrets.applicationId))
      .where(and(bySecret, eq(connections.id, connectionId ?? ''), eq(connections.vouched, true))),
  ]);
  return {
    application: applicationRows[0]?.application,
    connection,
    /** By what they may be called: id or slug. */
    sourceIds: new Map(
      sourceRows.flatMap(
        ({ id, slug }) =>
          [
            [id, id],
            [slug, id],
          ] as const,
      ),
    ),
  };
}

function requireReturnUrl(application: Application, returnUrl: string | undefined): void {
  if (returnUrl === undefined || application.returnUrls.includes(returnUrl)) return;
  throw invalidBody([
    { path: 'returnUrl', message: 'is not one of the application’s registered return URLs' },
  ]);
}
