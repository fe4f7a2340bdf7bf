import { and, desc, eq, or, type SQL, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import {
  accessTokenPrefix,
  hashAccessToken,
  invalidAccessToken,
  isLiveToken,
  isWithinReach,
  noteUse,
  selectTokenHolder,
  tokenValues,
} from '../access/access-token.ts';
import { authenticateBeside, hasScope, platformId } from '../access/api-key.ts';
import { bearerToken } from '../access/bearer.ts';
import type { Application } from '../applications/application.ts';
import type { Connection } from '../connections/connection.ts';
import type { AppEnv } from '../context.ts';
import type { Db } from '../db/client.ts';
import { prepared } from '../db/prepared.ts';
import { accessTokens, applicationSources, applications, connections, sources } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { hostOf } from '../sources/endpoints.ts';
import { offerAt } from '../sources/host-values.ts';
import { apiOf, holderOf, type Offer, type OfferHolder, offerOf } from '../sources/offer.ts';
import { normalizeId } from '../validation.ts';

/** A Connection in force, with what is needed to call its provider. */
export interface HeldConnection {
  connection: Connection;
  offer: Offer;
}

/** A Connection as it was read for a call, which may turn out to be dead. */
interface HeldRow {
  connection: Connection;
  source: typeof sources.$inferSelect;
  choice: typeof applicationSources.$inferSelect | null;
  application: Application | null;
}

/** Whose Connection is called, as a request names it. */
interface Named {
  /** One of the two is the data source's. */
  sourceId: string;
  slug: string;
  connectionId: string | null;
}

const ofNamedSource = or(
  eq(sources.id, sql.placeholder('sourceId')),
  eq(sources.slug, sql.placeholder('slug')),
);
const ofNamed = eq(connections.id, sql.placeholder('connectionId'));

const columns = {
  connection: connections,
  source: sources,
  choice: applicationSources,
  application: applications,
};

const ofSource = eq(sources.id, connections.sourceId);
const ofApplication = eq(applications.id, connections.applicationId);
const ofChoice = and(
  eq(applicationSources.sourceId, connections.sourceId),
  eq(applicationSources.applicationId, connections.applicationId),
);

/** The statement that reads Connections with what calling their providers takes. */
export function selectHeld(db: Db, which: SQL | undefined) {
  return db
    .select(columns)
    .from(connections)
    .innerJoin(sources, ofSource)
    .leftJoin(applications, ofApplication)
    .leftJoin(applicationSources, ofChoice)
    .where(which);
}

/**
 * Who calls, and the Connection to call with, in one round trip: an access token's user's, the newest one where
 * several are there and none is named; or with an API key the one that `X-Connection-Id` names.
 *
 * @param source the id or slug of the data source
 * @throws Failure where there is none, or it is dead
 */
export async function findHeldConnection(c: Context<AppEnv>, source: string): Promise<HeldConnection> {
  const bearer = bearerToken(c.req.header('Authorization'));
  const wanted = c.req.header('X-Connection-Id');
  const named = {
    sourceId: normalizeId(source) ?? '',
    slug: source,
    connectionId: wanted === undefined ? null : (normalizeId(wanted) ?? ''),
  };
  const row = bearer.startsWith(accessTokenPrefix)
    ? await findForUser(c, bearer, named)
    : await findForKey(c, bearer, named);
  return requireLive(c.var, row);
}

const selectNewestOfUser = prepared((db) => selectOfUser(db, ofNamedSource));
const selectNamedOfUser = prepared((db) => selectOfUser(db, and(ofNamedSource, ofNamed)));

function selectOfUser(db: Db, named: SQL | undefined) {
  return db
    .select(columns)
    .from(accessTokens)
    .innerJoin(connections, isWithinReach)
    .innerJoin(sources, ofSource)
    .leftJoin(applications, ofApplication)
    .leftJoin(applicationSources, ofChoice)
    .where(and(isLiveToken, named))
    .orderBy(desc(connections.complete), desc(connections.createdAt), sql`${connections}.rowid desc`)
    .limit(1);
}

async function findForUser(c: Context<AppEnv>, bearer: string, named: Named): Promise<HeldRow> {
  const { db, now, waitUntil } = c.var;
  const token = tokenValues(await hashAccessToken(bearer), now());
  const select = named.connectionId === null ? selectNewestOfUser : selectNamedOfUser;
  const [[holder], [row]] = await db.batch([
    selectTokenHolder(db, token),
    select(db, { ...token, ...named }),
  ]);
  if (!holder) throw invalidAccessToken();
  const used = noteUse(db, holder.token, now());
  if (used) waitUntil(used.run());
  if (!row) throw notFound('Connection of this user to that data source');
  return row;
}

async function findForKey(
  c: Context<AppEnv>,
  bearer: string,
  { sourceId, slug, connectionId }: Named,
): Promise<HeldRow> {
  const { db } = c.var;
  const named = and(
    or(eq(sources.id, sourceId), eq(sources.slug, slug)),
    eq(connections.id, connectionId ?? ''),
  );
  const { caller, beside } = await authenticateBeside(c.var, bearer, (developerId) =>
    selectHeld(db, and(named, sql`${connections.developerId} = ${developerId}`)).limit(1),
  );
  if (!hasScope(caller, 'calls')) {
    throw new Failure('insufficient_scope', 'This API key lacks the scope calls.');
  }
  if (connectionId === null) {
    throw new Failure(
      'invalid_request',
      'With an API key, X-Connection-Id names the Connection to call with.',
    );
  }
  const [row] = beside;
  if (!row) throw notFound('Connection to that data source');
  return row;
}

/**
 * The Connection where it can be used.
 *
 * @throws Failure `invalid_grant` where its grant is gone, or its source isn't where it was granted
 */
export function requireLive(
  { config }: Pick<AppEnv['Variables'], 'config'>,
  { connection, application, ...row }: HeldRow,
): HeldConnection {
  if (!connection.complete || connection.sealedTokens === null) {
    throw deadGrant('This Connection has no live grant. The user has to connect again.');
  }
  const offered = offerOf(row, connectionHolder(connection.developerId, application), config);
  const offer = offered && offerAt(offered, connection.hostValues);
  if (!offer || offer.clientId !== connection.registration) {
    throw deadGrant('This Connection’s data source is switched off, or has other credentials now.');
  }
  const { api } = apiOf(offer, config.publicUrl);
  if (!isReachable({ connection, offer }, api, config)) {
    throw deadGrant(
      'This Connection’s data source has moved to another host since. The user has to connect again.',
    );
  }
  return { connection, offer };
}

/** Whether a Connection's tokens may go to a URL's host: those go that its source had when it was granted. */
export function isReachable(
  { connection }: HeldConnection,
  url: URL,
  { publicUrl }: AppEnv['Variables']['config'],
): boolean {
  return connection.hosts?.includes(hostOf(url, publicUrl)) ?? false;
}

/** Who a Connection's offer is held by: its application, or its developer. The administrator may try the sandbox. */
export function connectionHolder(developerId: string, application: Application | null): OfferHolder {
  return application
    ? holderOf(application)
    : { developerId, applicationId: null, test: developerId === platformId };
}

/** The caller can't mend it, and neither can a repetition: hence 409. */
export function deadGrant(description: string): Failure {
  return new Failure('invalid_grant', description, { status: 409 });
}
