import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { environmentSecrets } from '../sources/environment.ts';
import { offerAt } from '../sources/host-values.ts';
import { isOAuth2Offer, type OAuthOffer, openClientSecret } from '../sources/offer.ts';
import { clientAuthMethod } from '../sources/source.ts';
import { findSource } from '../sources/store.ts';
import { receive } from './receive.ts';
import type { AuthorizationState, Subject } from './state.ts';
import { attemptTokens } from './trial-attempts.ts';
import { conclude, newRun } from './trial-live.ts';
import { loadTrial, saveTrial, storeOf, type TrialFacts, type TrialRecord } from './trial-record.ts';
import { type Known, showParameters } from './trial-redact.ts';
import { callTheApi, type TrialRun, tryRefresh, tryRevocation } from './trial-run.ts';
import { newRecord, trialOffer, trialPath } from './trial-subject.ts';

type TrialSubject = Extract<Subject, { kind: 'trial' }>;

/**
 * Completes a trial: once, behind the answer, with all that users' flows do and a little more.
 *
 * @returns where the browser goes: the page that shows it
 */
export async function completeTrial(
  c: Context<AppEnv>,
  state: AuthorizationState,
  subject: TrialSubject,
  claimId: string,
  params: URLSearchParams,
): Promise<string> {
  const { db, config, now } = c.var;
  const location = trialPath({ sourceId: state.sourceId, id: subject.trialId });
  const claimedBy = randomId();
  const [, claim] = await repeatable(() =>
    db.batch([takeClaim(db, { id: claimId, claimedBy, now: now() }), selectClaim(db, claimId)] as const),
  );
  if (!isClaimed(claim, claimedBy)) return location;
  const source = await findSource(db, subject.developerId, state.sourceId);
  const offered = source ? trialOffer(source, subject.developerId, config) : null;
  if (!offered || offered.clientId === null || offered.clientId !== state.clientId) return location;
  const offer = offerAt(offered, state.hostValues);
  // KV may lag: then the first step is missing, and no more.
  const kept = await loadTrial(storeOf(c), subject.trialId);
  const record = kept ?? { ...newRecord(c, subject, offer, subject.sample), id: subject.trialId };
  const known = await knownOf(c, offer, state, params);
  record.status = 'running';
  record.authorizationUrl = null;
  record.callback = showParameters(params, known);
  await saveTrial(storeOf(c), record).catch(() => {});
  const run = newRun(c, record, known);
  const { facts } = record;
  c.var.waitUntil(conclude(c, record, run, () => goThrough(run, record, facts, offer, { state, params })));
  return location;
}

async function goThrough(
  run: TrialRun,
  record: TrialRecord,
  facts: TrialFacts,
  offer: OAuthOffer,
  callback: { state: AuthorizationState; params: URLSearchParams },
): Promise<void> {
  const { parts, recorder, known } = run;
  const { definition } = offer.source;
  const isExchanged = definition.type === 'oauth2' && definition.token_exchange_url !== undefined;
  recorder.expect(isExchanged ? ['token', 'token', 'metadata'] : ['token', 'metadata']);
  const received = await receive(parts, offer, callback.state, callback.params);
  await recorder.settled();
  if (!received.ok) {
    const { error, errorDescription } = received.failure;
    const [refused, exchange] = recorder.exchanges(known).filter(({ step }) => step === 'token');
    facts.failure = {
      step: refused ? 'token' : 'callback',
      error: error ?? 'provider_error',
      description: errorDescription,
      kind: null,
    };
    // A code that was redeemed is spent.
    if (!refused || exchange || !isOAuth2Offer(offer)) return;
    const secret = await openClientSecret(offer, parts.config);
    const method = clientAuthMethod(offer.source.definition, secret);
    const gained = await attemptTokens(parts, offer, method, refused, { ...callback, recorder });
    facts.revocation = await tryRevocation(run, offer, gained, { ...record, uniqueValue: null });
    return;
  }
  const { tokens, account } = received;
  const at = received.offer;
  facts.granted = {
    scopes: tokens.scopes,
    expiresInMs: tokens.expiresAt === null ? null : tokens.expiresAt - parts.now(),
    hasRefreshToken: tokens.refreshToken !== null,
  };
  facts.account = account.answered === null ? null : { uniqueValue: account.uniqueValue, name: account.name };
  if (!isOAuth2Offer(at)) return callTheApi(run, record, at, tokens);
  const refreshed = await tryRefresh(run, at, tokens);
  facts.refresh = refreshed.refresh;
  await callTheApi(run, record, at, refreshed.tokens);
  const { uniqueValue } = account;
  facts.revocation = await tryRevocation(run, at, [refreshed.tokens], { ...record, uniqueValue });
}

/** The secrets of an authorization, before there are tokens. */
async function knownOf(
  { var: { config } }: Context<AppEnv>,
  offer: OAuthOffer,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Known> {
  const { key, codeVerifier, temporarySecret } = state;
  const secrets = [
    await openClientSecret(offer, config),
    key,
    codeVerifier,
    temporarySecret,
    params.get('code'),
    params.get('oauth_verifier'),
    ...(await environmentSecrets(offer.source, config)),
  ];
  return new Set(secrets.filter((secret) => secret !== null && secret !== '') as string[]);
}
