import { brand, el } from './dom.ts';
import { button, nameOf } from './frame.ts';
import { fill, t } from './look.ts';
import type { Application, Credential, Source } from './service.ts';

/** The form in which a user types a credential. */
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
  submit(credential: Credential): void;
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
function words(error: string, isKey: boolean, source: string): string | null {
  const both = (title: string, text: string) => fill(`${title}. ${text}`, { source });
  switch (error) {
    case 'access_denied':
      return fill(isKey ? t.keyRefused : t.passwordRefused, { source });
    case 'invalid_request':
      return t.typedUnusable;
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

/** Makes the form for a source's key, or user name and password. */
export function credentialForm(application: Application | null, source: Source, acts: Acts): Entry {
  const asked = source.credential ?? { keyLabel: null, helpUrl: null };
  const isKey = 'keyLabel' in asked;
  const fields: Field[] = isKey
    ? [field('key', asked.keyLabel ?? t.keyLabel, true)]
    : [
        field('username', asked.usernameLabel ?? t.usernameLabel, false),
        field('password', asked.passwordLabel ?? t.passwordLabel, true),
      ];
  const [first] = fields;
  const error = el('p', { id: 'credential-error', class: 'error', role: 'alert' });
  const back = button(t.back, 'plain', acts.back);
  const connect = el('button', { type: 'submit', class: 'button primary' }, t.enter);

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
    // A password may be empty.
    const missing = first?.input.value.trim() ? null : first;
    if (missing) {
      fault(fill(t.typedMissing, { label: missing.label }), missing);
      return;
    }
    const [one = '', other = ''] = fields.map(({ input }) => input.value);
    acts.submit(isKey ? { key: one } : { username: one, password: other });
  }

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
    el('p', { class: 'intro' }, fill(isKey ? t.enterKey : t.enterPassword, values)),
    ...fields.map(({ row }) => row),
    error,
    asked.helpUrl &&
      /^https?:/.test(asked.helpUrl) &&
      el(
        'a',
        { class: 'help', href: asked.helpUrl, target: '_blank', rel: 'noopener noreferrer' },
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
      connect.textContent = waiting ? fill(t.checking, values) : t.enter;
      back.disabled = waiting;
      for (const { input } of fields) input.readOnly = waiting;
    },
    refuse(code) {
      const text = words(code, isKey, source.name);
      if (text !== null) fault(text);
      return text !== null;
    },
  };
}
