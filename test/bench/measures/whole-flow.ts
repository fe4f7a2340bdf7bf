import { join } from 'node:path';
import { makeLink, walkGrant, walkLink } from '../flows.ts';
import { type ServerProcess, startServer } from '../machine/child.ts';
import { repeat } from '../machine/client.ts';
import { cpuMs } from '../machine/cpu.ts';
import { freePort } from '../machine/free-port.ts';
import { heading, median, number, spread, table } from '../report.ts';
import type { Scale } from '../scale.ts';
import type { Setup } from '../setup.ts';

const concurrency = 16;

/** What one round of some flows took. */
interface Round {
  seconds: number;
  cpu: number;
  simulators: number;
}

interface Rival {
  name: string;
  rounds: Round[];
}

/** Start, provider, callback, final page: grant on Express and Trivet in turn, with one provider and one driver. */
export async function measureWholeFlow(setup: Setup, scale: Scale): Promise<void> {
  const { provider, directory } = setup;
  const grant = async (...file: string[]) =>
    startServer('grant', [String(await freePort()), provider.origin, ...file]);
  await using asItIs = await grant();
  await using durable = await grant(join(directory, 'grant.sqlite'));
  const rivals = {
    asItIs: { name: 'grant, as it is', rounds: [] as Round[] },
    durable: { name: 'grant, tokens sealed and stored (our addition)', rounds: [] as Round[] },
    walked: { name: 'Trivet, link made before', rounds: [] as Round[] },
    made: { name: 'Trivet, making the link included', rounds: [] as Round[] },
  };
  for (let round = -1; round < scale.rounds; round += 1) {
    // The first is to warm up.
    const flows = round < 0 ? Math.ceil(scale.flows / 2) : scale.flows;
    const first = await timeFlows(asItIs, setup, flows, () => walkGrant(asItIs.origin));
    const second = await timeFlows(durable, setup, flows, () => walkGrant(durable.origin));
    const links: string[] = [];
    const making = await timeFlows(setup.worker, setup, flows, async (index) => {
      links[index] = await makeLink(setup);
    });
    const walking = await timeFlows(setup.worker, setup, flows, (index) =>
      walkLink(setup, links[index] ?? ''),
    );
    if (round < 0) continue;
    rivals.asItIs.rounds.push(first);
    rivals.durable.rounds.push(second);
    rivals.walked.rounds.push(walking);
    rivals.made.rounds.push(sumOf(making, walking));
  }
  report(Object.values(rivals), scale);
  const cpuOf = ({ rounds }: Rival) => median(rounds.map(({ cpu }) => cpu));
  console.log(`
  Trivet's own CPU beside that of grant with tokens stored, medians: ${number(cpuOf(rivals.walked) / cpuOf(rivals.durable))} for the
  walk, ${number(cpuOf(rivals.made) / cpuOf(rivals.durable))} with the making of the link.`);
}

/** Performs flows, so many at once: seconds for one, and CPU milliseconds for one. */
async function timeFlows(
  server: ServerProcess,
  { storage, worker }: Setup,
  flows: number,
  flow: (index: number) => Promise<void>,
): Promise<Round> {
  const used = () => [cpuMs(server.pids), server === worker ? cpuMs(storage.pids) : Number.NaN] as const;
  const before = used();
  const started = performance.now();
  await repeat(flows, concurrency, flow);
  const seconds = (performance.now() - started) / 1000 / flows;
  const after = used();
  return { seconds, cpu: (after[0] - before[0]) / flows, simulators: (after[1] - before[1]) / flows };
}

function sumOf(a: Round, b: Round): Round {
  return { seconds: a.seconds + b.seconds, cpu: a.cpu + b.cpu, simulators: a.simulators + b.simulators };
}

function report(rivals: Rival[], { rounds, flows }: Scale): void {
  heading(
    '1. The whole flow: start, provider, callback, final page',
    `${rounds} rounds of ${flows} flows each in turn, ${concurrency} at once, after one to warm up; min, median, max of the rounds.`,
    'grant, as it is: GET /connect/bench, callback, GET /final, all three by Express; state, PKCE, and the tokens in',
    '  the memory of express-session. Nothing outlives the process.',
    'grant, tokens sealed and stored: also AES-256-GCM and one INSERT into SQLite (WAL, synchronous NORMAL) at /final.',
    'Trivet: GET /authorize/<ticket>, callback; state in KV and a cookie, PKCE; the Connection with its sealed tokens,',
    '  its code, its event and its count in D1. The final page is the developer’s, served by the provider’s process.',
    'making the link included: also POST /maps/<id>/connections, which checks a key and writes two rows.',
    'CPU is that of the server’s process: Express’ node; for Trivet workerd, with nothing but the worker. Its storage is',
    '  other processes, as Cloudflare’s is: Miniflare’s simulators of D1 and KV behind a small HTTP server. Their CPU is',
    '  in the last column; the flows per second have it all. Without the rate limits, which are a service of Cloudflare.',
  );
  table(
    ['', 'flows/s', '', '', 'CPU ms/flow', '', '', 'simulators'],
    rivals.map((rival) => [
      rival.name,
      ...spread(rival.rounds.map(({ seconds }) => 1 / seconds)),
      ...spread(rival.rounds.map(({ cpu }) => cpu)),
      number(median(rival.rounds.map(({ simulators }) => simulators))),
    ]),
  );
}
