import { accountRows } from './accounts.ts';
import { brand, type Child, el, icon } from './dom.ts';
import { button, type Frame, type SourceActions } from './frame.ts';
import { fill, language, t } from './look.ts';
import type { Outcome, Source, View } from './service.ts';

const searchFrom = 8;
const scopesShown = 3;

/** Scopes that say nothing about what is shared. */
const silentScopes = /^(openid|offline(_access)?|refresh_token)$/i;
const silentWords = new Set(['user', 'read', 'readonly', 'only', 'basic', 'all', 'scope']);

/** A scope in words, as far as its name holds any: `https://…/auth/fitness.activity.read` gives `fitness activity`. */
function scopeInWords(scope: string): string {
  const name = scope.replace(/\/+$/, '').split('/').pop() ?? '';
  const words = name.toLowerCase().split(/[\s._:-]+/);
  return words.filter((word) => !silentWords.has(word)).join(' ');
}

function sharedLine(source: Source): string {
  const { credential } = source;
  if (credential) return 'keyLabel' in credential ? t.typeKey : t.typePassword;
  const words = source.scopes.filter((scope) => !silentScopes.test(scope)).map(scopeInWords);
  const shared = [...new Set(words)].filter((word) => /\p{L}/u.test(word) && word.length <= 32);
  if (shared.length === 0) return fill(t.signIn, { source: source.name });
  const rest = shared.length - scopesShown;
  const shown = rest > 1 ? [...shared.slice(0, scopesShown), fill(t.more, { count: String(rest) })] : shared;
  return fill(t.shares, { list: new Intl.ListFormat(language).format(shown) });
}

function row(source: Source, fresh: boolean, actions: SourceActions): HTMLLIElement {
  const name = `name-${source.id}`;
  const line = `line-${source.id}`;
  const joined = source.connected;
  const known = source.connections.length > 0;
  const rest = known ? t.another : sharedLine(source);
  const drawing = joined ? 'check' : known ? 'plus' : 'chevron';
  const words = [source.name, source.slug, ...source.connections.map((connection) => connection.name)];
  return el(
    'li',
    { 'data-name': words.join(' ').toLowerCase() },
    el(
      'button',
      {
        type: 'button',
        class: `row${joined ? ' connected' : ''}${fresh ? ' fresh' : ''}`,
        'aria-labelledby': name,
        'aria-describedby': line,
        'data-source': source.id,
        click: () => actions.choose(source),
      },
      brand(source.name, source.logo),
      el(
        'span',
        { class: 'words' },
        el('span', { id: name, class: 'name' }, source.name),
        el('span', { id: line, class: 'line' }, joined ? (known ? t.anotherConnected : t.connected) : rest),
      ),
      icon(drawing, `icon ${drawing}`),
    ),
    accountRows(source, fresh, actions),
  );
}

/** Codes for a provider that is down, or doesn't answer in time. */
const unreachable = /^(provider_timeout|temporarily_unavailable)$/;

/** How the last authorization went, in words. */
export function outcomeTexts(outcome: Outcome): { title: string; text: string } {
  const { result, error = '', source } = outcome;
  const values = { source: source.name };
  if (result === 'connected') return { title: fill(t.connectedTitle, values), text: t.connectedText };
  if (result === 'denied')
    return { title: t.deniedTitle, text: fill(outcome.connection ? t.unchangedText : t.deniedText, values) };
  if (error === 'account_mismatch') return { title: t.mismatchTitle, text: fill(t.mismatchText, values) };
  return unreachable.test(error)
    ? { title: fill(t.unreachableTitle, values), text: t.unreachableText }
    : { title: fill(t.failedTitle, values), text: t.failedText };
}

function notice(outcome: Outcome, retry: () => void): HTMLElement {
  const { title, text } = outcomeTexts(outcome);
  const failed = outcome.result === 'failed';
  return el(
    'section',
    { class: `notice ${outcome.result}` },
    icon(failed ? 'alert' : 'hand'),
    el(
      'div',
      {},
      el('h2', {}, title),
      el('p', {}, text),
      failed &&
        el(
          'p',
          { class: 'request' },
          el('code', {}, outcome.error ?? ''),
          ' · ',
          fill(t.request, { id: outcome.request_id }),
        ),
      button(t.tryAgain, 'compact', retry),
    ),
  );
}

function searchField(rows: HTMLUListElement, query: string, announce: (text: string) => void): HTMLElement {
  const none = el('p', { class: 'none' });
  const search = () => {
    const query = field.value.trim();
    let found = 0;
    for (const item of rows.children) {
      const hidden = !(item as HTMLElement).dataset.name?.includes(query.toLowerCase());
      (item as HTMLElement).hidden = hidden;
      if (!hidden) found += 1;
    }
    none.textContent = found ? '' : fill(t.noMatch, { query });
    rows.hidden = !found;
    announce(none.textContent);
  };
  const field = el('input', {
    type: 'search',
    value: query,
    placeholder: t.search,
    'aria-label': t.search,
    autocomplete: 'off',
    spellcheck: 'false',
    input: search,
  });
  if (query) search();
  return el('div', { class: 'search' }, icon('search'), field, none);
}

/** The sources on offer, under word of how the last authorization went. */
export function sourceList(view: View, outcome: Outcome | null, { actions, announce }: Frame): Child[] {
  const rows = el('ul', { class: 'rows', 'aria-label': t.sources });
  for (const source of view.sources) {
    const fresh = outcome?.result === 'connected' && outcome.source.id === source.id;
    rows.append(row(source, fresh, actions));
  }
  const tried = view.sources.find((source) => source.id === outcome?.source.id);
  const renewed = tried?.connections.find(({ id }) => id === outcome?.connection);
  // A list that takes the place of one that was searched stays searched.
  const query = document.querySelector<HTMLInputElement>('.search input')?.value ?? '';
  return [
    outcome && outcome.result !== 'connected' && tried
      ? notice(outcome, () => actions.choose(tried, renewed))
      : null,
    view.sources.length >= searchFrom && searchField(rows, query, announce),
    rows,
  ];
}

/** Rows that stand where the sources will be. */
export function skeleton(): HTMLElement {
  const bones = Array.from({ length: 4 }, () =>
    el(
      'li',
      { class: 'row' },
      el('span', { class: 'bone brand' }),
      el(
        'span',
        { class: 'words' },
        el('span', { class: 'bone line' }),
        el('span', { class: 'bone line short' }),
      ),
    ),
  );
  return el('ul', { class: 'rows waiting', 'aria-busy': 'true', 'aria-label': t.loading }, ...bones);
}
