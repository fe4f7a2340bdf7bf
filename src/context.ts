import type { Refreshed } from './connections/freshness.ts';
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
    /** Lets work go on after the answer. */
    waitUntil: (work: Promise<unknown>) => void;
    /** The refreshes that this isolate is at, by Connection and token: whoever needs one of them waits for it. */
    refreshes: Map<string, Promise<Refreshed>>;
    /** What went wrong, for the log. */
    failure?: Error;
  };
}
