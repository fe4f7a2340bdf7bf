import { and, eq, gt, lt } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { SealError } from '../crypto/seal.ts';
import { repeatable } from '../db/repeat.ts';
import { deliveries } from '../db/schema.ts';
import { OutboundError } from '../outbound/outbound.ts';
import { type Due, isPending } from './due.ts';
import { eventBody } from './event.ts';
import { claimMs, nextAttemptAt } from './schedule.ts';
import { openSecrets, signMessage } from './secret.ts';

const timeoutMs = 10_000;

/** How a receiver answered. `error` is null where it took the event. */
interface Result {
  status: number | null;
  error: string | null;
}

/**
 * Sends an event to a webhook and stores what came of it. Whoever dies in between leaves it pending: it is sent
 * again, under the same id.
 *
 * @returns `taken` where another worker is at it
 */
export async function attemptDelivery(
  parts: AppEnv['Variables'],
  due: Due,
): Promise<'delivered' | 'failed' | 'taken'> {
  if (!(await claim(parts, due))) return 'taken';
  const result = await send(parts, due);
  if (result.error === null) await storeDelivered(parts, due, result);
  else await storeFailed(parts, due, result);
  return result.error === null ? 'delivered' : 'failed';
}

/** Of any number of workers, one has the attempt. */
async function claim({ db, now }: AppEnv['Variables'], { delivery }: Due): Promise<boolean> {
  const [mine] = await db
    .update(deliveries)
    .set({ attempts: delivery.attempts + 1, lastAttemptAt: now(), nextAttemptAt: now() + claimMs })
    .where(
      and(
        eq(deliveries.id, delivery.id),
        isPending,
        eq(deliveries.attempts, delivery.attempts),
        eq(deliveries.nextAttemptAt, delivery.nextAttemptAt ?? 0),
      ),
    )
    .returning({ id: deliveries.id });
  return mine !== undefined;
}

async function send(parts: AppEnv['Variables'], { event, webhook }: Due): Promise<Result> {
  const { config, now, outbound } = parts;
  try {
    const body = eventBody(event);
    const timestampSeconds = Math.floor(now() / 1000);
    const secrets = await openSecrets(config, webhook, now());
    const request = new Request(webhook.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Trivet',
        'webhook-id': event.id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': await signMessage(secrets, { id: event.id, timestampSeconds, body }),
      },
      body,
    });
    const response = await outbound(request, { timeoutMs });
    // Whatever it says, nobody reads it.
    await response.body?.cancel();
    return { status: response.status, error: errorOf(response.status) };
  } catch (error) {
    if (error instanceof OutboundError) return { status: null, error: error.kind };
    if (error instanceof SealError) return { status: null, error: 'secret_unreadable' };
    throw error;
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirected' : 'rejected';
}

async function storeDelivered({ db }: AppEnv['Variables'], { delivery }: Due, { status }: Result) {
  await repeatable(() =>
    db
      .update(deliveries)
      .set({ status: 'delivered', nextAttemptAt: null, responseStatus: status, error: null })
      .where(and(eq(deliveries.id, delivery.id), isPending)),
  );
}

/** Those of the same Connection that wait behind it wait with it; given up on, it lets them pass. */
async function storeFailed({ db, now }: AppEnv['Variables'], { delivery }: Due, { status, error }: Result) {
  const attempts = delivery.attempts + 1;
  const next = nextAttemptAt({ attempts, createdAt: delivery.createdAt }, now());
  const outcome = { nextAttemptAt: next, responseStatus: status, error };
  const own = db
    .update(deliveries)
    .set(next === null ? { ...outcome, status: 'dead' } : outcome)
    .where(and(eq(deliveries.id, delivery.id), isPending, eq(deliveries.attempts, attempts)));
  const behind = db
    .update(deliveries)
    .set({ nextAttemptAt: next })
    .where(
      and(
        eq(deliveries.webhookId, delivery.webhookId),
        eq(deliveries.connectionId, delivery.connectionId),
        isPending,
        gt(deliveries.eventSeq, delivery.eventSeq),
        lt(deliveries.nextAttemptAt, next ?? 0),
      ),
    );
  await repeatable(() => db.batch(next === null ? [own] : [own, behind]));
}
