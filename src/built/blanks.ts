import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** The place of a value in a part of a page that is built. */
export function blank(name: string): string {
  return `{{${name}}}`;
}

/** Built HTML with its blanks filled in, in text or in quoted attributes. What isn't HTML already is escaped. */
export function fillBlanks(
  built: string,
  values: Record<string, string | HtmlEscapedString>,
): HtmlEscapedString {
  return raw(
    // In one pass: what is filled in has no blanks.
    built.replace(/\{\{(\w+)\}\}/g, (place, name: string) => `${html`${values[name] ?? place}`}`),
  );
}
