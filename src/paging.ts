import { and, type Column, eq, lt, or, type SQL } from 'drizzle-orm';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import type { AppEnv } from './context.ts';
import { Failure } from './errors.ts';
import { type Answering, answer } from './openapi/answer.ts';
import { apiDocs } from './openapi/api-docs.ts';

/** `limit` and `cursor` of a list. */
export const pageQuery = z.object({
  limit: z
    ._default(
      z.coerce
        .number('must be a number')
        .check(z.int(), z.minimum(1, 'must be at least 1'), z.maximum(1000, 'must be at most 1,000')),
      100,
    )
    .register(z.globalRegistry, apiDocs({ description: 'How many at most.' })),
  cursor: z
    .optional(z.string().check(z.maxLength(200)))
    .register(
      z.globalRegistry,
      apiDocs({ description: 'Where the page begins: it comes from a Link header.' }),
    ),
});

/** The position after which a page starts: lists run from the newest to the oldest, ties by id. */
export interface Cursor {
  createdAt: number;
  id: string;
}

/** Reads a cursor we gave out. */
export function parseCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const match = /^(\d{1,16})-([\w-]{32,64})$/.exec(text);
  if (!match?.[1] || !match[2]) {
    throw new Failure('invalid_request', 'The query has faults.', {
      details: [{ path: 'cursor', message: 'is not one that a Link header gave out' }],
    });
  }
  return { createdAt: Number(match[1]), id: match[2] };
}

/**
 * Answers a page of a list as a bare array, with the next page in a Link header (RFC 8288).
 *
 * @param rows up to `limit` + 1 rows, newest first: one more than asked for tells that there is a next page
 */
export function answerPage<Env extends AppEnv, Row extends Cursor, T extends z.ZodMiniType>(
  c: Context<Env> & Answering<{ readonly 200: z.ZodMiniArray<T> }>,
  rows: Row[],
  limit: number,
  present: (row: Row) => z.input<T>,
): Response {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length > limit && last) {
    const next = new URL(c.req.url);
    const link = new URL(next.pathname + next.search, c.var.config.publicUrl);
    link.searchParams.set('cursor', `${last.createdAt}-${last.id}`);
    c.header('Link', `<${link}>; rel="next"`);
  }
  return answer(c, 200, page.map(present));
}

/** The keyset condition of a page: rows after the cursor, newest first, ties by descending id. */
export function afterCursor(
  columns: { createdAt: Column; id: Column },
  cursor: Cursor | null,
): SQL | undefined {
  if (!cursor) return undefined;
  return or(
    lt(columns.createdAt, cursor.createdAt),
    and(eq(columns.createdAt, cursor.createdAt), lt(columns.id, cursor.id)),
  );
}
