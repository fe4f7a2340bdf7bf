import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { recordFailedCall } from '../events/failed-call.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import { callProvider, type ProviderCall } from './call-provider.ts';
import { headersForCaller, headersForProvider } from './headers.ts';
import type { HeldConnection } from './held.ts';
import { isForm } from './sign.ts';

/** What has to be read before it can go on: a form that OAuth 1.0a signs, a body that a map adds to. */
const maxReadBytes = 1024 * 1024;
const readMs = 30_000;

/**
 * Calls a provider for whoever called us, and streams back what it answers. What goes wrong leaves a trace for
 * the Connection's owner.
 *
 * @throws Failure where no answer came
 */
export async function forward(
  c: Context<AppEnv>,
  held: HeldConnection,
  call: ProviderCall,
): Promise<Response> {
  const { name } = held.offer.source.definition;
  try {
    const { response, url } = await callProvider(c.var, held, call);
    if (response.status >= 400) {
      trace(c.var, held, call, { answeredBy: 'provider', status: response.status, error: null });
    }
    const headers = headersForCaller(response.headers, url, c.var.config.publicUrl.origin);
    headers.set('X-Request-Id', c.var.requestId);
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
  } catch (cause) {
    const failure = cause instanceof OutboundError ? unanswered(name, cause) : cause;
    if (failure instanceof Failure) {
      const { status, code: error } = failure;
      trace(c.var, held, call, { answeredBy: 'trivet', status, error });
    }
    throw failure;
  }
}

/** After the answer: the caller doesn't wait for it. */
function trace(
  parts: AppEnv['Variables'],
  { connection }: HeldConnection,
  { method, url }: ProviderCall,
  outcome: { answeredBy: 'provider' | 'trivet'; status: number; error: string | null },
): void {
  parts.waitUntil(recordFailedCall(parts, { connectionId: connection.id, method, url, ...outcome }));
}

function unanswered(name: string, cause: OutboundError): Failure {
  const code = cause.kind === 'timeout' ? 'provider_timeout' : 'provider_error';
  return new Failure(code, `${name} could not be called: ${cause.message}.`, { cause });
}

/** The caller's method, headers and body, for a provider: without what is ours or the caller's own. */
export async function callOf(c: Context<AppEnv>, held: HeldConnection, url: URL): Promise<ProviderCall> {
  const { method, headers, body } = c.req.raw;
  const isSent = body !== null && method !== 'GET' && method !== 'HEAD';
  const isSigned = held.offer.source.definition.type === 'oauth1' && isForm(headers.get('Content-Type'));
  return {
    method,
    url,
    headers: headersForProvider(headers),
    body: !isSent ? null : isSigned ? await readBodyText(c) : body,
  };
}

/** A body that has to be read, at most 1 MB. */
export async function readBodyText(c: Context<AppEnv>): Promise<string> {
  try {
    return await readText(new Response(c.req.raw.body), maxReadBytes, readMs);
  } catch (cause) {
    if (cause instanceof OutboundError && cause.kind === 'too_large') {
      const what = 'A form that is to be signed, and a body that a map adds to';
      throw new Failure('payload_too_large', `${what}, may be at most 1 MB.`, { cause });
    }
    if (!(cause instanceof OutboundError)) throw cause;
    throw new Failure('invalid_request', 'The body broke off, or came too slowly.', { cause });
  }
}
