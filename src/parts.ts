import type { ExecutionContext } from 'hono';
import type { AppEnv } from './context.ts';
import { openDb } from './db/client.ts';
import { type Bindings, readConfig } from './env.ts';
import { createOutbound } from './outbound/outbound.ts';

/** What a worker can't know by itself: handed in by tests. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Leaves the worker. */
  fetch: (request: Request) => Promise<Response>;
}

export const realSurroundings: Surroundings = {
  now: Date.now,
  fetch: (request) => globalThis.fetch(request),
};

/** What answers requests to the built-in provider, in process. */
interface Sandbox {
  fetch(request: Request, bindings: Bindings, context: ExecutionContext): Response | Promise<Response>;
}

/** What all requests to one isolate share. */
interface Shared {
  sandbox: Sandbox;
  refreshes: AppEnv['Variables']['refreshes'];
}

/** Makes what a request, or a sweep, works with. */
export function createParts(
  bindings: Bindings,
  context: ExecutionContext,
  { now, fetch }: Surroundings,
  { sandbox, refreshes }: Shared,
): Omit<AppEnv['Variables'], 'requestId'> {
  const config = readConfig(bindings);
  const inProcess = async (request: Request) => sandbox.fetch(request, bindings, context);
  return {
    config,
    db: openDb(bindings.DB),
    now,
    waitUntil: (work) => context.waitUntil(work),
    refreshes,
    outbound: createOutbound({ policy: config, fetch, sandbox: config.sandbox ? inProcess : null }),
  };
}
