import type { RouterRoute } from 'hono/types';
import { type Mark, markOf, type Operation } from './describe.ts';

/** One endpoint of the API, with what all of its middleware says. */
export interface Endpoint extends Omit<Mark, 'operation'> {
  method: string;
  /** As Hono has it: `/maps/:id`. */
  path: string;
  operation: Operation;
}

/**
 * Finds the endpoints among what Hono has registered: each handler, with the middleware before it.
 *
 * @returns those that describe themselves, and the names of those that neither do nor are marked internal
 */
export function findEndpoints(routes: readonly RouterRoute[]): {
  endpoints: Endpoint[];
  undescribed: string[];
} {
  const endpoints: Endpoint[] = [];
  const undescribed: string[] = [];
  const found = new Set<string>();
  for (const { method, path, handler } of routes) {
    const name = `${method} ${path}`;
    // Whatever takes `next` passes on.
    if (handler.length >= 2 || found.has(name)) continue;
    found.add(name);
    const said: Mark = Object.assign(
      {},
      ...routes.filter((other) => runsBefore(other, method, path)).map(({ handler: each }) => markOf(each)),
    );
    const { operation, internal, ...rest } = said;
    if (operation) endpoints.push({ ...rest, method, path, operation });
    else if (!internal) undescribed.push(name);
  }
  return { endpoints, undescribed };
}

/** Whether a route's handler runs for the requests of this endpoint: its own, or a middleware's above it. */
function runsBefore(route: RouterRoute, method: string, path: string): boolean {
  if (route.path === path) return route.method === method || route.method === 'ALL';
  const isAbove = route.path.endsWith('/*') && path.startsWith(route.path.slice(0, -1));
  return isAbove && route.method === 'ALL' && route.handler.length >= 2;
}
