import type { Context } from 'hono';
import { vouchFor } from '../access/in-process.ts';
import type { Fault } from '../errors.ts';
import { type ErrorCode, Failure } from '../errors.ts';
import type { ConsoleEnv } from './env.ts';

/** What the management API answers a page. `details` fit `formWithFaults`. */
export type ApiAnswer<T> =
  | { ok: true; value: T }
  | { ok: false; status: number; error: ErrorCode; message: string; details: Fault[] };

/**
 * Calls the management API in process, for the person who is signed in: the same checks, faults and audit entries as
 * for an unrestricted key of the account.
 *
 * @param path with its query; the parts that come from outside are encoded by the caller
 * @returns what it answers; `undefined` for a 204
 */
export async function callApi<T = unknown>(
  c: Context<ConsoleEnv>,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer<T>> {
  const { caller, actor, config, fetchOwn, waitUntil } = c.var;
  const headers = new Headers();
  const address = c.req.header('CF-Connecting-IP');
  if (address !== undefined) headers.set('CF-Connecting-IP', address);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const request = new Request(new URL(path, config.publicUrl), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await fetchOwn(request, vouchFor({ caller, actor }, waitUntil));
  if (response.status === 204) return { ok: true, value: undefined as T };
  const answered = await response.json<
    T & { error: ErrorCode; error_description: string; details?: Fault[] }
  >();
  if (response.ok) return { ok: true, value: answered };
  const { error, error_description: message, details = [] } = answered;
  return { ok: false, status: response.status, error, message, details };
}

/**
 * As `callApi`, where a refusal is nothing the page can show beside a field.
 *
 * @throws Failure with what the API said
 */
export async function requireApi<T = unknown>(
  c: Context<ConsoleEnv>,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answered = await callApi<T>(c, method, path, body);
  if (answered.ok) return answered.value;
  throw new Failure(answered.error, answered.message, { status: answered.status, details: answered.details });
}
