import { Hono } from 'hono/tiny';
import { acceptsKey } from '../access/api-key.ts';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { apiOf } from '../sources/offer.ts';
import { callOf, forward } from './forward.ts';
import { guardAnswer } from './headers.ts';
import { findHeldConnection } from './held.ts';

/** `ANY /proxy/:source/*`: a call to a source's API host, signed for the user's Connection. */
export const proxyRoutes = new Hono<AppEnv>()
  .use('/proxy/*', async (c, next) => {
    await next();
    guardAnswer(c.res.headers);
  })
  .all(
    '/proxy/:source/*',
    describe({
      id: 'callProvider',
      tag: 'User data',
      ...apiDocs({
        summary: 'Call a data source’s API for the user',
        description:
          'Forwards path, query, headers and body to the API host, signed with the Connection’s fresh token, and streams back what it answers, whatever the status. Redirects off the declared hosts aren’t followed. A call without a body is repeated after a 429 or 503 with Retry-After, and once after a 401, with refreshed tokens.',
        security: ['accessToken'],
        params: {
          source: 'The data source’s id or slug.',
          path: 'The path on the API host, slashes and all.',
        },
        headers: {
          'X-Connection-Id': 'The Connection to use: where the user has several, and with an API key.',
        },
        body: { type: '*/*', description: 'As the provider takes it.' },
        errors: {
          404: ['not_found'],
          409: ['invalid_grant'],
          502: ['provider_error'],
          503: ['temporarily_unavailable'],
          504: ['provider_timeout'],
        },
      }),
      answers: { 200: { type: '*/*', description: 'What the provider answers.' } },
    }),
    acceptsKey('calls'),
    async (c) => {
      const held = await findHeldConnection(c, c.req.param('source'));
      const url = targetUrl(apiOf(held.offer, c.var.config.publicUrl).api, c.req.url);
      return forward(c, held, await callOf(c, held, url));
    },
  );

/**
 * The provider's URL for a call: the path and query behind `/proxy/:source`, exactly as they came, on the API
 * host and below its path. URL parsing has taken care of dot segments and backslashes before.
 */
function targetUrl(api: URL, requestUrl: string): URL {
  const received = new URL(requestUrl);
  const path = received.pathname.replace(/^\/proxy\/[^/]+/, '');
  const url = new URL(api);
  url.pathname = api.pathname.replace(/\/$/, '') + path;
  url.search = mergeQueries(api.search, received.search);
  url.hash = '';
  if (url.origin !== api.origin) throw new Failure('invalid_request', 'The path leaves the API host.');
  return url;
}

function mergeQueries(declared: string, received: string): string {
  return [declared, received]
    .map((query) => query.replace(/^\?/, ''))
    .filter(Boolean)
    .join('&');
}
