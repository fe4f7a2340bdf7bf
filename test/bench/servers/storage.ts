import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { build, stop } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { processTree } from '../machine/cpu.ts';
import { temporaryDirectory } from '../machine/temporary-directory.ts';
import type { Recorded } from '../storage-record.ts';
import { serve } from './serve.ts';

// Miniflare's simulators of D1 and KV in a process of their own. Arguments: the worker's compatibility date.
const [compatibilityDate = ''] = process.argv.slice(2);

process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
const worker = await build({
  entryPoints: [join(import.meta.dirname, '../workers/storage-worker.ts')],
  bundle: true,
  format: 'esm',
  write: false,
});
await stop();
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: 'storage',
    modules: true,
    script: worker.outputFiles[0]?.text ?? '',
    compatibilityDate,
    d1Databases: { MAIN: 'main', COPY: 'copy' },
    kvNamespaces: { KV: 'kv' },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    resourcePersistencePath: temporaryDirectory(),
    cf: false,
  }),
);
await miniflare.ready;
const simulators = await miniflare.unsafeGetDirectURL('storage');

let recording = false;
let recorded: Recorded[] = [];

// workerd ends an idle connection after five seconds at either end, and loses a request in that moment. Between the
// two there is a server that waits longer for the one, and a client that is faster than the other.
const agent = new Agent({ keepAlive: true, timeout: 3000 });

serve(
  async (incoming, response) => {
    const body = await buffer(incoming);
    const store = incoming.headers['x-store'];
    if (incoming.url === '/record' || incoming.url === '/recorded') {
      recording = incoming.url === '/record';
      response.end(JSON.stringify(recorded));
      recorded = [];
      return;
    }
    const answer = await forward(incoming, body);
    if (recording && typeof store === 'string') {
      const key = decodeURIComponent(new URL(incoming.url ?? '/', simulators).pathname.slice(1));
      const kv = { store, request: `${incoming.method} ${key}`, answer: '' };
      recorded.push(
        store === 'kv' ? kv : { store, request: body.toString(), answer: answer.body.toString() },
      );
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  },
  { pids: processTree(process.pid), end: () => miniflare.dispose() },
);

/** Hands a request on to the simulators, and reads their whole answer. */
function forward(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: OutgoingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { host: _host, connection: _connection, 'transfer-encoding': _coding, ...kept } = headers;
    const sent = request(
      new URL(url, simulators),
      { method, agent, headers: { ...kept, 'content-length': body.length } },
      async (answer) => {
        const { connection: _old, 'transfer-encoding': _chunked, ...rest } = answer.headers;
        const whole = await buffer(answer);
        resolve({
          status: answer.statusCode ?? 500,
          headers: { ...rest, 'content-length': whole.length },
          body: whole,
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
