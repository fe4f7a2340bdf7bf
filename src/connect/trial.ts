import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import { connectionHolder } from '../calls/held.ts';
import { identifyAccount } from '../calls/metadata.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { Failure } from '../errors.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import { offerAt } from '../sources/host-values.ts';
import { apiOf, type OAuthOffer, type Offer, offerOf, openClientSecret } from '../sources/offer.ts';
import { callbackUrl, clientAuthMethod, type Source } from '../sources/source.ts';
import { findSource } from '../sources/store.ts';
import { startAuthorization } from './authorize.ts';
import { receive } from './receive.ts';
import { cookieOptions, readOwnCookie } from './run.ts';
import type { AuthorizationState, Subject } from './state.ts';
import { attemptTokens, signatureDepartures } from './trial-attempts.ts';
import {
  loadTrial,
  noFacts,
  saveTrial,
  type TrialFacts,
  type TrialRecord,
  type TrialStore,
  trialMs,
} from './trial-record.ts';
import { type Recorder, recordOutbound } from './trial-recorder.ts';
import { type Known, showParameters } from './trial-redact.ts';
import {
  attemptApi,
  type OAuth2Offer,
  type TrialRun,
  tryRefresh,
  tryRevocation,
  trySample,
} from './trial-run.ts';

/** KV takes a key no more often. */
const saveEveryMs = 1_100;

type TrialSubject = Extract<Subject, { kind: 'trial' }>;

/** Whose a trial is: nobody else sees it. */
export interface TrialOwner {
  developerId: string;
  /** Of the sign-in to the console. */
  familyId: string;
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

/**
 * Starts a trial of an offer that users authorize at: the developer is sent where users are, with this browser's
 * cookies. What goes wrong before that is in the record.
 *
 * @param offer at the hosts that `hostValues` say
 * @param sample what to call with the tokens: a path on the API's host, or a URL there; null: nothing
 */
export async function startTrial(
  c: Context<AppEnv>,
  owner: TrialOwner,
  offer: OAuthOffer,
  hostValues: Record<string, string> | null,
  sample: string | null,
): Promise<TrialRecord> {
  const { config, outbound, now } = c.var;
  const recorder = recordOutbound(outbound, now);
  const record = newRecord(c, owner, offer, sample);
  const subject: Subject = { kind: 'trial', trialId: record.id, ...owner, sample };
  const known: Known = new Set();
  const secret = await openClientSecret(offer, config);
  if (secret !== null) known.add(secret);
  recorder.expect(['temporary']);
  c.set('outbound', recorder.outbound);
  try {
    const url = await startAuthorization(c, offer, subject, offer.scopes, hostValues);
    record.authorizationUrl = url.href;
    record.authorization = {
      endpoint: url.origin + url.pathname,
      params: showParameters(url.searchParams, known),
    };
    setCookie(c, cookieName(offer.source.id), record.id, {
      ...cookieOptions(config),
      maxAge: trialMs / 1000,
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await attemptSignatures(c, offer, subject, hostValues, recorder);
    record.status = 'ended';
    const { kind = null } = (error.cause ?? {}) as { kind?: string };
    record.facts.failure = { step: 'temporary', error: error.code, description: error.message, kind };
  } finally {
    c.set('outbound', outbound);
  }
  await recorder.settled();
  record.exchanges = recorder.exchanges(known);
  await saveTrial(storeOf(c), record);
  return record;
}

/** An OAuth 1.0a provider that refused a signature is asked by the other methods. */
async function attemptSignatures(
  c: Context<AppEnv>,
  offer: OAuthOffer,
  subject: Subject,
  hostValues: Record<string, string> | null,
  recorder: Recorder,
): Promise<void> {
  const { definition } = offer.source;
  await recorder.settled();
  const said = recorder.exchanges(new Set()).at(-1)?.answer;
  const isRefused = said && (said.status === 401 || /signature/i.test(JSON.stringify(said)));
  if (definition.type !== 'oauth1' || !isRefused) return;
  for (const { attempt, definition: changed } of signatureDepartures(definition)) {
    recorder.expect(['temporary'], attempt);
    const at = { ...offer, source: { ...offer.source, definition: changed } };
    try {
      await startAuthorization(c, at, subject, offer.scopes, hostValues);
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}

/** Tries a credential that the developer typed. It is kept nowhere. */
export async function startCredentialTrial(
  c: Context<AppEnv>,
  owner: TrialOwner,
  offer: Offer,
  tokens: TokenSet,
  sample: string | null,
): Promise<TrialRecord> {
  const record = newRecord(c, owner, offer, sample);
  record.status = 'running';
  const run = newRun(c, record, new Set([tokens.accessToken]));
  await saveTrial(storeOf(c), record);
  c.var.waitUntil(
    conclude(c, record, run, async () => {
      run.recorder.expect(['metadata']);
      const account = await identifyAccount(run.parts, offer, tokens, {});
      record.facts.account =
        account.answered === null ? null : { uniqueValue: account.uniqueValue, name: account.name };
      await callTheApi(run, record, offer, tokens);
    }),
  );
  return record;
}

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
  recorder.expect(['token', 'metadata']);
  const received = await receive(parts, offer, callback.state, callback.params);
  await recorder.settled();
  if (!received.ok) {
    const { error, errorDescription } = received.failure;
    const refused = recorder.exchanges(known).find(({ step }) => step === 'token');
    facts.failure = {
      step: refused ? 'token' : 'callback',
      error: error ?? 'provider_error',
      description: errorDescription,
      kind: null,
    };
    const { definition } = offer.source;
    if (!refused || definition.type !== 'oauth2') return;
    const oauth2 = offer as OAuth2Offer;
    const secret = await openClientSecret(offer, parts.config);
    const method = clientAuthMethod(definition, secret);
    const gained = await attemptTokens(parts, oauth2, method, refused, { ...callback, recorder });
    facts.revocation = await tryRevocation(run, oauth2, gained, { ...record, uniqueValue: null });
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
  if (at.clientId === null || at.source.definition.type !== 'oauth2')
    return callTheApi(run, record, at, tokens);
  const oauth2 = at as OAuth2Offer;
  const refreshed = await tryRefresh(run, oauth2, tokens);
  facts.refresh = refreshed.refresh;
  await callTheApi(run, record, at, refreshed.tokens);
  const { uniqueValue } = account;
  facts.revocation = await tryRevocation(run, oauth2, [refreshed.tokens], { ...record, uniqueValue });
}

async function callTheApi(run: TrialRun, record: TrialRecord, offer: Offer, tokens: TokenSet): Promise<void> {
  const { publicUrl } = run.parts.config;
  const sample = record.sample === null ? null : sampleUrl(offer, record.sample, publicUrl);
  if (sample !== null) await trySample(run, offer, tokens, sample);
  const metadata = apiOf(offer, publicUrl).metadata?.href ?? null;
  await attemptApi(run, offer, tokens, { metadata, sample });
}

/** The URL of a sample call, as the metadata URL is read; null where that leaves the API's host. */
export function sampleUrl(offer: Offer, sample: string, publicUrl: URL): string | null {
  const { api, metadata } = apiOf(offer, publicUrl);
  const url = URL.parse(sample, api.href);
  return url && (url.origin === api.origin || url.href === metadata?.href) ? url.href : null;
}

/** A run that stores what it has done so far, while it goes on. */
interface LiveRun extends TrialRun {
  /** Puts the rest into the record, and stores nothing any more. */
  stop(): Promise<void>;
}

function newRun(c: Context<AppEnv>, record: TrialRecord, known: Known): LiveRun {
  const { now } = c.var;
  const before = record.exchanges;
  let savedAt = now();
  let saving = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const collect = () => {
    record.exchanges = [...before, ...recorder.exchanges(known)];
  };
  const save = () => {
    timer = null;
    savedAt = now();
    collect();
    saving = saveTrial(storeOf(c), record).catch(() => {});
  };
  const recorder = recordOutbound(c.var.outbound, now, () => {
    timer ??= setTimeout(save, Math.max(0, savedAt + saveEveryMs - now()));
  });
  return {
    parts: { ...c.var, outbound: recorder.outbound },
    recorder,
    known,
    async stop() {
      await recorder.settled();
      if (timer !== null) clearTimeout(timer);
      await saving;
      collect();
    },
  };
}

/** Goes through a trial's steps, and keeps what came of them, whatever it was. */
async function conclude(
  c: Context<AppEnv>,
  record: TrialRecord,
  run: LiveRun,
  steps: () => Promise<void>,
): Promise<void> {
  try {
    await steps();
  } catch (error) {
    if (!(error instanceof OutboundError)) {
      const failure = error instanceof Error ? error.name : 'unknown';
      console.error(JSON.stringify({ level: 'error', task: 'trial', request_id: c.var.requestId, failure }));
    }
    const description = `The test broke off. Try it again; if it stays, quote the request ${c.var.requestId}.`;
    record.facts.failure ??= { step: 'sample', error: 'server_error', description, kind: null };
  }
  await run.stop();
  record.status = 'ended';
  const save = () => saveTrial(storeOf(c), record);
  await save().catch(async () => {
    // KV takes a key once a second.
    await new Promise((resolve) => setTimeout(resolve, saveEveryMs));
    await save();
  });
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
  ];
  return new Set(secrets.filter((secret) => secret !== null && secret !== '') as string[]);
}

function newRecord(
  c: Context<AppEnv>,
  { developerId, familyId }: TrialOwner,
  offer: Offer,
  sample: string | null,
): TrialRecord {
  const { config, now } = c.var;
  return {
    id: randomId(),
    developerId,
    familyId,
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

/**
 * Notes a callback that matches nothing, where this browser is at a trial of that source: state that is missing, or
 * there twice.
 *
 * @returns where the trial is shown; null where there is none
 */
export async function noteLostCallback(
  c: Context<AppEnv>,
  sourceId: string,
  params: URLSearchParams,
): Promise<string | null> {
  const id = readOwnCookie(c, cookieName(sourceId));
  const record = id === undefined ? null : await loadTrial(storeOf(c), id);
  if (record?.status !== 'waiting' || record.sourceId !== sourceId) return null;
  // Whoever sent the browser here, nothing is spent: the right callback may still come.
  await saveTrial(storeOf(c), { ...record, lost: showParameters(params, new Set()).slice(0, 30) });
  return trialPath(record);
}

/** What storing a trial's record takes, of a request. */
export function storeOf(c: Context<AppEnv>): TrialStore {
  return { kv: c.env.KV, config: c.var.config };
}

function cookieName(sourceId: string): string {
  return `trivet-trial-${sourceId}`;
}
