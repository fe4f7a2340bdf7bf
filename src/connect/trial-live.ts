import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { OutboundError } from '../outbound/outbound.ts';
import { saveTrial, storeOf, type TrialRecord } from './trial-record.ts';
import { recordOutbound } from './trial-recorder.ts';
import type { Known } from './trial-redact.ts';
import type { TrialRun } from './trial-run.ts';

/** KV takes a key no more often. */
const saveEveryMs = 1_100;

/** A run that stores what it has done so far, while it goes on. */
interface LiveRun extends TrialRun {
  /** Puts the rest into the record, and stores nothing any more. */
  stop(): Promise<void>;
}

/** Makes what a trial's steps work with. */
export function newRun(c: Context<AppEnv>, record: TrialRecord, known: Known): LiveRun {
  const { now } = c.var;
  const before = record.exchanges;
  let savedAt = now();
  let saving = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const collect = () => {
    record.exchanges = [...before, ...recorder.exchanges(known)];
  };
  const save = () => {
    timer = null;
    savedAt = now();
    collect();
    saving = saveTrial(storeOf(c), record).catch(() => {});
  };
  const recorder = recordOutbound(c.var.outbound, now, () => {
    timer ??= setTimeout(save, Math.max(0, savedAt + saveEveryMs - now()));
  });
  return {
    parts: { ...c.var, outbound: recorder.outbound },
    recorder,
    known,
    async stop() {
      await recorder.settled();
      if (timer !== null) clearTimeout(timer);
      await saving;
      collect();
    },
  };
}

/** Goes through a trial's steps, and keeps what came of them, whatever it was. */
export async function conclude(
  c: Context<AppEnv>,
  record: TrialRecord,
  run: LiveRun,
  steps: () => Promise<void>,
): Promise<void> {
  try {
    await steps();
  } catch (error) {
    if (!(error instanceof OutboundError)) {
      const failure = error instanceof Error ? error.name : 'unknown';
      console.error(JSON.stringify({ level: 'error', task: 'trial', request_id: c.var.requestId, failure }));
    }
    const description = `The test broke off. Try it again; if it stays, quote the request ${c.var.requestId}.`;
    record.facts.failure ??= { step: 'sample', error: 'server_error', description, kind: null };
  }
  await run.stop();
  record.status = 'ended';
  const save = () => saveTrial(storeOf(c), record);
  await save().catch(async () => {
    await new Promise((resolve) => setTimeout(resolve, saveEveryMs));
    // Where KV is down, its page says that there is no such test.
    await save().catch(() => {});
  });
}

/**
 * Stores a record that somebody is about to look at.
 *
 * @throws Failure where KV is down
 */
export async function saveFirst(c: Context<AppEnv>, record: TrialRecord): Promise<void> {
  await saveTrial(storeOf(c), record).catch((cause: unknown) => {
    const text = 'The test can’t be stored right now. Try again in a minute.';
    throw new Failure('temporarily_unavailable', text, { cause });
  });
}
