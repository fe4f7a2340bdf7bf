import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { open, seal } from '../crypto/seal.ts';
import { Failure } from '../errors.ts';

// The server half of the example integration. A real one runs on your own server, calls Trivet with `fetch`,
// and keeps the access token in its database; this one is called in process, and keeps it sealed in a cookie.

/** Calls Trivet. */
type CallTrivet = (request: Request, c: Context<AppEnv>) => Promise<Response>;

/** `/example/…`: what the landing page's script talks to. On only where the sandbox is. */
export function exampleRoutes(call: CallTrivet) {
  const trivet = async (c: Context<AppEnv>, path: string, init: RequestInit = {}) => {
    const response = await call(new Request(new URL(path, c.var.config.publicUrl), init), c);
    return { status: response.status, body: await response.json<Record<string, unknown>>() };
  };
  return new Hono<AppEnv>()
    .use('/example/*', async (c, next) => {
      if (!c.var.config.sandbox) throw new Failure('not_found', 'There is nothing at this address.');
      if (c.req.method === 'POST' && c.req.header('Origin') !== c.var.config.publicUrl.origin) {
        throw new Failure('access_denied', 'This is for the example page itself.');
      }
      c.header('Cache-Control', 'no-store');
      await next();
    })
    .post('/example/connected', async (c) => {
      // Steps 3 to 5: the page sent the specialToken; the server adds its secret and the user it has signed in.
      const { specialToken } = await c.req.json<{ specialToken: string }>();
      const { status, body } = await trivet(c, '/connect/tokens', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          specialToken,
          clientSecret: c.var.config.exampleClientSecret,
          clientUserId: signedInUser(c),
        }),
      });
      if (status === 200) await saveAccessToken(c, String(body.accessToken));
      return c.json(body, status as 200);
    })
    .get('/example/data', async (c) => {
      // Step 6: with the saved access token, ask who the user is, and the provider for the user's data.
      const headers = { Authorization: `Bearer ${await readAccessToken(c)}` };
      const { status, body: user } = await trivet(c, '/user', { headers });
      if (status !== 200) return c.json(user, status as 401);
      const connections = user.connections as { id: string; provider_id: string }[];
      const data = await Promise.all(
        connections.map(async ({ id, provider_id }) => {
          const withConnection = { headers: { ...headers, 'X-Connection-Id': id } };
          const [profile, steps] = await Promise.all([
            trivet(c, `/proxy/${provider_id}/me`, withConnection),
            trivet(c, `/proxy/${provider_id}/steps`, withConnection),
          ]);
          return { connectionId: id, provider: provider_id, profile: profile.body, steps: steps.body };
        }),
      );
      return c.json({ user, data });
    });
}

/** Who is signed in to the example: whoever this browser is, under a name made up on the first visit. */
export function signedInUser(c: Context<AppEnv>): string {
  const known = getCookie(c, 'example-user');
  if (known && /^visitor-[0-9a-f]{8}$/.test(known)) return known;
  const user = `visitor-${randomId().slice(0, 8)}`;
  setCookie(c, 'example-user', user, { path: '/', httpOnly: true, sameSite: 'Lax' });
  return user;
}

async function saveAccessToken(c: Context<AppEnv>, accessToken: string): Promise<void> {
  const sealed = await seal(c.var.config.encryptionKeys, accessToken, 'example/access-token');
  setCookie(c, 'example-access-token', sealed, { path: '/example', httpOnly: true, sameSite: 'Lax' });
}

async function readAccessToken(c: Context<AppEnv>): Promise<string> {
  const sealed = getCookie(c, 'example-access-token');
  if (!sealed) throw new Failure('invalid_token', 'Nothing has been connected in this browser yet.');
  return open(c.var.config.encryptionKeys, sealed, 'example/access-token');
}
