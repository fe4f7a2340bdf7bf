import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { open, seal } from '../crypto/seal.ts';
import { Failure } from '../errors.ts';
import { internal } from '../openapi/describe.ts';
import { jsonBody } from '../validation.ts';
import { connected, data, type Server } from './integration.ts';
import { type ShownCall, withoutSecrets } from './shown-call.ts';

// What stands around the example integration. A real one runs on your own server, reaches Trivet over the
// network and keeps the access token in its database; here it is called in process, and kept sealed in a cookie.

/** Calls Trivet. */
type CallTrivet = (request: Request, c: Context<AppEnv>) => Promise<Response>;

const tokenPlace = 'example/access-token';

/** `/example/…`: what the landing page's script talks to. On only where the sandbox is. */
export function exampleRoutes(call: CallTrivet) {
  return new Hono<AppEnv>()
    .use('/example/*', internal, async (c, next) => {
      if (!c.var.config.sandbox) throw new Failure('not_found', 'There is nothing at this address.');
      if (c.req.method === 'POST' && c.req.header('Origin') !== c.var.config.publicUrl.origin) {
        throw new Failure('access_denied', 'This is for the example page itself.');
      }
      c.header('Cache-Control', 'no-store');
      await next();
    })
    .post(
      '/example/connected',
      jsonBody(z.strictObject({ specialToken: z.string().check(z.maxLength(200)) })),
      (c) => {
        const body = JSON.stringify(c.req.valid('json'));
        return answer(c, call, connected, new Request(c.req.url, { method: 'POST', body }));
      },
    )
    .get('/example/data', (c) => answer(c, call, data, c.req.raw));
}

/** Lets the integration answer, and tells the page which calls it made on the way. A real server keeps that to itself. */
async function answer(
  c: Context<AppEnv>,
  call: CallTrivet,
  handle: (request: Request, server: Server) => Promise<Response>,
  received: Request,
): Promise<Response> {
  const calls: ShownCall[] = [];
  const { config } = c.var;
  const server: Server = {
    trivetUrl: config.publicUrl.href,
    clientSecret: config.exampleClientSecret ?? '',
    async fetch(url, init) {
      const request = new Request(url, init);
      const sent = init.body ? JSON.parse(String(init.body)) : Object.fromEntries(request.headers);
      const response = await call(request, c);
      calls.push({
        method: request.method,
        path: url.pathname,
        sent: withoutSecrets(sent),
        status: response.status,
        got: withoutSecrets(await response.clone().json()),
      });
      return response;
    },
    user: {
      id: signedInUser(c),
      accessToken: await readAccessToken(c),
      save: ({ accessToken }) => saveAccessToken(c, accessToken),
    },
  };
  const response = await handle(received, server);
  const body = await response.json<Record<string, unknown>>();
  return c.json({ ...body, calls }, response.status as 200);
}

/** Who is signed in to the example: whoever this browser is, under a name made up on the first visit. */
export function signedInUser(c: Context<AppEnv>): string {
  const known = getCookie(c, 'example-user');
  if (known && /^visitor-[0-9a-f]{8}$/.test(known)) return known;
  const user = `visitor-${randomId().slice(0, 8)}`;
  setExampleCookie(c, 'example-user', user, '/');
  return user;
}

async function saveAccessToken(c: Context<AppEnv>, accessToken: string): Promise<void> {
  const sealed = await seal(c.var.config.encryptionKeys, accessToken, tokenPlace);
  setExampleCookie(c, 'example-access-token', sealed, '/example');
}

/** The saved access token; null where there is none, or it was sealed under a key that is gone. */
async function readAccessToken(c: Context<AppEnv>): Promise<string | null> {
  const sealed = getCookie(c, 'example-access-token');
  if (!sealed) return null;
  return open(c.var.config.encryptionKeys, sealed, tokenPlace).catch(() => null);
}

function setExampleCookie(c: Context<AppEnv>, name: string, value: string, path: string): void {
  const secure = c.var.config.publicUrl.protocol === 'https:';
  setCookie(c, name, value, { path, secure, httpOnly: true, sameSite: 'Lax' });
}
