import type { ShownCall } from '../../src/landing/shown-call.ts';
import { followSteps } from '../landing/follow-steps.ts';
import { el } from '../popup/dom.ts';
import type { Metadata, Problem } from '../protocol.ts';

/** A Connection as `GET /user` shows it, as far as it is listed here. */
interface Connection {
  id: string;
  name: string;
  auth: { scopes: { granted: string[] } };
}

interface ExchangeAnswer extends Partial<Problem> {
  calls?: ShownCall[];
  user?: { clientUserId: string; connections: Connection[] };
}

/** Plays the application's page on Try it: hands what connect.js delivers to the console, and shows the six steps. */
export function tryIt(): void {
  const place = document.querySelector<HTMLElement>('#try-it');
  const button = place?.querySelector<HTMLElement>('#connect');
  if (!place || !button) return;
  followSteps();
  button.addEventListener('click', () => {
    tell('launch', { ...button.dataset });
    note('Waiting for the popup…');
  });
  listen<{ name: string; metadata: Metadata }>(button, 'event', (detail) => {
    tell('event', detail);
    note(`The popup says: ${detail.name}`);
  });
  listen<{ error: Problem | null; metadata: Metadata }>(button, 'exit', (detail) => {
    tell('exit', detail);
    note(`Nothing was connected. ${detail.error?.error_description ?? 'You left.'}`);
  });
  listen<{ specialToken: string; metadata: Metadata }>(button, 'success', async (detail) => {
    tell('finish', detail);
    note('The console exchanges the specialToken…');
    const clientUserId = button.dataset.clientUserId ?? '';
    const answer = await exchange(place, detail.specialToken, clientUserId);
    tell('exchange', answer);
    if (answer.user) showOutcome(place, answer.user, answer.calls ?? []);
    else note(`The specialToken could not be exchanged. ${answer.error_description}`);
  });
}

async function exchange(
  place: HTMLElement,
  specialToken: string,
  clientUserId: string,
): Promise<ExchangeAnswer> {
  try {
    const body = new URLSearchParams({ specialToken, clientUserId });
    const answer = await fetch(place.dataset.exchange ?? '', { method: 'POST', body });
    return await answer.json();
  } catch {
    // A page in the place of JSON: the way to the sign-in.
    return {
      error: 'no_answer',
      error_description: 'The console did not answer. Reload this page: you may have been signed out.',
    };
  }
}

function showOutcome(
  place: HTMLElement,
  user: NonNullable<ExchangeAnswer['user']>,
  calls: ShownCall[],
): void {
  const { connections } = user;
  const asked = calls.filter(({ path }) => path === '/user');
  tell('data', { accounts: connections, calls: asked });
  note(`${connections.length} ${connections.length === 1 ? 'Connection' : 'Connections'}, read just now.`);
  const rows = connections.map(({ id, name, auth }) => {
    const scopes = auth.scopes.granted.join(' ') || 'No scopes named';
    const href = `${place.dataset.connectionPage}/${id}`;
    return el('li', {}, el('a', { href }, name || id, el('span', {}, scopes)));
  });
  document.querySelector('#outcome-connections')?.replaceChildren(...rows);
  const text = document.querySelector('#outcome-user');
  if (text) text.textContent = JSON.stringify(user, null, 2);
  const link = document.querySelector<HTMLAnchorElement>('#outcome a');
  if (link) link.href = `${place.dataset.userPage}?${new URLSearchParams({ name: user.clientUserId })}`;
  const outcome = document.querySelector<HTMLElement>('#outcome');
  if (outcome) outcome.hidden = false;
}

/** Listens to what connect.js fires on a button. */
function listen<Detail>(button: HTMLElement, name: string, listener: (detail: Detail) => void): void {
  button.addEventListener(`connect:${name}`, (event) => listener((event as CustomEvent<Detail>).detail));
}

/** The landing page's example tells of its steps like this, too. */
function tell(name: string, detail: object): void {
  document.dispatchEvent(new CustomEvent(`example:${name}`, { detail }));
}

function note(text: string): void {
  const line = document.querySelector('#note');
  if (line) line.textContent = text;
}
