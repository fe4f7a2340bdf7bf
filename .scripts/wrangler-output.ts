import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

const errorStart = /^(✘ |\[wrangler:error\]|\[custom build\](?! Running:)|Error\b|\S*Error:)/u;

/**
 * Passes on what a person wants to read of `wrangler dev`: the worker's own log lines (JSON, one a line) and errors
 * with the indented lines that belong to them. Tables, warnings, request lines and progress are left out.
 */
export function printWorkerOutput(stream: Readable, target: NodeJS.WritableStream): void {
  let inError = false;
  createInterface({ input: stream }).on('line', (coloured) => {
    const line = stripVTControlCharacters(coloured);
    const continues = line === '' || /^\s/.test(line);
    if (!continues) inError = errorStart.test(line);
    if ((line.startsWith('{') || inError) && line !== '') target.write(`${line}\n`);
  });
}
