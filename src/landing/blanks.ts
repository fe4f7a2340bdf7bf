import { html } from 'hono/html';

/** What a built page leaves open, and the worker fills in. */
const blanks = ['host', 'origin', 'clientUserId'] as const;
type Blank = (typeof blanks)[number];

/** The place of a value in a built page. */
export function blank(name: Blank): string {
  return `{{${name}}}`;
}

/** A built page with its blanks filled in: in text, or in quoted attributes. */
export function fillBlanks(page: string, values: Record<Blank, string>): string {
  return blanks.reduce((text, name) => text.replaceAll(blank(name), () => `${html`${values[name]}`}`), page);
}
