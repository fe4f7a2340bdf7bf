import { createApp, runSweep } from './app.ts';
import type { Bindings } from './env.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: (_event, bindings, context) => runSweep(bindings, context),
} satisfies ExportedHandler<Bindings>;
