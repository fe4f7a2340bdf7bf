import type { AppEnv } from '../context.ts';
import { utf8 } from '../crypto/encoding.ts';
import { SealError } from '../crypto/seal.ts';
import type { Config } from '../env.ts';
import type { TokenSet } from '../oauth/token-set.ts';
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
          const tokens = sealedTokens === null ? null : await openIfPossible(config, id, sealedTokens);
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

/** One Connection whose key is gone doesn't keep the others from being taken along: it comes without tokens. */
async function openIfPossible(config: Config, id: string, sealed: string): Promise<TokenSet | null> {
  try {
    return await openTokens(config, id, sealed);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    console.error(JSON.stringify({ level: 'error', task: 'export', failure: error.message }));
    return null;
  }
}
