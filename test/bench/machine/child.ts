import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  origin: string;
  port: number;
  /** Whose CPU time is the server's. */
  pids: number[];
}

/** What a server's process says on its first line, once it listens. */
interface Ready {
  port: number;
  /** Where the work is done by others than the process itself. */
  pids?: number[];
}

const readyWithinMs = 30_000;

/**
 * Starts one of `test/bench/servers/` and waits until it listens. It ends with its stdin, thus with us.
 *
 * @param name the file's name, without its extension
 */
export async function startServer(name: string, args: string[] = []): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`../servers/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = await firstLine(child, name);
  return {
    origin: `http://127.0.0.1:${ready.port}`,
    port: ready.port,
    pids: ready.pids ?? [child.pid ?? 0],
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin?.end();
      const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(forced);
    },
  };
}

async function firstLine(child: ChildProcess, name: string): Promise<Ready> {
  if (!child.stdout) throw new Error('A server without stdout');
  const lines = createInterface(child.stdout);
  const signal = AbortSignal.timeout(readyWithinMs);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`The server ${name} ended before it listened.`);
  });
  const [line] = (await Promise.race([once(lines, 'line', { signal }), ended])) as [string];
  ended.catch(() => {});
  return JSON.parse(line) as Ready;
}
