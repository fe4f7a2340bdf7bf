import type { Context } from 'hono';
import type { Connection } from '../../connections/connection.ts';
import { findConnection } from '../../connections/store.ts';
import { notFound } from '../../errors.ts';
import type { Definition } from '../../sources/definition.ts';
import { normalizeId } from '../../validation.ts';
import type { ConsoleEnv } from '../env.ts';
import { type Names, nameOf, readNames } from './names.ts';
import { titleOf } from './state.ts';

/** A Connection of the account, with what is needed to speak of it. */
export interface LoadedConnection {
  connection: Connection;
  definition: Definition | null;
  title: string;
  path: string;
  /** Of its data source. */
  sourceName: string;
  names: Names;
}

/**
 * Loads the Connection of `:id`. Not over the API, which refreshes the tokens of what it is asked for and opens
 * them: whoever looks at a page has asked for neither.
 *
 * @throws Failure where the account has no such Connection
 */
export async function loadConnection(c: Context<ConsoleEnv, '/:id'>): Promise<LoadedConnection> {
  const { db, caller } = c.var;
  const id = normalizeId(c.req.param('id'));
  const [row, names] = await Promise.all([
    id ? findConnection(db, caller.developerId, id) : undefined,
    readNames(db, caller.developerId),
  ]);
  if (!row) throw notFound('Connection');
  const { connection, definition } = row;
  return {
    connection,
    definition,
    names,
    title: titleOf(connection),
    path: `/console/connections/${connection.id}`,
    sourceName: definition?.name ?? nameOf(names.sources, connection.sourceId) ?? 'a deleted data source',
  };
}

/** What stands above the pages of one Connection. */
export function aboveConnection({ title, path }: LoadedConnection) {
  return [
    { title: 'Connections', href: '/console/connections' },
    { title, href: path },
  ];
}
