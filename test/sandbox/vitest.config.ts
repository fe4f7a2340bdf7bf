import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-08-15',
        d1Databases: ['DB'],
        kvNamespaces: ['KV'],
        bindings: {
          PUBLIC_URL: 'https://trivet.test',
          ENCRYPTION_KEYS: 't1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
          SANDBOX: 'true',
        },
        outboundService: (request: Request) => {
          throw new Error(`Unexpected outbound request to ${request.url}`);
        },
      },
    }),
  ],
  test: { include: ['test/sandbox/**/*.test.ts'], setupFiles: ['test/sandbox/setup.ts'] },
});
