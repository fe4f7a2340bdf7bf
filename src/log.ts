import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { AppEnv } from './context.ts';

/**
 * One line a request. It names the route and not the path, and of an error its kind and message: a path,
 * a query, a body or a header can carry a secret, and none of them is here.
 */
export function log(c: Context<AppEnv>, durationMs: number): void {
  const { failure, requestId } = c.var;
  const status = c.res.status;
  const line = {
    level: status >= 500 ? 'error' : 'info',
    method: c.req.method,
    route: matchedRoutes(c).findLast((route) => !route.path.endsWith('*'))?.path ?? '*',
    status,
    duration_ms: Math.round(durationMs),
    request_id: requestId,
    ...(failure ? { failure: describe(failure) } : {}),
  };
  const write = status >= 500 ? console.error : console.log;
  write(JSON.stringify(line));
}

function describe(error: Error): string {
  const { cause } = error;
  const kind =
    typeof cause === 'object' && cause !== null && 'kind' in cause ? ` (${String(cause.kind)})` : '';
  if (error.name === 'Failure') return `${error.name}: ${error.message}${kind}`;
  // A failed statement's message goes on with its parameters: people's names, sealed tokens.
  const [message] = error.message.split('\nparams:');
  const reason = cause instanceof Error ? `; ${cause.message}` : '';
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return `${error.name}: ${message}${reason} ${frames.slice(0, 3).join(' ').trim()}`;
}
