const qualifiedColumn = /^"\w+"\."\w+"$/;

/**
 * Names the qualified columns of a statement's select list: `select "runs"."id", "applications"."id" from …` becomes
 * `select "runs"."id" as "c0", "applications"."id" as "c1" from …`. Everything else stays as it is.
 */
export function nameColumns(statement: string): string {
  // Columns are qualified where tables are joined, and only there can two have one name.
  if (!statement.startsWith('select ') || !statement.includes(' join ')) return statement;
  const end = endOfList(statement);
  if (end === null) return statement;
  const items = splitList(statement.slice('select '.length, end));
  const named = items.map((item, index) => (qualifiedColumn.test(item) ? `${item} as "c${index}"` : item));
  return `select ${named.join(', ')}${statement.slice(end)}`;
}

/** Where the select list ends: at the ` from ` that is in no parentheses and no quotes. */
function endOfList(statement: string): number | null {
  for (const [index, depth] of depths(statement)) {
    if (depth === 0 && statement.startsWith(' from ', index)) return index;
  }
  return null;
}

function splitList(list: string): string[] {
  const commas = [...depths(list)].filter(([index, depth]) => depth === 0 && list[index] === ',');
  const starts = [0, ...commas.map(([index]) => index + 1)];
  return starts.map((start, position) => list.slice(start, commas[position]?.[0]).trim());
}

/** Each position outside of quotes, with how many parentheses it is in. */
function* depths(text: string): Generator<[index: number, depth: number]> {
  let depth = 0;
  let quote: string | null = null;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote !== null) {
      if (char === quote) quote = null;
      continue;
    }
    if (char === '"' || char === "'") quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    yield [index, depth];
  }
}
