import type { Child } from 'hono/jsx';
import { Table } from '../frame/table.tsx';

interface ChartProps {
  /** What the picture says, as a sentence. */
  message: string;
  /** What it is of, and how it was counted. */
  note?: Child;
  /** The numbers behind it. */
  table: { columns: string[]; rows: Child[][] };
  children: Child;
}

/** A picture with one message, and its numbers for those who want or need them. */
export function Chart({ message, note, table, children }: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        <h2>{message}</h2>
        {note ? <p class="muted">{note}</p> : null}
      </figcaption>
      {children}
      <details>
        <summary>The numbers</summary>
        <Table caption={message} {...table} />
      </details>
    </figure>
  );
}

/** One bar, with what it stands for. */
export interface Bar {
  label: string;
  count: number;
  /** What is said beside the number. */
  aside?: string;
}

/** Bars below each other, each with its label and number. The table behind them tells the same. */
export function Bars({ bars }: { bars: Bar[] }) {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  return (
    <div class="bars" aria-hidden="true">
      {bars.map(({ label, count, aside }) => (
        <div>
          <span class="label">{label}</span>
          <svg viewBox="0 0 100 1" preserveAspectRatio="none" focusable="false">
            <title>{label}</title>
            <rect width="100" height="1" class="rest" />
            <rect width={round((100 * count) / most)} height="1" />
          </svg>
          <span class="number">{format(count)}</span>
          <span class="muted">{aside}</span>
        </div>
      ))}
    </div>
  );
}

/** One column. */
interface Column {
  /** What it stands for, told on hover. */
  title: string;
  count: number;
}

interface ColumnsProps {
  columns: Column[];
  /** Said of the highest one. */
  peak: string;
  /** What stands under the first column, the middle and the last. */
  axis: [string, string, string];
}

const columnWidth = 10;
const gap = 2;
const height = 100;

/** Columns beside each other: how something went over time. */
export function Columns({ columns, peak, axis }: ColumnsProps) {
  const most = Math.max(...columns.map(({ count }) => count), 1);
  return (
    <div class="columns" aria-hidden="true">
      <p>{peak}</p>
      <svg
        viewBox={`0 0 ${columns.length * columnWidth} ${height}`}
        preserveAspectRatio="none"
        focusable="false"
      >
        <title>{peak}</title>
        {columns.map(({ title, count }, index) => (
          <rect
            x={index * columnWidth + gap / 2}
            y={round(height - (height * count) / most)}
            width={columnWidth - gap}
            height={round((height * count) / most)}
          >
            <title>{title}</title>
          </rect>
        ))}
      </svg>
      <p class="axis">
        {axis.map((text) => (
          <span>{text}</span>
        ))}
      </p>
    </div>
  );
}

const numbers = new Intl.NumberFormat('en');

/** A whole number as people read it. */
export function format(count: number): string {
  return numbers.format(count);
}

/** A share in whole per cent. */
export function percent(part: number, whole: number): string {
  return `${Math.min(100, Math.round((100 * part) / whole))}\u{a0}%`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
