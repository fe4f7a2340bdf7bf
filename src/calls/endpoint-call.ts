import type { Fault } from '../errors.ts';
import { endpointUrl } from '../sources/map-derive.ts';
import type { MapEndpoint } from '../sources/map-endpoint.ts';
import { fillBody, fillTemplate, type TemplateValues } from './fill-template.ts';
import { isForm } from './sign.ts';

/** A call of a map's endpoint, filled in and not yet signed. */
export interface EndpointCall {
  method: string;
  url: URL;
  headers: Headers;
  /** The body with its content type, as the endpoint's headers have it; JSON where they say nothing. */
  body: string | null;
}

/**
 * Fills in what a map's endpoint sends.
 *
 * @param apiHostUrl where routes that aren't whole URLs are
 * @returns the call, or every value that is required and missing
 */
export function buildEndpointCall(
  endpoint: MapEndpoint,
  apiHostUrl: string,
  values: TemplateValues,
): { ok: true; call: EndpointCall } | { ok: false; faults: Fault[] } {
  const faults: Fault[] = [];
  const unfilled = endpointUrl(apiHostUrl, endpoint.route);
  const url = URL.parse(fillTemplate(unfilled, values, encodeURIComponent) ?? '');
  // A value fills a place in the path or query; it never moves the call to another host.
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i.exec(unfilled)?.[0];
  if (!url || url.origin !== URL.parse(origin ?? '')?.origin || !staysInPlace(url, unfilled, values)) {
    return { ok: false, faults: [{ path: 'route', message: 'does not lead to the map’s host' }] };
  }
  for (const { name, value, required } of endpoint.parameters) {
    const filled = fillValue(value, values);
    if (filled !== undefined) url.searchParams.set(name, filled);
    else if (required) faults.push({ path: `parameters.${name}`, message: 'is required' });
  }
  const headers = new Headers();
  for (const { name, value, required } of endpoint.headers) {
    const filled = fillValue(value, values);
    if (filled !== undefined && !/[\r\n\0]/.test(filled)) headers.set(name, filled);
    else if (required) faults.push({ path: `headers.${name}`, message: 'is required' });
  }
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    call: { method: endpoint.method, url, headers, body: bodyOf(endpoint, headers, values) },
  };
}

/**
 * Whether every value stayed in its place of the path: `.` and `..` would climb out of it, since that is what they
 * mean to whoever reads the URL.
 */
function staysInPlace(url: URL, unfilled: string, values: TemplateValues): boolean {
  const shape = URL.parse(fillTemplate(unfilled, values, (value) => value && 'x') ?? '');
  const filled = (of: URL | null) =>
    of?.pathname
      .split('/')
      .map((segment) => segment !== '')
      .join();
  return filled(url) === filled(shape);
}

function fillValue(value: unknown, values: TemplateValues): string | undefined {
  if (typeof value === 'string') return fillTemplate(value, values);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function bodyOf({ method, body }: MapEndpoint, headers: Headers, values: TemplateValues): string | null {
  if (body === undefined || method === 'GET' || method === 'HEAD') return null;
  const filled = fillBody(body, values);
  if (typeof filled === 'string') return filled;
  if (isForm(headers.get('Content-Type'))) {
    const fields = Object.entries(filled ?? {}).map(([name, value]) => [name, String(value)]);
    return new URLSearchParams(fields).toString();
  }
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  return JSON.stringify(filled);
}
