import { randomBytes } from 'node:crypto';
import { createTestHarness } from 'wrangler';

/** How a test reaches the worker that all end-to-end tests share. */
export interface RunningWorker {
  /** Scheme, host and port: the PUBLIC_URL it was started with. */
  origin: string;
  /** The administrator's API key. */
  adminToken: string;
}

/**
 * Builds the worker and starts it with its assets, empty storage and the sandbox, on a free port of loopback.
 * Without `wrangler dev`, whose proxy can die under load.
 *
 * @returns the worker, its log lines so far, and how to end it
 */
export async function startWorker(): Promise<{
  worker: RunningWorker;
  logs(): string[];
  close(): Promise<void>;
}> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  const configured = { configPath: './wrangler.toml' };
  const harness = createTestHarness({ workers: [configured] });
  // The port is known only once it listens, and PUBLIC_URL contains it.
  const { url } = await harness.listen();
  const worker = {
    origin: `http://localhost:${url.port}`,
    adminToken: randomBytes(32).toString('base64url'),
  };
  try {
    await harness.update({
      workers: [
        {
          ...configured,
          vars: { PUBLIC_URL: worker.origin, SANDBOX: 'true', INSECURE_HOSTS: 'localhost,127.0.0.1' },
          secrets: {
            ENCRYPTION_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
            ADMIN_TOKEN: worker.adminToken,
            EXAMPLE_CLIENT_SECRET: `trv_secret_${randomBytes(32).toString('base64url')}`,
          },
        },
      ],
    });
    await harness.getWorker().applyD1Migrations('DB');
    const setup = await fetch(`${worker.origin}/sandbox/setup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${worker.adminToken}` },
    });
    if (!setup.ok) throw new Error(`The sandbox could not be set up: ${await setup.text()}`);
  } catch (error) {
    harness.debug();
    await harness.close();
    throw error;
  }
  return { worker, logs: () => harness.getLogs().map((log) => log.message), close: () => harness.close() };
}
