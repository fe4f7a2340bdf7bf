import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runWrangler } from './wrangler.ts';

const kilobyte = 1024;
const assets = 'dist/assets';
const workerDirectory = 'dist/worker';

// The dry run also builds what it would upload beside the worker: the widget.
await runWrangler(['deploy', '--dry-run', '--outdir', workerDirectory]);

const budgets = [
  { name: 'worker', limitBytes: 200 * kilobyte, files: workerFiles() },
  { name: 'connect.js', limitBytes: 4 * kilobyte, files: [join(assets, 'connect.js')] },
  { name: 'connect.mjs', limitBytes: 4 * kilobyte, files: [join(assets, 'connect.mjs')] },
  { name: 'popup page', limitBytes: 30 * kilobyte, files: popupFiles() },
];

console.log('gzip        bytes   budget');
for (const { name, limitBytes, files } of budgets) {
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  const over = bytes > limitBytes;
  console.log(
    `${name.padEnd(11)}${String(bytes).padStart(6)}${String(limitBytes).padStart(9)}${over ? '  over' : ''}`,
  );
  if (over) process.exitCode = 1;
}

function workerFiles(): string[] {
  return readdirSync(workerDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.map$|^README\.md$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The page and all it names: its scripts, styles and images. */
function popupFiles(): string[] {
  const page = join(assets, 'connect.html');
  const named = [...readFileSync(page, 'utf8').matchAll(/\b(?:src|href)="?(\/[^"\s>]+)/g)];
  return [page, ...named.flatMap(([, path]) => (path === undefined ? [] : [join(assets, path)]))];
}
