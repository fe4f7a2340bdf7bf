import type { Problem, Theme } from '../protocol.ts';
import { acknowledge, choose, disconnect, finish, leave, undo } from './actions.ts';
import { skeleton } from './list.ts';
import { applyLook, applyTheme, fill, t } from './look.ts';
import { forget, remember } from './memory.ts';
import { hasOpener, listen, readOrigin } from './opener.ts';
import { passage, statement } from './panel.ts';
import * as service from './service.ts';
import { attempt, end, frame, receive, showView, state, takeOutcome, tell } from './state.ts';
import { explain } from './trouble.ts';

/** How long the opening page may take to start a session before the user is told. */
const sessionMs = 20_000;

const wait = () => frame.show([skeleton()], { changed: false });

/** Shows that this window can't be used by itself. */
const showAlone = () => end(statement({ drawing: 'window', title: t.aloneTitle, text: t.aloneText }));

/** Shakes hands with the page that opened this window, which then hands over the session. */
function shakeHands(origin: string): void {
  state.openerOrigin = origin;
  wait();
  let answered = false;
  listen(origin, (message) => {
    if (message.type === 'leave') void leave();
    else if (message.type === 'received') acknowledge();
    if (answered) return;
    if (message.type === 'failed') {
      answered = true;
      // The page has been told as well, so there is nothing to try again from here.
      end(explain(message.error as Problem, null, origin).content);
    } else if (message.type === 'session') {
      answered = true;
      applyTheme(message.theme as Theme);
      bindTo(String(message.sessionToken), String(message.runSecret), origin);
    }
  });
  tell({ type: 'hello' });
  setTimeout(() => {
    if (!answered) showAlone();
  }, sessionMs);
}

function bindTo(sessionToken: string, runSecret: string, origin: string): void {
  void attempt(async () => {
    state.over = false;
    wait();
    const view = await service.bind(sessionToken, { runSecret, origin });
    receive(view);
    const runId = view.run.id;
    history.replaceState(null, '', `#run=${runId}`);
    tell({ type: 'bound', runId });
    tell({ type: 'event', runId, name: 'opened', metadata: { runId } });
    showView(view);
  });
}

/** What this window remembers of the provider it went to, and of the Connection it is to renew. */
type Away = {
  application: service.Application;
  source: { name: string; logo: string | null };
  connection?: string;
};

/** Goes on with a run this browser is bound to: after a provider, a reload, or the Back button. */
function resume(runId: string): void {
  const away = remember<Away>('away');
  remember('away', null);
  state.resumedRunId = runId;
  state.fetching = attempt(async () => {
    if (away) {
      frame.application = away.application;
      const words = { title: fill(t.fromTitle, { source: away.source.name }), text: t.fromText };
      frame.show(passage(away.application, away.source, words, 'from'), { changed: false, header: false });
    } else {
      wait();
    }
    const view = await service.readView(runId);
    const first = state.view === null;
    receive(view);
    if (first && view.run.origin) attend(view.run.origin);
    tell({ type: 'bound', runId });
    const outcome = takeOutcome(view);
    showView(view, outcome && { ...outcome, ...(away?.connection && { connection: away.connection }) });
  });
}

function attend(origin: string): void {
  if (state.openerOrigin) return;
  state.openerOrigin = origin;
  listen(origin, ({ type }) => {
    if (type === 'leave') void leave();
    else if (type === 'received') acknowledge();
  });
}

/** Shows a run that an address opened. Nothing is bound before a button is pressed: mail scanners follow links. */
function open(sessionToken: string): void {
  state.fetching = attempt(async () => {
    wait();
    const view = await service.preview(sessionToken).catch(async (failure) => {
      // A link opened again, by the browser that holds its run.
      const own = await service.readView(sessionToken.split('.')[0] ?? '').catch(() => null);
      if (!own) throw failure;
      history.replaceState(null, '', `#run=${own.run.id}`);
      return own;
    });
    receive(view);
    if (location.hash === `#run=${view.run.id}`) {
      showView(view, takeOutcome(view));
      return;
    }
    if (view.run.delivery === 'popup') {
      const app = view.application.name;
      const title = fill(t.elsewhereTitle, { app });
      end(statement({ drawing: 'window', title, text: fill(t.elsewhereText, { app }) }));
      return;
    }
    state.unboundToken = sessionToken;
    showView(view);
  });
}

addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (event.target instanceof HTMLInputElement && event.target.value) return;
  // Else the same key press would close the question it opens.
  event.preventDefault();
  void leave();
});
addEventListener('pagehide', () => {
  const { view, over, handingOver } = state;
  const bound = view && !state.unboundToken ? view.run.id : state.resumedRunId;
  if (bound && !over && !handingOver && remember('delivery') === 'popup') service.noteClosed(bound);
});
addEventListener('pageshow', (event) => {
  if (!event.persisted || !state.view || state.over) return;
  state.handingOver = false;
  state.busy = false;
  if (!state.unboundToken) resume(state.view.run.id);
});

frame.actions = { choose, disconnect, undo, finish, leave: () => void leave() };
const fragment = new URLSearchParams(location.hash.slice(1));
const runId = fragment.get('run');
if (!runId) forget();
applyLook(fragment);
const session = fragment.get('session');
const origin = readOrigin(fragment.get('origin'));
if (runId) resume(runId);
else if (session) open(session);
else if (origin && hasOpener()) shakeHands(origin);
else showAlone();
