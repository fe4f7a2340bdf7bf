import { shortenId, shortenSecret } from '../../src/landing/shorten.ts';
import type { ShownCall } from '../../src/landing/shown-call.ts';
import { el } from '../popup/dom.ts';
import { hear } from './events.ts';

type State = 'waiting' | 'earlier' | 'happening' | 'done' | 'ended' | 'failed';

const words: Record<State, string> = {
  waiting: 'Waiting',
  earlier: 'On an earlier visit',
  happening: 'Happening now',
  done: 'Done',
  ended: 'Ended here',
  failed: 'Failed',
};
const all = [1, 2, 3, 4, 5, 6];

/** Lights up the six steps and fills in what each sends and gets, as the example tells of it. */
export function followSteps(): void {
  let launched = false;
  let openRuns = 0;
  let connected: string[] = [];

  hear('launch', ({ clientId, clientUserId }) => {
    launched = true;
    openRuns++;
    connected = [];
    for (const step of all) setState(step, 'waiting');
    for (const value of document.querySelectorAll<HTMLElement>('.payload dd')) show(value, null);
    setState(1, 'happening');
    fill('launch', { clientId: shortenId(clientId), clientUserId });
    fill('run', { popup: 'open' });
    announce('Step 1: the popup is open.');
  });

  hear('event', ({ name, metadata }) => {
    setState(1, 'done');
    setState(2, 'happening');
    fill('run', { runId: shortenId(metadata.runId), popup: 'bound' });
    if (name === 'source_connected' && metadata.source && !connected.includes(metadata.source.slug))
      connected.push(metadata.source.slug);
    fill('sources', { 'last event': name, ...(connected.length > 0 && { sources: connected.join(', ') }) });
  });

  hear('finish', ({ specialToken, metadata }) => {
    openRuns--;
    setState(1, 'done');
    setState(2, 'done');
    setState(3, 'happening');
    fill('run', { runId: shortenId(metadata.runId ?? ''), popup: 'closed' });
    fill('sources', { sources: metadata.sources.map((source) => source.slug).join(', ') });
    fill('finish', { specialToken: shortenSecret(specialToken) });
    fill('connected', { specialToken: shortenSecret(specialToken) });
  });

  hear('exit', ({ error }) => {
    openRuns--;
    // A run that a newer one has taken the place of: the newer one's steps are on show.
    if (openRuns > 0) return;
    fill('run', { popup: 'closed' });
    const step = stateOf(2) === 'happening' ? 2 : 1;
    setState(step, error ? 'failed' : 'ended', error?.error);
    fill('sources', { 'last event': error ? `onExit ${error.error}` : 'onExit' });
    announce(`Step ${step} of 6: the run ended without connecting anything.`);
  });

  hear('exchange', ({ error, calls = [] }) => {
    const call = calls.find(({ path }) => path === '/connect/tokens');
    setState(3, call ? 'done' : 'failed', call ? undefined : error);
    if (!call) return;
    fill('tokens', call.sent);
    fill('exchanged', { status: call.status });
    setState(4, call.status === 200 ? 'done' : 'failed', call.status === 200 ? undefined : error);
    if (call.status !== 200) return;
    const { userCode, accessToken, connections } = call.got as Record<string, unknown> & {
      connections: unknown[];
    };
    setState(5, 'done');
    setState(6, 'happening');
    fill('exchanged', {
      userCode: shortenId(String(userCode)),
      accessToken,
      connections: connections.length,
    });
  });

  hear('data', ({ error, accounts = [], calls = [] }) => {
    if (!launched && accounts.length > 0) for (const step of all) setState(step, 'earlier');
    if (error || accounts.length > 0) setState(6, error ? 'failed' : 'done', error);
    const [first] = calls;
    if (!first) return;
    const bearer = String(first.sent.authorization).replace(/^Bearer /, '');
    fill('authorization', { accessToken: bearer });
    listCalls(calls);
    if (launched && !error) announce('All six steps are done.');
  });
}

function stepRow(step: number): HTMLElement | null {
  return document.querySelector(`[data-step="${step}"]`);
}

function stateOf(step: number): string | undefined {
  return stepRow(step)?.dataset.state;
}

function setState(step: number, state: State, word = words[state]): void {
  const row = stepRow(step);
  const label = row?.querySelector('.state');
  if (!row || !label || (row.dataset.state === state && label.textContent === word)) return;
  row.dataset.state = state;
  label.textContent = word;
}

function fill(payload: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    const row = document.querySelector<HTMLElement>(`[data-payload="${payload}"] [data-name="${name}"]`);
    if (row) show(row, String(value));
  }
}

function show(row: HTMLElement, value: string | null): void {
  row.classList.toggle('empty', value === null);
  row.textContent = value ?? '–';
  row.title = value ?? '';
}

/** The last step's calls: as many as there are accounts to ask about. */
function listCalls(calls: ShownCall[]): void {
  const list = document.querySelector('[data-payload="calls"] dl');
  const rows = calls.map(({ path, status }) => {
    const shortPath = path.replace(/[0-9a-f]{32}/, shortenId);
    return el('div', {}, el('dt', { title: path }, shortPath), el('dd', {}, String(status)));
  });
  list?.replaceChildren(...rows);
}

function announce(text: string): void {
  const progress = document.querySelector('#progress');
  if (progress) progress.textContent = text;
}
