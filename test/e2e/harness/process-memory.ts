import { readdir, readFile, readlink } from 'node:fs/promises';

/** The id of the process that listens on a port of this machine; null where that can't be told. */
export async function listenerOf(port: number): Promise<number | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = '0A';
  const sockets = tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((columns) => columns[1]?.endsWith(address) && columns[3] === listening)
    .map((columns) => `socket:[${columns[9]}]`);
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (sockets.includes(target)) return Number(pid);
    }
  }
  return null;
}

/** A process's resident memory, in bytes. */
export async function residentMemory(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** The highest that a process's resident memory gets while something goes on, in bytes. */
export async function peakWhile<T>(pid: number, work: Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = await residentMemory(pid);
  const timer = setInterval(async () => {
    peak = Math.max(peak, await residentMemory(pid).catch(() => 0));
  }, 50);
  try {
    return { result: await work, peak };
  } finally {
    clearInterval(timer);
  }
}
