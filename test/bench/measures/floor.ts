import { connectUser, exchange, finishRun } from '../flows.ts';
import type { ServerProcess } from '../machine/child.ts';
import { ask, repeat, send } from '../machine/client.ts';
import { cpuMs } from '../machine/cpu.ts';
import { heading, median, number, spread, table } from '../report.ts';
import type { Scale } from '../scale.ts';
import type { Setup } from '../setup.ts';
import { type Recorded, record, statementsOf } from '../storage-record.ts';

const concurrency = 16;

interface Rounds {
  ours: Timed[];
  floor: Timed[];
}

interface Timed {
  rate: number;
  cpu: number;
}

/** Two steps beside a bare worker that does their storage operations, and nothing else. */
export async function measureFloor(setup: Setup, scale: Scale): Promise<void> {
  const { worker, floor, storage } = setup;
  const user = await connectUser(setup, 'floor-user');
  const headers = { authorization: `Bearer ${user.accessToken}` };
  const read = async () => {
    const answer = await send(`${worker.origin}/user`, { headers });
    if (answer.status !== 200) throw new Error(`GET /user: ${answer.status} ${answer.text}`);
  };
  const total = (scale.rounds + 1) * scale.exchanges;
  const finished = await repeat(total, concurrency, (index) => finishRun(setup, `exchange-${index}`));
  // From here on the floor has the same rows as we, in a database of its own.
  await ask(`${storage.origin}/copy`, { method: 'POST', body: [] });
  const { calls } = await record(setup, read);
  await load(setup, 'user', [stepOf(calls)]);

  const reads: Rounds = { ours: [], floor: [] };
  const exchanges: Rounds = { ours: [], floor: [] };
  for (let round = -1; round < scale.rounds; round += 1) {
    const done = [
      await time(worker, scale.reads, read),
      await time(floor, scale.reads, () => step(floor, 'user', 0)),
    ] as const;
    const first = (round + 1) * scale.exchanges;
    const recorded = await record(setup, () =>
      time(worker, scale.exchanges, async (index) => {
        await exchange(setup, finished[first + index] ?? {});
      }),
    );
    await load(setup, 'exchange', stepsOf(recorded.calls, scale.exchanges));
    const replayed = await time(floor, scale.exchanges, (index) => step(floor, 'exchange', index));
    // The first is to warm up.
    if (round < 0) continue;
    reads.ours.push(done[0]);
    reads.floor.push(done[1]);
    exchanges.ours.push(recorded.result);
    exchanges.floor.push(replayed);
  }
  report(reads, exchanges, scale);
}

/** What a recorded step did: the lookups of an exchange go side by side, and what it writes comes after. */
function stepOf(calls: Recorded[]): object[][] {
  const operations = calls.map((call) =>
    call.store === 'kv' ? { key: call.request.replace(/^GET /, '') } : { statements: statementsOf(call) },
  );
  return operations.length === 3 ? [operations.slice(0, 2), operations.slice(2)] : [operations];
}

/** Exchanges were recorded many at once: the n-th of each kind makes up one, which is the same work. */
function stepsOf(calls: Recorded[], count: number): object[][][] {
  const keys = calls.filter(({ store }) => store === 'kv');
  const writes = (call: Recorded) => statementsOf(call).some(({ sql }) => /^insert/i.test(sql));
  const batches = calls.filter(({ store }) => store === 'main');
  const [lookups, changes] = [batches.filter((call) => !writes(call)), batches.filter(writes)];
  return Array.from({ length: count }, (_, index) => {
    const [lookup, key, change] = [lookups[index], keys[index], changes[index]];
    if (!lookup || !key || !change || batches.length !== 2 * count)
      throw new Error(`An exchange is ${batches.length / count} D1 and ${keys.length / count} KV operations`);
    return stepOf([lookup, key, change]);
  });
}

async function load({ floor }: Setup, name: string, steps: object[][][]): Promise<void> {
  await ask(`${floor.origin}/load/${name}`, { method: 'POST', body: steps });
}

async function step(floor: ServerProcess, name: string, index: number): Promise<void> {
  const answer = await send(`${floor.origin}/step/${name}/${index}`);
  if (answer.status !== 200) throw new Error(`The floor's ${name}: ${answer.status} ${answer.text}`);
}

async function time(
  server: ServerProcess,
  times: number,
  once: (index: number) => Promise<void>,
): Promise<Timed> {
  const used = cpuMs(server.pids);
  const started = performance.now();
  await repeat(times, concurrency, once);
  return {
    rate: times / ((performance.now() - started) / 1000),
    cpu: (cpuMs(server.pids) - used) / times,
  };
}

function report(reads: Rounds, exchanges: Rounds, scale: Scale): void {
  heading(
    '2. The floor: a bare worker with the same storage operations',
    `${scale.rounds} rounds in turn of ${scale.reads} reads and ${scale.exchanges} exchanges each, ${concurrency} at once; min, median, max of the rounds.`,
    'The floor has no framework, validation or cryptography. It repeats the statements that the step itself sent,',
    '  with their parameters, on a copy of the database as it was before them.',
  );
  const row = (name: string, timed: Timed[]) => [
    name,
    ...spread(timed.map(({ rate }) => rate)),
    number(median(timed.map(({ cpu }) => cpu))),
  ];
  table(
    ['', 'per s', '', '', 'CPU ms'],
    [
      row('GET /user (one batch of two reads)', reads.ours),
      row('  its floor', reads.floor),
      row('POST /connect/tokens (a batch of reads and a KV read; a batch of writes)', exchanges.ours),
      row('  its floor', exchanges.floor),
    ],
  );
  const ratio = ({ ours, floor }: Rounds) =>
    number(median(ours.map(({ rate }) => rate)) / median(floor.map(({ rate }) => rate)));
  console.log(`
  Our rate as a part of the floor's, medians: ${ratio(reads)} for the read, ${ratio(exchanges)} for the exchange.`);
}
