import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { unstable_readConfig as readWranglerConfig } from 'wrangler';
import { runWrangler } from '../../../.scripts/wrangler.ts';
import { type ServerProcess, startServer } from './child.ts';
import { ask } from './client.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { serveWorker } from './workerd.ts';

/** All servers that the measures use. The worker's storage is served by another process than the worker. */
export interface Deployment extends AsyncDisposable {
  provider: ServerProcess;
  storage: ServerProcess;
  worker: ServerProcess;
  /** The bare worker, on a database of its own. */
  floor: ServerProcess;
  adminToken: string;
  /** Where servers may write. */
  directory: string;
}

/** The code of both workers. */
export interface Workers {
  worker: string;
  floor: string;
}

/** Builds the worker as it would be deployed, and the floor. */
export async function buildWorkers(): Promise<Workers> {
  const [worker, floor] = await Promise.all([buildWorker(), buildFloor()]);
  return { worker, floor };
}

/** Starts the worker with empty storage, an OAuth 2 provider and the floor. */
export async function startDeployment(workers: Workers): Promise<Deployment> {
  const directory = temporaryDirectory();
  const started = new AsyncDisposableStack();
  try {
    const compatibilityDate = readWranglerConfig({ config: 'wrangler.toml' }).compatibility_date ?? '';
    const provider = started.use(await startServer('provider'));
    const storage = started.use(await startServer('storage', [compatibilityDate]));
    for (const place of ['run', 'copy']) {
      await ask(`${storage.origin}/${place}`, { method: 'POST', body: migrations() });
    }
    const adminToken = randomBytes(32).toString('base64url');
    const shared = { directory, compatibilityDate };
    const worker = await serveWorker({
      ...shared,
      name: 'worker',
      code: workers.worker,
      storage: { port: storage.port, database: 'main' },
      vars: (origin) => ({
        PUBLIC_URL: origin,
        INSECURE_HOSTS: '127.0.0.1',
        ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        ADMIN_TOKEN: adminToken,
      }),
    });
    started.use(worker);
    const floor = await serveWorker({
      ...shared,
      name: 'floor',
      code: workers.floor,
      storage: { port: storage.port, database: 'copy' },
      vars: () => ({}),
    });
    started.use(floor);
    const stop = () => started.disposeAsync();
    return { provider, storage, worker, floor, adminToken, directory, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function buildWorker(): Promise<string> {
  const directory = temporaryDirectory();
  await runWrangler(['deploy', '--dry-run', '--outdir', directory]);
  return readFileSync(join(directory, 'index.js'), 'utf8');
}

async function buildFloor(): Promise<string> {
  const built = await build({
    entryPoints: [join(import.meta.dirname, '../workers/floor-worker.ts')],
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
  });
  return built.outputFiles[0]?.text ?? '';
}

/** Every statement of the migrations, in order. */
function migrations(): string[] {
  const names = readdirSync('migrations').filter((name) => name.endsWith('.sql'));
  return names
    .sort()
    .flatMap((name) => readFileSync(join('migrations', name), 'utf8').split('--> statement-breakpoint'));
}
