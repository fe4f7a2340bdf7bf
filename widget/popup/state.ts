import type { Problem, ToOpener } from '../protocol.ts';
import { focusAccount } from './accounts.ts';
import { button, createFrame, nameOf } from './frame.ts';
import { outcomeTexts, sourceList } from './list.ts';
import { applyLocale, fill, t } from './look.ts';
import { remember } from './memory.ts';
import { hasOpener, say } from './opener.ts';
import { statement } from './panel.ts';
import { CallFailure, type Outcome, readView, type View } from './service.ts';
import { explain } from './trouble.ts';

export const frame = createFrame();

/** The run in this window. */
export const state = {
  view: null as View | null,
  /** A run of this browser whose view is being fetched. */
  resumedRunId: null as string | null,
  /** Settles once the view that is on its way is there, or couldn't be had. */
  fetching: null as Promise<void> | null,
  /** The page that opened this window, by its own word until the run names it. */
  openerOrigin: null as string | null,
  /** The session of a run that the first pressed button binds. */
  unboundToken: null as string | null,
  /** Nothing more can happen in this run. */
  over: false,
  /** The page is on its way to a provider. */
  handingOver: false,
  busy: false,
};

/** Says something to the page that began the run, where there is one. */
export function tell(message: ToOpener): void {
  const origin = state.view?.run.origin ?? state.openerOrigin;
  if (origin) say(origin, message);
}

/** Closes the window. Browsers let scripts close only what a script has opened. */
export function closeWindow(): void {
  window.close();
}

const closable = () => hasOpener() || history.length < 2 || state.view?.run.delivery === 'popup';
const closeButtons = () => (closable() ? [button(t.close, 'plain', closeWindow)] : []);

/** Shows that the run is over. Does not tell the opener. */
export function end(content: HTMLElement): void {
  state.over = true;
  frame.close(content, closeButtons());
}

/** Shows what went wrong, with a way to try again where that can help; else the run is over. */
function showTrouble(problem: Problem, again: () => void): void {
  const { view } = state;
  const { content, retry } = explain(problem, frame.application, state.openerOrigin ?? location.origin);
  if (retry) {
    const aside = view ? [button(t.back, 'plain', () => showView(view))] : closeButtons();
    frame.close(content, [button(t.tryAgain, 'primary', again), ...aside]);
    return;
  }
  end(content);
  if (!view) tell({ type: 'failed', error: problem });
  else
    tell({
      type: 'exited',
      runId: view.run.id,
      error: problem,
      metadata: { runId: view.run.id, sources: [] },
    });
}

let latestAttempt = 0;

/** Does one thing at a time, and shows what went wrong with it. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  if (state.busy) return;
  state.busy = true;
  latestAttempt += 1;
  const own = latestAttempt;
  try {
    await work();
  } catch (failure) {
    if (!(failure instanceof CallFailure)) throw failure;
    const { problem } = failure;
    const ended = /^run_(ended|expired)$/.test(problem.error) && state.view;
    const now = ended && (await readView(ended.run.id).catch(() => null));
    if (now && now.run.status !== 'open') showEnd(now);
    else showTrouble(problem, () => void attempt(work));
  } finally {
    if (own === latestAttempt) state.busy = false;
  }
}

function showEnd({ run }: View): void {
  const app = nameOf(frame.application);
  if (run.status === 'finished') {
    end(
      statement({ drawing: 'check', tone: 'success', title: t.endedTitle, text: fill(t.endedText, { app }) }),
    );
    if (run.delivery === 'popup') setTimeout(closeWindow, 1500);
    return;
  }
  const expired = Date.parse(run.expiresAt) <= Date.now();
  end(
    expired
      ? statement({ drawing: 'clock', title: t.expiredTitle, text: fill(t.expiredText, { app }) })
      : statement({ drawing: 'door', title: t.leftTitle, text: fill(t.leftText, { app }) }),
  );
  const error = expired ? { error: 'run_expired', error_description: 'The run has expired' } : null;
  tell({ type: 'exited', runId: run.id, error, metadata: { runId: run.id, sources: [] } });
}

/** Takes in how the run stands. */
export function receive(view: View): void {
  state.view = view;
  frame.application = view.application;
  remember('delivery', view.run.delivery);
  if (!remember('locale')) applyLocale(view.run.locale);
  watchExpiry(view);
}

/** Shows the run as it stands, under word of how the last authorization went. */
export function showView(view: View, outcome: Outcome | null = null): void {
  const { run, sources, changed } = view;
  if (run.status !== 'open') {
    showEnd(view);
    return;
  }
  if (sources.length === 0) {
    const text = fill(t.emptyText, { app: view.application.name });
    frame.show([statement({ drawing: 'plug', title: t.emptyTitle, text })], { changed });
    return;
  }
  const known = sources.flatMap(({ connections }) => connections);
  const why = known.length > 0 ? t.finishWhyChange : t.finishWhy;
  // Who types a credential hands it over; who signs in doesn't.
  const intro = sources.some(({ credential }) => credential) ? t.introTyped : t.intro;
  frame.show(sourceList(view, outcome, frame), { changed, why, intro });
  if (!outcome) {
    const [only] = known;
    // Made for this one Connection: renewing it is why the user is here.
    if (sources.length === 1 && known.length === 1 && only && !only.complete && !only.change)
      focusAccount(only.id, 'first');
    return;
  }
  const { title, text } = outcomeTexts(outcome);
  frame.announce(`${title}. ${text}`);
  const next = document.querySelector<HTMLElement>('.notice button');
  if (outcome.result === 'connected') frame.finishButton()?.focus();
  else next?.focus();
}

/** The outcome the user hasn't been told of yet; the page that opened this window hears of it too. */
export function takeOutcome({ run, outcome, sources }: View): Outcome | null {
  if (!outcome || remember<string>('seen') === outcome.request_id) return null;
  remember('seen', outcome.request_id);
  const source = sources.find(({ id }) => id === outcome.source.id);
  const metadata = {
    runId: run.id,
    source: { ...outcome.source, slug: source?.slug ?? '' },
    ...(outcome.error && { error: outcome.error }),
  };
  tell({ type: 'event', runId: run.id, name: `source_${outcome.result}`, metadata });
  return outcome;
}

let expiry: ReturnType<typeof setTimeout> | undefined;

/** Asks the server when time should be up: this machine's clock may be wrong. */
function watchExpiry(view: View): void {
  const { run } = view;
  clearTimeout(expiry);
  const remainingMs = Date.parse(run.expiresAt) - Date.now();
  if (run.status !== 'open') return;
  expiry = setTimeout(
    async () => {
      if (state.over || state.busy || state.handingOver || state.unboundToken) return;
      const now = await readView(run.id).catch(() => null);
      if (now && now.run.status !== 'open') showEnd(now);
      else watchExpiry(now ?? view);
    },
    Math.max(remainingMs + 1000, 60_000),
  );
}
