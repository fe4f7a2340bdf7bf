import { and, asc, count, eq, inArray, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { platformId } from '../../access/api-key.ts';
import { applicationSources, applications, connections, developers, sources } from '../../db/schema.ts';
import { notFound } from '../../errors.ts';
import { holderOf, offerOf } from '../../sources/offer.ts';
import type { Source } from '../../sources/source.ts';
import { findSource, findVisibleSource } from '../../sources/store.ts';
import { normalizeId } from '../../validation.ts';
import type { ConsoleEnv } from '../env.ts';

/** The data source of `:id`, which is the account's own. */
export async function loadOwn(c: Context<ConsoleEnv, '/:id'>): Promise<Source> {
  const id = normalizeId(c.req.param('id'));
  const source = id ? await findSource(c.var.db, c.var.caller.developerId, id) : undefined;
  if (!source) throw notFound('data source');
  return source;
}

/** The data source of `:id`, which is the account's own, or the platform's and on offer. */
export async function loadVisible(c: Context<ConsoleEnv, '/:id'>): Promise<Source> {
  const { db, caller, config } = c.var;
  const id = normalizeId(c.req.param('id'));
  const source = id ? await findVisibleSource(db, caller.developerId, id) : undefined;
  const isHidden = source?.sandbox && !config.sandbox && source.developerId !== caller.developerId;
  if (!source || isHidden) throw notFound('data source');
  return source;
}

/** The platform's data sources that a developer's applications see, by name. */
export async function listPlatformSources({ db, config }: ConsoleEnv['Variables']): Promise<Source[]> {
  const rows = await db
    .select()
    .from(sources)
    .where(eq(sources.developerId, platformId))
    .orderBy(asc(sources.slug))
    .limit(500);
  return rows.filter(({ sandbox }) => config.sandbox || !sandbox);
}

/** What an application does with a source. */
export interface Use {
  id: string;
  name: string;
  /** Whose credentials its users connect through; null: it doesn't offer the source. */
  credentials: 'own' | 'source' | 'user' | null;
  connections: number;
}

/** What the account's applications do with a source, and how many Connections there are of it without one. */
export async function usesOf(
  { db, caller, config }: ConsoleEnv['Variables'],
  source: Source,
): Promise<{ uses: Use[]; withoutApplication: number }> {
  const { developerId } = caller;
  const [rows, counts] = await db.batch([
    db
      .select({ application: applications, choice: applicationSources })
      .from(applications)
      .leftJoin(
        applicationSources,
        and(
          eq(applicationSources.applicationId, applications.id),
          eq(applicationSources.sourceId, source.id),
        ),
      )
      .where(eq(applications.developerId, developerId))
      .orderBy(asc(applications.name))
      .limit(200),
    db
      .select({ applicationId: connections.applicationId, total: count() })
      .from(connections)
      .where(and(eq(connections.developerId, developerId), eq(connections.sourceId, source.id)))
      .groupBy(connections.applicationId),
  ]);
  const totals = new Map(counts.map(({ applicationId, total }) => [applicationId, total]));
  const uses = rows.map(({ application, choice }): Use => {
    const offer = offerOf({ source, choice }, holderOf(application), config);
    const whose = choice?.clientId ? 'own' : 'source';
    return {
      id: application.id,
      name: application.name,
      credentials: offer === null ? null : offer.clientId === null ? 'user' : whose,
      connections: totals.get(application.id) ?? 0,
    };
  });
  return { uses, withoutApplication: totals.get(null) ?? 0 };
}

/** How many Connections there are of a source, whosever they are. */
export async function countConnections({ db }: ConsoleEnv['Variables'], sourceId: string): Promise<number> {
  // By developer, as the index has them.
  const everybody = db.select({ id: developers.id }).from(developers);
  const [row] = await db
    .select({ total: sql<number>`count(*)` })
    .from(connections)
    .where(and(inArray(connections.developerId, everybody), eq(connections.sourceId, sourceId)));
  return row?.total ?? 0;
}
