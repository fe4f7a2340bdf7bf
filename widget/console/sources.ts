import { fullAuthUrl } from '../../src/console/sources/full-auth-url.ts';

/**
 * Fills in the full auth URL from the auth host and the auth URL, as one types: for as long as it is what they make,
 * or empty.
 */
export function fillFullAuthUrl(): void {
  const field = (name: string) => document.querySelector<HTMLInputElement>(`#field-${name}`);
  const [host, path, full] = [field('auth_host_url'), field('auth_url'), field('full_auth_url')];
  if (!host || !path || !full) return;
  let made = fullAuthUrl(host.value, path.value);
  const fill = () => {
    const now = fullAuthUrl(host.value, path.value);
    if (full.value === '' || full.value === made) full.value = now;
    made = now;
  };
  for (const input of [host, path]) input.addEventListener('input', fill);
}

/** Numbers the lines of the document's text, and takes links to one (`data-line`) there. */
export function numberLines(): void {
  const area = document.querySelector<HTMLTextAreaElement>('.document textarea');
  if (!area) return;
  const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-line]')];
  const faulty = new Set(links.map((link) => Number(link.dataset.line)));
  const editor = document.createElement('div');
  const lines = document.createElement('div');
  const numbers = document.createElement('div');
  editor.className = 'editor';
  lines.className = 'lines';
  lines.ariaHidden = 'true';
  area.replaceWith(editor);
  lines.append(numbers);
  editor.append(lines, area);

  let count = 0;
  const number = () => {
    const now = area.value.split('\n').length;
    if (now === count) return;
    count = now;
    numbers.replaceChildren(...Array.from({ length: count }, (_, index) => numberOf(index + 1, faulty)));
  };
  const follow = () => {
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
  };
  area.addEventListener('input', number);
  area.addEventListener('scroll', follow);
  number();
  const [first] = links;
  if (first) scrollToLine(area, Number(first.dataset.line));
  follow();
  for (const link of links) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      area.focus();
      scrollToLine(area, Number(link.dataset.line));
      area.scrollIntoView({ block: 'nearest' });
    });
  }
}

function numberOf(line: number, faulty: Set<number>): Node | string {
  if (!faulty.has(line)) return `${line}\n`;
  const mark = document.createElement('mark');
  mark.textContent = `${line}\n`;
  return mark;
}

/** Selects a line of a text, in the middle of what is seen of it. */
function scrollToLine(area: HTMLTextAreaElement, line: number): void {
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const lineHeight = Number.parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTop = (line - 1) * lineHeight - area.clientHeight / 2;
}
