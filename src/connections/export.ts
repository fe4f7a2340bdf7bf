import type { AppEnv } from '../context.ts';
import { utf8 } from '../crypto/encoding.ts';
import type { Cursor } from '../paging.ts';
import { connectionSchema, describeSource, presentConnection } from './connection.ts';
import { listConnections } from './store.ts';
import { openTokens } from './tokens.ts';

const pageSize = 200;

/**
 * Every Connection of a developer, tokens included, as a stream of NDJSON: one page is read while the one before
 * it is sent, however many there are.
 */
export function exportConnections(
  { db, config }: AppEnv['Variables'],
  developerId: string,
): ReadableStream<Uint8Array> {
  let cursor: Cursor | null = null;
  return new ReadableStream({
    async pull(controller) {
      const rows = await listConnections(db, developerId, {}, cursor, pageSize);
      const page = rows.slice(0, pageSize);
      const lines = await Promise.all(
        page.map(async ({ connection, definition }) => {
          const { id, sealedTokens } = connection;
          const tokens = sealedTokens === null ? null : await openTokens(config, id, sealedTokens);
          const shown = presentConnection(connection, { ...describeSource(definition), tokens });
          return `${JSON.stringify(connectionSchema.parse(shown))}\n`;
        }),
      );
      if (lines.length > 0) controller.enqueue(utf8(lines.join('')));
      const last = page.at(-1)?.connection;
      if (rows.length <= pageSize || !last) controller.close();
      else cursor = { createdAt: last.createdAt, id: last.id };
    },
  });
}
