import type { AppEnv } from '../context.ts';
import { parseRetryAfter } from '../oauth/retry-after.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { type HeldConnection, isReachable } from './held.ts';
import { freshTokens, renewRefused } from './refresh.ts';
import { noteFutility } from './refresh-store.ts';
import { signedRequest } from './sign.ts';

type Parts = AppEnv['Variables'];

/** A call to a provider's API, to be signed. */
export interface ProviderCall {
  method: string;
  url: URL;
  headers: Headers;
  /** Text where it had to be read; a stream goes on as it comes; null where there is none. */
  body: string | ReadableStream<Uint8Array> | null;
}

/** What a provider answered, and the URL that it answered at. */
export interface ProviderAnswer {
  response: Response;
  url: URL;
}

const firstByteMs = 30_000;
/** What a caller may be kept waiting for a provider that says when to come back. */
const maxPauseMs = 10_000;
const maxRepeats = 2;
const maxRedirects = 5;
/** A token that was refreshed so short a time ago is not refused for its age. */
const justRefreshedMs = 60_000;
/** A refusal that can't be tried again at once is refreshed for at most once an hour. */
const unrepeatableMs = 60 * 60_000;

/**
 * Calls a provider with a Connection's fresh token. A call without a body is repeated: after `Retry-After` on 429
 * and 503, and once on a 401, with tokens refreshed for it.
 *
 * @throws Failure where there is no token to call with
 * @throws OutboundError where the provider can't be reached, or doesn't answer in time
 */
export async function callProvider(
  parts: Parts,
  held: HeldConnection,
  call: ProviderCall,
): Promise<ProviderAnswer> {
  const tokens = await freshTokens(parts, held);
  const answer = await callPatiently(parts, held, call, tokens);
  if (answer.response.status !== 401) return answer;
  const renewed = await renewFor(parts, held, call, tokens);
  if (!renewed) return answer;
  await answer.response.body?.cancel();
  const second = await callPatiently(parts, held, call, renewed);
  if (second.response.status === 401) parts.waitUntil(noteFutility(parts, held.connection));
  return second;
}

/** Tokens that may do better than those a provider refused; null where the refusal is what the caller gets. */
async function renewFor(
  parts: Parts,
  held: HeldConnection,
  call: ProviderCall,
  refused: TokenSet,
): Promise<TokenSet | null> {
  const sinceMs = parts.now() - (held.connection.refreshedAt ?? 0);
  if (sinceMs < justRefreshedMs) return null;
  if (call.body === null) return renewRefused(parts, held, refused);
  // A body that has gone can't go again: the caller's next call will find the tokens refreshed.
  if (sinceMs >= unrepeatableMs) parts.waitUntil(renewRefused(parts, held, refused).catch(() => null));
  return null;
}

async function callPatiently(
  parts: Parts,
  held: HeldConnection,
  call: ProviderCall,
  tokens: TokenSet,
): Promise<ProviderAnswer> {
  let leftMs = maxPauseMs;
  for (let repeats = 0; ; repeats += 1) {
    const answer = await callAlongRedirects(parts, held, call, tokens);
    const { status, headers } = answer.response;
    if (call.body !== null || repeats === maxRepeats || (status !== 429 && status !== 503)) return answer;
    const pauseMs = parseRetryAfter(headers.get('Retry-After'), parts.now());
    if (pauseMs === null || pauseMs > leftMs) return answer;
    leftMs -= pauseMs;
    await answer.response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Follows redirects of calls that only read, signed anew each, as long as they stay where the token may go. */
async function callAlongRedirects(
  parts: Parts,
  held: HeldConnection,
  call: ProviderCall,
  tokens: TokenSet,
): Promise<ProviderAnswer> {
  let { url } = call;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await callOnce(parts, held, { ...call, url }, tokens);
    const next = redirects < maxRedirects ? redirectTarget(parts, held, call, answer) : null;
    if (!next) return answer;
    await answer.response.body?.cancel();
    url = next;
  }
}

function redirectTarget(
  { config }: Parts,
  held: HeldConnection,
  { method, body }: ProviderCall,
  { response, url }: ProviderAnswer,
): URL | null {
  const reads = (method === 'GET' || method === 'HEAD') && body === null;
  if (!reads || ![301, 302, 303, 307, 308].includes(response.status)) return null;
  const target = URL.parse(response.headers.get('Location') ?? '', url.href);
  if (!target || target.protocol !== url.protocol || target.username || target.password) return null;
  return isReachable(held, target, config) ? target : null;
}

async function callOnce(
  parts: Parts,
  { offer }: HeldConnection,
  call: ProviderCall,
  tokens: TokenSet,
): Promise<ProviderAnswer> {
  const { request, url, secrets } = await signedRequest(call, offer, tokens, parts);
  const { sandbox } = offer.source;
  const response = await parts.outbound(request, { timeoutMs: firstByteMs, sandbox });
  return { response: withoutSecrets(response, url, secrets), url };
}

/** A provider may send its caller on to the URL it was called at, with the token or a key in its query. */
function withoutSecrets(response: Response, url: URL, secrets: string[]): Response {
  const { status, statusText } = response;
  const kept = new Headers(response.headers);
  let changed = false;
  for (const name of ['Location', 'Content-Location']) {
    const target = URL.parse(kept.get(name) ?? '', url.href);
    if (!target || !kept.has(name)) continue;
    for (const [parameter, value] of [...target.searchParams]) {
      if (secrets.includes(value)) target.searchParams.delete(parameter, value);
    }
    if (target.href !== URL.parse(kept.get(name) ?? '', url.href)?.href) {
      kept.set(name, target.href);
      changed = true;
    }
  }
  return changed ? new Response(response.body, { status, statusText, headers: kept }) : response;
}
