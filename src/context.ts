import type { Db } from './db/client.ts';
import type { Bindings, Config } from './env.ts';
import type { Outbound } from './outbound/outbound.ts';

/** What every handler can rely on: Hono's environment, filled by the first middleware of app.ts. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    /** Random, ours: joins an answer to its log line. */
    requestId: string;
    config: Config;
    db: Db;
    outbound: Outbound;
    /** Milliseconds since the epoch. */
    now: () => number;
    /** What went wrong, for the log. */
    failure?: Error;
  };
}
