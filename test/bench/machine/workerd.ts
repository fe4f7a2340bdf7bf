import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerProcess, startServer } from './child.ts';
import { freePort } from './free-port.ts';

interface Served {
  /** The directory for its files. */
  directory: string;
  name: string;
  /** The worker's code, one module. */
  code: string;
  compatibilityDate: string;
  /** The port of the storage server, and which of its databases is `DB`. */
  storage: { port: number; database: 'main' | 'copy' };
  vars: (origin: string) => Record<string, string>;
}

/**
 * Serves a worker by workerd alone, without Miniflare or a proxy: with `DB` and `KV`, which are in the storage
 * server's process, and a network that has loopback in it.
 */
export async function serveWorker(served: Served): Promise<ServerProcess> {
  const port = await freePort();
  const file = `${served.name}.capnp`;
  writeFileSync(join(served.directory, `${served.name}.js`), served.code);
  writeFileSync(join(served.directory, file), configuration(served, port));
  return startServer('workerd', [join(served.directory, file), String(port)]);
}

function configuration({ name, compatibilityDate, storage, vars }: Served, port: number): string {
  const text = (value: string) => JSON.stringify(value);
  const store = (service: string, value: string) =>
    `(name = ${text(service)}, external = (address = "127.0.0.1:${storage.port}",
      http = (injectRequestHeaders = [(name = "x-store", value = ${text(value)})])))`;
  const variables = Object.entries(vars(`http://127.0.0.1:${port}`)).map(
    ([variable, value]) => `(name = ${text(variable)}, text = ${text(value)}),`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    ${store('d1', storage.database)},
    ${store('kv', 'kv')},
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed ${text(`${name}.js`)})],
  compatibilityDate = ${text(compatibilityDate)},
  globalOutbound = "internet",
  bindings = [
    (name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "d1")])),
    (name = "KV", kvNamespace = "kv"),
    ${variables.join('\n    ')}
  ],
);
`;
}
