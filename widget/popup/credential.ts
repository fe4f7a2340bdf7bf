import { brand, el } from './dom.ts';
import { button, nameOf } from './frame.ts';
import { fill, t } from './look.ts';
import type { Application, Connection, Credential, HostValues, Source } from './service.ts';

/** The form in which a user types what a source needs first: a credential, the user's own host there, or both. */
export interface Entry {
  form: HTMLFormElement;
  /** Puts the focus where the user goes on. */
  focus(): void;
  /** Shows that what was typed is being tried. */
  wait(waiting: boolean): void;
  /** Says by its error code why it was not taken; false where this form can't mend it. */
  refuse(error: string): boolean;
}

interface Acts {
  /** `credential` is null where the user signs in at the source next. */
  submit(credential: Credential | null, values: { values?: HostValues }): void;
  back(): void;
}

/** A field, with the button that shows what is in it where it is secret. */
function field(name: string, label: string, secret: boolean) {
  const input = el('input', {
    id: name,
    name,
    type: secret ? 'password' : 'text',
    // Of another service: not this site's to fill in or to keep.
    autocomplete: 'off',
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: 'false',
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    maxlength: '8192',
    dir: 'ltr',
    'aria-describedby': 'credential-error',
  });
  const reveal = button(t.reveal, 'compact', () => {
    const hidden = input.type === 'password';
    input.type = hidden ? 'text' : 'password';
    reveal.textContent = hidden ? t.conceal : t.reveal;
    nameReveal();
  });
  const nameReveal = () =>
    reveal.setAttribute(
      'aria-label',
      fill(input.type === 'password' ? t.revealName : t.concealName, { label }),
    );
  nameReveal();
  const box = el('div', { class: 'box' }, input, secret && reveal);
  return { label, input, reveal, row: el('div', { class: 'field' }, el('label', { for: name }, label), box) };
}

type Field = ReturnType<typeof field>;

/** The sentences for an error code: what happened, and what to do. */
function words(error: string, isKey: boolean, source: string, asksHost: boolean): string | null {
  const both = (title: string, text: string) => fill(`${title}. ${text}`, { source });
  switch (error) {
    case 'access_denied':
      return fill(isKey ? t.keyRefused : t.passwordRefused, { source });
    case 'invalid_request':
      return asksHost ? t.hostUnusable : t.typedUnusable;
    case 'account_mismatch':
      return both(t.mismatchTitle, t.typedMismatch);
    case 'provider_timeout':
    case 'temporarily_unavailable':
      return both(t.unreachableTitle, t.unreachableText);
    case 'provider_error':
      return both(t.failedTitle, t.failedText);
    case 'network_error':
      return both(t.networkTitle, t.networkText);
    case 'rate_limited':
      return both(t.busyTitle, t.busyText);
    case 'server_error':
      return both(t.errorTitle, t.errorText);
    default:
      return null;
  }
}

/** A place in a source's hosts, with the host around it. */
function hostField({ name, host }: Source['values'][number]): Field {
  const words = name.replaceAll('_', ' ');
  const made = field(`value-${name}`, words.charAt(0).toUpperCase() + words.slice(1), false);
  made.row.append(el('code', { class: 'host', dir: 'ltr' }, host));
  return made;
}

function credentialFields(asked: Source['credential']): Field[] {
  if (!asked) return [];
  if ('keyLabel' in asked) return [field('key', asked.keyLabel ?? t.keyLabel, true)];
  return [
    field('username', asked.usernameLabel ?? t.usernameLabel, false),
    field('password', asked.passwordLabel ?? t.passwordLabel, true),
  ];
}

/** The form a source needs before anything else, or null: what was given for a Connection once stays. */
export function credentialForm(
  application: Application | null,
  source: Source,
  connection: Connection | undefined,
  acts: Acts,
): Entry | null {
  const asked = source.credential;
  const places = connection ? [] : source.values;
  if (!asked && places.length === 0) return null;
  const isKey = asked !== null && 'keyLabel' in asked;
  const hosts = places.map(hostField);
  const typed = credentialFields(asked);
  const fields = [...hosts, ...typed];
  const [first] = fields;
  // A password may be empty.
  const needed = [...hosts, ...typed.slice(0, 1)];
  const error = el('p', { id: 'credential-error', class: 'error', role: 'alert' });
  const back = button(t.back, 'plain', acts.back);
  const go = asked ? t.enter : t.goOn;
  const connect = el('button', { type: 'submit', class: 'button primary' }, go);

  /** Says what is wrong, at the field to mend it in. */
  function fault(text: string, at = fields.at(-1)): void {
    error.textContent = text;
    for (const { input } of fields) input.setAttribute('aria-invalid', String(input === at?.input));
    at?.input.focus();
    at?.input.select();
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (connect.ariaBusy === 'true') return;
    error.textContent = '';
    const missing = needed.find(({ input }) => !input.value.trim());
    if (missing) {
      fault(fill(t.typedMissing, { label: missing.label }), missing);
      return;
    }
    const [one = '', other = ''] = typed.map(({ input }) => input.value);
    const credential = isKey ? { key: one } : { username: one, password: other };
    const values = places.map(({ name }, index) => [name, hosts[index]?.input.value.trim() ?? ''] as const);
    acts.submit(asked && credential, places.length > 0 ? { values: Object.fromEntries(values) } : {});
  }

  const help = asked?.helpUrl ?? '';
  const values = { source: source.name, app: nameOf(application) };
  const form = el(
    'form',
    {
      class: 'credential',
      novalidate: true,
      autocomplete: 'off',
      'aria-labelledby': 'credential-title',
      submit,
      keydown: (event) => {
        const isEscape = (event as KeyboardEvent).key === 'Escape';
        if (!isEscape || fields.some(({ input }) => input.value)) return;
        event.preventDefault();
        acts.back();
      },
    },
    brand(source.name, source.logo, 'brand large'),
    el('h1', { id: 'credential-title' }, fill(t.enterTitle, values)),
    el('p', { class: 'intro' }, fill(asked ? (isKey ? t.enterKey : t.enterPassword) : t.enterHost, values)),
    ...fields.map(({ row }) => row),
    error,
    /^https?:/.test(help) &&
      el(
        'a',
        { class: 'help', href: help, target: '_blank', rel: 'noopener noreferrer' },
        t.typedHelp,
        el('span', { class: 'spoken' }, ` (${t.newTab})`),
      ),
    connect,
    back,
  );
  return {
    form,
    focus: () => first?.input.focus(),
    wait(waiting) {
      connect.ariaBusy = String(waiting);
      connect.textContent = waiting ? fill(t.checking, values) : go;
      back.disabled = waiting;
      for (const { input } of fields) input.readOnly = waiting;
    },
    refuse(code) {
      const text = words(code, isKey, source.name, hosts.length > 0);
      if (text !== null) fault(text, code === 'invalid_request' && hosts.length > 0 ? first : undefined);
      return text !== null;
    },
  };
}
