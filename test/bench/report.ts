/** The middle of some figures: half of them are at most this. */
export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** The figure that so large a part of all is at most; between two, in proportion. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** `min median max` of some figures. */
export function spread(values: number[]): string[] {
  return [Math.min(...values), median(values), Math.max(...values)].map(number);
}

/** A figure with three digits that mean something. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Prints a heading, and what the measure below it does. */
export function heading(title: string, ...lines: string[]): void {
  console.log(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

/** Prints a table: the first column to the left, all others to the right. */
export function table(header: string[], rows: string[][]): void {
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, ...rows]) {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}
