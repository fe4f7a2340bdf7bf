import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Entry } from '../../src/sources/catalogue/entry.ts';
import { drawIcon } from './icons.ts';

const entriesFolder = join(import.meta.dirname, '../../src/sources/catalogue/entries');

/** An entry as the list has it: enough to search and to show a button. */
type Listed = Pick<Entry, 'slug' | 'name' | 'type' | 'status' | 'categories'> & { icon: boolean };

/**
 * Writes what is served of the catalogue below `<outDir>/catalogue`: `index.json`, `all.json`, `<slug>.json` and
 * `icons/<slug>.svg`. What is already right is left alone; what no longer belongs is removed.
 */
export function writeCatalogue(outDir: string): void {
  const folder = join(outDir, 'catalogue');
  const entries = readEntries();
  const files = new Map<string, string>([
    ['index.json', JSON.stringify(entries.map(listed))],
    ['all.json', JSON.stringify(entries)],
  ]);
  for (const entry of entries) {
    files.set(`${entry.slug}.json`, JSON.stringify(entry));
    if (entry.icon !== null) files.set(`icons/${entry.slug}.svg`, drawIcon(entry.icon));
  }
  mkdirSync(join(folder, 'icons'), { recursive: true });
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path !== 'icons' && !files.has(path)) rmSync(join(folder, path), { recursive: true, force: true });
  }
  for (const [path, text] of files) writeChanged(join(folder, path), text);
}

/** Every entry, by name. */
function readEntries(): Entry[] {
  return readdirSync(entriesFolder)
    .map((file) => {
      const entry = JSON.parse(readFileSync(join(entriesFolder, file), 'utf8')) as Entry;
      if (basename(file, '.json') !== entry.slug) throw new Error(`${file} is the entry of ${entry.slug}`);
      return entry;
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { sensitivity: 'base' }));
}

function listed({ slug, name, type, status, categories, icon }: Entry): Listed {
  return { slug, name, type, status, categories, icon: icon !== null };
}

/** `wrangler dev` reloads on every write. */
function writeChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // Not there yet.
  }
  writeFileSync(path, text);
}
