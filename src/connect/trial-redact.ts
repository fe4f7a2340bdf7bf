import { hasRepeatedName } from '../oauth/json-names.ts';
import type { Shown } from './trial-record.ts';

// What of a trial is shown: secrets, codes and tokens by their first four characters and their length, wherever they
// stand.

/** Secrets by what they are, in clear: for the time of one invocation alone. */
export type Known = Set<string>;

const maxBody = 4096;
const maxFields = 150;
const maxValue = 120;
/** Shorter than this, a text that holds it holds it by chance. */
const minWithin = 6;

const secretName =
  /(^|_)(token|secret|password|passwd|verifier|assertion|jwt|signature|credentials?|api_?key|access_key|private_key|session_key|auth_key|auth_code|authorization_code|device_code|ticket|cookie|authorization|session_id)$/;
const secretParameter = /^(code|state|denied|key|sig)$/;

/** A secret as it is shown. */
function shorten(secret: string): string {
  const shown = secret.slice(0, Math.min(4, Math.floor(secret.length / 4)));
  return `${shown}… (${secret.length} characters)`;
}

/** Parameters of a query or form, as they are shown. */
export function showParameters(params: Iterable<[string, string]>, known: Known): Shown[] {
  return [...params].map(([name, value]) => [
    name,
    isSecretParameter(name, value, known) ? shorten(value) : showText(value, known),
  ]);
}

/** A URL, its query parameter by parameter. */
export function showUrl(url: string, known: Known): string {
  const [path = '', query] = url.split('?', 2);
  const shownPath = showText(path, known);
  return query === undefined ? shownPath : `${shownPath}?${showForm(query, known)}`;
}

/** Headers, with what `Authorization` carries cut short. */
export function showHeaders(headers: Iterable<[string, string]>, known: Known): Shown[] {
  return [...headers].map(([name, value]) => {
    if (name === 'authorization') return [name, showAuthorization(value, known)];
    if (name === 'location') return [name, showUrl(value, known)];
    return [name, isSecretName(name) ? shorten(value) : showText(value, known)];
  });
}

interface ShownBody {
  text: string;
  isCut: boolean;
  isHtml: boolean;
  fields: Shown[];
  /** What was found to be secret. */
  secrets: string[];
}

/**
 * A body as it is shown: JSON set out in lines, a form with a line for each parameter.
 *
 * @param grantsTokens it is a token endpoint's: what looks like a token is one, whatever it is called
 */
export function showBody(body: string, known: Known, grantsTokens: boolean): ShownBody {
  const secrets: string[] = [];
  const fields: Shown[] = [];
  const note = (path: string, value: string) => {
    if (fields.length < maxFields) fields.push([path, value.slice(0, maxValue)]);
  };
  const show = (path: string, name: string, value: string) => {
    const isSecret =
      known.has(value) ||
      isJwt(value) ||
      isSecretValue(name, value) ||
      (grantsTokens && isTokenLike(name, value));
    if (isSecret) secrets.push(value);
    const shown = isSecret ? shorten(value) : showText(value, known);
    note(path, shown);
    return shown;
  };
  const walk = (value: unknown, path: string[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, String(index)]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, walk(item, [...path, name])]),
      );
    }
    const name = path.findLast((step) => !/^\d+$/.test(step)) ?? '';
    if (typeof value === 'string') return show(path.join('.'), name, value);
    note(path.join('.'), String(value));
    return value;
  };
  const text = body.trim();
  const json = parseJson(text);
  const isForm = json === undefined && /^[\w.-]+=[\x21-\x7e]*$/.test(text);
  const shown =
    json !== undefined
      ? JSON.stringify(walk(json, []), null, 2)
      : isForm
        ? [...new URLSearchParams(text)]
            .map(([name, value]) => `${name}=${show(name, name, value)}`)
            .join('\n')
        : showText(text, known);
  return {
    text: shown.slice(0, maxBody),
    isCut: shown.length > maxBody,
    isHtml: text.startsWith('<'),
    fields,
    secrets,
  };
}

/** A text with the secrets in it cut short. */
export function showText(text: string, known: Known): string {
  let shown = text;
  const longestFirst = [...known].filter(({ length }) => length >= minWithin);
  for (const secret of longestFirst.sort((a, b) => b.length - a.length)) {
    for (const form of new Set([secret, encodeURIComponent(secret), formEncode(secret)])) {
      shown = shown.replaceAll(form, () => shorten(secret));
    }
  }
  return shown
    .replace(/\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g, (jwt) => shorten(jwt))
    .replace(
      /([\w-]*(?:token|secret|password|verifier|code))(["']?\s*[:=]\s*["']?)([^\s"'&<>,;]{6,})/gi,
      (whole, name: string, between: string, value: string) =>
        isWords(value) || value.includes('…') || /type$/i.test(name)
          ? whole
          : `${name}${between}${shorten(value)}`,
    );
}

function showForm(query: string, known: Known): string {
  return query
    .split('&')
    .map((pair) => {
      const [[name, value] = ['', '']] = [...new URLSearchParams(pair)];
      if (isSecretParameter(name, value, known)) return `${pair.split('=', 1)[0]}=${shorten(value)}`;
      return showText(pair, known);
    })
    .join('&');
}

function showAuthorization(value: string, known: Known): string {
  const [scheme = '', ...rest] = value.split(' ');
  if (/^oauth$/i.test(scheme) && value.includes('oauth_consumer_key')) {
    return showText(value, known).replace(
      /(oauth_(?:token|verifier|signature))="([^"…]*)"/g,
      (_, name: string, secret: string) => `${name}="${shorten(decode(secret))}"`,
    );
  }
  return rest.length === 0 ? shorten(value) : `${scheme} ${shorten(rest.join(' '))}`;
}

function isSecretParameter(name: string, value: string, known: Known): boolean {
  return value !== '' && (known.has(value) || secretParameter.test(name) || isSecretValue(name, value));
}

/** An error's code is none, nor is a word. */
function isSecretValue(name: string, value: string): boolean {
  if (value === '') return false;
  return isSecretName(name) || (name === 'code' && !isWords(value) && value.length > 5);
}

function isSecretName(name: string): boolean {
  return secretName.test(
    name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toLowerCase(),
  );
}

function isTokenLike(name: string, value: string): boolean {
  if (/scope|^error|_type$|_uri$|_url$|_at$/i.test(name)) return false;
  return value.length >= 16 && /^[\x21-\x7e]+$/.test(value) && !/^https?:/.test(value) && !isWords(value);
}

function isJwt(value: string): boolean {
  return /^eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*$/.test(value);
}

function isWords(value: string): boolean {
  return /^[a-z]+([_.:/-][a-z]+)*$/i.test(value) && value.length <= 60;
}

/** Undefined where it is none, or has a name twice: what one reader takes of that isn't what another does. */
function parseJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return hasRepeatedName(text) ? undefined : parsed;
  } catch {
    return undefined;
  }
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
