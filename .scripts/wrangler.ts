import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url));

// Nothing here may wait for a network that isn't there.
const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  FORCE_COLOR: '0',
};

/** Starts wrangler as the leader of a process group of its own, so that it can be ended with all it started. */
export function spawnWrangler(args: string[], stdio: StdioOptions): ChildProcess {
  return spawn(process.execPath, [command, ...args], {
    stdio,
    detached: true,
    env: { ...process.env, ...quiet },
  });
}

/** Ends a wrangler and everything it started: asked first, forced after five seconds. */
export async function stopWrangler(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    signalGroup(child, 'SIGTERM');
    await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
  }
  signalGroup(child, 'SIGKILL');
}

/** Sends a signal to a wrangler's whole process group; a group that has ended already is no error. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs wrangler to its end.
 *
 * @returns everything it printed, both streams in one
 * @throws Error with that text where it fails
 */
export async function runWrangler(args: string[]): Promise<string> {
  const child = spawnWrangler(args, ['ignore', 'pipe', 'pipe']);
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const stop = () => signalGroup(child, 'SIGKILL');
  process.once('exit', stop);
  const [code] = await once(child, 'close');
  process.off('exit', stop);
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${output.trim()}`);
  return output;
}
