import type { Metadata, Problem, Theme } from '../protocol.ts';

/** What `Connect.create` takes. */
export interface Options {
  clientId: string;
  clientUserId: string;
  /** A session minted by the application's server; `clientId` and `clientUserId` are then its business. */
  sessionToken?: string;
  /** Once per finished run. `metadata.sources` is empty after a redirect. */
  onSuccess(specialToken: string, metadata: Metadata): void;
  /** Once per run that did not finish; `error` is null where the user simply left. */
  onExit?(error: Problem | null, metadata: Metadata): void;
  /** Any number of times: `opened`, `source_selected`, `source_connected`, `source_denied`, `source_failed`. */
  onEvent?(name: string, metadata: unknown): void;
  /** Once, when `open()` may be called. */
  onLoad?(): void;
  locale?: string;
  theme?: Theme['mode'] | Partial<Theme>;
  mode?: 'popup' | 'redirect';
}

const strings = ['clientId', 'clientUserId', 'sessionToken', 'locale'] as const;
const functions = ['onSuccess', 'onExit', 'onEvent', 'onLoad'] as const;

function wrong(name: string, expected: string): never {
  throw new TypeError(`Connect: ${name} must be ${expected}`);
}

/**
 * Checks what a page passed in, which may come from plain JavaScript.
 *
 * @throws TypeError naming the first option that is wrong
 */
export function checkOptions(options: Options): Options {
  if (!options || typeof options !== 'object') wrong('options', 'an object');
  for (const name of strings) {
    const value = options[name];
    const needed = name.startsWith('client') && !options.sessionToken;
    if ((needed || value != null) && (typeof value !== 'string' || !value)) wrong(name, 'a non-empty string');
  }
  for (const name of functions) {
    if ((name === 'onSuccess' || options[name] != null) && typeof options[name] !== 'function')
      wrong(name, 'a function');
  }
  if (!/^(popup|redirect)$/.test(options.mode ?? 'popup')) wrong('mode', '"popup" or "redirect"');
  if (options.mode === 'redirect' && options.sessionToken) {
    throw new TypeError(
      'Connect: sessionToken can’t be used with mode "redirect". Have your server mint the session with a returnUrl and send the user to its connectUrl',
    );
  }
  const theme = readTheme(options);
  if (!/^(light|dark|auto)$/.test(theme.mode)) wrong('theme', '"light", "dark" or "auto"');
  if (!/^#[\da-f]{6}$/i.test(theme.accent ?? '#000000')) wrong('theme.accent', 'a colour such as "#0a7f5a"');
  return options;
}

/** The theme in its full form, whichever form it was given in. */
export function readTheme({ theme }: Options): Theme {
  return { mode: 'auto', ...(typeof theme === 'object' ? theme : theme && { mode: theme }) };
}

/**
 * Theme and language as parameters for the popup's fragment, so that its first frame is already right.
 * Nothing in a fragment reaches a server.
 */
export function lookOf(options: Options): Record<string, string> {
  const { mode, accent } = readTheme(options);
  return { theme: mode, ...(accent && { accent }), ...(options.locale && { locale: options.locale }) };
}
