import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

// Made up for the tests; the worker accepts them as it would real ones.
const encryptionKeys = `test:${btoa('thirty-two bytes, for tests only')}`;

// Vitest alone would leave one of two cores idle.
const maxWorkers = 2;

// A loaded CI machine may miss a browser's time-out once. What fails twice fails.
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: 'test-output/results.json' }]],
    projects: [
      {
        test: {
          name: 'pure',
          environment: 'node',
          include: ['test/{oauth,sources}/**/*.test.ts'],
          maxWorkers,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations('migrations'),
                ENCRYPTION_KEYS: encryptionKeys,
                ADMIN_TOKEN: 'test-administrator-token-0123456789-0123456789',
                PUBLIC_URL: 'https://trivet.test',
                SANDBOX: 'true',
              },
              // A call that no test expected must not leave, nor be answered.
              outboundService(request: Request) {
                throw new Error(`Unexpected outbound request: ${request.method} ${request.url}`);
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/{worker,security,sandbox}/**/*.test.ts'],
          setupFiles: ['./test/worker/setup.ts'],
          // A fresh worker for each file costs more than what most of them do.
          isolate: false,
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'widget',
          retry,
          environment: 'node',
          include: ['test/widget/**/*.test.ts'],
          globalSetup: ['./test/e2e/harness/unpack-browser.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'e2e',
          retry,
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['./test/e2e/harness/unpack-browser.ts', './test/e2e/harness/shared-worker.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // They share one worker, and run after all others: what they wait for is real time.
          fileParallelism: false,
        },
      },
    ],
  },
});
