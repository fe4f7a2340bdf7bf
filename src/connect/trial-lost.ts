import type { Context } from 'hono';
import { readOwnCookie, setOwnCookie } from '../access/own-cookie.ts';
import type { AppEnv } from '../context.ts';
import { loadTrial, saveTrial, storeOf, type TrialRecord, trialMs } from './trial-record.ts';
import { showParameters } from './trial-redact.ts';
import { trialPath } from './trial-subject.ts';

/** Lets this browser's callbacks be told to a trial that carry nothing to be told by. */
export function rememberTrial(c: Context<AppEnv>, { id, sourceId }: TrialRecord): void {
  setOwnCookie(c, cookieName(sourceId), id, trialMs / 1000);
}

/**
 * Notes a callback that matches nothing, where this browser is at a trial of that source: state that is missing, or
 * there twice.
 *
 * @returns where the trial is shown; null where there is none
 */
export async function noteLostCallback(
  c: Context<AppEnv>,
  sourceId: string,
  params: URLSearchParams,
): Promise<string | null> {
  const id = readOwnCookie(c, cookieName(sourceId));
  const record = id === undefined ? null : await loadTrial(storeOf(c), id);
  if (record?.status !== 'waiting' || record.sourceId !== sourceId) return null;
  // Whoever sent the browser here, nothing is spent: the right callback may still come.
  const lost = showParameters(params, new Set()).slice(0, 30);
  await saveTrial(storeOf(c), { ...record, lost }).catch(() => {});
  return trialPath(record);
}

function cookieName(sourceId: string): string {
  return `trivet-trial-${sourceId}`;
}
