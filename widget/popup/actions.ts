import { fill, t } from './look.ts';
import { remember } from './memory.ts';
import { hasOpener } from './opener.ts';
import { passage, statement } from './panel.ts';
import * as service from './service.ts';
import { attempt, closeWindow, end, frame, receive, showView, state, tell } from './state.ts';

let authorizing: AbortController | null = null;
let acknowledged: (() => void) | null = null;

/** How long the page that opened this window may take to acknowledge a result before the window closes. */
const acknowledgementMs = 1000;

/** Goes to an address the service gave: a provider's, or a return URL. */
function go(url: string): void {
  if (!/^https?:/.test(url)) throw new Error('Not an address to go to');
  location.assign(url);
}

/** Binds a run that no page began, on the first button pressed in it. */
async function bindFirst(): Promise<service.View> {
  if (state.unboundToken) {
    receive(await service.bind(state.unboundToken));
    state.unboundToken = null;
    if (state.view) history.replaceState(null, '', `#run=${state.view.run.id}`);
  }
  if (!state.view) throw new Error('There is no run');
  return state.view;
}

const unreachable = /^(provider_error|provider_timeout|temporarily_unavailable)$/;

/** Starts an authorization at a source and leaves for it. */
export function choose(source: service.Source): void {
  if (state.handingOver || state.over) return;
  void attempt(async () => {
    authorizing = new AbortController();
    const { signal } = authorizing;
    const { name, logo } = source;
    const words = { title: fill(t.toTitle, { source: name }), text: t.toText };
    frame.show(passage(frame.application, source, words, 'to'), { changed: false, header: false });
    frame.announce(words.title);
    document.querySelector('h1')?.focus();
    try {
      const { run } = await bindFirst();
      const { redirectUrl } = await service.authorize(run.id, source.id, signal);
      if (signal.aborted) return;
      remember('away', { application: frame.application, source: { name, logo } });
      const metadata = { runId: run.id, source: { id: source.id, slug: source.slug, name } };
      tell({ type: 'event', runId: run.id, name: 'source_selected', metadata });
      state.handingOver = true;
      go(redirectUrl);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof service.CallFailure) || !unreachable.test(failure.problem.error))
        throw failure;
      if (!state.view) return;
      const { error, error_description, request_id = '' } = failure.problem;
      showView(state.view, { source, result: 'failed', error, error_description, request_id });
    }
  });
}

/** Hands what was connected to the application, and closes. */
export function finish(): void {
  void attempt(async () => {
    const { run, application } = await bindFirst();
    frame.finishButton()?.setAttribute('aria-busy', 'true');
    const result = await service.finish(run.id);
    const app = application.name;
    const done = (text: string) =>
      end(statement({ drawing: 'check', tone: 'success', title: t.doneTitle, text: fill(text, { app }) }));
    done(t.doneText);
    if (result.delivery !== 'popup') return go(result.location);
    tell({ type: 'finished', runId: run.id, handle: result.handle, metadata: result.metadata });
    await closeWhenHeard();
    done(t.doneClose);
  });
}

/** Leaves the run, asking first where something would be lost. */
export async function leave(): Promise<void> {
  if (!state.view) await state.resuming;
  const { view, over } = state;
  if (over || !view) {
    closeWindow();
    return;
  }
  if (view.changed && !(await frame.confirmLeave())) return;
  if (authorizing) {
    authorizing.abort();
    authorizing = null;
    window.stop();
    state.handingOver = false;
    state.busy = false;
  }
  await attempt(async () => {
    const { run, application } = await bindFirst();
    const result = await service.exit(run.id);
    const text = fill(t.leftText, { app: application.name });
    end(statement({ drawing: 'door', title: t.leftTitle, text }));
    if (result.delivery !== 'popup') return go(result.location);
    tell({ type: 'exited', runId: run.id, error: result.error, metadata: result.metadata });
    await closeWhenHeard();
  });
}

async function closeWhenHeard(): Promise<void> {
  await new Promise<void>((resolve) => {
    acknowledged = resolve;
    setTimeout(resolve, hasOpener() ? acknowledgementMs : acknowledgementMs / 2);
  });
  closeWindow();
  await new Promise((resolve) => setTimeout(resolve, acknowledgementMs));
}

/** The page that opened this window has heard how the run ended. */
export function acknowledge(): void {
  acknowledged?.();
}
