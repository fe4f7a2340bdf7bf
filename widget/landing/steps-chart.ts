import { type Child, el } from '../popup/dom.ts';

/** The steps of one day, given as `2026-11-22`. */
export interface DaySteps {
  date: string;
  steps: number;
}

const heightPx = 112;
const labelPx = 18;
const namespace = 'http://www.w3.org/2000/svg';

const inDay = (date: string, options: Intl.DateTimeFormatOptions) =>
  new Date(date).toLocaleDateString('en', { timeZone: 'UTC', ...options });

/** A week of steps in bars, its one message as the title, and the same as a table for screen readers. */
export function stepsChart(days: DaySteps[]): Child[] {
  const best = days.reduce((most, day) => (day.steps > most.steps ? day : most));
  const title = `Most steps on ${inDay(best.date, { weekday: 'long' })}: ${best.steps.toLocaleString('en')}`;
  return [el('h4', {}, title), bars(days, best), table(days)];
}

function bars(days: DaySteps[], best: DaySteps): Node {
  const chart = draw('svg', { class: 'chart', height: heightPx, 'aria-hidden': 'true' });
  const columnPercent = 100 / days.length;
  const roomPx = heightPx - 2 * labelPx;
  days.forEach((day, index) => {
    const barPx = Math.max(2, Math.round((day.steps / best.steps) * roomPx));
    const middle = `${(index + 0.5) * columnPercent}%`;
    chart.append(
      draw('rect', {
        class: day === best ? 'bar best' : 'bar',
        // Percentages across, so that bars widen and letters don't.
        x: `${(index + 0.16) * columnPercent}%`,
        y: heightPx - labelPx - barPx,
        width: `${0.68 * columnPercent}%`,
        height: barPx,
        rx: 3,
      }),
      label(`${(day.steps / 1000).toFixed(1)}k`, middle, heightPx - labelPx - barPx - 5),
      label(inDay(day.date, { weekday: 'short' }), middle, heightPx - 3, 'day'),
    );
  });
  return chart;
}

function label(text: string, x: string, y: number, className = 'value'): SVGElement {
  const element = draw('text', { class: className, x, y, 'text-anchor': 'middle' });
  element.textContent = text;
  return element;
}

function draw(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function table(days: DaySteps[]): HTMLElement {
  const rows = days.map(({ date, steps }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, inDay(date, { weekday: 'long', day: 'numeric', month: 'long' })),
      el('td', {}, steps.toLocaleString('en')),
    ),
  );
  const head = el('tr', {}, el('th', { scope: 'col' }, 'Day'), el('th', { scope: 'col' }, 'Steps'));
  return el(
    'table',
    { class: 'spoken' },
    el('caption', {}, 'Steps on the last seven days'),
    el('thead', {}, head),
    el('tbody', {}, ...rows),
  );
}
