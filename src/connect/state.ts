import type { Context } from 'hono';
import { readOwnCookie, setOwnCookie } from '../access/own-cookie.ts';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { open, SealError, seal } from '../crypto/seal.ts';
import { stateMs } from './lifetimes.ts';

/**
 * What an authorization is for: a run of the widget, a link that a developer's server sent the user to, or a developer's
 * test of a source.
 */
export type Subject =
  | {
      kind: 'run';
      runId: string;
      /** The Connection to renew; null for a new one. */
      connectionId: string | null;
    }
  | { kind: 'link'; authorizationId: string }
  | {
      kind: 'trial';
      trialId: string;
      /** Whose it is: the account, and who was signed in to the console. */
      developerId: string;
      personId: string | null;
      /** What to call with the tokens: a path on the API's host, or a URL there. */
      sample: string | null;
    };

/** What an authorization needs to remember while the user is at the provider. */
export interface AuthorizationState {
  /** What the callback is recognized by: OAuth 2's `state`, OAuth 1.0a's temporary token. */
  key: string;
  subject: Subject;
  sourceId: string;
  /** The client ID it was started with. */
  clientId: string;
  /** What the user gave for the `{value}`s in the source's hosts. */
  hostValues: Record<string, string> | null;
  /** OAuth 2's PKCE. */
  codeVerifier: string | null;
  /** OAuth 1.0a's temporary token secret. */
  temporarySecret: string | null;
  expiresAt: number;
}

/**
 * Keeps the state in KV for its time, and the same sealed text in a cookie of this browser alone: the
 * cookie is what ties the callback to this browser, and what stands in where KV lags behind.
 */
export async function keepState(c: Context<AppEnv>, state: AuthorizationState): Promise<void> {
  const hash = await sha256(state.key);
  const sealed = await seal(c.var.config.encryptionKeys, JSON.stringify(state), place(hash));
  setOwnCookie(c, cookieName(hash), sealed, stateMs / 1000);
  // The cookie has it all: a KV that is down costs nothing.
  await c.env.KV.put(`state:${hash}`, sealed, { expirationTtl: stateMs / 1000 }).catch(() => {});
}

/**
 * Recognizes a callback.
 *
 * @param key as the callback brought it
 * @returns the state, and the id of the claim on it; null where this browser did not start it, or it is over
 */
export async function recognizeState(
  c: Context<AppEnv>,
  key: string,
): Promise<{ state: AuthorizationState; claimId: string } | null> {
  const { config, now } = c.var;
  const hash = await sha256(key);
  const cookie = readOwnCookie(c, cookieName(hash));
  if (cookie === undefined) return null;
  const stored = await c.env.KV.get(`state:${hash}`).catch(() => null);
  for (const sealed of stored === null ? [cookie] : [stored, cookie]) {
    try {
      const state = JSON.parse(await open(config.encryptionKeys, sealed, place(hash))) as AuthorizationState;
      // One that a version before this began knows of no hosts.
      const known = { ...state, hostValues: state.hostValues ?? null };
      return state.expiresAt > now() ? { state: known, claimId: `state:${hash}` } : null;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
    }
  }
  return null;
}

/** One cookie an authorization: two at once don't collide. */
function cookieName(hash: string): string {
  return `trivet-state-${hash.slice(0, 22)}`;
}

function place(hash: string): string {
  return `state/${hash}`;
}
