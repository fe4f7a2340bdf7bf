import { and, eq, isNotNull, lte } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { equalSecrets, sha256 } from '../crypto/hash.ts';
import { open } from '../crypto/seal.ts';
import { type ExitReason, type Outcome, runs } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { internal } from '../openapi/describe.ts';
import { jsonBody } from '../validation.ts';
import { handlePlace } from './finish.ts';
import { leftMs } from './lifetimes.ts';
import { type LoadedRun, loadOwnRun, loadRun, parseSessionToken, type Run } from './run.ts';
import { pageCors } from './session.ts';
import { presentMetadata } from './view.ts';

const exitBody = z.strictObject({ reason: z.enum(['left', 'closed']) });

const outcomeBody = z.strictObject({
  sessionToken: z.string().check(z.maxLength(200)),
  runSecret: z.string().check(z.maxLength(64)),
  /** The page is done with this run: it ends, unless it has ended already. */
  end: z.optional(z.literal(true)),
});

/** How a run ends without a change, and how its page learns what became of it. */
export const outcomeRoutes = new Hono<AppEnv>()
  .post('/connect/runs/:id/exit', jsonBody(exitBody), async (c) => {
    const { db, now } = c.var;
    const loaded = await loadOwnRun(c, c.req.param('id'));
    const { run } = loaded;
    const error = exitReason(run);
    if (c.req.valid('json').reason === 'closed') {
      // Only a note: a reload says it too. What follows, or doesn't, decides.
      await db
        .update(runs)
        .set({ leftAt: now() })
        .where(and(eq(runs.id, run.id), eq(runs.status, 'open')));
    } else {
      await endRun(c.var, run);
    }
    if (run.delivery === 'popup') {
      return c.json({ delivery: run.delivery, origin: run.origin, error, metadata: presentMetadata(loaded) });
    }
    const location = new URL(run.returnUrl ?? '');
    location.hash = new URLSearchParams({ exit: error?.error ?? '', run: run.id }).toString();
    return c.json({ delivery: run.delivery, location: location.href });
  })
  .use('/connect/outcome', internal, pageCors)
  .post('/connect/outcome', jsonBody(outcomeBody), async (c) => {
    const body = c.req.valid('json');
    const loaded = await loadOutcome(c.var, body.sessionToken, body.runSecret);
    const { run } = loaded;
    const silent = run.leftAt !== null && run.leftAt + leftMs <= c.var.now();
    const ended =
      run.status === 'open' && (body.end || silent)
        ? await endRun(c.var, run, body.end ? null : run.leftAt)
        : null;
    c.header('Cache-Control', 'no-store');
    return c.json(await presentOutcome(c.var, ended ? { ...loaded, run: ended } : loaded));
  });

/** The run whose page asks: it has the session token and the run secret, and was bound by the handshake. */
async function loadOutcome(
  parts: AppEnv['Variables'],
  sessionToken: string,
  runSecret: string,
): Promise<LoadedRun> {
  const session = await parseSessionToken(sessionToken);
  const loaded = session ? await loadRun(parts, session.runId) : null;
  if (!session || !loaded) throw notFound('run');
  const { run } = loaded;
  // In redirect mode and for hosted links the handle travels in the return URL, to that browser alone.
  if (run.sessionHash !== session.sessionHash || run.delivery !== 'popup') throw notFound('run');
  const unbound = run.serverMinted && run.challenge === null;
  if (!unbound && !(await equalSecrets(run.challenge ?? '', await sha256(runSecret)))) throw notFound('run');
  return loaded;
}

async function presentOutcome({ config, now }: AppEnv['Variables'], loaded: LoadedRun) {
  const { run } = loaded;
  const metadata = presentMetadata(loaded);
  if (run.status === 'finished' && run.sealedHandle) {
    const handle = await open(config.encryptionKeys, run.sealedHandle, handlePlace(run.id));
    return { status: 'finished', handle, metadata };
  }
  if (run.status === 'exited') return { status: 'exited', error: run.exitReason, metadata };
  if (run.expiresAt <= now()) {
    const error: ExitReason = {
      error: 'run_expired',
      error_description: 'The user did not finish within 30 minutes.',
    };
    return { status: 'exited', error, metadata };
  }
  return { status: 'open', bound: run.browserHash !== null };
}

/**
 * Ends an open run without a change. Of a finish and an end at the same moment, one happens.
 *
 * @param leftAt where the run ends because its page fell silent: since when. If it spoke meanwhile, it goes on
 * @returns the run as it is now
 */
async function endRun(
  { db, now }: AppEnv['Variables'],
  run: Run,
  leftAt: number | null = null,
): Promise<Run | null> {
  const stillSilent = leftAt === null ? undefined : and(isNotNull(runs.leftAt), lte(runs.leftAt, leftAt));
  const [, [current]] = await db.batch([
    db
      .update(runs)
      .set({ status: 'exited', exitReason: exitReason(run), finishedAt: now() })
      .where(and(eq(runs.id, run.id), eq(runs.status, 'open'), stillSilent)),
    db.select().from(runs).where(eq(runs.id, run.id)),
  ]);
  return current ?? null;
}

/** Why a run that is left now ends: whatever went wrong last, or nothing but the user's wish. */
function exitReason({ lastOutcome }: { lastOutcome: Outcome | null }): ExitReason | null {
  if (!lastOutcome || lastOutcome.result === 'connected') return null;
  return {
    error: lastOutcome.error ?? 'provider_error',
    error_description: lastOutcome.errorDescription ?? '',
  };
}
