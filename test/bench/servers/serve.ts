import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Options {
  port?: number;
  /** Whose CPU time is the server's, where it isn't this process alone. */
  pids?: number[];
  /** Done before the process ends. */
  end?: () => unknown;
}

/** Serves on a port of loopback, a free one where none is named, and says which. */
export function serve(listener: RequestListener, { port = 0, pids, end }: Options = {}): void {
  endWithParent(end);
  const server = createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1', () =>
    announce({ port: (server.address() as AddressInfo).port, ...(pids ? { pids } : {}) }),
  );
}

/** Tells who started this process that it is ready. */
export function announce(ready: { port: number; pids?: number[] }): void {
  console.log(JSON.stringify(ready));
}

/** Whoever started this process holds its stdin open for as long as it needs it. */
export function endWithParent(end: () => unknown = () => {}): void {
  process.stdin.resume().once('close', async () => {
    setTimeout(() => process.exit(1), 5000).unref();
    await end();
    process.exit(0);
  });
}
