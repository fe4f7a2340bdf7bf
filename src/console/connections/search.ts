import { and, eq } from 'drizzle-orm';
import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type { connectionSchema } from '../../connections/connection.ts';
import { describeSource, presentConnection } from '../../connections/connection.ts';
import { findConnection } from '../../connections/store.ts';
import { inList } from '../../db/in-list.ts';
import { connections } from '../../db/schema.ts';
import type { Cursor } from '../../paging.ts';
import { normalizeId } from '../../validation.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';

/** A Connection as the API shows it, where it stands in the list, and whether it was ever in force. */
export type ListedConnection = z.output<typeof connectionSchema> & Cursor & { announced: boolean };

export const pageSize = 50;

/** What a list of Connections is narrowed to, as its page's query says it. */
export const filters = ['q', 'source', 'application', 'complete'] as const;

/**
 * Finds Connections: by the id that `q` is, else by the name that it begins or the user that it names.
 *
 * @returns up to `pageSize` + 1 of them, newest first
 */
export async function searchConnections(
  c: Context<ConsoleEnv>,
  chosen: Partial<Record<(typeof filters)[number], string>>,
  cursor: string | undefined,
): Promise<ListedConnection[]> {
  const { q } = chosen;
  const id = normalizeId(q ?? '');
  const found = id ? await findOne(c, id) : await findMany(c, chosen, cursor);
  const known = await readAnnounced(
    c,
    found.filter(({ auth }) => !auth.status.complete).map((connection) => connection.id),
  );
  return found.map((connection) => ({
    ...connection,
    createdAt: Date.parse(connection.created),
    announced: connection.auth.status.complete || known.has(connection.id),
  }));
}

async function findOne(c: Context<ConsoleEnv>, id: string) {
  const row = await findConnection(c.var.db, c.var.caller.developerId, id);
  return row ? [presentConnection(row.connection, { ...describeSource(row.definition), tokens: null })] : [];
}

async function findMany(
  c: Context<ConsoleEnv>,
  { q, source, application, complete }: Parameters<typeof searchConnections>[1],
  cursor: string | undefined,
) {
  const list = (further: Record<string, string>) => {
    const query = new URLSearchParams({
      limit: String(pageSize + 1),
      ...(source ? { provider_id: source } : {}),
      ...(application ? { application_id: application } : {}),
      ...(complete ? { complete } : {}),
      ...(cursor ? { cursor } : {}),
      ...further,
    });
    return requireApi<z.output<typeof connectionSchema>[]>(c, 'GET', `/connections?${query}`);
  };
  if (!q) return list({});
  const [named, used] = await Promise.all([list({ name: q }), list({ client_user_id: q })]);
  const ids = new Set(named.map(({ id }) => id));
  return [...named, ...used.filter(({ id }) => !ids.has(id))]
    .sort((a, b) => (a.created === b.created ? (a.id < b.id ? 1 : -1) : a.created < b.created ? 1 : -1))
    .slice(0, pageSize + 1);
}

/** Which of these were in force once. The API doesn't say. */
async function readAnnounced(c: Context<ConsoleEnv>, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await c.var.db
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.developerId, c.var.caller.developerId),
        inList(connections.id, ids),
        eq(connections.announced, true),
      ),
    );
  return new Set(rows.map(({ id }) => id));
}
