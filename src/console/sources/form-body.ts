import type { Fault } from '../../errors.ts';
import { type FieldSpec, nameOf } from './field.ts';
import { allFields, type FormFields, type FormKind } from './form-fields.ts';
import { fullAuthUrl } from './full-auth-url.ts';
import { hasClient } from './words.ts';

/** What a form's fields hold, by their names. */
export type FormValues = Record<string, string>;

const defaults: FormValues = {
  pkce: 'S256',
  token_body_format: 'form',
  signature: 'header',
  signature_method: 'HMAC-SHA1',
};

/** What the fields of a new source hold, or those of one as the API shows it. */
export function valuesOf(form: FormFields, source: Record<string, unknown>): FormValues {
  const values = Object.fromEntries(allFields(form).map((field) => [nameOf(field), textOf(field, source)]));
  if (source.key_prefix === '') values.key_prefix_none = 'on';
  return { ...values, client_id: typeof source.client_id === 'string' ? source.client_id : '' };
}

/** Whether a field says anything. */
export function isSaid(field: FieldSpec, values: FormValues): boolean {
  const name = nameOf(field);
  const value = values[name] ?? '';
  return value !== '' && value !== defaults[name];
}

/**
 * What the API is sent for a form.
 *
 * @param before what the fields held, where a source is changed: what is as it was is left out. Null: a new one
 * @returns the body, and the faults of what can't be put into one
 */
export function bodyOf(
  form: FormFields,
  given: FormValues,
  before: FormValues | null,
): { body: Record<string, unknown>; faults: Fault[] } {
  const filled = { ...given };
  if ((filled.full_auth_url ?? '').trim() === '') {
    filled.full_auth_url = fullAuthUrl(given.auth_host_url ?? '', given.auth_url ?? '');
  }
  const body: Record<string, unknown> = before ? {} : { type: form.type };
  const faults: Fault[] = [];
  for (const field of allFields(form)) {
    const text = (filled[nameOf(field)] ?? '').replaceAll('\r\n', '\n');
    const isNone = isNoPrefix(field, given);
    const isSame = text === (before?.[nameOf(field)] ?? '') && isNone === isNoPrefix(field, before ?? {});
    if (before ? isSame && !isWithin(field) : text === '' && !isNone) continue;
    const read = isNone ? { value: '' } : readField(field, text, form, before?.[nameOf(field)]);
    if ('message' in read) faults.push({ path: field.path, message: read.message });
    else put(body, field.path, read.value, before === null);
  }
  if (before) dropUnchanged(form, body, filled, before);
  if (hasClient(form.type)) addClient(body, given, before);
  return { body, faults };
}

/** An object is sent whole, or not at all. */
function dropUnchanged(
  form: FormFields,
  body: Record<string, unknown>,
  given: FormValues,
  before: FormValues,
): void {
  const within = allFields(form).filter(isWithin);
  const isSame = within.every((field) => (given[nameOf(field)] ?? '') === (before[nameOf(field)] ?? ''));
  if (isSame) delete body.token_response;
}

function addClient(body: Record<string, unknown>, given: FormValues, before: FormValues | null): void {
  const clientId = (given.client_id ?? '').trim();
  if (before ? clientId !== before.client_id : clientId !== '') {
    body.client_id = clientId === '' ? null : clientId;
  }
  const secret = (given.client_secret ?? '').trim().replaceAll('\r\n', '\n');
  if (secret !== '') body.client_secret = secret;
  else if (given.clear_client_secret === 'on') body.client_secret = null;
}

/** Puts a value at a path. Of a new source, and inside of an object, what isn't said is left out. */
function put(body: Record<string, unknown>, path: string, value: unknown, isNew: boolean): void {
  const [outer = '', inner] = path.split('.');
  if (inner === undefined) {
    if (value !== null || !isNew) body[outer] = value;
    return;
  }
  const holder = (body[outer] ?? {}) as Record<string, unknown>;
  if (value !== null) holder[inner] = value;
  body[outer] = holder;
}

function isNoPrefix(field: FieldSpec, values: FormValues): boolean {
  return field.path === 'key_prefix' && values.key_prefix_none === 'on';
}

function isWithin({ path }: FieldSpec): boolean {
  return path.includes('.');
}

function readField(
  { kind, path, mandatory = [] }: FieldSpec,
  text: string,
  { type }: FormKind,
  before = '',
): { value: unknown } | { message: string } {
  if (kind === 'lines')
    return {
      value: text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    };
  if (kind === 'words') return { value: text.split(/\s+/).filter((word) => word !== '') };
  if (kind === 'pairs') return readPairs(text);
  if (kind === 'sealed') return readSealed(text, before);
  if (kind === 'separator') return { value: text || (path === 'scope_separator' ? ' ' : null) };
  const trimmed = text.trim();
  return { value: trimmed === '' && !mandatory.includes(type) ? null : trimmed };
}

/** Reads secrets by their names, one a line: without a value one stays as it is, and one that is gone is cleared. */
export function readSealed(text: string, before = ''): ReturnType<typeof readField> {
  const read = readPairs(text);
  if ('message' in read) return read;
  const cleared = before.split('\n').flatMap((line) => (line === '' ? [] : [[line.slice(0, -1), null]]));
  const given = Object.entries(read.value).map(([name, value]) => [name, value || { set: true }]);
  return { value: Object.fromEntries([...cleared, ...given]) };
}

function readPairs(text: string): { value: Record<string, string> } | { message: string } {
  const pairs: [string, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [name = '', ...rest] = line.split('=');
    if (rest.length === 0 || name.trim() === '') {
      return { message: `must have a name, = and a value on each line: line ${index + 1} has not` };
    }
    if (pairs.some(([known]) => known === name.trim())) {
      return { message: `must have each name once: line ${index + 1} has one again` };
    }
    pairs.push([name.trim(), rest.join('=').trim()]);
  }
  return { value: Object.fromEntries(pairs) };
}

function textOf({ path, kind }: FieldSpec, source: Record<string, unknown>): string {
  const [outer = '', inner] = path.split('.');
  const held = source[outer];
  const value = inner === undefined ? held : (held as Record<string, unknown> | undefined)?.[inner];
  if (kind === 'words' || kind === 'lines') return Array.isArray(value) ? value.join('\n') : '';
  if (kind === 'pairs') return pairsText(value);
  if (kind === 'sealed')
    return Object.keys((value ?? {}) as object)
      .map((name) => `${name}=`)
      .join('\n');
  const text = typeof value === 'string' ? value : (defaults[path] ?? '');
  if (path === 'scope_separator' && text === ' ') return '';
  return typeof kind === 'string' || kind.some((choice) => choice.value === text) ? text : '';
}

function pairsText(value: unknown): string {
  return Object.entries((value ?? {}) as Record<string, unknown>)
    .map(([name, text]) => `${name}=${text}`)
    .join('\n');
}
