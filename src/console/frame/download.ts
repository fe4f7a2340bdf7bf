import type { Context } from 'hono';
import { vouchFor } from '../../access/in-process.ts';
import { Failure } from '../../errors.ts';
import type { ConsoleEnv } from '../env.ts';

/**
 * Answers with a file that the management API streams, for the person who is signed in: with the same checks and
 * audit entry as for an unrestricted key of the account.
 *
 * @param path the API's
 * @param name the file's
 * @throws Failure where the API refuses
 */
export async function download(c: Context<ConsoleEnv>, path: string, name: string): Promise<Response> {
  const { caller, actor, config, fetchOwn, waitUntil } = c.var;
  const address = c.req.header('CF-Connecting-IP');
  const request = new Request(new URL(path, config.publicUrl), {
    headers: address === undefined ? {} : { 'CF-Connecting-IP': address },
  });
  const { ok, body, headers } = await fetchOwn(request, vouchFor({ caller, actor }, waitUntil));
  if (!ok || !body) throw new Failure('server_error', 'The file could not be made. Try again.');
  return c.body(body, 200, {
    'Content-Type': headers.get('Content-Type') ?? 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
}
