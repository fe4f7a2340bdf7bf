import { and, desc, eq, like, or } from 'drizzle-orm';
import { platformId } from '../access/api-key.ts';
import { randomId } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { sources } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { afterCursor, type Cursor } from '../paging.ts';
import { invalidBody, normalizeId } from '../validation.ts';
import type { Source } from './source.ts';

/** One data source of a developer, or undefined. */
export async function findSource(db: Db, developerId: string, id: string): Promise<Source | undefined> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.id, id), eq(sources.developerId, developerId)));
  return row;
}

/** One data source that a developer's applications can see: its own or the platform's. */
export async function findVisibleSource(
  db: Db,
  developerId: string,
  id: string,
): Promise<Source | undefined> {
  const [row] = await db
    .select()
    .from(sources)
    .where(
      and(eq(sources.id, id), or(eq(sources.developerId, developerId), eq(sources.developerId, platformId))),
    );
  return row;
}

/** Up to `limit` + 1 data sources of a developer, newest first. */
export function listSources(db: Db, developerId: string, cursor: Cursor | null, limit: number) {
  return db
    .select()
    .from(sources)
    .where(and(eq(sources.developerId, developerId), afterCursor(sources, cursor)))
    .orderBy(desc(sources.createdAt), desc(sources.id))
    .limit(limit + 1);
}

/** A slug made from a name that none of the developer's sources has yet. */
export async function freeSlug(db: Db, developerId: string, name: string): Promise<string> {
  const made =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 50) || 'source';
  // `/proxy/:source` takes both: a slug must not look like an id.
  const base = /^[0-9a-f]{32}$/.test(made) ? `source-${made}` : made;
  const taken = await db
    .select({ slug: sources.slug })
    .from(sources)
    .where(and(eq(sources.developerId, developerId), like(sources.slug, `${base}%`)));
  const slugs = new Set(taken.map((row) => row.slug));
  if (!slugs.has(base)) return base;
  let suffix = 2;
  while (slugs.has(`${base}-${suffix}`)) suffix += 1;
  return `${base}-${suffix}`;
}

/**
 * The id of a new data source: a fresh one, or the one it had elsewhere, so that its Connections can be imported.
 *
 * @throws Failure where that is no id, or is taken
 */
export async function newSourceId(db: Db, given: unknown): Promise<string> {
  if (given === undefined) return randomId();
  const id = typeof given === 'string' ? normalizeId(given) : null;
  if (!id) throw invalidBody([{ path: 'id', message: 'must be an id: 32 hex digits' }]);
  const [taken] = await db.select({ id: sources.id }).from(sources).where(eq(sources.id, id));
  if (taken) {
    throw new Failure('conflict', 'There is a data source with this id already.', {
      details: [{ path: 'id', message: 'is taken' }],
    });
  }
  return id;
}

/**
 * Stores a new data source.
 *
 * @returns false where the developer has another one with this slug
 */
export async function insertSource(db: Db, row: Source): Promise<boolean> {
  const inserted = await db.insert(sources).values(row).onConflictDoNothing().returning({ id: sources.id });
  return inserted.length === 1;
}

/**
 * Stores a changed data source.
 *
 * @returns false where the developer has another one with this slug
 */
export async function updateSource(db: Db, row: Source): Promise<boolean> {
  const taken = db
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.developerId, row.developerId), eq(sources.slug, row.slug)));
  const [holder] = await taken;
  if (holder && holder.id !== row.id) return false;
  await db.update(sources).set(row).where(eq(sources.id, row.id));
  return true;
}
