import type { Context } from 'hono';
import { connectionHolder } from '../calls/held.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { apiOf, type Offer, offerOf } from '../sources/offer.ts';
import { callbackUrl, type Source } from '../sources/source.ts';
import { noFacts, type TrialRecord } from './trial-record.ts';

// What is tried, and by whom.

/** Whose a trial is: nobody else sees it. */
export interface TrialOwner {
  developerId: string;
  /** Who is signed in to the console; null: whoever holds the administrator's token. */
  personId: string | null;
}

/** Whether a trial is this person's, however often they have signed in since. */
export function isTrialOf(record: TrialRecord, { developerId, personId }: TrialOwner): boolean {
  return record.developerId === developerId && record.personId === personId;
}

/** What of a source its developer can try, with the source's own credentials; null: there are none at hand. */
export function trialOffer(
  source: Source,
  developerId: string,
  config: AppEnv['Variables']['config'],
): Offer | null {
  return offerOf({ source, choice: null }, connectionHolder(developerId, null), config);
}

/** Where the console shows a trial. */
export function trialPath({ sourceId, id }: Pick<TrialRecord, 'sourceId' | 'id'>): string {
  return `/console/sources/${sourceId}/test/${id}`;
}

/** The URL of a sample call, as the metadata URL is read; null where that leaves the API's host. */
export function sampleUrl(offer: Offer, sample: string, publicUrl: URL): string | null {
  const { api, metadata } = apiOf(offer, publicUrl);
  const url = URL.parse(sample, api.href);
  return url && (url.origin === api.origin || url.href === metadata?.href) ? url.href : null;
}

/** The record of a trial that begins. */
export function newRecord(
  c: Context<AppEnv>,
  { developerId, personId }: TrialOwner,
  offer: Offer,
  sample: string | null,
): TrialRecord {
  const { config, now } = c.var;
  return {
    id: randomId(),
    developerId,
    personId,
    sourceId: offer.source.id,
    definition: offer.source.definition,
    clientId: offer.clientId,
    redirectUri: callbackUrl(offer.source.id, config),
    scopes: offer.scopes,
    startedAt: now(),
    status: 'waiting',
    authorizationUrl: null,
    authorization: null,
    callback: null,
    lost: null,
    sample,
    exchanges: [],
    facts: { ...noFacts },
  };
}
