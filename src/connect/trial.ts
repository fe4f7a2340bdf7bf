import type { Context } from 'hono';
import { identifyAccount } from '../calls/metadata.ts';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { environmentSecrets } from '../sources/environment.ts';
import { type OAuthOffer, type Offer, openClientSecret } from '../sources/offer.ts';
import { startAuthorization } from './authorize.ts';
import type { Subject } from './state.ts';
import { signatureDepartures } from './trial-attempts.ts';
import { conclude, newRun, saveFirst } from './trial-live.ts';
import { rememberTrial } from './trial-lost.ts';
import type { TrialRecord } from './trial-record.ts';
import { type Recorder, recordOutbound } from './trial-recorder.ts';
import { type Known, showParameters } from './trial-redact.ts';
import { callTheApi } from './trial-run.ts';
import { newRecord, type TrialOwner } from './trial-subject.ts';

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
  const known: Known = new Set(await environmentSecrets(offer.source, config));
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
    rememberTrial(c, record);
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
  await saveFirst(c, record);
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
  const known = new Set([tokens.accessToken, ...(await environmentSecrets(offer.source, c.var.config))]);
  const run = newRun(c, record, known);
  await saveFirst(c, record);
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
