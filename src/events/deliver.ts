import type { AppEnv } from '../context.ts';
import { attemptDelivery } from './attempt.ts';
import { findDue, selectDueWebhooks } from './due.ts';
import { logFault } from './log-fault.ts';

type Parts = AppEnv['Variables'];

/** What is left of one run, which has to end before its invocation does. */
interface Run {
  until: number;
  attemptsLeft: number;
}

/** Work behind an answer is cut off after 30 s. */
const promptRun = { ms: 15_000, attempts: 12 };
/** The next sweep comes in a minute. */
const sweepRun = { ms: 45_000, attempts: 200 };

// A worker has six connections at a time, and whatever waits for one runs into its time-out. Webhooks that fail
// have two of them, so that however many there are, and however slow, the others have theirs.
const lanes = {
  well: { webhooks: 2, each: 2 },
  struggling: { webhooks: 2, each: 1 },
};
/** However much one webhook is owed, others have their turn. */
const attemptsPerWebhook = 100;

/**
 * Sends what is due, each event after the earlier ones of its Connection to the same webhook. What fails here is
 * tried again by a later run.
 *
 * @param only the one whose events are sent, soon after they happened; without it, everybody's
 */
export async function deliverDue(parts: Parts, only?: { developerId: string }): Promise<void> {
  const { ms, attempts } = only ? promptRun : sweepRun;
  const run: Run = { until: parts.now() + ms, attemptsLeft: attempts };
  const due = await selectDueWebhooks(parts.db, parts.now(), only);
  const [struggling, well] = [
    due.filter((webhook) => webhook.struggling),
    due.filter((webhook) => !webhook.struggling),
  ];
  await Promise.all([
    runLane(parts, run, well, lanes.well),
    runLane(parts, run, struggling, lanes.struggling),
  ]);
}

/** Has a developer's events sent at once, behind the answer: called by whatever may have written some. */
export function announce(parts: Parts, developerId: string): void {
  const sent = deliverDue(parts, { developerId });
  parts.waitUntil(sent.catch((error: unknown) => logFault('delivery', error)));
}

async function runLane(
  parts: Parts,
  run: Run,
  webhooks: { id: string }[],
  width: { webhooks: number; each: number },
): Promise<void> {
  const waiting = webhooks.map(({ id }) => id);
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined && goesOn(parts, run); id = waiting.shift()) {
      // Nothing is lost: what is still pending is sent when it is due.
      await deliverTo(parts, run, id, width.each).catch((error: unknown) =>
        logFault('delivery', error, { webhook: id }),
      );
    }
  };
  await Promise.all(Array.from({ length: width.webhooks }, worker));
}

/** Sends to one webhook until nothing is due there, or it fails. */
async function deliverTo(parts: Parts, run: Run, webhookId: string, atOnce: number): Promise<void> {
  for (let made = 0; made < attemptsPerWebhook && goesOn(parts, run); ) {
    const due = await findDue(parts.db, webhookId, parts.now(), atOnce);
    if (due.length === 0) return;
    made += due.length;
    run.attemptsLeft -= due.length;
    const results = await Promise.all(due.map((each) => attemptDelivery(parts, each)));
    if (results.includes('failed')) return;
  }
}

function goesOn({ now }: Parts, run: Run): boolean {
  return run.attemptsLeft > 0 && now() < run.until;
}
