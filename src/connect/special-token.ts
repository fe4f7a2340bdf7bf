import { eq } from 'drizzle-orm';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { open, SealError, seal } from '../crypto/seal.ts';
import { runs } from '../db/schema.ts';
import { specialTokenMs } from './lifetimes.ts';
import type { Run } from './run.ts';

/** What an exchange needs to know of the run behind a specialToken. */
export interface FinishedRun {
  runId: string;
  applicationId: string;
  clientUserId: string;
  /** base64url(SHA-256(run secret)), which the specialToken must carry; null for a hosted link's. */
  challenge: string | null;
  serverMinted: boolean;
  hosted: boolean;
  expiresAt: number;
}

/** A specialToken in its parts: the handle that the popup delivered, and the run secret that connect.js joined. */
export function parseSpecialToken(specialToken: string): { handle: string; runSecret: string | null } | null {
  const match = /^([A-Za-z0-9_-]{43})(?:\.([A-Za-z0-9_-]{43}))?$/.exec(specialToken);
  return match?.[1] ? { handle: match[1], runSecret: match[2] ?? null } : null;
}

/** Writes what the exchange needs to KV for the specialToken's time. */
export async function keepSpecialToken(
  { config }: AppEnv['Variables'],
  kv: KVNamespace,
  handleHash: string,
  run: Run,
): Promise<void> {
  const sealed = await seal(config.encryptionKeys, JSON.stringify(finishedRun(run)), place(handleHash));
  await kv.put(`special-token:${handleHash}`, sealed, { expirationTtl: specialTokenMs / 1000 });
}

/** Reads it from KV, or null where KV doesn't have it (yet). */
export async function readSpecialToken(
  { config }: AppEnv['Variables'],
  kv: KVNamespace,
  handleHash: string,
): Promise<FinishedRun | null> {
  const sealed = await kv.get(`special-token:${handleHash}`).catch(() => null);
  if (sealed === null) return null;
  try {
    return JSON.parse(await open(config.encryptionKeys, sealed, place(handleHash))) as FinishedRun;
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

/** Reads it from D1, where KV misses: it is up to a minute behind in other places. */
export async function findFinishedRun(
  { db }: AppEnv['Variables'],
  handleHash: string,
): Promise<FinishedRun | null> {
  const [run] = await db.select().from(runs).where(eq(runs.handleHash, handleHash));
  return run ? finishedRun(run) : null;
}

/** The hash under which a handle is kept. */
export function hashHandle(handle: string): Promise<string> {
  return sha256(handle);
}

function finishedRun(run: Run): FinishedRun {
  return {
    runId: run.id,
    applicationId: run.applicationId,
    clientUserId: run.clientUserId,
    challenge: run.challenge,
    serverMinted: run.serverMinted,
    hosted: run.delivery === 'hosted',
    expiresAt: (run.finishedAt ?? 0) + specialTokenMs,
  };
}

function place(handleHash: string): string {
  return `special-token/${handleHash}`;
}
