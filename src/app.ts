import type { Context, ExecutionContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { except } from 'hono/combine';
import { HTTPException } from 'hono/http-exception';
import { TrieRouter } from 'hono/router/trie-router';
import { Hono } from 'hono/tiny';
import { activityRoutes } from './access/activity-routes.ts';
import { auditChanges } from './access/audit.ts';
import { auditRoutes } from './access/audit-routes.ts';
import { deliveryRoutes } from './access/delivery-routes.ts';
import { developerRoutes } from './access/developer-routes.ts';
import { keyRoutes } from './access/key-routes.ts';
import { peopleRoutes } from './access/people-routes.ts';
import { limitRequests } from './access/rate-limits.ts';
import { announceChanges, webhookRoutes } from './access/webhook-routes.ts';
import { applicationRoutes } from './applications/routes.ts';
import { userListRoutes } from './applications/user-routes.ts';
import { dataRoutes } from './calls/data.ts';
import { proxyRoutes } from './calls/proxy.ts';
import { readConnectionRoutes } from './calls/read-connection.ts';
import { refreshIdleConnections } from './calls/refresh-idle.ts';
import { userRoutes } from './calls/user.ts';
import { callbackRoutes } from './connect/callback.ts';
import { chooseRoutes } from './connect/choose.ts';
import { connectionLinkRoutes } from './connect/connection-routes.ts';
import { exchangeRoutes } from './connect/exchange.ts';
import { finishRoutes } from './connect/finish.ts';
import { linkRoutes } from './connect/link-open.ts';
import { outcomeRoutes } from './connect/outcome.ts';
import { errorPage } from './connect/pages.tsx';
import { popupRoutes } from './connect/popup-routes.ts';
import { reconnectRoutes } from './connect/reconnect.ts';
import { redeemRoutes } from './connect/redeem.ts';
import { sessionRoutes } from './connect/session.ts';
import { eventRoutes } from './connections/event-routes.ts';
import { failedCallRoutes } from './connections/failed-call-routes.ts';
import { removalRoutes } from './connections/removal-routes.ts';
import { connectionRoutes } from './connections/routes.ts';
import { sealingRoutes } from './connections/sealing-routes.ts';
import { sweep } from './connections/sweep.ts';
import { consoleRoutes } from './console/console.tsx';
import type { ConsoleEnv } from './console/env.ts';
import { consoleErrorPage, isConsolePath } from './console/frame/error-page.tsx';
import type { AppEnv } from './context.ts';
import { randomId } from './crypto/random.ts';
import { type Bindings, ConfigError, readConfig } from './env.ts';
import { errorBody, Failure } from './errors.ts';
import { deliverDue } from './events/deliver.ts';
import { pruneEvents } from './events/prune.ts';
import { exampleRoutes } from './landing/example-server.ts';
import { landingRoutes } from './landing/landing.tsx';
import { setupRoutes } from './landing/setup.ts';
import { log } from './log.ts';
import { logoRoutes } from './logos/logos.ts';
import { internal } from './openapi/describe.ts';
import { serviceRoutes } from './openapi/routes.ts';
import { createParts, realSurroundings, type Surroundings } from './parts.ts';
import { sandboxApp } from './sandbox/app.tsx';
import { applicationSourceRoutes } from './sources/application-routes.ts';
import { catalogueRoutes } from './sources/catalogue/routes.ts';
import { upkeepRoutes } from './sources/catalogue/upkeep-routes.ts';
import { mapRoutes } from './sources/map-routes.ts';
import { sourceRoutes } from './sources/routes.ts';

/** No body of ours is larger, map documents included. */
const maxBodyBytes = 1024 * 1024;

function refuseBody(): never {
  throw new Failure('payload_too_large', 'The body is larger than 1 MB.');
}

/** The built-in provider at its address: browsers reach it there, and the worker calls it in process. */
function mountSandbox({ now }: Surroundings) {
  return new Hono<AppEnv>().route('/sandbox', sandboxApp(now));
}

/** The whole service. */
export function createApp(surroundings: Surroundings = realSurroundings) {
  const sandbox = mountSandbox(surroundings);
  const shared = { sandbox, refreshes: new Map() };
  const app = new Hono<AppEnv>();
  // Hono's default tries others first, which don't take routes as these: 7 ms of a first request.
  app.router = new TrieRouter();

  // A host of its own for the users' data: `data.example.com/<map>/<endpoint>`.
  app.use(async (c, next) => {
    const url = new URL(c.req.url);
    if (!url.hostname.startsWith('data.') || url.host === readConfig(c.env).publicUrl.host) return next();
    url.hostname = readConfig(c.env).publicUrl.hostname;
    url.pathname = `/data${url.pathname}`;
    return app.fetch(new Request(url, c.req.raw), c.env, c.executionCtx);
  });
  app.use(async (c, next) => {
    const started = performance.now();
    c.set('requestId', randomId());
    c.header('X-Request-Id', c.var.requestId);
    await next();
    log(c, performance.now() - started);
  });
  app.use(async (c, next) => {
    const parts = createParts(c.env, c.executionCtx, surroundings, shared);
    c.set('config', parts.config);
    c.set('db', parts.db);
    c.set('now', parts.now);
    c.set('outbound', parts.outbound);
    c.set('waitUntil', parts.waitUntil);
    c.set('refreshes', parts.refreshes);
    await next();
  });

  app.use(limitRequests);
  app.use(auditChanges);
  // What is changed at these may be an event.
  app.on(['POST', 'PATCH', 'DELETE'], ['/connections/*', '/applications/*'], announceChanges);

  // What is passed on is streamed, and bounded where it is read.
  app.use(
    except(['/proxy/*', '/data/*', '/sandbox/*'], bodyLimit({ maxSize: maxBodyBytes, onError: refuseBody })),
  );

  app.route('/', serviceRoutes());
  app.route('/', applicationRoutes);
  app.route('/', applicationSourceRoutes);
  app.route('/', userListRoutes);
  app.route('/', catalogueRoutes);
  app.route('/', upkeepRoutes);
  app.route('/', sourceRoutes);
  app.route('/', mapRoutes);
  app.route('/', removalRoutes);
  app.route('/', redeemRoutes);
  app.route('/', connectionRoutes);
  app.route('/', readConnectionRoutes);
  app.route('/', connectionLinkRoutes);
  app.route('/', reconnectRoutes);
  app.route('/', failedCallRoutes);
  app.route('/', eventRoutes);
  app.route('/', activityRoutes);
  app.route('/', developerRoutes);
  app.route('/', keyRoutes);
  app.route('/', peopleRoutes);
  app.route('/', sealingRoutes);
  app.route('/', auditRoutes);
  app.route('/', webhookRoutes);
  app.route('/', deliveryRoutes);
  app.route('/', sessionRoutes);
  app.route('/', popupRoutes);
  app.route('/', chooseRoutes);
  app.route('/', linkRoutes);
  app.route('/', callbackRoutes);
  app.route('/', finishRoutes);
  app.route('/', outcomeRoutes);
  app.route('/', exchangeRoutes);
  app.route('/', userRoutes);
  app.route('/', proxyRoutes);
  app.route('/', dataRoutes);
  app.route('/', logoRoutes);
  app.route('/', landingRoutes);
  app.use('/console/*', async (c: Context<ConsoleEnv>, next) => {
    c.set('fetchOwn', async (request, context) => app.fetch(request, c.env, context));
    await next();
  });
  app.route('/', consoleRoutes);
  app.route('/', setupRoutes);
  app.route(
    '/',
    exampleRoutes((request, c) => Promise.resolve(app.fetch(request, c.env, c.executionCtx))),
  );
  app.use('/sandbox/*', internal, async (c, next) => {
    if (!c.var.config.sandbox) throw new Failure('not_found', 'There is nothing at this address.');
    await next();
  });
  app.route('/', sandbox);

  app.notFound(() => {
    throw new Failure('not_found', 'There is nothing at this address.');
  });
  app.onError((error, c) => {
    const failure = asFailure(error);
    c.set('failure', error);
    for (const [name, value] of Object.entries(failure.headers)) c.header(name, value);
    if (/^\/(done|authorize)\//.test(c.req.path)) return errorPage(c, failure);
    if (isConsolePath(c.req.path)) return consoleErrorPage(c, failure);
    return c.json(errorBody(failure, c.var.requestId), failure.status as 400);
  });
  return app;
}

/** What the worker does by itself, every minute. */
export async function runSweep(
  bindings: Bindings,
  context: ExecutionContext,
  surroundings: Surroundings = realSurroundings,
): Promise<void> {
  const parts = createParts(bindings, context, surroundings, {
    sandbox: mountSandbox(surroundings),
    refreshes: new Map(),
  });
  const own = { ...parts, requestId: randomId() };
  // Receivers are waited for alone: a worker has six connections at a time, and the others take as many.
  const sent = await Promise.allSettled([deliverDue(own)]);
  const done = await Promise.allSettled([pruneEvents(own), sweep(own), refreshIdleConnections(own)]);
  const failed = [...sent, ...done].find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What a caller is told of an error. Whatever nobody expected says nothing of itself. */
function asFailure(error: Error): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof ConfigError)
    return new Failure('server_misconfigured', `This deployment can’t run: ${error.message}.`);
  if (error instanceof HTTPException && error.status < 500)
    return new Failure('invalid_request', error.message);
  return new Failure(
    'server_error',
    'Something went wrong on our side. Try again; if it stays, quote the request_id.',
  );
}
