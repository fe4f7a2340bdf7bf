import { signedRequest } from '../calls/sign.ts';
import { askForFreshTokens, openClient } from '../calls/token-endpoint.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { readText } from '../outbound/outbound.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { apiOf, type OAuth2Offer, type Offer } from '../sources/offer.ts';
import { requestRevocation } from '../sources/revocation.ts';
import { apiDepartures, unlessUnreachable } from './trial-attempts.ts';
import type { Exchange, TrialFacts, TrialRecord } from './trial-record.ts';
import type { Recorder } from './trial-recorder.ts';
import type { Known } from './trial-redact.ts';
import { hasSiblings } from './trial-siblings.ts';
import { sampleUrl } from './trial-subject.ts';

const stepTimeoutMs = 5_000;
const refreshTimeoutMs = 10_000;
const maxBytes = 256 * 1024;

/** What the steps after the tokens work with. */
export interface TrialRun {
  /** With the recorder's `outbound`. */
  parts: AppEnv['Variables'];
  recorder: Recorder;
  known: Known;
}

/** Refreshes once, as a call with a stale token would (RFC 6749 §6). Gives the tokens to go on with. */
export async function tryRefresh(
  { parts, recorder }: TrialRun,
  offer: OAuth2Offer,
  tokens: TokenSet,
): Promise<{ tokens: TokenSet; refresh: TrialFacts['refresh'] }> {
  const { refreshToken } = tokens;
  if (refreshToken === null) return { tokens, refresh: null };
  recorder.expect(['refresh']);
  const parsed = await unlessUnreachable(() =>
    askForFreshTokens(parts, offer, refreshToken, refreshTimeoutMs),
  );
  if (!parsed?.ok) return { tokens, refresh: { ok: false, rotated: false } };
  const fresh = { ...parsed.tokens, refreshToken: parsed.tokens.refreshToken ?? refreshToken };
  return { tokens: fresh, refresh: { ok: true, rotated: fresh.refreshToken !== refreshToken } };
}

/** Calls the API as the proxy does. */
async function trySample(
  { parts, recorder }: TrialRun,
  offer: Offer,
  tokens: TokenSet,
  url: string,
): Promise<void> {
  recorder.expect(['sample']);
  await callApi(parts, offer, tokens, url);
}

/** Where the API refused the token, calls it again with one field of the definition changed. */
async function attemptApi(
  { parts, recorder, known }: TrialRun,
  offer: Offer,
  tokens: TokenSet,
  urls: { metadata: string | null; sample: string | null },
): Promise<void> {
  await recorder.settled();
  const refused = recorder
    .exchanges(known)
    .findLast(({ step, answer }) => isApiStep(step) && [401, 403].includes(answer?.status ?? 0));
  if (!refused) return;
  const url = refused.step === 'metadata' ? urls.metadata : urls.sample;
  if (url === null) return;
  for (const { attempt, definition } of apiDepartures(offer.source.definition, refused)) {
    recorder.expect([refused.step], attempt);
    const changed = { ...offer, source: { ...offer.source, definition } } as Offer;
    if ((await callApi(parts, changed, tokens, url))?.ok) return;
  }
}

function isApiStep(step: Exchange['step']): boolean {
  return step === 'metadata' || step === 'sample';
}

async function callApi(
  parts: AppEnv['Variables'],
  offer: Offer,
  tokens: TokenSet,
  target: string,
): Promise<{ ok: boolean } | null> {
  const headers = new Headers({ Accept: 'application/json' });
  const call = { method: 'GET', url: new URL(target), headers, body: null };
  const { request } = await signedRequest(call, offer, tokens, parts);
  return unlessUnreachable(async () => {
    const { sandbox } = offer.source;
    const response = await parts.outbound(request, { timeoutMs: stepTimeoutMs, sandbox });
    await readText(response, maxBytes, stepTimeoutMs);
    return { ok: response.ok };
  });
}

/**
 * Revokes what a trial was given (RFC 7009), unless a Connection would die with it.
 *
 * @param tokens every set that was given
 * @param uniqueValue the account, where it is known
 */
export async function tryRevocation(
  { parts, recorder }: TrialRun,
  offer: OAuth2Offer,
  tokens: TokenSet[],
  owner: { developerId: string; uniqueValue: string | null },
): Promise<TrialFacts['revocation']> {
  const { source } = offer;
  const endpoint = resolveEndpoints(source, parts.config.publicUrl).revocation;
  if (endpoint === null || tokens.length === 0) return null;
  if (await hasSiblings(parts, { ...owner, registration: offer.clientId })) return 'spared';
  const client = await openClient(offer, source.definition, parts.config);
  let done = true;
  for (const each of tokens) {
    recorder.expect(['revocation']);
    const request = requestRevocation(source.definition, endpoint, client, each);
    const response = await unlessUnreachable(() =>
      parts.outbound(request, { timeoutMs: stepTimeoutMs, sandbox: source.sandbox }),
    );
    await response?.body?.cancel();
    done = done && (response?.ok ?? false);
  }
  return done ? 'done' : 'failed';
}

/** Makes the sample call, and what helps to tell why the API refused. */
export async function callTheApi(
  run: TrialRun,
  record: TrialRecord,
  offer: Offer,
  tokens: TokenSet,
): Promise<void> {
  const { publicUrl } = run.parts.config;
  const sample = record.sample === null ? null : sampleUrl(offer, record.sample, publicUrl);
  if (sample !== null) await trySample(run, offer, tokens, sample);
  const { metadata_url: place } = offer.source.definition;
  // One that is made with the callback can't be asked again here.
  const metadata = place?.includes('{{') ? null : (apiOf(offer, publicUrl).metadata?.href ?? null);
  await attemptApi(run, offer, tokens, { metadata, sample });
}
