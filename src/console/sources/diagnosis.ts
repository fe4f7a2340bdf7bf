import type { TrialRecord } from '../../connect/trial-record.ts';
import { apiChecks } from './diagnosis-api.ts';
import { authorizationChecks, likelyCauses } from './diagnosis-authorization.ts';
import { type Finding, type FindingTexts, type Found, tell } from './diagnosis-finding.ts';
import { grantChecks } from './diagnosis-grant.ts';
import { oauth1Checks } from './diagnosis-oauth1.ts';
import { tokenChecks } from './diagnosis-token.ts';

/**
 * What a trial shows to be wrong with its source, what stopped it first.
 *
 * @param texts how to say it
 * @param seen what the provider's own page said, where the developer got stuck there; null: nobody says so
 */
export function diagnose(texts: FindingTexts, record: TrialRecord, seen: string | null = null): Finding[] {
  return findAll(record, seen).map((found) => tell(texts, found));
}

function findAll(record: TrialRecord, seen: string | null): Found[] {
  if (seen !== null && record.status === 'waiting') return likelyCauses(record, seen);
  // Of what stopped the flow, the first that fits is the reason: the others would only guess.
  const [stopped] = [...authorizationChecks, ...oauth1Checks, ...tokenChecks].flatMap(
    (check) => check(record) ?? [],
  );
  const others = [...grantChecks, ...apiChecks].flatMap((check) => check(record) ?? []);
  return stopped ? [stopped, ...others] : others;
}
