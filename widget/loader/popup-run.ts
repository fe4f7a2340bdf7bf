import { type Metadata, type Problem, protocolVersion, readMessage, type ToPopup } from '../protocol.ts';
import { lookOf, type Options, readTheme } from './options.ts';
import { randomToken, storedSecret } from './run-secret.ts';
import { type CallFailure, call, runIdOf, startSession } from './service.ts';

/** A run in a popup. */
export interface PopupRun {
  /** Whether its one callback has been called. */
  readonly over: boolean;
  /** Ends it and closes its window where `force` is set, else asks the popup to leave as its own button would. */
  leave(force: boolean): void;
}

const width = 420;
const height = 640;
/** A run lives 30 minutes on the server, which then says so; past this nobody asks any more. */
const watchMs = 35 * 60_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function openWindow(base: string, options: Options): Window | null {
  const fragment = new URLSearchParams({ origin: location.origin, ...lookOf(options) });
  const left = Math.round(screenX + (outerWidth - width) / 2);
  const top = Math.round(screenY + (outerHeight - height) / 2);
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
  return window.open(`${base}/connect#${fragment}`, `trivet-${randomToken()}`, features);
}

/**
 * Opens the popup (at once, so that the browser counts it to the click) and sees the run through to exactly
 * one `onSuccess` or `onExit`, by the popup's messages or, where the window was closed or its opener severed,
 * by asking the service.
 *
 * @param base the service's origin
 */
export function openPopupRun(base: string, options: Options): PopupRun {
  const runSecret = randomToken();
  const deadline = Date.now() + watchMs;
  let runId: string | null = null;
  let refusal: Problem | null = null;
  let greeted = false;
  // By the popup's own word: one that was closed in the midst of binding has nobody left in it to end the run.
  let bound = false;
  let away = false;
  let leaving = false;
  let ending = false;
  let over = false;
  let failures = 0;

  const settle = (deliver: () => void) => {
    if (over) return;
    over = true;
    if (runId) storedSecret(runId, null);
    deliver();
  };
  const succeed = (handle: string, metadata: Metadata) =>
    settle(() => options.onSuccess(`${handle}.${runSecret}`, metadata));
  const exit = (problem: Problem | null, metadata: Metadata = { runId, sources: [] }) =>
    settle(() => options.onExit?.(problem, metadata));

  const popup = openWindow(base, options);
  if (!popup) {
    const blocked = { error: 'popup_blocked', error_description: 'The browser blocked the Connect window' };
    queueMicrotask(() => exit(blocked));
    return { over: true, leave() {} };
  }
  const say = (message: ToPopup) => popup.postMessage({ trivet: protocolVersion, ...message }, base);

  const session = options.sessionToken
    ? Promise.resolve(options.sessionToken)
    : startSession(base, options, runSecret).then((started) => started.sessionToken);
  let sessionToken = '';
  const greet = () => {
    if (!greeted) return;
    if (refusal) say({ type: 'failed', error: refusal });
    else if (sessionToken) say({ type: 'session', sessionToken, runSecret, theme: readTheme(options) });
  };
  session.then(
    (token) => {
      sessionToken = token;
      runId = runIdOf(token);
      storedSecret(runId, runSecret);
      greet();
    },
    ({ problem }: CallFailure) => {
      refusal = problem;
      greet();
      exit(problem);
    },
  );

  const hear = (event: MessageEvent) => {
    const message = event.source === popup && event.origin === base && readMessage(event.data);
    if (!message) return;
    const { type } = message;
    if (type === 'hello') {
      greeted = true;
      greet();
    }
    if (type === 'failed') exit(message.error as Problem);
    if (message.runId !== runId) return;
    const metadata = message.metadata as Metadata;
    if (type === 'bound') {
      bound = true;
      away = false;
      if (leaving) say({ type: 'leave' });
      leaving = false;
    } else if (type === 'event' && !over) {
      const name = String(message.name);
      away = name === 'source_selected';
      options.onEvent?.(name, metadata);
    } else if (type === 'finished' && typeof message.handle === 'string') {
      say({ type: 'received' });
      succeed(message.handle, metadata);
    } else if (type === 'exited') {
      say({ type: 'received' });
      exit(message.error as Problem | null, metadata);
    }
  };
  addEventListener('message', hear);

  /** Asks once what became of the run, after ending it where `end` is set. */
  const ask = async (end: boolean) => {
    try {
      await session;
      const outcome = await call(base, '/connect/outcome', { sessionToken, runSecret, ...(end && { end }) });
      const metadata = outcome.metadata as Metadata;
      if (outcome.status === 'finished') succeed(String(outcome.handle), metadata);
      if (outcome.status === 'exited') exit(outcome.error as Problem | null, metadata);
    } catch (failure) {
      const { problem, final } = failure as CallFailure;
      // A session of a server has no run secret before it is bound, so there is nothing to ask about it.
      if (final) exit(bound ? problem : null);
      else if (end && ++failures > 4) exit(problem);
    }
    if (Date.now() > deadline) exit({ error: 'run_expired', error_description: 'The run has expired' });
  };
  const end = async () => {
    ending = true;
    popup.close();
    while (!over) {
      await ask(true);
      if (!over) await pause(1000);
    }
  };
  const watch = async () => {
    const closedAt = Date.now();
    if (!greeted && !ending && !over)
      console.warn(
        'Connect: the popup was closed or cut off before it could reach this page. If it is still open, this page sends Cross-Origin-Opener-Policy: same-origin; it needs same-origin-allow-popups (or mode "redirect").',
      );
    while (!over && !ending) {
      const closedForMs = Date.now() - closedAt;
      await ask(!bound && closedForMs >= 3000);
      if (!over) await pause(closedForMs < 30_000 ? 1000 : 3000);
    }
  };
  let watched = false;
  // A provider's COOP makes `closed` true while the user still signs in there: it starts the watch, it ends nothing.
  const timer = setInterval(() => {
    if (!popup.closed) return;
    if (!watched) void watch();
    watched = true;
    if (!over) return;
    clearInterval(timer);
    removeEventListener('message', hear);
  }, 500);

  return {
    get over() {
      return over;
    },
    leave(force) {
      if (force && over) popup.close();
      else if (over || ending) return;
      else if (force || !bound || popup.closed) void end();
      else {
        popup.focus();
        // At the provider nobody of ours would hear it: it is said when the popup is back.
        if (away) leaving = true;
        else say({ type: 'leave' });
      }
    },
  };
}
