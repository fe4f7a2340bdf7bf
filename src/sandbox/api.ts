import { createMiddleware } from 'hono/factory';
import { Hono } from 'hono/tiny';
import { heartRatesOf, photosOf, profileOf, stepsOf } from './accounts.ts';
import { accountOf } from './credentials.ts';
import { findGrant, type Granted, type TokenCredentials } from './grants.ts';
import { challengeOf } from './oauth1/problem.ts';
import { verifyRequest } from './oauth1/verify-request.ts';
import { readText } from './parameters.ts';
import type { SandboxContext, SandboxEnv } from './provider.ts';
import { outageRetrySeconds, slowMs } from './scenarios.ts';
import { type pacer, treadmill } from './sources.ts';

type Scope = (typeof pacer.scopes)[number];
type Call = { ok: true; grant: Granted | TokenCredentials } | { ok: false; response: Response };

/** The made-up data, for a Bearer token (RFC 6750) or a request signed as RFC 5849 has it. */
export function sandboxApi(): Hono<SandboxEnv> {
  const api = new Hono<SandboxEnv>();
  api.use(requireToken);
  api.get('/me', requireScope('profile'), (c) => c.json(profileOf(c.var.access.account)));
  api.get('/steps', requireScope('steps'), (c) =>
    c.json({ days: stepsOf(c.var.access.account, c.var.sandbox.now()) }),
  );
  api.get('/heart-rate', requireScope('heart-rate'), (c) =>
    c.json({ unit: 'bpm', days: heartRatesOf(c.var.access.account, c.var.sandbox.now()) }),
  );
  api.get('/photos', (c) => c.json({ photos: photosOf(c.var.access.account) }));
  api.all('/echo', echo);
  api.all('/echo/*', echo);
  return api;
}

/** Says what arrived, but for the credential. */
async function echo(c: SandboxContext): Promise<Response> {
  const url = new URL(c.req.url);
  const { authorization: _, [treadmill.key_name.toLowerCase()]: _key, ...headers } = c.req.header();
  return c.json({
    method: c.req.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    body: await readText(c),
  });
}

/** Lets a call through that carries a known credential, or a live token, whose grant's scenario it plays. */
const requireToken = createMiddleware<SandboxEnv>(async (c, next) => {
  c.header('Cache-Control', 'private, no-store');
  const account = accountOf(c.req.raw.headers);
  if (account !== null) {
    c.set('access', { account, scopes: null });
    return next();
  }
  const call = await identify(c);
  if (!call.ok) return call.response;
  const { protocol, scenario, accessExpiresAt } = call.grant;
  const refuse = protocol === 'oauth2' ? refuseBearer : refuseToken;
  if (scenario === 'withdrawn') return refuse(c, 'The person has withdrawn access.');
  if (accessExpiresAt !== null && accessExpiresAt <= c.var.sandbox.now()) {
    return refuse(c, 'The access token has expired.');
  }
  if (scenario === 'outage') {
    const body = { error: 'temporarily_unavailable', error_description: 'The sandbox was asked to be down.' };
    return c.json(body, 503, { 'Retry-After': String(outageRetrySeconds) });
  }
  if (scenario === 'slow') await c.var.sandbox.pause(slowMs);
  c.set('access', {
    account: call.grant.account,
    scopes: call.grant.protocol === 'oauth2' ? call.grant.scopes : null,
  });
  return next();
});

/** RFC 6750 §3.1. */
function requireScope(scope: Scope) {
  return createMiddleware<SandboxEnv>(async (c, next) => {
    const { scopes } = c.var.access;
    if (!scopes || scopes.includes(scope)) return next();
    const description = `This needs the scope ${scope}.`;
    return c.json({ error: 'insufficient_scope', error_description: description }, 403, {
      'WWW-Authenticate': `Bearer realm="sandbox", error="insufficient_scope", scope="${scope}"`,
    });
  });
}

/** Finds the grant that a call's token belongs to. */
async function identify(c: SandboxContext): Promise<Call> {
  const authorization = c.req.header('authorization') ?? '';
  if (/^OAuth\s/i.test(authorization)) {
    const verification = await verifyRequest(c, 'token');
    if (!verification.ok) {
      const { failure } = verification;
      const body = { error: failure.problem, error_description: failure.advice };
      const headers = { 'WWW-Authenticate': challengeOf(failure) };
      return { ok: false, response: c.json(body, failure.status, headers) };
    }
    const state = verification.grant?.state;
    if (state?.stage === 'credentials') return { ok: true, grant: state };
    return { ok: false, response: refuseToken(c, 'The token is unknown or has ended.') };
  }
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    const body = { error: 'invalid_token', error_description: 'Send an access token.' };
    // No error code where no credentials came (RFC 6750 §3.1); both schemes are welcome.
    const headers = { 'WWW-Authenticate': 'Bearer realm="sandbox", OAuth realm="sandbox"' };
    return { ok: false, response: c.json(body, 401, headers) };
  }
  const grant = await findGrant(c.var.sandbox.db, c.var.sandbox.now(), 'accessHash', token);
  if (grant?.state.stage === 'granted') return { ok: true, grant: grant.state };
  return { ok: false, response: refuseBearer(c, 'The access token is unknown or has ended.') };
}

function refuseBearer(c: SandboxContext, description: string): Response {
  return c.json({ error: 'invalid_token', error_description: description }, 401, {
    'WWW-Authenticate': `Bearer realm="sandbox", error="invalid_token", error_description="${description}"`,
  });
}

function refuseToken(c: SandboxContext, advice: string): Response {
  const problem = 'token_rejected';
  return c.json({ error: problem, error_description: advice }, 401, {
    'WWW-Authenticate': challengeOf({ status: 401, problem, advice }),
  });
}
