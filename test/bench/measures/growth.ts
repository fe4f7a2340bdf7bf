import { connectUser, makeLink } from '../flows.ts';
import { generateConnections } from '../generate-rows.ts';
import { ask, Browser, send } from '../machine/client.ts';
import { heading, median, number, table } from '../report.ts';
import type { Scale } from '../scale.ts';
import type { Setup } from '../setup.ts';
import { record, rowsRead } from '../storage-record.ts';

/** What a step asked of the database, each time it was performed. */
interface Samples {
  rows: number[];
  ms: number[];
}

type Steps = Map<string, Samples>;

/** The hot requests' reads in a database that grows. Takes a deployment with empty storage. */
export async function measureGrowth(setup: Setup, { sizes, samples }: Scale): Promise<void> {
  const { key } = await ask<{ key: string }>(`${setup.worker.origin}/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${setup.adminToken}` },
    body: { name: 'Bench', scopes: ['calls', 'connections:read'] },
  });
  const measured: Steps[] = [];
  let generated = 0;
  for (const size of sizes) {
    await generateConnections(setup, generated, size);
    generated = size;
    const steps: Steps = new Map();
    await performSteps(setup, key, `warm-${size}`, new Map());
    for (let sample = 0; sample < samples; sample += 1) {
      await performSteps(setup, key, `user-${size}-${sample}`, steps);
    }
    measured.push(steps);
  }
  report(sizes, samples, measured);
}

async function performSteps(setup: Setup, key: string, clientUserId: string, steps: Steps): Promise<void> {
  const { worker, sourceId, application } = setup;
  const observe = async <T>(step: string, perform: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const { result, calls } = await record(setup, async () => {
      const performed = await perform();
      return { performed, ms: performance.now() - started };
    });
    const samples = steps.get(step) ?? { rows: [], ms: [] };
    samples.rows.push(calls.reduce((sum, call) => sum + rowsRead(call), 0));
    samples.ms.push(result.ms);
    steps.set(step, samples);
    return result.performed;
  };
  const get = (step: string, path: string, headers: Record<string, string>) =>
    observe(step, () => ask(`${worker.origin}${path}`, { headers }));

  const user = await connectUser(setup, clientUserId, observe);
  const [connection = ''] = user.connections;
  const own = { authorization: `Bearer ${user.accessToken}` };
  const server = { authorization: `Bearer ${key}` };
  await get('GET /user', '/user', own);
  await get('proxied call', `/proxy/${sourceId}/me`, own);
  await get('proxied call, API key', `/proxy/${sourceId}/me`, { ...server, 'x-connection-id': connection });
  await get('GET /connections/<id>', `/connections/${connection}`, server);
  const list = (name: string, filter: Record<string, string>) =>
    get(name, `/connections?${new URLSearchParams({ limit: '10', ...filter })}`, {
      authorization: `Bearer ${setup.adminToken}`,
    });
  await list('list of 10', {});
  await list('list of 10, of a source', { provider_id: sourceId });
  await list('list of 10, of an application', { application_id: application.clientId });
  await list('list of 10, of a user', { client_user_id: clientUserId });
  await list('list of 10, complete', { complete: 'true' });
  await list('list of 10, incomplete', { complete: 'false' });
  await list('list of 10, by name, one in ten has it', { name: 'Name 1' });

  const browser = new Browser();
  const link = await observe('POST /maps/<id>/connections', () => makeLink(setup));
  const sent = await observe('GET /authorize/<ticket>', () => browser.send(link));
  const consented = await send(sent.location ?? '');
  const back = await observe('callback of a link', () => browser.send(consented.location ?? ''));
  if (back.status !== 302) throw new Error(`The callback of a link: ${back.status} ${back.text}`);
}

function report(sizes: number[], samples: number, measured: Steps[]): void {
  heading(
    '5. Growth: what the hot requests read',
    `Connections in the database: ${sizes.map((size) => size.toLocaleString('en')).join(', ')}, made by SQL, each with its user and access token.`,
    `Rows as D1 counts and bills them, the most of ${samples} times; the request's milliseconds, median, one at a time.`,
    'Each ratio is to the first size. Those that list may read a row more than they give.',
  );
  const columns = sizes.map((size) => `${size / 1000}k`);
  const ratios = columns.slice(1).map(() => 'ratio');
  const rows = [...(measured[0]?.keys() ?? [])].map((step) => {
    const of = (part: keyof Samples, take: (values: number[]) => number) =>
      withRatios(measured.map((steps) => take(steps.get(step)?.[part] ?? [])));
    return [step, ...of('rows', (values) => Math.max(...values)), ...of('ms', median)];
  });
  const blank = columns.slice(1).flatMap(() => ['', '']);
  table(
    ['', 'rows read', ...blank, 'ms', ...blank],
    [['', ...heads(columns, ratios), ...heads(columns, ratios)], ...rows],
  );
}

/** Each size's column, and behind all but the first its ratio. */
function heads(columns: string[], ratios: string[]): string[] {
  return columns.flatMap((column, index) => (index === 0 ? [column] : [column, ratios[index - 1] ?? '']));
}

function withRatios(values: number[]): string[] {
  const [first = Number.NaN] = values;
  return values.flatMap((value, index) => {
    const shown = Number.isInteger(value) ? String(value) : number(value);
    return index === 0 ? [shown] : [shown, number(value / first)];
  });
}
