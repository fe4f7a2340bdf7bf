import { and, eq, sql } from 'drizzle-orm';
import { Hono } from 'hono';
import * as z from 'zod';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { grants, runs } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { idSchema, jsonBody } from '../validation.ts';
import { startAuthorization } from './authorize.ts';
import { grantMs } from './lifetimes.ts';
import { type ExistingConnection, type LoadedRun, loadOwnRun, requireOpen } from './run.ts';

const chooseBody = z.strictObject({
  source: idSchema,
  /** The Connection to renew; left out for a new one. */
  connection: idSchema.optional(),
});

const disconnectBody = z.strictObject({
  connection: idSchema,
  /** Takes it back. */
  undo: z.literal(true).optional(),
});

/** What the user chooses in the popup: a source to connect, a Connection to renew or to end. */
export const chooseRoutes = new Hono<AppEnv>()
  .post('/connect/runs/:id/authorize', jsonBody(chooseBody), async (c) => {
    const { source, connection } = c.req.valid('json');
    const loaded = await loadOwnRun(c, c.req.param('id'), source);
    requireOpen(loaded.run, c.var.now());
    const offer = loaded.offers.find((candidate) => candidate.source.id === source);
    if (!offer) throw new Failure('not_found', 'This application does not offer that data source.');
    const renewed = connection === undefined ? null : findExisting(loaded, connection);
    if (renewed && renewed.sourceId !== source) throw notFound('Connection to that data source');
    const subject = { kind: 'run', runId: loaded.run.id, connectionId: renewed?.id ?? null } as const;
    const redirectUrl = await startAuthorization(c, offer, subject, offer.scopes);
    return c.json({ redirectUrl: redirectUrl.href });
  })
  .post('/connect/runs/:id/disconnect', jsonBody(disconnectBody), async (c) => {
    const { db, now } = c.var;
    const { connection, undo } = c.req.valid('json');
    const loaded = await loadOwnRun(c, c.req.param('id'));
    const { run } = loaded;
    requireOpen(run, now());
    const existing = findExisting(loaded, connection);
    const parked = and(eq(grants.runId, run.id), eq(grants.target, existing.id));
    const stillOpen = sql`exists (select 1 from ${runs} where ${runs.id} = ${run.id} and ${runs.status} = 'open')`;
    const remove = db.delete(grants).where(and(parked, stillOpen));
    if (undo) await remove;
    else await db.batch([remove, db.insert(grants).values(parkedEnd(run.id, existing, now()))]);
    return c.body(null, 204);
  });

function findExisting({ existing }: LoadedRun, id: string): ExistingConnection {
  const connection = existing.find((candidate) => candidate.id === id);
  if (!connection) throw notFound('Connection of this user');
  return connection;
}

/** A disconnect, parked like everything else a run does: it happens at the exchange. */
function parkedEnd(runId: string, { id, sourceId, scopesRequested }: ExistingConnection, now: number) {
  return {
    id: randomId(),
    runId,
    connectionId: id,
    sourceId,
    target: id,
    disconnect: true,
    scopesRequested,
    createdAt: now,
    expiresAt: now + grantMs,
  };
}
