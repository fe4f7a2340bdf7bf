// What may pass between a caller and a provider, either way.

/** RFC 9110 §7.6.1: these speak of one connection. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Ours, the caller's browser's, or the edge's: never the provider's to see. */
const notForProviders = [
  ...hopByHop,
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'origin',
  'referer',
  'true-client-ip',
  'via',
  'x-connection-id',
  'x-real-ip',
];

/** A provider's that would act on our origin. */
const notForCallers = [
  ...hopByHop,
  'alt-svc',
  'clear-site-data',
  'nel',
  'public-key-pins',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
];

/** A caller's headers as they go on to a provider, without the user's token. */
export function headersForProvider(received: Headers): Headers {
  const headers = without(received, notForProviders);
  for (const name of [...headers.keys()]) {
    if (/^(cf-|x-forwarded-|sec-)/.test(name)) headers.delete(name);
  }
  return headers;
}

/**
 * A provider's headers as they go back to the caller, without what would act on our origin.
 *
 * @param calledUrl what was called: an address that the provider gives is the provider's
 * @param ownOrigin ours: a provider sends nobody here
 */
export function headersForCaller(received: Headers, calledUrl: URL, ownOrigin: string): Headers {
  const headers = without(received, notForCallers);
  for (const name of [...headers.keys()]) {
    if (name.startsWith('access-control-')) headers.delete(name);
  }
  for (const name of ['location', 'content-location']) {
    const given = headers.get(name);
    const address = given === null ? null : URL.parse(given, calledUrl.href);
    if (address && address.origin !== ownOrigin) headers.set(name, address.href);
    else headers.delete(name);
  }
  return headers;
}

/** What every answer under `/proxy` and `/data` has, ours too: what a provider sent can't run, or stay, as ours. */
export function guardAnswer(headers: Headers): void {
  headers.set('Content-Security-Policy', 'sandbox');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Cache-Control', 'private, no-store');
  headers.delete('Set-Cookie');
}

function without(received: Headers, names: string[]): Headers {
  const headers = new Headers(received);
  // A Connection header names further ones (RFC 9110 §7.6.1).
  const named = (received.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of [...names, ...named]) {
    if (/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) headers.delete(name);
  }
  return headers;
}
