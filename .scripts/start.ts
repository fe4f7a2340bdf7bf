import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeLinkCode } from '../src/access/sign-in/link-code.ts';
import { type Bindings, ConfigError, readConfig } from '../src/env.ts';
import { completeDevVars } from './dev-vars.ts';
import { readStartOptions, type StartOptions, UsageError } from './start-options.ts';
import { runWrangler, signalGroup, spawnWrangler, stopWrangler } from './wrangler.ts';
import { printWorkerOutput } from './wrangler-output.ts';

const quickDeathMs = 10_000;
const quickDeathsAllowed = 5;
const readyWithinMs = 90_000;

let current: ChildProcess | null = null;
let stopping = false;

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// Whoever started us may be killed without a word; nobody could stop us then.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void stop(0), 500).unref();
process.on('exit', () => {
  if (current) signalGroup(current, 'SIGKILL');
});
main().catch((error: unknown) => {
  const told = error instanceof UsageError || error instanceof ConfigError;
  console.error(told ? error.message : error);
  return stop(1);
});

async function main(): Promise<void> {
  const options = readStartOptions(process.argv.slice(2), process.env);
  const secrets = readSecrets(options);
  await refusePortInUse(options.port);
  await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', ...options.migrationArgs]);
  const served = serve(options);
  await Promise.race([announce(options, secrets), served]);
  await served;
}

/** Makes the secrets that are missing and checks the whole configuration before anything is started with it. */
function readSecrets(options: StartOptions): Record<string, string> {
  const { vars, added } = completeDevVars('.dev.vars');
  if (added.length > 0) console.log(`Wrote fresh secrets to .dev.vars: ${added.join(', ')}`);
  try {
    readConfig({ ...vars, ...options.vars } as unknown as Bindings);
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`Can't start: ${error.message} (see .dev.vars)`);
    throw error;
  }
  return vars;
}

async function refusePortInUse(port: number): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(
      `Port ${port} is in use. Stop what listens there, or choose another: PORT=${port + 1} npm start`,
    );
  }
  probe.close();
  await once(probe, 'close');
}

/** Keeps `wrangler dev` running until we are asked to stop: its development proxy can die under load. */
async function serve(options: StartOptions): Promise<void> {
  let quickDeaths = 0;
  while (!stopping) {
    const startedAt = Date.now();
    const child = spawnWrangler(['dev', ...options.devArgs], ['ignore', 'pipe', 'pipe']);
    current = child;
    if (child.stdout) printWorkerOutput(child.stdout, process.stdout);
    if (child.stderr) printWorkerOutput(child.stderr, process.stderr);
    await once(child, 'exit');
    if (stopping) return;
    await stopWrangler(child);
    quickDeaths = Date.now() - startedAt < quickDeathMs ? quickDeaths + 1 : 0;
    if (quickDeaths === quickDeathsAllowed) {
      throw new UsageError(`wrangler dev ended ${quickDeaths} times within seconds of its start. Giving up.`);
    }
    console.error(`wrangler dev ended unasked. Starting it again.`);
    await sleep(250 * 2 ** quickDeaths);
  }
}

/** Waits for the worker, lets it create what the sandbox needs, and tells where to go. */
async function announce(options: StartOptions, secrets: Record<string, string>): Promise<void> {
  const local = `http://127.0.0.1:${options.port}`;
  const health = await untilAnswered(`${local}/healthz`, {});
  if (!health.ok) throw new UsageError(`The worker started but is not well: ${await health.text()}`);
  if (/^(true|1)$/.test(options.vars.SANDBOX ?? '')) {
    const setup = await untilAnswered(`${local}/sandbox/setup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
    });
    if (!setup.ok) throw new UsageError(`The sandbox could not be set up: ${await setup.text()}`);
  }
  console.log(`Ready on http://localhost:${options.port}
  Open it in a browser to walk the Connect flow; the sandbox needs no account anywhere.
  The Developer Console signs you in with this link, once, within an hour:
  ${await signInLink(options, secrets)}
  The secrets are in .dev.vars: ADMIN_TOKEN is the administrator's API key, and signs in to the console as well.
  Ctrl-C stops it. What you did here is kept for the next start.`);
}

/** A one-time link into the console. Its code is in the fragment, which stays out of logs. */
async function signInLink({ vars }: StartOptions, secrets: Record<string, string>): Promise<string> {
  const link = new URL('/console/sign-in/link', vars.PUBLIC_URL);
  link.hash = await makeLinkCode(vars.ADMIN_TOKEN ?? secrets.ADMIN_TOKEN ?? '', Date.now());
  return link.href;
}

/** Fetches until something answers, whatever the answer is. */
async function untilAnswered(url: string, init: RequestInit): Promise<Response> {
  const giveUpAt = Date.now() + readyWithinMs;
  for (;;) {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (Date.now() > giveUpAt)
        throw new UsageError(`The worker did not answer within ${readyWithinMs / 1000} s.`, { cause: error });
      await sleep(150);
    }
  }
}

async function stop(status: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (current) await stopWrangler(current);
  process.exit(status);
}
