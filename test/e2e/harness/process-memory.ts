import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * The processes behind a port of this machine: the one that listens, and its siblings of the same program, to which it
 * may hand on what it gets. None where that can't be told: only Linux tells it this way.
 */
export async function processesBehind(port: number): Promise<number[]> {
  const listener = await listenerOf(port);
  if (listener === null) return [];
  const own = await describeProcess(listener);
  const described = await Promise.all((await processIds()).map(describeProcess));
  return described
    .filter(({ name, parent }) => name === own.name && parent === own.parent)
    .map(({ pid }) => pid);
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function describeProcess(pid: number) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const value = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
  return {
    pid,
    name: value('Name'),
    parent: value('PPid'),
    residentBytes: Number(value('VmRSS') ?? 0) * 1024,
  };
}

async function listenerOf(port: number): Promise<number | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = '0A';
  const sockets = tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((columns) => columns[1]?.endsWith(address) && columns[3] === listening)
    .map((columns) => `socket:[${columns[9]}]`);
  for (const pid of await processIds()) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (sockets.includes(target)) return pid;
    }
  }
  return null;
}

/** The resident memory of some processes together, in bytes. */
export async function residentMemory(pids: number[]): Promise<number> {
  const described = await Promise.all(pids.map(describeProcess));
  return described.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

/** The highest that the resident memory of some processes gets while something goes on, in bytes. */
export async function peakWhile<T>(pids: number[], work: Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = await residentMemory(pids);
  const timer = setInterval(async () => {
    peak = Math.max(peak, await residentMemory(pids));
  }, 50);
  try {
    return { result: await work, peak };
  } finally {
    clearInterval(timer);
  }
}
