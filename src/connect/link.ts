import { and, eq, gt, sql } from 'drizzle-orm';
import { connectionHolder } from '../calls/held.ts';
import type { Connection } from '../connections/connection.ts';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomSecret } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { applications, authorizations, connections, developers } from '../db/schema.ts';
import { offerAt } from '../sources/host-values.ts';
import { type OAuthOffer, oauthOfferOf, selectSourcesFor } from '../sources/offer.ts';
import { linkMs } from './lifetimes.ts';

type Authorization = typeof authorizations.$inferSelect;

/** A link with all that its steps need, as it was read in one round trip. */
export interface LoadedLink {
  authorization: Authorization;
  connection: Connection;
  developerName: string;
  /** Null where its source is gone or has no credentials any more. */
  offer: OAuthOffer | null;
}

/** What a link is made of. */
interface LinkFields {
  connectionId: string;
  redirectUrl: string;
  scopes: string[];
  confirm: boolean;
}

/**
 * Makes a link that sends a user to a provider for a Connection: the row to store, and the URL to hand out,
 * which is stored nowhere.
 */
export async function newLink({ config, now }: AppEnv['Variables'], fields: LinkFields) {
  const ticket = randomSecret();
  const url = new URL(`/authorize/${ticket}`, config.publicUrl).href;
  const row: Authorization = {
    id: await sha256(ticket),
    ...fields,
    createdAt: now(),
    expiresAt: now() + linkMs,
  };
  return { url, row };
}

/** The id under which a ticket's link is kept. */
export function linkId(ticket: string): Promise<string> {
  return sha256(ticket);
}

/** The statements that read a link. */
export function selectLink(db: Db, authorizationId: string, now: number) {
  const connection = sql`(select ${authorizations.connectionId} from ${authorizations} where ${authorizations.id} = ${authorizationId})`;
  const field = (
    column: typeof connections.developerId | typeof connections.applicationId | typeof connections.sourceId,
  ) => sql`(select ${column} from ${connections} where ${connections.id} = ${connection})`;
  return [
    db
      .select({
        authorization: authorizations,
        connection: connections,
        application: applications,
        developerName: developers.name,
      })
      .from(authorizations)
      .innerJoin(connections, eq(connections.id, authorizations.connectionId))
      .innerJoin(developers, eq(developers.id, connections.developerId))
      .leftJoin(applications, eq(applications.id, connections.applicationId))
      .where(and(eq(authorizations.id, authorizationId), gt(authorizations.expiresAt, now))),
    selectSourcesFor(
      db,
      { id: field(connections.applicationId), developerId: field(connections.developerId) },
      field(connections.sourceId),
    ),
  ] as const;
}

type Selected = ReturnType<typeof selectLink>;

/** Puts together what `selectLink` read; null where there is no such link, or it was spent. */
export function assembleLink(
  [rows, sourceRows]: readonly [Awaited<Selected[0]>, Awaited<Selected[1]>],
  config: AppEnv['Variables']['config'],
): LoadedLink | null {
  const [row] = rows;
  const [sourceRow] = sourceRows;
  if (!row) return null;
  const { application, ...link } = row;
  const offered = sourceRow
    ? oauthOfferOf(sourceRow, connectionHolder(link.connection.developerId, application), config)
    : null;
  return { ...link, offer: offered && offerAt(offered, link.connection.hostValues) };
}
