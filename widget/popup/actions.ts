import { focusAccount } from './accounts.ts';
import { credentialForm, type Entry } from './credential.ts';
import { nameOf } from './frame.ts';
import { fill, t } from './look.ts';
import { remember } from './memory.ts';
import { hasOpener } from './opener.ts';
import { passage, statement } from './panel.ts';
import * as service from './service.ts';
import { attempt, closeWindow, end, frame, receive, showView, state, takeOutcome, tell } from './state.ts';

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

const byProvider = /^(provider_error|provider_timeout|temporarily_unavailable)$/;

/** Tells the page that opened this window which source the user chose. */
function tellChosen(runId: string, { id, slug, name }: service.Source): void {
  tell({ type: 'event', runId, name: 'source_selected', metadata: { runId, source: { id, slug, name } } });
}

/** Starts to connect a source, for another account or to renew a Connection. */
export function choose(source: service.Source, connection?: service.Connection): void {
  if (state.handingOver || state.over) return;
  const entry = credentialForm(frame.application, source, connection, {
    submit: (credential, values) => {
      if (!entry) return;
      if (credential) enter(entry, source, { ...credential, ...values }, connection);
      else leaveFor(source, connection, { entry, ...values });
    },
    back: () => history.back(),
  });
  if (!entry) leaveFor(source, connection);
  else if (!state.busy) openForm(entry);
}

/** Shows what a source needs first. The browser's Back leads from it to the list. */
function openForm(entry: Entry): void {
  history.pushState(null, '');
  frame.show([entry.form], { changed: false, header: false });
  entry.focus();
}

addEventListener('popstate', () => {
  if (!document.querySelector('.credential') || !state.view || state.over) return;
  // What is being tried goes on: the list shows what comes of it.
  showView(state.view);
});

/** Has a credential tried, and shows what came of it: on the list, or in the form where it can be mended. */
function enter(
  entry: Entry,
  source: service.Source,
  credential: service.Credential & { values?: service.HostValues },
  connection?: service.Connection,
): void {
  void attempt(async () => {
    authorizing = new AbortController();
    const { signal } = authorizing;
    entry.wait(true);
    frame.announce(fill(t.checking, { source: source.name }));
    try {
      const { run } = await bindFirst();
      tellChosen(run.id, source);
      const renewed = connection && { connection: connection.id };
      const view = await service.enter(run.id, { source: source.id, ...renewed, ...credential }, signal);
      if (signal.aborted) return;
      receive(view);
      const outcome = takeOutcome(view);
      const mend = outcome?.result === 'failed' && entry.form.isConnected;
      if (!mend || !entry.refuse(outcome.error ?? '')) showView(view, outcome);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof service.CallFailure)) throw failure;
      const { error, error_description, request_id = '' } = failure.problem;
      if (connection && error === 'not_found' && state.view) return showWithout(state.view);
      if (!entry.refuse(error) || !state.view) throw failure;
      if (entry.form.isConnected) return;
      const renewed = connection && { connection: connection.id };
      showView(state.view, { source, result: 'failed', error, error_description, request_id, ...renewed });
    } finally {
      entry.wait(false);
    }
  });
}

/** Starts an authorization at a source and leaves for it; `given` is what its form has asked for. */
function leaveFor(
  source: service.Source,
  connection?: service.Connection,
  given?: { entry: Entry; values?: service.HostValues },
): void {
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
      const renewed = connection && { connection: connection.id };
      const values = given?.values && { values: given.values };
      const subject = { source: source.id, ...renewed, ...values };
      const { redirectUrl } = await service.authorize(run.id, subject, signal);
      if (signal.aborted) return;
      remember('away', { application: frame.application, source: { name, logo }, ...renewed });
      tellChosen(run.id, source);
      state.handingOver = true;
      go(redirectUrl);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof service.CallFailure) || !state.view) throw failure;
      const { error, error_description, request_id = '' } = failure.problem;
      if (connection && error === 'not_found') return showWithout(state.view);
      if (given && error === 'invalid_request') {
        frame.show([given.entry.form], { changed: false, header: false });
        given.entry.refuse(error);
        return;
      }
      if (!byProvider.test(error)) throw failure;
      const renewed = connection && { connection: connection.id };
      showView(state.view, { source, result: 'failed', error, error_description, request_id, ...renewed });
    }
  });
}

/** Shows the run anew after a Connection turned out to have gone meanwhile. */
async function showWithout({ run }: service.View): Promise<void> {
  const view = await service.readView(run.id);
  receive(view);
  showView(view);
  frame.announce(t.gone);
}

/** Parks the end of a Connection, or takes that back, and shows the run as it then stands. */
function park({ id }: service.Connection, takeBack: boolean): void {
  if (state.busy || state.handingOver || state.over) return;
  document.querySelector(`[data-connection="${CSS.escape(id)}"]`)?.setAttribute('aria-busy', 'true');
  state.fetching = attempt(async () => {
    const { run } = await bindFirst();
    try {
      await service.disconnect(run.id, id, takeBack);
    } catch (failure) {
      if (!(failure instanceof service.CallFailure) || failure.problem.error !== 'not_found' || !state.view)
        throw failure;
      return showWithout(state.view);
    }
    const view = await service.readView(run.id);
    receive(view);
    showView(view);
    focusAccount(id, 'last');
  });
}

/** Has a Connection end when the run is finished. */
export const disconnect = (connection: service.Connection) => park(connection, false);

/** Leaves a Connection that was to end as it is. */
export const undo = (connection: service.Connection) => park(connection, true);

/** Whether the run is to do something with Connections the user already has. */
const changesKnown = ({ sources }: service.View) =>
  sources.some(({ connections }) => connections.some(({ change }) => change !== null));

/** Hands what was connected to the application, and closes. */
export function finish(): void {
  void attempt(async () => {
    const view = await bindFirst();
    const { run, application } = view;
    frame.finishButton()?.setAttribute('aria-busy', 'true');
    const result = await service.finish(run.id);
    const app = application.name;
    const title = changesKnown(view) ? t.doneChangesTitle : t.doneTitle;
    const done = (text: string) =>
      end(statement({ drawing: 'check', tone: 'success', title, text: fill(text, { app }) }));
    done(t.doneText);
    if (result.delivery !== 'popup') return go(result.location);
    tell({ type: 'finished', runId: run.id, handle: result.handle, metadata: result.metadata });
    await closeWhenHeard();
    done(t.doneClose);
  });
}

/** Leaves the run, asking first where something would be lost. */
export async function leave(): Promise<void> {
  await state.fetching?.catch(() => {});
  const { view, over } = state;
  if (over || !view) {
    closeWindow();
    return;
  }
  const lost = changesKnown(view) ? t.leaveChangesText : t.leaveText;
  const app = nameOf(frame.application);
  if (view.changed && !(await frame.confirmLeave(fill(lost, { app })))) return;
  if (authorizing) {
    authorizing.abort();
    authorizing = null;
    window.stop();
    state.handingOver = false;
    state.busy = false;
  }
  await attempt(async () => {
    const { run } = await bindFirst();
    const result = await service.exit(run.id);
    const title = changesKnown(view) ? t.leftChangesTitle : t.leftTitle;
    end(statement({ drawing: 'door', title, text: fill(t.leftText, { app }) }));
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
