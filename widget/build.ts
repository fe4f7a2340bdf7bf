import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type OutputFile } from 'esbuild';
import { writeCatalogue } from '../.scripts/catalogue/assets.ts';
import { runBuildAssets } from '../.scripts/worker-assets.ts';
import { docsPage } from './docs/page.ts';

const here = import.meta.dirname;
const out = join(here, '../dist/assets');

const shared = {
  bundle: true,
  minify: true,
  write: false,
  outdir: out,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'error',
} satisfies BuildOptions;

const entry = (path: string, name: string) => ({ in: join(here, path), out: name });

const results = await Promise.all([
  build({ ...shared, format: 'iife', entryPoints: [entry('loader/classic.ts', 'connect')] }),
  build({
    ...shared,
    format: 'esm',
    entryPoints: [entry('loader/module.ts', 'connect')],
    outExtension: { '.js': '.mjs' },
  }),
  build({
    ...shared,
    format: 'esm',
    entryPoints: [entry('popup/main.ts', 'connect'), entry('popup/popup.css', 'connect')],
    entryNames: 'assets/[name]-[hash]',
  }),
  build({
    ...shared,
    entryPoints: [
      entry('page.css', 'assets/page'),
      entry('docs/docs.css', 'assets/docs'),
      entry('sandbox/sandbox.css', 'assets/sandbox'),
    ],
  }),
  build({
    ...shared,
    format: 'esm',
    entryPoints: [entry('landing/main.ts', 'assets/landing'), entry('landing/landing.css', 'assets/landing')],
  }),
  build({
    ...shared,
    format: 'esm',
    entryPoints: [entry('console/main.ts', 'assets/console'), entry('console/console.css', 'assets/console')],
  }),
]);

const files: OutputFile[] = results.flatMap((result) => result.outputFiles);
const hashed = files.map((file) => basename(file.path)).filter((name) => name.startsWith('connect-'));

let html = readFileSync(join(here, 'popup/connect.html'), 'utf8');
for (const name of hashed) {
  const source = name.endsWith('.css') ? 'popup.css' : 'main.ts';
  html = html.replace(`./${source}`, `/assets/${name}`);
}

for (const file of files) writeChanged(file.path, file.text);
writeChanged(join(out, 'connect.html'), html);
writeChanged(join(out, '_headers'), readFileSync(join(here, '_headers'), 'utf8'));
writeChanged(join(out, 'assets/icon.svg'), readFileSync(join(here, 'landing/icon.svg'), 'utf8'));
// The landing page shows both as they are, and runs the first.
const example = {
  client: readFileSync(join(here, 'landing/example-client.js'), 'utf8'),
  server: readFileSync(join(here, '../src/landing/integration.ts'), 'utf8'),
};
writeChanged(join(out, 'assets/example-client.js'), example.client);
const built = await runBuildAssets(example);
for (const [path, text] of Object.entries(built)) writeChanged(join(out, path), text);
writeChanged(join(out, 'docs.html'), docsPage(JSON.parse(built['/openapi-document.json'] ?? '')));
writeCatalogue(out);
for (const name of readdirSync(join(out, 'assets'))) {
  if (name.startsWith('connect-') && !hashed.includes(name)) rmSync(join(out, 'assets', name));
}

/** `wrangler dev` reloads on every write, so a file that is already right is left alone. */
function writeChanged(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // Not there yet.
  }
  writeFileSync(path, text);
}
