import { and, eq, sql } from 'drizzle-orm';
import type { Context, MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireKey } from '../access/api-key.ts';
import { connectionHolder } from '../calls/held.ts';
import { isUniquenessConflict } from '../connections/complete.ts';
import { type Connection, connectionSchema, redirectUrlFault } from '../connections/connection.ts';
import { changeAuth, patchBody, scopeList } from '../connections/patch.ts';
import { type ConnectionEnv, ownConnection, showConnection } from '../connections/routes.ts';
import { unfailed } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { applicationSources, applications, authorizations, connections } from '../db/schema.ts';
import { Failure, type Fault, notFound } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { hostValuesField, settleHosts } from '../sources/host-values.ts';
import { endpointScopes } from '../sources/map-endpoint.ts';
import { type OAuthOffer, oauthOfferOf } from '../sources/offer.ts';
import { isOAuth, type Source } from '../sources/source.ts';
import { findVisibleSource } from '../sources/store.ts';
import { invalidBody, jsonBody, normalizeId, parseBody } from '../validation.ts';
import { newLink } from './link.ts';

interface MapEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & { source: Source };
}

const createBody = z.looseObject({
  name: z.optional(z.string().check(z.maxLength(200, 'must be at most 200 characters'))),
  redirect_url: z.optional(z.string().check(z.maxLength(2048))),
  scopes: z.optional(scopeList),
  endpoints: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(200))),
  confirm: z.optional(z.boolean()),
  values: hostValuesField,
});

const linkUrl = z
  .string()
  .register(z.globalRegistry, apiDocs({ format: 'uri', description: 'Where to send the user.' }));

const linkedSchema = z
  .extend(connectionSchema, { redirect_url: linkUrl, redirectUrl: linkUrl })
  .register(z.globalRegistry, apiDocs({ id: 'LinkedConnection' }));

const changedSchema = z
  .extend(connectionSchema, { redirect_url: z.optional(linkUrl), redirectUrl: z.optional(linkUrl) })
  .register(z.globalRegistry, apiDocs({ id: 'ChangedConnection' }));

/** Loads the data source of `:id`, which must be the caller's or the platform's: before the body is looked at. */
const visibleSource: MiddlewareHandler<MapEnv> = async (c, next) => {
  const id = normalizeId(c.req.param('id') ?? '');
  const source = id ? await findVisibleSource(c.var.db, c.var.caller.developerId, id) : undefined;
  if (!source) throw notFound('map');
  c.set('source', source);
  await next();
};

/** `POST /maps/:id/connections`: a Connection, and the link that sends its user to the provider. */
const createRoute = new Hono<MapEnv>().post(
  '/maps/:id/connections',
  describe({
    id: 'createConnection',
    tag: 'Connections',
    ...apiDocs({
      summary: 'Make a Connection, and the link that sends its user to the provider',
      description:
        'The user ends up at `redirect_url`, else the map’s, with `connection_id` and a single-use `connection_code` in its query.',
      body: { schema: createBody, required: false },
    }),
    answers: { 201: linkedSchema },
  }),
  requireKey('connections:write'),
  visibleSource,
  async (c) => {
    const { db, source, caller, now } = c.var;
    const body = parseBody(createBody, await optionalJson(c));
    const redirectUrl = requireRedirectUrl(c.var, body.redirect_url ?? source.redirectUrl);
    const holder = connectionHolder(caller.developerId, null);
    const offered = requireOffer(c.var, { source, choice: null }, holder);
    const { offer, hostValues } = settleHosts(offered, body.values);
    const scopes = askedScopes(source, body, offer);
    const row: Connection = {
      id: randomId(),
      developerId: caller.developerId,
      sourceId: source.id,
      applicationId: null,
      endUserId: null,
      clientUserId: null,
      runId: null,
      vouched: true,
      name: body.name ?? null,
      complete: false,
      authorized: false,
      scopesRequested: scopes,
      scopesGranted: [],
      sealedTokens: null,
      tokenExpiresAt: null,
      tokenStaleAt: null,
      refreshDueAt: null,
      ...unfailed,
      refreshedAt: null,
      accessTokenHash: null,
      registration: offer.clientId,
      hosts: null,
      hostValues,
      metadata: null,
      redirectUrl,
      uniqueValue: null,
      uniquenessKey: null,
      grantedAt: null,
      announced: false,
      createdAt: now(),
      updatedAt: now(),
    };
    const link = await newLink(c.var, {
      connectionId: row.id,
      redirectUrl,
      scopes,
      confirm: body.confirm ?? false,
    });
    await db.batch([db.insert(connections).values(row), db.insert(authorizations).values(link.row)]);
    const shown = await showConnection(c.var, row, source.definition);
    return answer(c, 201, { ...shown, redirect_url: link.url, redirectUrl: link.url });
  },
);

/** `PATCH /connections/:id`: what its owner may change; asking for more scopes answers with a link. */
const patchRoute = new Hono<ConnectionEnv>().patch(
  '/connections/:id',
  describe({
    id: 'updateConnection',
    tag: 'Connections',
    ...apiDocs({
      summary: 'Change a Connection',
      description:
        'A whole Connection sent back does nothing. Asking for more `scopes` or `endpoints` is answered with a link for the user.',
      errors: { 409: ['conflict'] },
    }),
    answers: { 200: changedSchema },
  }),
  requireKey('connections:write'),
  ownConnection,
  jsonBody(patchBody),
  async (c) => {
    const { db, definition } = c.var;
    const body = c.req.valid('json');
    for (let connection = c.var.connection, attempt = 0; attempt < attempts; attempt += 1) {
      const { stored, link } = await applyPatch(c, connection, body);
      if (stored) {
        const shown = await showConnection(c.var, stored, definition);
        return answer(c, 200, link ? { ...shown, redirect_url: link.url, redirectUrl: link.url } : shown);
      }
      // A refresh came between: what is asked is held against what is there now.
      const [now] = await db.select().from(connections).where(eq(connections.id, connection.id));
      if (!now) throw notFound('Connection');
      connection = now;
    }
    throw new Failure('conflict', 'The Connection’s tokens are changing. Read it again, then repeat.');
  },
);

const attempts = 3;

/** Nothing is stored where the tokens aren't those that were read, or somebody is refreshing those to be amended. */
async function applyPatch(
  c: Context<ConnectionEnv>,
  connection: Connection,
  body: z.output<typeof patchBody>,
) {
  const { db, now } = c.var;
  const authChange = await changeAuth(c.var, connection, body);
  const changed: Connection = { ...connection, ...authChange };
  const asksForScopes = body.scopes !== undefined || body.endpoints !== undefined;
  const link = asksForScopes ? await askForScopes(c, changed, body) : null;
  if (link) changed.authorized = false;
  const ofGrant = asksForScopes || Object.keys(authChange).length > 0;
  const { scopesRequested, authorized } = changed;
  const update = db
    .update(connections)
    .set({
      ...authChange,
      ...(ofGrant ? { scopesRequested, authorized } : {}),
      name: body.name,
      metadata: body.metadata,
      updatedAt: now(),
    })
    .where(
      and(
        eq(connections.id, connection.id),
        ofGrant ? sql`${connections.sealedTokens} is ${connection.sealedTokens}` : undefined,
        authChange.accessTokenHash !== connection.accessTokenHash
          ? undefined
          : sql`coalesce(${connections.refreshLeaseUntil}, 0) <= ${now()}`,
      ),
    )
    .returning();
  const batch = [update, ...(link ? [db.insert(authorizations).values(link.row)] : [])] as const;
  const [[stored]] = await db.batch(batch).catch((error: unknown) => {
    if (!isUniquenessConflict(error)) throw error;
    throw new Failure('conflict', 'Another Connection of this remote account is in force.');
  });
  return { stored, link };
}

export const connectionLinkRoutes = new Hono().route('/', createRoute).route('/', patchRoute);

/** The link of a PATCH that asks for scopes: null where it doesn't, or where they are granted already. */
async function askForScopes(
  c: Context<ConnectionEnv>,
  changed: Connection,
  body: z.output<typeof patchBody>,
) {
  const { db, caller } = c.var;
  const source = await findVisibleSource(db, caller.developerId, changed.sourceId);
  if (!source)
    throw invalidBody([{ path: 'scopes', message: 'can’t be asked for: the data source is gone' }]);
  const [holder] = await db
    .select({ application: applications, choice: applicationSources })
    .from(applications)
    .leftJoin(
      applicationSources,
      and(eq(applicationSources.applicationId, applications.id), eq(applicationSources.sourceId, source.id)),
    )
    .where(sql`${applications.id} = ${changed.applicationId}`);
  const offer = requireOffer(
    c.var,
    { source, choice: holder?.choice ?? null },
    connectionHolder(caller.developerId, holder?.application ?? null),
  );
  const asked = askedScopes(source, body, offer);
  const granted = changed.scopesGranted ?? changed.scopesRequested;
  changed.scopesRequested = asked;
  if (changed.complete && asked.every((scope) => granted.includes(scope))) {
    changed.authorized = true;
    return null;
  }
  const redirectUrl = requireRedirectUrl(c.var, changed.redirectUrl ?? source.redirectUrl);
  return newLink(c.var, { connectionId: changed.id, redirectUrl, scopes: asked, confirm: false });
}

/** The scopes a body asks for by name or by endpoint, else the source's; lent credentials go no further than that. */
function askedScopes(
  source: Source,
  body: { scopes?: string[] | undefined; endpoints?: string[] | undefined },
  offer: OAuthOffer,
): string[] {
  const faults: Fault[] = [];
  const ofEndpoints = endpointScopes(source.document ?? {}, body.endpoints ?? []);
  for (const name of ofEndpoints.ok ? [] : ofEndpoints.unknown) {
    faults.push({ path: 'endpoints', message: `may not hold ${name}: the map has no such endpoint` });
  }
  const named = [...(body.scopes ?? []), ...(ofEndpoints.ok ? ofEndpoints.scopes : [])];
  const asked =
    body.scopes === undefined && body.endpoints === undefined ? offer.scopes : [...new Set(named)];
  if (offer.lent) {
    for (const scope of asked.filter((wanted) => !offer.source.definition.scopes.includes(wanted))) {
      faults.push({
        path: 'scopes',
        message: `may not hold ${scope}: the platform’s credentials don’t go that far`,
      });
    }
  }
  if (faults.length > 0) throw invalidBody(faults);
  return asked;
}

function requireOffer(
  { config }: AppEnv['Variables'],
  row: Parameters<typeof oauthOfferOf>[0],
  holder: Parameters<typeof oauthOfferOf>[1],
): OAuthOffer {
  const offer = oauthOfferOf(row, holder, config);
  if (offer) return offer;
  const reason = isOAuth(row.source.definition)
    ? 'has no credentials that may be used here'
    : `is of type ${row.source.definition.type}, which nobody authorizes`;
  throw new Failure('invalid_request', `This data source ${reason}.`);
}

function requireRedirectUrl({ config }: AppEnv['Variables'], redirectUrl: string | null): string {
  if (redirectUrl === null) {
    throw invalidBody([{ path: 'redirect_url', message: 'is required, since the map has none' }]);
  }
  const fault = redirectUrlFault(redirectUrl, config);
  if (fault) throw invalidBody([{ path: 'redirect_url', message: fault }]);
  return redirectUrl;
}

/** A body that may be absent. */
async function optionalJson(c: Context<MapEnv>): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Failure('invalid_request', 'The body is not JSON.');
  }
}
