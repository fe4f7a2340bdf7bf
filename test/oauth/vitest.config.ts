import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'oauth', environment: 'node', include: ['test/oauth/**/*.test.ts'] },
});
