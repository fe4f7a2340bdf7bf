import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { parseBody } from '../validation.ts';

/**
 * Reads a body that servers send as JSON or as a form.
 *
 * @throws Failure with every fault
 */
export async function readBody<T extends z.ZodMiniType>(c: Context<AppEnv>, schema: T): Promise<z.output<T>> {
  const text = new TextDecoder().decode(await c.req.arrayBuffer());
  const contentType = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (contentType === 'application/x-www-form-urlencoded') return parseBody(schema, parseForm(text));
  if (contentType === 'application/json') return parseBody(schema, parseJson(text));
  throw new Failure(
    'unsupported_media_type',
    'Send the body as application/json or application/x-www-form-urlencoded.',
  );
}

/** RFC 6749 §3.2: a parameter must not be there twice. */
function parseForm(text: string): Record<string, string> {
  const params = new URLSearchParams(text);
  const names = [...params.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Failure('invalid_request', `${twice} is there more than once.`);
  return Object.fromEntries(params);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure('invalid_request', 'The body is not JSON.');
  }
}
