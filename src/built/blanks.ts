import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

const blanks = /\{\{(\w+)\}\}/g;

/** The place of a value in what is built. */
export function blank(name: string): string {
  return `{{${name}}}`;
}

/** What blanks stand for. What says nothing is left out. */
export type Values = Record<string, string | number | boolean | null | undefined>;

/** A built text with its blanks filled in. */
export function fillText(built: string, values: Values): string {
  return built.replace(blanks, (_, name: string) => String(values[name] ?? ''));
}

/** Built HTML with its blanks filled in, in text or in quoted attributes. What isn't HTML already is escaped. */
export function fillBlanks(
  built: string,
  values: Record<string, string | HtmlEscapedString>,
): HtmlEscapedString {
  return raw(
    // In one pass: what is filled in has no blanks.
    built.replace(blanks, (place, name: string) => `${html`${values[name] ?? place}`}`),
  );
}
