import { and, eq, isNull, or } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { originsOf } from '../applications/application.ts';
import type { AppEnv } from '../context.ts';
import { equalSecrets, sha256 } from '../crypto/hash.ts';
import { randomSecret } from '../crypto/random.ts';
import { repeatable } from '../db/repeat.ts';
import { runs } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { internal } from '../openapi/describe.ts';
import { jsonBody } from '../validation.ts';
import { type LoadedRun, loadOwnRun, loadRun, parseSessionToken, requireOpen, setRunCookie } from './run.ts';
import { presentRun } from './view.ts';

const sessionToken = z.string().check(z.maxLength(200));

const bindBody = z.strictObject({
  sessionToken,
  runSecret: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url')),
  ),
  origin: z.optional(z.string().check(z.maxLength(300))),
});

/** The popup's own requests come from our pages: another site's page can't make them on a user's behalf. */
const requireOwnOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header('Origin');
  const site = c.req.header('Sec-Fetch-Site');
  const own =
    origin === undefined
      ? site === undefined || site === 'same-origin'
      : origin === c.var.config.publicUrl.origin;
  if (!own || (origin === undefined && c.req.method !== 'GET')) {
    throw new Failure('access_denied', 'This is for the Connect page itself.');
  }
  c.header('Cache-Control', 'no-store');
  await next();
};

/** Binding a run to one browser, and what that browser's popup shows of it. */
export const popupRoutes = new Hono<AppEnv>()
  .use('/connect/preview', internal, requireOwnOrigin)
  .use('/connect/bind', internal, requireOwnOrigin)
  .use('/connect/runs/*', internal, requireOwnOrigin)
  .post('/connect/preview', jsonBody(z.strictObject({ sessionToken })), async (c) => {
    const loaded = await loadBySession(c.var, c.req.valid('json').sessionToken);
    // Whoever holds the link may look; whose accounts these are is shown to the browser that goes on.
    const shown = { ...loaded, granted: [], existing: [] };
    if (loaded.run.delivery === 'popup') shown.offers = [];
    return c.json(presentRun(shown, c.var.config, c.var.now()));
  })
  .post('/connect/bind', jsonBody(bindBody), async (c) => {
    const { db, config, now } = c.var;
    const body = c.req.valid('json');
    const loaded = await loadBySession(c.var, body.sessionToken);
    const { run } = loaded;
    requireOpen(run, now());
    const handshake = run.delivery === 'popup' ? await verifyHandshake(loaded, body, c.var.config) : {};
    const browserSecret = randomSecret();
    const browserHash = await sha256(browserSecret);
    const [bound] = await repeatable(() =>
      db
        .update(runs)
        .set({ ...handshake, browserHash })
        .where(
          and(
            eq(runs.id, run.id),
            or(isNull(runs.browserHash), eq(runs.browserHash, browserHash)),
            eq(runs.status, 'open'),
          ),
        )
        .returning({ id: runs.id }),
    );
    if (!bound)
      throw new Failure(
        'run_ended',
        'This run is already open in another window. Start again from the application.',
      );
    setRunCookie(c, run.id, browserSecret);
    return c.json(presentRun({ ...loaded, run: { ...run, ...handshake } }, config, now()));
  })
  .get('/connect/runs/:id', async (c) => {
    const { db, config, now } = c.var;
    const loaded = await loadOwnRun(c, c.req.param('id'));
    const { run } = loaded;
    if (run.leftAt !== null) {
      // The page said it was closing, and here it is again (a reload, or Back).
      await db
        .update(runs)
        .set({ leftAt: null })
        .where(and(eq(runs.id, run.id), eq(runs.status, 'open')));
    }
    return c.json(presentRun(loaded, config, now()));
  });

/** The run of a session token that nobody has bound yet. */
async function loadBySession(parts: AppEnv['Variables'], token: string): Promise<LoadedRun> {
  const session = await parseSessionToken(token);
  const loaded = session ? await loadRun(parts, session.runId) : null;
  if (!session || !loaded || loaded.run.sessionHash !== session.sessionHash) throw notFound('run');
  if (loaded.run.browserHash !== null) {
    throw new Failure(
      'run_ended',
      'This run is already open in another window. Start again from the application.',
    );
  }
  return loaded;
}

/**
 * The handshake: the page that opened this popup is on the exact origin the run was started from, and
 * knows the run secret. A server-minted session learns both here, once.
 */
async function verifyHandshake(
  { run, application }: LoadedRun,
  { runSecret, origin }: z.output<typeof bindBody>,
  config: AppEnv['Variables']['config'],
): Promise<{ origin: string; challenge: string }> {
  if (runSecret === undefined || origin === undefined) {
    throw new Failure('access_denied', 'Open this from the application, with its Connect button.');
  }
  if (!originsOf(application, config).includes(origin) || (run.origin !== null && run.origin !== origin)) {
    throw new Failure(
      'origin_not_allowed',
      `Pages on ${origin} may not open Connect for this application. Add this origin to the application’s origins.`,
    );
  }
  const challenge = await sha256(runSecret);
  if (run.challenge !== null && !(await equalSecrets(run.challenge, challenge))) {
    throw new Failure('access_denied', 'The page that opened this window did not start this run.');
  }
  return { origin, challenge };
}
