import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { platformId } from '../access/api-key.ts';
import type { Application } from '../applications/application.ts';
import { open } from '../crypto/seal.ts';
import type { Db } from '../db/client.ts';
import { applicationSources, sources } from '../db/schema.ts';
import type { Config } from '../env.ts';
import type { CredentialDefinition, OAuth2Definition, OAuthDefinition } from './definition.ts';
import { resolveEndpoints, secretHosts } from './endpoints.ts';
import { isOAuth, type Source, secretPlace } from './source.ts';

export type ApplicationSource = typeof applicationSources.$inferSelect;

/** A source with what the application says of it. */
interface SourceRow {
  source: Source;
  choice: ApplicationSource | null;
}

/** A source that an application's users can connect, and the client registration they connect through. */
export interface OAuthOffer {
  source: Source & { definition: OAuthDefinition };
  clientId: string;
  sealedClientSecret: string | null;
  /** Where that secret is sealed to. */
  secretPlace: string;
  /** The credentials are the platform's, lent to another developer. */
  lent: boolean;
  scopes: string[];
}

/** A source whose users type a credential of their own: there is no client. */
interface CredentialOffer {
  source: Source & { definition: CredentialDefinition };
  clientId: null;
  lent: false;
  scopes: never[];
}

/** An offer whose provider speaks OAuth 2. */
export type OAuth2Offer = OAuthOffer & { source: { definition: OAuth2Definition } };

/** Tells it from the others. */
export function isOAuth2Offer(offer: Offer): offer is OAuth2Offer {
  return offer.source.definition.type === 'oauth2';
}

export type Offer = OAuthOffer | CredentialOffer;

/** A list of sources is read without their documents, which may be large. */
const withoutDocument = { ...getTableColumns(sources), document: sql<null>`null` };

/**
 * The statement that reads the sources visible to an application: the platform's and its developer's.
 *
 * @param application its id and its developer's, or the statements that find them
 * @param only the id of the one source wanted
 */
export function selectSourcesFor(
  db: Db,
  application: { id: string | SQL; developerId: string | SQL },
  only?: string | SQL,
) {
  return db
    .select({
      source: only === undefined ? withoutDocument : getTableColumns(sources),
      choice: applicationSources,
    })
    .from(sources)
    .leftJoin(
      applicationSources,
      sql`${applicationSources.sourceId} = ${sources.id} and ${applicationSources.applicationId} = ${application.id}`,
    )
    .where(
      and(
        sql`${sources.developerId} in (${platformId}, ${application.developerId})`,
        only === undefined ? undefined : eq(sources.id, only),
      ),
    )
    .orderBy(sources.slug);
}

/** Who wants a source's users to connect: an application, or a developer without one. */
export interface OfferHolder {
  developerId: string;
  applicationId: string | null;
  /** Whether the sandbox serves it. */
  test: boolean;
}

/** An application as the holder of its offers. */
export function holderOf(application: Application): OfferHolder {
  return { developerId: application.developerId, applicationId: application.id, test: application.test };
}

/**
 * What of a source can be offered to users.
 *
 * @returns null where it is switched off, takes no credentials or has none at hand, or is the sandbox's and
 *   the holder isn't for testing
 */
export function offerOf(row: SourceRow, holder: OfferHolder, config: Config): Offer | null {
  const { source } = row;
  const { definition } = source;
  if (definition.type !== 'api_key' && definition.type !== 'basic') return oauthOfferOf(row, holder, config);
  if (!isOn(row, holder, config)) return null;
  return { source: { ...source, definition }, clientId: null, lent: false, scopes: [] };
}

/** The same for those alone that users authorize at. */
export function oauthOfferOf(row: SourceRow, holder: OfferHolder, config: Config): OAuthOffer | null {
  const { source, choice } = row;
  const { definition } = source;
  if (!isOAuth(definition) || !isOn(row, holder, config)) return null;
  const hosts = secretHosts(source, config.publicUrl);
  const fits = (entered: string[] | null) => hosts.every((host) => entered?.includes(host));
  const oauthSource = { ...source, definition };

  if (choice?.clientId) {
    if (!fits(choice.secretHosts)) return null;
    return {
      source: oauthSource,
      clientId: choice.clientId,
      sealedClientSecret: choice.sealedClientSecret,
      secretPlace: applicationSecretPlace(choice.applicationId, source.id),
      lent: false,
      scopes: choice.scopes ?? definition.scopes,
    };
  }
  const own = source.developerId === holder.developerId;
  const lent = source.credentialsFor === null || source.credentialsFor.includes(holder.developerId);
  if (!source.clientId || !(own || lent) || !fits(source.secretHosts)) return null;
  const scopes = choice?.scopes ?? definition.scopes;
  return {
    source: oauthSource,
    clientId: source.clientId,
    sealedClientSecret: source.sealedClientSecret,
    secretPlace: secretPlace(source.id),
    lent: !own,
    // Somebody else's credentials go no further than the administrator let them.
    scopes: own ? scopes : scopes.filter((scope) => definition.scopes.includes(scope)),
  };
}

function isOn({ source, choice }: SourceRow, holder: OfferHolder, config: Config): boolean {
  return choice?.enabled !== false && (!source.sandbox || (config.sandbox && holder.test));
}

/** Where an offer's API is, and who tells whose account it is. */
export function apiOf({ source }: Offer, publicUrl: URL): { api: URL; metadata: URL | null } {
  const { definition, sandbox } = source;
  if (isOAuth(definition)) return resolveEndpoints(source, publicUrl);
  const api = new URL(definition.api_host_url, sandbox ? publicUrl : undefined);
  return { api, metadata: definition.metadata_url ? new URL(definition.metadata_url, api) : null };
}

/** The client secret of an offer, or null for a public client. */
export async function openClientSecret(offer: OAuthOffer, config: Config): Promise<string | null> {
  if (offer.sealedClientSecret === null) return null;
  return open(config.encryptionKeys, offer.sealedClientSecret, offer.secretPlace);
}

/** Where an application's own client secret for a source is sealed to. */
export function applicationSecretPlace(applicationId: string, sourceId: string): string {
  return `application/${applicationId}/source/${sourceId}/client_secret`;
}
