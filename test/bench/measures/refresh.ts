import { ask, send } from '../machine/client.ts';
import { heading, number, table } from '../report.ts';
import type { Scale } from '../scale.ts';
import type { Setup } from '../setup.ts';

const callers = 200;

interface Seen {
  refreshes: number;
  refused: number;
}

/** Many calls at once on a token that has expired. */
export async function measureRefresh(setup: Setup, { refreshes }: Scale): Promise<void> {
  const rows: string[][] = [];
  for (let time = 1; time <= refreshes; time += 1) rows.push([String(time), ...(await callAll(setup))]);
  heading(
    `4. Refresh: ${callers} calls at once on an expired token`,
    'Proxied calls of GET /me. The provider spends a refresh token at its first use, and refuses it from then on.',
  );
  table(['', 'refreshes', 'refused', 'answers', 'first ms', 'last ms'], rows);
}

async function callAll(setup: Setup): Promise<string[]> {
  const { worker, provider, adminToken, sourceId } = setup;
  const authorization = `Bearer ${adminToken}`;
  const granted = await ask<Record<string, string>>(`${provider.origin}/grants`, { method: 'POST' });
  const { id } = await ask<{ id: string }>(`${worker.origin}/connections`, {
    method: 'POST',
    headers: { authorization },
    body: {
      provider_id: sourceId,
      auth: {
        data: {
          access_token: 'expired',
          refresh_token: granted.refresh_token,
          expires_at: new Date(Date.now() - 60_000).toISOString(),
        },
      },
    },
  });
  const before = await ask<Seen>(`${provider.origin}/seen`);
  const headers = { authorization, 'x-connection-id': id };
  const started = performance.now();
  const ends: number[] = [];
  const call = async () => {
    const { status } = await send(`${worker.origin}/proxy/${sourceId}/me`, { headers });
    ends.push(performance.now() - started);
    return status;
  };
  const statuses = await Promise.all(Array.from({ length: callers }, call));
  const after = await ask<Seen>(`${provider.origin}/seen`);
  const answers = [...new Set(statuses)]
    .sort()
    .map((status) => `${statuses.filter((each) => each === status).length} × ${status}`);
  return [
    String(after.refreshes - before.refreshes),
    String(after.refused - before.refused),
    answers.join(', '),
    number(Math.min(...ends)),
    number(Math.max(...ends)),
  ];
}
