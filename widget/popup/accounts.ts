import { type Child, el, icon } from './dom.ts';
import { button, type SourceActions } from './frame.ts';
import { fill, t } from './look.ts';
import type { Connection, Source } from './service.ts';

/** What to call a Connection; those of one source that would be called the same are numbered. */
function labelOf(connection: Connection, { connections }: Source): string {
  const called = ({ name }: Connection) => name.trim() || t.account;
  const same = connections.filter((other) => called(other) === called(connection));
  const label = called(connection);
  return same.length > 1 ? `${label} (${same.indexOf(connection) + 1})` : label;
}

function stateLine({ change, complete }: Connection): Child[] {
  if (change === 'renewed') return [icon('check', 'icon check'), t.renewed];
  if (change === 'disconnected') return [t.disconnecting];
  return [complete ? t.connected : t.incomplete];
}

const stateClass = ({ change, complete }: Connection) => change ?? (complete ? '' : 'incomplete');

function accountRow(connection: Connection, source: Source, fresh: boolean, actions: SourceActions) {
  const line = `state-${connection.id}`;
  const account = labelOf(connection, source);
  const action = (label: string, name: string, press: () => void) => {
    const element = button(label, 'compact', press);
    element.setAttribute('aria-label', fill(name, { account, source: source.name }));
    element.setAttribute('aria-describedby', line);
    return element;
  };
  const buttons =
    connection.change === 'disconnected'
      ? [action(t.undo, t.undoName, () => actions.undo(connection))]
      : [
          action(t.reconnect, t.reconnectName, () => actions.choose(source, connection)),
          action(t.disconnect, t.disconnectName, () => actions.disconnect(connection)),
        ];
  return el(
    'li',
    {
      class: `account ${stateClass(connection)}${fresh && connection.change === 'renewed' ? ' fresh' : ''}`,
      'data-connection': connection.id,
    },
    el(
      'span',
      { class: 'words' },
      el('span', { class: 'name', dir: 'auto' }, account),
      el('span', { id: line, class: 'line' }, ...stateLine(connection)),
    ),
    el('span', { class: 'acts' }, ...buttons),
  );
}

/** The Connections that the user already has at a source, a row each; null where there are none. */
export function accountRows(source: Source, fresh: boolean, actions: SourceActions): HTMLElement | null {
  if (source.connections.length === 0) return null;
  return el(
    'ul',
    { class: 'accounts', 'aria-label': fill(t.accounts, { source: source.name }) },
    ...source.connections.map((connection) => accountRow(connection, source, fresh, actions)),
  );
}

/** Puts the focus on what can be done with a Connection: the last of its buttons, or its first one, Reconnect. */
export function focusAccount(id: string, which: 'first' | 'last'): void {
  const buttons = document.querySelectorAll<HTMLElement>(`[data-connection="${CSS.escape(id)}"] button`);
  buttons[which === 'first' ? 0 : buttons.length - 1]?.focus();
}
