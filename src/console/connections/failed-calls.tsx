import type { Context } from 'hono';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { NextPage } from '../frame/pager.tsx';
import { Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';

const pageSize = 20;

/** A call that went wrong, as the API shows it. */
interface FailedCall {
  id: string;
  method: string;
  url: string;
  status: number;
  answered_by: 'provider' | 'trivet';
  error: string | null;
  request_id: string;
  created: string;
}

/** The calls of a Connection that went wrong: up to a page and one more, the newest first. */
export function readFailedCalls(c: Context<ConsoleEnv>, id: string): Promise<FailedCall[]> {
  const cursor = c.req.query('cursor');
  const query = new URLSearchParams({ limit: String(pageSize + 1), ...(cursor ? { cursor } : {}) });
  return requireApi<FailedCall[]>(c, 'GET', `/connections/${id}/failed-calls?${query}`);
}

/** Failed calls, with what each was answered and by whom. */
export function FailedCalls({ calls, path, now }: { calls: FailedCall[]; path: string; now: number }) {
  if (calls.length === 0)
    return (
      <p class="muted">
        None in the last 30 days. What a provider refuses, and what can’t reach it, is listed here.
      </p>
    );
  return (
    <>
      <Table
        caption="Failed calls"
        columns={['Call', 'Answer', 'When', 'Request']}
        rows={calls.slice(0, pageSize).map((call) => [
          <code>
            {call.method} {call.url}
          </code>,
          <div>
            {call.status} {call.answered_by === 'provider' ? 'by the provider' : 'by Trivet'}
            {call.error === null ? null : (
              <>
                {' '}
                <code>{call.error}</code>
              </>
            )}
          </div>,
          <Time at={Date.parse(call.created)} now={now} />,
          <code>{call.request_id}</code>,
        ])}
      />
      <NextPage
        path={path}
        rows={calls.map(({ id, created }) => ({ id, createdAt: Date.parse(created) }))}
        limit={pageSize}
      />
    </>
  );
}
