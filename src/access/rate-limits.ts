import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { Failure } from '../errors.ts';
import { vouchedHolder } from './in-process.ts';

// Against floods, and guessing. Cloudflare counts, each of its locations by itself and not to the last one; how many
// there may be is in wrangler.toml. Nothing of it is stored, and without these bindings nothing is limited.

/** Bounds what one credential, one address without a credential, and one address with wrong ones may ask. */
export const limitRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  // What the console asks for a person was counted when the person came.
  if (vouchedHolder(c.executionCtx)) return next();
  const { CREDENTIAL_LIMIT, ADDRESS_LIMIT, REFUSAL_LIMIT } = c.env;
  const credential = c.req.header('Authorization');
  const address = c.req.header('CF-Connecting-IP');
  if (credential !== undefined) await spend(CREDENTIAL_LIMIT, await sha256(credential), 10);
  else if (address !== undefined) await spend(ADDRESS_LIMIT, network(address), 60);
  await next();
  if (c.res.status !== 401 || address === undefined) return;
  // Nothing was guessed where nothing was sent, nor where a provider refused a call.
  const isGuess = credential !== undefined || c.req.method === 'POST';
  const isOurs = c.var.failure !== undefined || c.req.path.startsWith('/console/');
  if (isGuess && isOurs) await spend(REFUSAL_LIMIT, network(address), 60);
};

async function spend(limit: RateLimit | undefined, key: string, periodSeconds: number): Promise<void> {
  if (!limit || (await limit.limit({ key })).success) return;
  throw new Failure('rate_limited', 'Too many requests. Wait a little, then go on.', {
    headers: {
      'Retry-After': String(periodSeconds),
      // A page that Connect is embedded in is told why, too.
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Retry-After',
    },
  });
}

/** One customer of a network: an IPv4 address, or the first 64 bits of an IPv6 one. */
function network(address: string): string {
  const [start = ''] = address.split('::');
  return start.split(':').slice(0, 4).join(':');
}
