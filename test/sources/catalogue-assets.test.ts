import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCatalogue } from '../../.scripts/catalogue/assets.ts';

const out = mkdtempSync(join(tmpdir(), 'catalogue-'));
const read = (path: string) => readFileSync(join(out, 'catalogue', path), 'utf8');

beforeAll(() => writeCatalogue(out));
afterAll(() => rmSync(out, { recursive: true }));

test('the list is small enough to search while typing', () => {
  expect(gzipSync(read('index.json')).length).toBeLessThan(15 * 1024);
});

test('the list has what a picker shows, by name', () => {
  const list = JSON.parse(read('index.json')) as { slug: string; name: string }[];
  expect(list).toContainEqual({
    slug: 'fitbit',
    name: 'Fitbit',
    type: 'oauth2',
    status: 'available',
    categories: ['health'],
    icon: true,
  });
  expect(list).toContainEqual(expect.objectContaining({ slug: 'moves', status: 'ended' }));
  const names = list.map(({ name }) => name);
  expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en', { sensitivity: 'base' })));
});

test('every provider of the list has its own file, and its mark where the list says so', () => {
  const list = JSON.parse(read('index.json')) as { slug: string; icon: boolean }[];
  for (const { slug, icon } of list) {
    const entry = JSON.parse(read(`${slug}.json`)) as { slug: string; icon: string | null };
    expect(entry.slug).toBe(slug);
    expect(entry.icon !== null).toBe(icon);
  }
  const all = JSON.parse(read('all.json')) as { slug: string }[];
  expect(all.map(({ slug }) => slug)).toEqual(list.map(({ slug }) => slug));
  const marks = readdirSync(join(out, 'catalogue/icons'));
  expect(marks.sort()).toEqual(
    list
      .filter(({ icon }) => icon)
      .map(({ slug }) => `${slug}.svg`)
      .sort(),
  );
});

test('a mark is one path in the colour of the brand, and nothing that runs', () => {
  const mark = read('icons/spotify.svg');
  expect(mark).toMatch(/^<svg [^>]*viewBox="0 0 24 24"><path fill="#[0-9A-F]{6}" d="[^"<>]+"\/><\/svg>\n$/);
  expect(mark).not.toMatch(/script|href|style/);
});

test('a second build leaves what is right alone, and removes what no longer belongs', () => {
  const before = statSync(join(out, 'catalogue/index.json')).mtimeMs;
  writeFileSync(join(out, 'catalogue/gone.json'), '{}');
  writeFileSync(join(out, 'catalogue/icons/gone.svg'), '<svg/>');
  writeCatalogue(out);
  expect(statSync(join(out, 'catalogue/index.json')).mtimeMs).toBe(before);
  expect(readdirSync(join(out, 'catalogue'), { recursive: true })).not.toEqual(
    expect.arrayContaining([expect.stringContaining('gone')]),
  );
});
