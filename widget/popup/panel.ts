import { brand, type Child, type Drawing, el, icon } from './dom.ts';
import { fill, t } from './look.ts';
import type { Application } from './service.ts';

/** One thing said with the whole window. */
interface Statement {
  drawing: Drawing;
  tone?: 'success' | 'warning' | 'danger';
  title: string;
  text: string;
  /** For whoever builds the application: an error code, the service's own words. */
  detail?: string;
  requestId?: string | undefined;
}

/** A statement: a sign, what happened, what it means and what to do next. */
export function statement({ drawing, tone, title, text, detail, requestId }: Statement): HTMLElement {
  return el(
    'section',
    { class: `statement ${tone ?? ''}` },
    el('span', { class: 'sign' }, icon(drawing)),
    el('h1', { tabindex: '-1' }, title),
    el('p', {}, text),
    detail ? el('p', { class: 'detail' }, el('code', {}, detail)) : null,
    requestId ? el('p', { class: 'request' }, fill(t.request, { id: requestId })) : null,
  );
}

/** The application and a source side by side, and what travels between them. */
export function passage(
  application: Application | null,
  source: { name: string; logo: string | null } | null,
  words: { title: string; text: string },
  direction: 'to' | 'from',
): Child[] {
  return [
    el(
      'section',
      { class: `passage ${direction}` },
      el(
        'div',
        { class: 'ends', 'aria-hidden': 'true' },
        brand(application?.name ?? ' ', application?.logo ?? null, 'brand large'),
        el('span', { class: 'dots' }, el('i'), el('i'), el('i')),
        source && brand(source.name, source.logo, 'brand large'),
      ),
      el('h1', { tabindex: '-1' }, words.title),
      el('p', {}, words.text),
    ),
  ];
}
