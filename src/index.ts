import { createApp } from './app.ts';
import { openDb } from './db/client.ts';
import { purgeExpired } from './db/purge.ts';
import type { Bindings } from './env.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  async scheduled(_event, env) {
    await purgeExpired(openDb(env.DB), Date.now());
  },
} satisfies ExportedHandler<Bindings>;
