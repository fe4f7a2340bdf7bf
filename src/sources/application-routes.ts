import { and, eq } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { type ApplicationEnv, ownApplication } from '../applications/routes.ts';
import { seal } from '../crypto/seal.ts';
import { applicationSources } from '../db/schema.ts';
import { type Fault, notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownId, shownSecret } from '../openapi/fields.ts';
import { invalidBody, jsonBody, normalizeId } from '../validation.ts';
import { listOffers } from './application-offers.ts';
import { secretHosts } from './endpoints.ts';
import { marker } from './map-write.ts';
import { type ApplicationSource, applicationSecretPlace } from './offer.ts';
import { signingKeyFaults } from './private-key.ts';
import { isOAuth, type Source, secretField } from './source.ts';
import { findVisibleSource } from './store.ts';

interface ChoiceEnv extends ApplicationEnv {
  Variables: ApplicationEnv['Variables'] & { source: Source };
}

const choiceBody = z.strictObject({
  enabled: z._default(z.boolean(), true),
  client_id: z.optional(
    z.nullable(z.string().check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(1024))),
  ),
  client_secret: secretField,
  scopes: z.optional(
    z.nullable(
      z
        .array(
          z
            .string()
            .check(z.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'), z.maxLength(256)),
        )
        .check(z.maxLength(200)),
    ),
  ),
});

const choiceSchema = z
  .object({
    enabled: z.boolean(),
    client_id: z.nullable(z.string()),
    client_secret: shownSecret,
    scopes: z.nullable(z.array(z.string())),
  })
  .register(z.globalRegistry, apiDocs({ id: 'ApplicationSource' }));

const visibleSource: MiddlewareHandler<ChoiceEnv> = async (c, next) => {
  const id = normalizeId(c.req.param('id') ?? '');
  const source = id ? await findVisibleSource(c.var.db, c.var.application.developerId, id) : undefined;
  if (!source) throw notFound('data source');
  c.set('source', source);
  await next();
};

const offerSchema = z
  .object({
    id: shownId,
    slug: z.string(),
    name: z.string(),
    type: z.enum(['oauth2', 'oauth1', 'api_key', 'basic']),
    offered: z.boolean(),
    missing: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'Why it isn’t offered.' })),
    credentials: z
      .enum(['application', 'source', 'platform', 'user', 'none'])
      .register(
        z.globalRegistry,
        apiDocs({ description: 'Whose client its users connect through. `user`: they type a credential.' }),
      ),
    ...choiceSchema.shape,
  })
  .register(z.globalRegistry, apiDocs({ id: 'OfferedSource' }));

/** `/applications/:clientId/sources/:id`: whether an application offers a source, and with whose credentials. */
export const applicationSourceRoutes = new Hono<ChoiceEnv>()
  .get(
    '/applications/:clientId/sources',
    describe({
      id: 'listApplicationSources',
      tag: 'Applications',
      ...apiDocs({
        summary: 'List the data sources an application can offer',
        description:
          'The developer’s own and the platform’s, by slug, with what the application says of each.',
      }),
      answers: { 200: z.array(offerSchema) },
    }),
    requireKey('applications'),
    ownApplication,
    async (c) => {
      const offers = await listOffers(c.var, c.var.application);
      return answer(
        c,
        200,
        offers.map(({ source: { id, slug, definition }, ...offer }) => ({
          id,
          slug,
          name: definition.name,
          type: definition.type as Exclude<typeof definition.type, 'none'>,
          offered: offer.isOffered,
          missing: offer.missing,
          credentials: offer.credentials,
          enabled: offer.isOn,
          client_id: offer.ownClientId,
          client_secret: marker(offer.hasOwnSecret),
          scopes: offer.scopes,
        })),
      );
    },
  )
  .use('/applications/:clientId/sources/:id', requireKey('applications'), ownApplication, visibleSource)
  .put(
    '/applications/:clientId/sources/:id',
    describe({
      id: 'setApplicationSource',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Choose a data source for an application',
        description: 'Whether the application offers it, and with whose credentials: its own come as a pair.',
      }),
      answers: { 200: choiceSchema },
    }),
    jsonBody(choiceBody),
    async (c) => {
      const { db, application, source } = c.var;
      const [before] = await db.select().from(applicationSources).where(isChoice(application.id, source.id));
      const row = await editChoice(c.var, c.req.valid('json'), before);
      await db
        .insert(applicationSources)
        .values(row)
        .onConflictDoUpdate({
          target: [applicationSources.applicationId, applicationSources.sourceId],
          set: row,
        });
      return answer(c, 200, presentChoice(row));
    },
  )
  .delete(
    '/applications/:clientId/sources/:id',
    describe({
      id: 'resetApplicationSource',
      tag: 'Applications',
      ...apiDocs({
        summary: 'Forget an application’s choice of a data source',
      }),
      answers: { 204: null },
    }),
    async (c) => {
      const { db, application, source } = c.var;
      await db.delete(applicationSources).where(isChoice(application.id, source.id));
      return c.body(null, 204);
    },
  );

function isChoice(applicationId: string, sourceId: string) {
  return and(eq(applicationSources.applicationId, applicationId), eq(applicationSources.sourceId, sourceId));
}

/** Own credentials come as a pair; a kept secret goes only with the client ID and the hosts it was entered for. */
async function editChoice(
  { config, application, source, now }: ChoiceEnv['Variables'],
  body: z.output<typeof choiceBody>,
  before: ApplicationSource | undefined,
): Promise<ApplicationSource> {
  const faults: Fault[] = [];
  const clientId = body.client_id === undefined ? (before?.clientId ?? null) : body.client_id;
  const row: ApplicationSource = {
    applicationId: application.id,
    sourceId: source.id,
    enabled: body.enabled,
    clientId: null,
    sealedClientSecret: null,
    secretHosts: null,
    scopes: body.scopes === undefined ? (before?.scopes ?? null) : body.scopes,
    updatedAt: now(),
  };
  const secret = body.client_secret;
  const wantsCredentials = clientId !== null || typeof secret === 'string';
  if (!wantsCredentials) return row;
  if (!isOAuth(source.definition)) {
    throw invalidBody([{ path: 'client_id', message: 'is only for sources of type oauth2 and oauth1' }]);
  }
  const hosts = secretHosts(source, config.publicUrl);
  if (clientId === null) faults.push({ path: 'client_id', message: 'is required with a client_secret' });
  if (typeof secret === 'string') {
    const place = applicationSecretPlace(application.id, source.id);
    row.sealedClientSecret = await seal(config.encryptionKeys, secret, place);
    row.secretHosts = hosts;
    faults.push(...(await signingKeyFaults('client_secret', source.definition, secret)));
  } else if (secret === null || !before?.sealedClientSecret || before.clientId !== clientId) {
    faults.push({ path: 'client_secret', message: 'is required with a client_id' });
  } else if (body.enabled && hosts.some((host) => !before.secretHosts?.includes(host))) {
    faults.push({
      path: 'client_secret',
      message: 'must be entered again: the source’s hosts have changed since',
    });
  } else {
    row.sealedClientSecret = before.sealedClientSecret;
    row.secretHosts = before.secretHosts;
  }
  if (faults.length > 0) throw invalidBody(faults);
  return { ...row, clientId };
}

function presentChoice(row: ApplicationSource) {
  return {
    enabled: row.enabled,
    client_id: row.clientId,
    client_secret: marker(row.sealedClientSecret !== null),
    scopes: row.scopes,
  };
}
