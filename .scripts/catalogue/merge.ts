import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, entrySchema } from '../../src/sources/catalogue/entry.ts';
import { type Correction, correctionsSchema } from './correction.ts';
import { type FactsOf, readArctic, readGrant, readOauthd } from './facts.ts';
import { findIcon } from './icons.ts';
import { mergeDefinition, type Sources } from './merge-definition.ts';

// Run by hand, with the sources unpacked:
//   node .scripts/catalogue/merge.ts <grant> <arctic> <oauthd>
// It writes every entry anew, from the sources and the corrections, and says where the sources differ. Then
// `npm run format` gives the files their form.

const [grantFolder, arcticFolder, oauthdFolder] = process.argv.slice(2);
if (!grantFolder || !arcticFolder || !oauthdFolder) {
  console.error('Usage: node .scripts/catalogue/merge.ts <grant> <arctic> <oauthd>');
  process.exit(2);
}

const checked = '2026-11-22';
const corrections = readCorrections(join(import.meta.dirname, 'corrections'));
const grant = readGrant(grantFolder);
const arctic = readArctic(arcticFolder);
const oauthd = readOauthd(oauthdFolder);
const versions = {
  grant: `grant@${version(grantFolder)}`,
  arctic: `arctic@${version(arcticFolder)}`,
  oauthd: 'https://github.com/oauth-io/oauthd',
};

const unused = new Set([
  ...Object.keys(grant).map((key) => `grant ${key}`),
  ...Object.keys(arctic).map((key) => `arctic ${key}`),
]);
const out = join(import.meta.dirname, '../../src/sources/catalogue/entries');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

for (const slug of Object.keys(corrections).sort()) {
  const correction = corrections[slug];
  if (!correction) continue;
  const sources: Sources = {
    grant: pick('grant', grant, slug, correction.from?.grant),
    arctic: pick('arctic', arctic, slug.replaceAll('_', '-'), correction.from?.arctic),
    oauthd: pick('oauthd', oauthd, slug, correction.from?.oauthd),
  };
  const parsed = entrySchema.safeParse(buildEntry(slug, correction, sources));
  if (!parsed.success) {
    console.error(
      `${slug}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
    );
    process.exitCode = 1;
    continue;
  }
  report(parsed.data);
  writeFileSync(join(out, `${slug}.json`), `${JSON.stringify(parsed.data, null, 2)}\n`);
}
for (const key of unused) console.log(`${key}: in no entry`);

function buildEntry(slug: string, correction: Correction, sources: Sources): unknown {
  const { name, categories } = correction;
  const shared = {
    slug,
    name,
    categories,
    documentation: correction.documentation ?? null,
    icon: correction.icon === undefined ? findIcon(slug, name) : correction.icon,
  };
  const status = { fact: ['status'], from: 'knowledge', source: null, checked, how: 'not verified' };
  if (correction.ended !== undefined) {
    const type = correction.definition?.type ?? sources.grant?.type ?? sources.arctic?.type ?? 'oauth2';
    const read = Object.entries(correction.read ?? {}).map(([source, fact]) => ({
      ...status,
      fact,
      from: 'documentation',
      source,
      how: 'documentation read',
    }));
    const provenance = read.length > 0 ? read : [status];
    return { status: 'ended', ...shared, type, ended: correction.ended, provenance };
  }
  const { definition, origins, disagreements } = mergeDefinition(correction, sources);
  if (Object.values(correction.read ?? {}).some((facts) => facts.includes('status')))
    origins.set('status', []);
  const scopes = Object.entries(correction.scopes ?? {}).map(([scope, means]) => ({ scope, means }));
  if (scopes.length > 0) origins.set('common scopes', []);
  if (correction.sample) origins.set('sample', []);
  return {
    status: 'available',
    ...shared,
    type: definition.type,
    definition: { ...definition, name },
    values: correction.values ?? {},
    ...(correction.environment && { environment: correction.environment }),
    scopes,
    register: correction.register ?? { url: null, note: null },
    ...(correction.sample && { sample: correction.sample }),
    ...(correction.unmet && { unmet: correction.unmet }),
    ...(disagreements.length > 0 && { disagreements }),
    provenance: provenanceOf(origins, correction),
  };
}

/** Facts grouped by where they come from. */
function provenanceOf(origins: Map<string, string[]>, correction: Correction): Entry['provenance'] {
  const groups = new Map<string, Entry['provenance'][number]>();
  const add = (key: string, fact: string, group: Omit<Entry['provenance'][number], 'fact' | 'checked'>) => {
    const known = groups.get(key);
    if (known) known.fact.push(fact);
    else groups.set(key, { fact: [fact], ...group, checked });
  };
  const read = Object.entries(correction.read ?? {});
  for (const [field, froms] of origins) {
    const documents = read.filter(([, facts]) => facts.includes(field));
    for (const [source] of documents) {
      add(source, field, { from: 'documentation', source, how: 'documentation read' });
    }
    if (documents.length > 0) continue;
    if (froms.length === 0) add('', field, { from: 'knowledge', source: null, how: 'not verified' });
    for (const from of froms as (keyof Sources)[]) {
      add(from, field, { from, source: versions[from], how: 'public source only' });
    }
  }
  return [...groups.values()];
}

function report(entry: Entry): void {
  if (entry.status !== 'available') return;
  for (const { field, values, chosen, why } of entry.disagreements ?? []) {
    console.log(
      `${entry.slug} ${field}: ${JSON.stringify(values)}, chosen ${JSON.stringify(chosen)}: ${why}`,
    );
  }
}

function pick(source: keyof Sources, facts: FactsOf, slug: string, key: string | null | undefined) {
  const found = key === undefined ? slug : key;
  if (found === null) return undefined;
  unused.delete(`${source} ${found}`);
  return facts[found];
}

function readCorrections(folder: string): Record<string, Correction> {
  const all: Record<string, Correction> = {};
  for (const name of readdirSync(folder).sort()) {
    const some = correctionsSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    for (const slug of Object.keys(some)) if (all[slug]) throw new Error(`${slug} is there twice`);
    Object.assign(all, some);
  }
  return all;
}

function version(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
