import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { connections, sources } from '../db/schema.ts';
import { afterCursor, type Cursor } from '../paging.ts';

/** What a list of Connections can be narrowed to. */
export interface ConnectionFilter {
  sourceId?: string | undefined;
  applicationId?: string | undefined;
  clientUserId?: string | undefined;
  complete?: boolean | undefined;
  /** What the name begins with. */
  namePrefix?: string | undefined;
}

/** A Connection with its source's definition, which is null where the source is gone. */
function selectConnections(db: Db) {
  return db
    .select({ connection: connections, definition: sources.definition })
    .from(connections)
    .leftJoin(sources, eq(sources.id, connections.sourceId));
}

/** One Connection of a developer, or undefined. */
export async function findConnection(db: Db, developerId: string, id: string) {
  const [row] = await selectConnections(db).where(
    and(eq(connections.id, id), eq(connections.developerId, developerId)),
  );
  return row;
}

/** Up to `limit` + 1 Connections of a developer, newest first. */
export function listConnections(
  db: Db,
  developerId: string,
  filter: ConnectionFilter,
  cursor: Cursor | null,
  limit: number,
) {
  const conditions: (SQL | undefined)[] = [
    eq(connections.developerId, developerId),
    filter.sourceId ? eq(connections.sourceId, filter.sourceId) : undefined,
    filter.applicationId ? eq(connections.applicationId, filter.applicationId) : undefined,
    filter.clientUserId ? eq(connections.clientUserId, filter.clientUserId) : undefined,
    filter.complete === undefined ? undefined : eq(connections.complete, filter.complete),
    // A range, so that an index can serve it and % and _ mean themselves.
    filter.namePrefix ? gte(connections.name, filter.namePrefix) : undefined,
    filter.namePrefix ? lt(connections.name, `${filter.namePrefix}\u{10ffff}`) : undefined,
    afterCursor(connections, cursor),
  ];
  return selectConnections(db)
    .where(and(...conditions))
    .orderBy(desc(connections.createdAt), desc(connections.id))
    .limit(limit + 1);
}
