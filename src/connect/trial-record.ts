import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { open, SealError, seal } from '../crypto/seal.ts';
import type { CredentialDefinition, OAuthDefinition } from '../sources/definition.ts';

/** What a trial goes through, in this order. */
export type TrialStep =
  | 'temporary'
  | 'authorization'
  | 'callback'
  | 'token'
  | 'metadata'
  | 'refresh'
  | 'sample'
  | 'revocation';

/** A name and its value, with secrets cut short. */
export type Shown = [name: string, value: string];

/** Where a definition was departed from to find out what the provider wants: a field, and the value it had. */
export interface Attempt {
  field: string;
  value: string;
}

/** A request that left us and what came of it, with secrets cut short. */
export interface Exchange {
  step: TrialStep;
  /** Null: as it is for users. */
  attempt: Attempt | null;
  /** When it left, in milliseconds. */
  at: number;
  method: string;
  url: string;
  headers: Shown[];
  body: string | null;
  answer: {
    status: number;
    headers: Shown[];
    body: string;
    /** There was more. */
    isCut: boolean;
    isHtml: boolean;
    /** What a JSON or form body holds, by dotted paths. */
    fields: Shown[];
  } | null;
  /** Why no answer came, or none that could be read. */
  failure: { kind: string; message: string } | null;
}

/** What went wrong, as users' own flows have it. */
interface TrialFailure {
  step: TrialStep;
  error: string;
  description: string;
  /** What the engine calls it, where that says more. */
  kind: string | null;
}

/** What a trial brought to light besides its exchanges. */
export interface TrialFacts {
  failure: TrialFailure | null;
  /** What the token endpoint gave; null where it gave nothing. */
  granted: { scopes: string[] | null; expiresInMs: number | null; hasRefreshToken: boolean } | null;
  /** What the metadata say of the account; null where it never came to that. */
  account: { uniqueValue: string | null; name: string | null } | null;
  /** How the refresh went; null where there was nothing to refresh with. */
  refresh: { ok: boolean; rotated: boolean } | null;
  /** `spared`: a Connection of this account would have died with it. Null: no way to, or nothing to end. */
  revocation: 'done' | 'failed' | 'spared' | null;
}

/** One test of a source by its developer: no Connection, and gone within half an hour. */
export interface TrialRecord {
  id: string;
  developerId: string;
  /** Who started it: nobody else sees it. Null: whoever holds the administrator's token. */
  personId: string | null;
  sourceId: string;
  /** As it was when it was tried. */
  definition: OAuthDefinition | CredentialDefinition;
  clientId: string | null;
  redirectUri: string;
  scopes: string[];
  startedAt: number;
  /** `waiting`: the developer is to come back from the provider. */
  status: 'waiting' | 'running' | 'ended';
  /** Where the developer is sent; null where there is no such step, or it is over. */
  authorizationUrl: string | null;
  /** The same as it is shown. */
  authorization: { endpoint: string; params: Shown[] } | null;
  callback: Shown[] | null;
  /** A callback that nothing in the browser matched. */
  lost: Shown[] | null;
  /** What to call with the tokens: a path on the API's host, or a URL there. Null: nothing. */
  sample: string | null;
  exchanges: Exchange[];
  facts: TrialFacts;
}

/** How long a record is kept, in milliseconds. */
export const trialMs = 30 * 60_000;

export const noFacts: TrialFacts = {
  failure: null,
  granted: null,
  account: null,
  refresh: null,
  revocation: null,
};

/** What storing a record takes. */
interface TrialStore {
  kv: KVNamespace;
  config: AppEnv['Variables']['config'];
}

/** What storing a trial's record takes, of a request. */
export function storeOf(c: Context<AppEnv>): TrialStore {
  return { kv: c.env.KV, config: c.var.config };
}

/** Stores a record, sealed. */
export async function saveTrial({ kv, config }: TrialStore, record: TrialRecord): Promise<void> {
  const sealed = await seal(config.encryptionKeys, JSON.stringify(record), place(record.id));
  await kv.put(key(record.id), sealed, { expirationTtl: trialMs / 1000 });
}

/** A record; null where there is none, or KV is down. */
export async function loadTrial({ kv, config }: TrialStore, id: string): Promise<TrialRecord | null> {
  if (!/^[0-9a-f]{32}$/.test(id)) return null;
  const sealed = await kv.get(key(id)).catch(() => null);
  if (sealed === null) return null;
  try {
    return JSON.parse(await open(config.encryptionKeys, sealed, place(id))) as TrialRecord;
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

function key(id: string): string {
  return `trial:${id}`;
}

function place(id: string): string {
  return `trial/${id}`;
}
