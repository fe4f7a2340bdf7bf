import { hasRepeatedName } from './json-names.ts';
import type { UnreadableReason } from './token-failure.ts';

/** The fields of an answer, raw: strings where it was form-encoded. */
export type ResponseFields =
  | { ok: true; fields: Record<string, unknown> }
  | { ok: false; reason: UnreadableReason };

const maxBodyLength = 256 * 1024;

/**
 * Reads the body of a token or credentials endpoint as JSON or as a form. What it looks like decides:
 * providers send JSON as `text/html`, and forms as `text/plain`. The declared type is only asked
 * whether something that isn't JSON may be a form.
 */
export function readResponseFields(body: string, contentType: string | null): ResponseFields {
  if (body.length > maxBodyLength) return { ok: false, reason: 'too_large' };
  const text = body.trim(); // takes a byte order mark, too
  if (text === '') return { ok: false, reason: 'empty_body' };
  if (text.startsWith('<')) return { ok: false, reason: 'html' };
  if (text.startsWith('{')) return readJson(text);
  const declaredJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? '');
  // A form is visible ASCII alone; a sentence that happens to hold '=' isn't one.
  if (declaredJson || !text.includes('=') || !/^[\x21-\x7e]+$/.test(text)) {
    return { ok: false, reason: 'malformed' };
  }
  return readForm(text);
}

/** An object that isn't an array, as a record; anything else is `null`. */
export function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** An own property of a record: a name such as `constructor` that the provider didn't send is absent. */
export function ownField(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A token: visible ASCII, with spaces inside it at most (RFC 6749 appendix A.12), up to 16 Ki characters. */
export function isTokenText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 16 * 1024 && /^[\x20-\x7e]+$/.test(value)
    ? value.trim() === value
    : false;
}

function readJson(text: string): ResponseFields {
  let fields: Record<string, unknown> | null;
  try {
    fields = asRecord(JSON.parse(text));
  } catch {
    fields = null;
  }
  if (!fields) return { ok: false, reason: 'malformed' };
  return hasRepeatedName(text) ? { ok: false, reason: 'repeated_parameter' } : { ok: true, fields };
}

function readForm(text: string): ResponseFields {
  const params = new URLSearchParams(text);
  const fields: Record<string, unknown> = Object.fromEntries(params);
  if (Object.keys(fields).length !== params.size) return { ok: false, reason: 'repeated_parameter' };
  return { ok: true, fields };
}
