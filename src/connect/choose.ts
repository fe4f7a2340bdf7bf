import { and, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { grants } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { hostValuesField, settleHosts } from '../sources/host-values.ts';
import { idSchema, jsonBody } from '../validation.ts';
import { startAuthorization } from './authorize.ts';
import { credentialRoutes } from './credential.ts';
import { grantMs } from './lifetimes.ts';
import { isOpen, queueReplaced } from './park.ts';
import { type ExistingConnection, loadOwnRun, requireExisting, requireOffer, requireOpen } from './run.ts';

const chooseBody = z.strictObject({
  source: idSchema,
  /** The Connection to renew; left out for a new one. */
  connection: z.optional(idSchema),
  /** For the `{value}`s in the source's hosts. */
  values: hostValuesField,
});

const disconnectBody = z.strictObject({
  connection: idSchema,
  /** Takes it back. */
  undo: z.optional(z.literal(true)),
});

/** What the user chooses in the popup: a source to connect, a Connection to renew or to end. */
export const chooseRoutes = new Hono<AppEnv>()
  .post('/connect/runs/:id/authorize', jsonBody(chooseBody), async (c) => {
    const { source, connection, values } = c.req.valid('json');
    const loaded = await loadOwnRun(c, c.req.param('id'), source);
    requireOpen(loaded.run, c.var.now());
    const offer = requireOffer(loaded, source);
    const renewed = connection === undefined ? null : requireExisting(loaded, connection, source);
    if (offer.clientId === null)
      throw new Failure('invalid_request', 'At this data source users type a credential.');
    const subject = { kind: 'run', runId: loaded.run.id, connectionId: renewed?.id ?? null } as const;
    const { offer: at, hostValues } = settleHosts(offer, values, renewed?.hostValues);
    const redirectUrl = await startAuthorization(c, at, subject, at.scopes, hostValues);
    return c.json({ redirectUrl: redirectUrl.href });
  })
  .post('/connect/runs/:id/disconnect', jsonBody(disconnectBody), async (c) => {
    const { db, now } = c.var;
    const { connection, undo } = c.req.valid('json');
    const loaded = await loadOwnRun(c, c.req.param('id'));
    const { run } = loaded;
    requireOpen(run, now());
    const existing = requireExisting(loaded, connection);
    const ofConnection = eq(grants.target, existing.id);
    const drop = [
      queueReplaced(db, run.id, ofConnection, now()),
      db.delete(grants).where(and(eq(grants.runId, run.id), ofConnection, isOpen(run.id))),
    ] as const;
    if (undo) await db.batch(drop);
    else await db.batch([...drop, db.insert(grants).values(parkedEnd(run.id, existing, now()))]);
    return c.body(null, 204);
  })
  .route('/', credentialRoutes);

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
