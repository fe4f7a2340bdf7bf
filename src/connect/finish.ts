import { and, eq, gt, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomSecret } from '../crypto/random.ts';
import { open, seal } from '../crypto/seal.ts';
import { repeatable } from '../db/repeat.ts';
import { grants, runs } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { jsonBody } from '../validation.ts';
import { assembleRun, type LoadedRun, readRunSecret, requireOpen, selectRun } from './run.ts';
import { hashHandle, keepSpecialToken } from './special-token.ts';
import { presentMetadata } from './view.ts';

/** Where a handle is sealed to. */
export function handlePlace(runId: string): string {
  return `run/${runId}/handle`;
}

/** `POST /connect/runs/:id/finish`: the user pressed Finish Connecting Data. */
export const finishRoutes = new Hono<AppEnv>().post(
  '/connect/runs/:id/finish',
  jsonBody(z.strictObject({})),
  async (c) => {
    const { handle, loaded } = await finishRun(c, c.req.param('id'));
    const { run } = loaded;
    if (run.delivery === 'popup') {
      return c.json({
        delivery: run.delivery,
        origin: run.origin,
        handle,
        metadata: presentMetadata(loaded),
      });
    }
    const location = new URL(run.returnUrl ?? '');
    // A hosted link's handle is the whole specialToken; in redirect mode connect.js joins the run secret.
    location.hash = new URLSearchParams(
      run.delivery === 'hosted' ? { specialToken: handle } : { handle, run: run.id },
    ).toString();
    return c.json({ delivery: run.delivery, location: location.href });
  },
);

/**
 * Ends a run with a handle, once, in one round trip. The same browser asking again, after a lost
 * answer, gets the same handle.
 */
async function finishRun(c: Context<AppEnv>, runId: string): Promise<{ handle: string; loaded: LoadedRun }> {
  const { db, config, now } = c.var;
  const secret = readRunSecret(c, runId);
  if (secret === null) throw notFound('run in this browser');
  const browserHash = await sha256(secret);
  const handle = randomSecret();
  const handleHash = await hashHandle(handle);
  const brought = sql`exists (select 1 from ${grants} where ${grants.runId} = ${runs.id} and ${grants.expiresAt} > ${now()})`;
  const sealedHandle = await seal(config.encryptionKeys, handle, handlePlace(runId));
  const statements = [
    db
      .update(runs)
      .set({
        status: 'finished',
        handleHash,
        sealedHandle,
        finishedAt: now(),
      })
      .where(
        and(
          eq(runs.id, runId),
          eq(runs.browserHash, browserHash),
          eq(runs.status, 'open'),
          gt(runs.expiresAt, now()),
          brought,
        ),
      ),
    ...selectRun(db, runId, now()),
  ] as const;
  const [, ...selected] = await repeatable(() => db.batch(statements));
  const loaded = assembleRun(selected, config);
  if (!loaded || loaded.run.browserHash !== browserHash) throw notFound('run in this browser');
  const { run } = loaded;
  if (run.handleHash === handleHash) {
    // D1 has it all: a KV that fails costs the exchange a read, nothing more.
    await keepSpecialToken(c.var, c.env.KV, handleHash, run).catch(() => {});
    return { handle, loaded };
  }
  if (run.status === 'finished' && run.sealedHandle) {
    return { handle: await open(config.encryptionKeys, run.sealedHandle, handlePlace(runId)), loaded };
  }
  requireOpen(run, now());
  throw new Failure('invalid_request', 'Nothing has been connected yet.');
}
