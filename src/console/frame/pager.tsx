import type { Cursor } from '../../paging.ts';

interface NextPageProps {
  path: string;
  /** What the list keeps asking for, such as a filter. */
  query?: Record<string, string>;
  /** Up to `limit` + 1 of them, as the stores give them. */
  rows: Cursor[];
  limit: number;
}

/** The link to the next page of a list, where there is one. Its cursor is one that `parseCursor` reads. */
export function NextPage({ path, query = {}, rows, limit }: NextPageProps) {
  const last = rows[limit - 1];
  if (rows.length <= limit || !last) return null;
  const search = new URLSearchParams({ ...query, cursor: `${last.createdAt}-${last.id}` });
  return (
    <p>
      <a class="button quiet" href={`${path}?${search}`}>
        Older
      </a>
    </p>
  );
}
