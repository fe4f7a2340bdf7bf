import { and, desc, eq, or, sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import {
  hashAccessToken,
  invalidAccessToken,
  isLiveToken,
  isWithinReach,
  noteUse,
  selectTokenHolder,
} from '../access/access-token.ts';
import { bearerToken } from '../access/bearer.ts';
import type { Connection } from '../connections/connection.ts';
import { openTokens } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { accessTokens, applicationSources, applications, connections, sources } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { describe } from '../openapi/describe.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import { hostOf, resolveEndpoints } from '../sources/endpoints.ts';
import { holderOf, type Offer, offerOf, openClientSecret } from '../sources/offer.ts';
import { normalizeId } from '../validation.ts';
import { guardAnswer, headersForCaller, headersForProvider } from './headers.ts';
import { isForm, signCall } from './sign.ts';

const firstByteMs = 30_000;
/** OAuth 1.0a signs a form body, which must be read first. */
const maxFormBytes = 1024 * 1024;

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
      summary: 'Call a data source’s API for the user',
      description:
        'Forwards path, query, headers and body to the API host, signed for the user’s Connection, and streams back what it answers, whatever the status. Redirects off the declared hosts aren’t followed.',
      tag: 'User data',
      security: ['accessToken'],
      params: { source: 'The data source’s id or slug.', path: 'The path on the API host, slashes and all.' },
      headers: { 'X-Connection-Id': 'The Connection to use, where the user has several.' },
      body: { type: '*/*', description: 'As the provider takes it.' },
      answers: { 200: { type: '*/*', description: 'What the provider answers.' } },
      errors: {
        404: ['not_found'],
        409: ['invalid_grant'],
        502: ['provider_error'],
        504: ['provider_timeout'],
      },
    }),
    async (c) => {
      const { connection, offer } = await findConnectionToUse(c, c.req.param('source'));
      const url = targetUrl(resolveEndpoints(offer.source, c.var.config.publicUrl).api, c.req.url);
      return forward(c, connection, offer, url);
    },
  );

/** Who calls, and the Connection to call with, in one round trip. */
async function findConnectionToUse(
  c: Context<AppEnv>,
  source: string,
): Promise<{ connection: Connection; offer: Offer }> {
  const { db, config, now } = c.var;
  const tokenHash = await hashAccessToken(bearerToken(c.req.header('Authorization')));
  const wanted = c.req.header('X-Connection-Id');
  const wantedId = wanted === undefined ? undefined : (normalizeId(wanted) ?? '');
  const [holders, rows] = await db.batch([
    selectTokenHolder(db, tokenHash, now()),
    db
      .select({
        connection: connections,
        source: sources,
        choice: applicationSources,
        application: applications,
      })
      .from(accessTokens)
      .innerJoin(connections, isWithinReach)
      .innerJoin(applications, eq(applications.id, connections.applicationId))
      .innerJoin(sources, eq(sources.id, connections.sourceId))
      .leftJoin(
        applicationSources,
        and(
          eq(applicationSources.sourceId, sources.id),
          eq(applicationSources.applicationId, applications.id),
        ),
      )
      .where(
        and(
          isLiveToken(tokenHash, now()),
          or(eq(sources.id, normalizeId(source) ?? ''), eq(sources.slug, source)),
          wantedId === undefined ? undefined : eq(connections.id, wantedId),
        ),
      )
      .orderBy(desc(connections.complete), desc(connections.createdAt), sql`${connections}.rowid desc`)
      .limit(1),
  ]);
  const [holder] = holders;
  if (!holder) throw invalidAccessToken();
  const used = noteUse(db, holder.token, now());
  if (used) c.executionCtx.waitUntil(used.run());
  const [row] = rows;
  if (!row) throw notFound('Connection of this user to that data source');
  const offer = offerOf(row, holderOf(row.application), config);
  if (!row.connection.complete || row.connection.sealedTokens === null) {
    throw deadGrant('This Connection has no live grant. The user has to connect again.');
  }
  if (!offer || offer.clientId !== row.connection.registration) {
    throw deadGrant('This Connection’s data source is switched off, or has other credentials now.');
  }
  const { api } = resolveEndpoints(offer.source, config.publicUrl);
  if (!row.connection.hosts?.includes(hostOf(api, config.publicUrl))) {
    throw deadGrant(
      'This Connection’s data source has moved to another host since. The user has to connect again.',
    );
  }
  return { connection: row.connection, offer };
}

/** The caller can't mend it, and neither can a repetition: hence 409. */
function deadGrant(description: string): Failure {
  return new Failure('invalid_grant', description, { status: 409 });
}

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

async function forward(
  c: Context<AppEnv>,
  connection: Connection,
  offer: Offer,
  url: URL,
): Promise<Response> {
  const { config, outbound, now } = c.var;
  const { definition, sandbox } = offer.source;
  const tokens = await openTokens(config, connection.id, connection.sealedTokens ?? '');
  const hasBody = c.req.raw.body !== null && c.req.method !== 'GET' && c.req.method !== 'HEAD';
  const formBody =
    definition.type === 'oauth1' && hasBody && isForm(c.req.header('Content-Type'))
      ? await readForm(c)
      : undefined;
  const registration = {
    clientId: offer.clientId,
    openConsumerSecret: () => openClientSecret(offer, config),
  };
  const signed = await signCall(
    { method: c.req.method, url, formBody },
    definition,
    tokens,
    registration,
    now(),
  );
  const headers = headersForProvider(c.req.raw.headers);
  if (signed.authorization) headers.set('Authorization', signed.authorization);
  const request = new Request(signed.url, {
    method: c.req.method,
    headers,
    body: hasBody ? (formBody ?? c.req.raw.body) : null,
  });
  try {
    const response = await outbound(request, { timeoutMs: firstByteMs, sandbox });
    const answered = headersForCaller(response.headers, signed.url, config.publicUrl.origin);
    answered.set('X-Request-Id', c.var.requestId);
    return new Response(response.body, {
      status: response.status,
      statusText: response.statusText,
      headers: answered,
    });
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    const code = cause.kind === 'timeout' ? 'provider_timeout' : 'provider_error';
    throw new Failure(code, `${definition.name} could not be called: ${cause.message}.`, { cause });
  }
}

async function readForm(c: Context<AppEnv>): Promise<string> {
  try {
    return await readText(new Response(c.req.raw.body), maxFormBytes, firstByteMs);
  } catch (cause) {
    if (cause instanceof OutboundError && cause.kind === 'too_large') {
      throw new Failure('payload_too_large', 'A form that has to be signed may be at most 1 MB.', { cause });
    }
    throw cause;
  }
}
