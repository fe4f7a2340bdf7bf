import type { Application } from '../applications/application.ts';
import type { AppEnv } from '../context.ts';
import { type OfferHolder, offerOf, selectSourcesFor } from './offer.ts';
import { isOAuth, type Source } from './source.ts';

/** A data source as an application offers it, or doesn't. */
export interface SourceOffer {
  source: Source;
  /** The application's own registration at the provider. */
  ownClientId: string | null;
  hasOwnSecret: boolean;
  /** Of the application's choice; null: the source's. */
  scopes: string[] | null;
  isOn: boolean;
  isOffered: boolean;
  /** Whose credentials its users connect through. */
  credentials: 'application' | 'source' | 'platform' | 'user' | 'none';
  /** Why it isn't offered. */
  missing: string | null;
}

/**
 * The data sources an application can offer: the account's own and the platform's, by slug.
 *
 * @param only the id of the one wanted
 */
export async function listOffers(
  { db, config }: Pick<AppEnv['Variables'], 'db' | 'config'>,
  { id, developerId, test }: Pick<Application, 'id' | 'developerId' | 'test'>,
  only?: string,
): Promise<SourceOffer[]> {
  const holder = { developerId, applicationId: id, test };
  const rows = await selectSourcesFor(db, { id, developerId }, only);
  return rows
    .filter(({ source }) => source.definition.type !== 'none' && (config.sandbox || !source.sandbox))
    .map((row) => {
      const { source, choice } = row;
      const isOn = choice?.enabled ?? true;
      const ownClientId = choice?.clientId ?? null;
      const isOffered = offerOf(row, holder, config) !== null;
      const credentials = credentialsOf(source, ownClientId, holder);
      const missing = isOffered ? null : whyNot({ source, isOn, credentials }, holder);
      return {
        source,
        ownClientId,
        hasOwnSecret: Boolean(choice?.sealedClientSecret),
        scopes: choice?.scopes ?? null,
        isOn,
        isOffered,
        credentials,
        missing,
      };
    });
}

function credentialsOf(source: Source, ownClientId: string | null, { developerId }: OfferHolder) {
  if (!isOAuth(source.definition)) return 'user';
  if (ownClientId !== null) return 'application';
  if (source.clientId === null) return 'none';
  if (source.developerId === developerId) return 'source';
  const isLent = source.credentialsFor === null || source.credentialsFor.includes(developerId);
  return isLent ? 'platform' : 'none';
}

function whyNot(
  { source, isOn, credentials }: Pick<SourceOffer, 'source' | 'isOn' | 'credentials'>,
  { test }: OfferHolder,
): string {
  if (!isOn) return 'Switched off';
  if (source.sandbox && !test) return 'For test applications only';
  if (credentials === 'none') return 'Needs credentials';
  // What is left: its hosts are others than those the secret was entered for.
  return 'Needs its secret again';
}
