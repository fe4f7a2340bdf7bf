import type { Context } from 'hono';
import { type OfferHolder, offerOf, selectSourcesFor } from '../../sources/offer.ts';
import { isOAuth, type Source } from '../../sources/source.ts';
import type { ConsoleEnv } from '../env.ts';
import type { ShownApplication } from './own.ts';

/** A data source as an application offers it, or doesn't. */
export interface SourceOffer {
  source: Source;
  /** The application's own registration at the provider. */
  ownClientId: string | null;
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
  c: Context<ConsoleEnv>,
  application: ShownApplication,
  only?: string,
): Promise<SourceOffer[]> {
  const { db, config, caller } = c.var;
  const holder = {
    developerId: caller.developerId,
    applicationId: application.clientId,
    test: application.test,
  };
  const rows = await selectSourcesFor(
    db,
    { id: application.clientId, developerId: caller.developerId },
    only,
  );
  return rows
    .filter(({ source }) => source.definition.type !== 'none' && (config.sandbox || !source.sandbox))
    .map((row) => {
      const { source, choice } = row;
      const isOn = choice?.enabled ?? true;
      const isOffered = offerOf(row, holder, config) !== null;
      const ownClientId = choice?.clientId ?? null;
      const credentials = credentialsOf(source, ownClientId, holder);
      const missing = isOffered ? null : whyNot({ source, isOn, credentials }, holder);
      return { source, ownClientId, scopes: choice?.scopes ?? null, isOn, isOffered, credentials, missing };
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
