import type { Metadata, Problem } from '../protocol.ts';
import { lookOf, type Options } from './options.ts';
import { randomToken, storedSecret } from './run-secret.ts';
import { type CallFailure, runIdOf, startSession } from './service.ts';

/** How a run ended that this page had started before it was left. */
interface ReturnedRun {
  specialToken: string | null;
  problem: Problem | null;
  metadata: Metadata;
}

let returned: ReturnedRun | null = null;

/**
 * Reads the fragment a run comes back with (`#handle=…&run=…` or `#exit=…&run=…`) and takes it out of the
 * address. One whose run secret isn't in this page's storage is left alone: this page didn't begin that run.
 */
export function readReturn(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const runId = fragment.get('run');
  const handle = fragment.get('handle');
  const code = fragment.get('exit');
  const runSecret = runId && (handle ?? code) !== null && storedSecret(runId);
  if (!runId || !runSecret) return;
  storedSecret(runId, null);
  history.replaceState(history.state, '', location.pathname + location.search);
  returned = {
    specialToken: handle && `${handle}.${runSecret}`,
    problem: code ? { error: code, error_description: `Connect ended with ${code}` } : null,
    metadata: { runId, sources: [] },
  };
}

/** Whether this page came back from a run that nobody has been told of yet. */
export function hasReturned(): boolean {
  return returned !== null;
}

/** Delivers the run this page came back from, if there is one, to the first who asks. */
export function deliverReturn({ onSuccess, onExit }: Options): void {
  const run = returned;
  returned = null;
  if (!run) return;
  queueMicrotask(() => {
    if (run.specialToken) onSuccess(run.specialToken, run.metadata);
    else onExit?.(run.problem, run.metadata);
  });
}

/** Starts a run that comes back to this page's address, and leaves for it. */
export async function leaveForRun(base: string, options: Options): Promise<void> {
  const runSecret = randomToken();
  try {
    const returnUrl = location.href.replace(/#.*/, '');
    const { sessionToken, connectUrl } = await startSession(base, options, runSecret, returnUrl);
    storedSecret(runIdOf(sessionToken), runSecret);
    location.assign(`${connectUrl}&${new URLSearchParams(lookOf(options))}`);
  } catch (failure) {
    options.onExit?.((failure as CallFailure).problem, { runId: null, sources: [] });
  }
}
