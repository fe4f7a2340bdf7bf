import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { acceptsKey } from '../access/api-key.ts';
import type { AppEnv } from '../context.ts';
import { Failure, notFound } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import type { StoredDocument } from '../sources/definition.ts';
import { findEndpoint, type MapEndpoint } from '../sources/map-endpoint.ts';
import { openEnvironment } from '../sources/map-secrets.ts';
import { apiOf } from '../sources/offer.ts';
import { invalidBody } from '../validation.ts';
import type { ProviderCall } from './call-provider.ts';
import { mergeBodies, readBody } from './endpoint-body.ts';
import { buildEndpointCall } from './endpoint-call.ts';
import { parametersTaken } from './fill-template.ts';
import { forward } from './forward.ts';
import { guardAnswer, headersForProvider } from './headers.ts';
import { deadGrant, findHeldConnection, type HeldConnection, isReachable } from './held.ts';

/** `ANY /data/:map_id/:endpoint/:identifier?`: a map's endpoint by its name, filled in from the call. */
export const dataRoutes = new Hono<AppEnv>()
  .use('/data/*', async (c, next) => {
    await next();
    guardAnswer(c.res.headers);
  })
  .all(
    '/data/:map_id/:endpoint/:identifier?',
    describe({
      id: 'callEndpoint',
      tag: 'User data',
      ...apiDocs({
        summary: 'Call a map’s endpoint by its name',
        description:
          'The map says what is sent: route, parameters, headers and body, with templates filled in. What the call brings of the same name takes its place, and further parameters go along. The same is at `/:map_id/:endpoint/:identifier?` where the host begins with `data.`',
        security: ['accessToken'],
        params: {
          map_id: 'The map’s id.',
          endpoint: 'The endpoint’s name in the map.',
          identifier: 'What `{{ identifier }}` stands for.',
        },
        headers: {
          'X-Connection-Id': 'The Connection to use: where the user has several, and with an API key.',
        },
        body: { type: '*/*', description: 'As the provider takes it; left out, the map’s.' },
        errors: {
          404: ['not_found'],
          405: ['method_not_allowed'],
          409: ['invalid_grant'],
          413: ['payload_too_large'],
          502: ['provider_error'],
          503: ['temporarily_unavailable'],
          504: ['provider_timeout'],
        },
      }),
      answers: { 200: { type: '*/*', description: 'What the provider answers.' } },
    }),
    acceptsKey('calls'),
    async (c) => {
      const held = await findHeldConnection(c, c.req.param('map_id'));
      const identifier = c.req.param('identifier');
      const document = held.offer.source.document ?? {};
      const endpoint = requireEndpoint(document, c.req.param('endpoint'), c.req.method, identifier);
      return forward(c, held, await callOf(c, held, endpoint, identifier));
    },
  );

function requireEndpoint(
  document: StoredDocument,
  name: string,
  verb: string,
  identifier: string | undefined,
): MapEndpoint {
  const found = findEndpoint(document, name, verb, identifier !== undefined);
  if (found.ok) return found.endpoint;
  switch (found.reason) {
    case 'unknown_endpoint':
      throw new Failure('not_found', 'This map has no endpoint of that name.');
    case 'unknown_verb':
      throw new Failure('method_not_allowed', `This endpoint answers ${found.allowed.join(', ')}.`, {
        headers: { Allow: found.allowed.join(', ') },
      });
    case 'no_route':
      throw notFound(
        identifier === undefined ? 'collection at this endpoint' : 'single item at this endpoint',
      );
    default:
      return found satisfies never;
  }
}

/** What the endpoint sends, with whatever the call to us brings in its place. */
async function callOf(
  c: Context<AppEnv>,
  held: HeldConnection,
  endpoint: MapEndpoint,
  identifier: string | undefined,
): Promise<ProviderCall> {
  const { config } = c.var;
  const { source } = held.offer;
  const given = new URL(c.req.url).searchParams;
  const received = headersForProvider(c.req.raw.headers);
  const brought = await readBody(c, held, endpoint);
  const built = buildEndpointCall(endpoint, apiOf(held.offer, config.publicUrl).api.href, {
    identifier,
    parameters: { ...brought.fields, ...Object.fromEntries(given) },
    headers: received,
    environment: await openEnvironment(source, config),
    metadata: held.connection.metadata,
  });
  if (!built.ok) throw invalidBody(built.faults);
  const { method, url, headers, body } = built.call;
  if (!isReachable(held, url, config)) {
    throw deadGrant(`This Connection was not granted for ${url.host}. The user has to connect again.`);
  }
  overrideQuery(url, given, endpoint);
  const sent = method === 'GET' || method === 'HEAD' ? null : mergeBodies(brought, body);
  return { method, url, headers: mergeHeaders(headers, received, sent !== body), body: sent };
}

/** Parameters of the call go along, in the place of the map's; one that a template has taken is sent there alone. */
function overrideQuery(url: URL, given: URLSearchParams, endpoint: MapEndpoint): void {
  const taken = parametersTaken(endpoint);
  for (const name of new Set(given.keys())) {
    if (taken.has(name) && !endpoint.parameters.some((parameter) => parameter.name === name)) continue;
    url.searchParams.delete(name);
    for (const value of given.getAll(name)) url.searchParams.append(name, value);
  }
}

/**
 * The caller's headers in the place of the map's, but for two that every client sends unasked: `User-Agent`, and an
 * `Accept` of anything.
 */
function mergeHeaders(ofMap: Headers, received: Headers, bringsBody: boolean): Headers {
  const merged = new Headers(received);
  if (!bringsBody) merged.delete('Content-Type');
  for (const [name, value] of ofMap) {
    const unasked = name === 'user-agent' || (name === 'accept' && received.get(name) === '*/*');
    if (unasked || !merged.has(name)) merged.set(name, value);
  }
  return merged;
}
