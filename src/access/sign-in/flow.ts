import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import { sha256 } from '../../crypto/hash.ts';
import { randomId, randomSecret } from '../../crypto/random.ts';
import { open, SealError, seal } from '../../crypto/seal.ts';
import { isClaimed, selectClaim, takeClaim } from '../../db/claim.ts';
import { repeatable } from '../../db/repeat.ts';
import { readOwnCookie, setOwnCookie } from '../own-cookie.ts';
import { signInFailure } from './identity.ts';
import type { Flow, MethodId } from './method.ts';

const flowMs = 10 * 60_000;

/** Begins a sign-in: what it remembers is sealed in a cookie of its own, so that it ends in this browser or nowhere. */
export async function beginFlow<Env extends AppEnv>(c: Context<Env>, method: MethodId): Promise<Flow> {
  const { config, now } = c.var;
  const flow = {
    method,
    state: randomSecret(),
    nonce: randomSecret(),
    codeVerifier: randomSecret(),
    expiresAt: now() + flowMs,
  };
  const hash = await sha256(flow.state);
  const sealed = await seal(config.encryptionKeys, JSON.stringify(flow), place(hash));
  setOwnCookie(c, cookieName(hash), sealed, flowMs / 1000);
  return flow;
}

/**
 * Recognizes a callback by its `state`, and spends it.
 *
 * @throws Failure where this browser began no such sign-in, it has taken too long, or it came back before
 */
export async function endFlow<Env extends AppEnv>(
  c: Context<Env>,
  method: MethodId,
  state: string,
): Promise<Flow> {
  const { config, db, now } = c.var;
  const lost = (kind: string) =>
    signInFailure(
      'invalid_grant',
      'This sign-in was begun in another browser, was used before, or took longer than ten minutes.',
      kind,
    );
  const hash = await sha256(state);
  const cookie = readOwnCookie(c, cookieName(hash));
  if (cookie === undefined) throw lost('unknown_state');
  let flow: Flow;
  try {
    flow = JSON.parse(await open(config.encryptionKeys, cookie, place(hash))) as Flow;
  } catch (error) {
    if (error instanceof SealError) throw lost('unknown_state');
    throw error;
  }
  if (flow.method !== method) throw lost('other_method');
  if (flow.expiresAt <= now()) throw lost('expired_state');
  const claim = { id: `console-sign-in:${hash}`, claimedBy: randomId(), now: now() };
  const [, rows] = await repeatable(async () => db.batch([takeClaim(db, claim), selectClaim(db, claim.id)]));
  if (!isClaimed(rows, claim.claimedBy)) throw lost('spent_state');
  return flow;
}

/** One cookie a sign-in: two at once don't collide. */
function cookieName(hash: string): string {
  return `trivet-sign-in-${hash.slice(0, 22)}`;
}

function place(hash: string): string {
  return `console-sign-in/${hash}`;
}
