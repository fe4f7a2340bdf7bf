import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import type { MapEndpoint } from '../sources/map-endpoint.ts';
import { isObject } from '../sources/map-json.ts';
import { readBodyText } from './forward.ts';
import type { HeldConnection } from './held.ts';
import { isForm } from './sign.ts';

/** The body of a call to a map's endpoint. */
interface BroughtBody {
  /** Text that stands in the place of the map's body, whole or field by field; a stream goes on as it comes. */
  content: string | ReadableStream<Uint8Array> | null;
  /** Where the map's body has fields: what of it is merged with those. */
  merged: Record<string, unknown> | URLSearchParams | null;
  /** What templates may take from it, as if it were parameters. */
  fields: Record<string, string>;
}

/** Reads a call's body where the map adds to it, or OAuth 1.0a signs it; otherwise it stays a stream. */
export async function readBody(
  c: Context<AppEnv>,
  { offer }: HeldConnection,
  endpoint: MapEndpoint,
): Promise<BroughtBody> {
  const { method, body, headers } = c.req.raw;
  const contentType = headers.get('Content-Type');
  if (body === null || method === 'GET' || method === 'HEAD')
    return { content: null, merged: null, fields: {} };
  const hasFields = isObject(endpoint.body);
  const form = isForm(contentType);
  // Fields of a form and of a JSON object don't mix: the call's body takes the place of the map's.
  const ofOneForm =
    form ===
    endpoint.headers.some(({ name, value }) => /^content-type$/i.test(name) && isForm(String(value)));
  const json = /^application\/([a-z0-9.+-]+\+)?json\b/i.test(contentType ?? '');
  if (!(hasFields && (form || json)) && !(form && offer.source.definition.type === 'oauth1')) {
    return { content: body, merged: null, fields: {} };
  }
  const content = await readBodyText(c);
  if (form) {
    const merged = new URLSearchParams(content);
    return { content, merged: hasFields && ofOneForm ? merged : null, fields: Object.fromEntries(merged) };
  }
  const parsed = parseJson(content);
  if (!isObject(parsed)) return { content, merged: null, fields: {} };
  const scalars = Object.entries(parsed).filter(([, value]) =>
    /^(string|number|boolean)$/.test(typeof value),
  );
  const fields = Object.fromEntries(scalars.map(([name, value]) => [name, String(value)]));
  return { content, merged: ofOneForm ? parsed : null, fields };
}

/** The body to send: the call's fields in the place of the map's, both of one form. */
export function mergeBodies({ content, merged }: BroughtBody, ofMap: string | null): BroughtBody['content'] {
  if (content === null) return ofMap;
  if (merged === null || ofMap === null) return content;
  if (merged instanceof URLSearchParams) {
    const fields = new URLSearchParams(ofMap);
    for (const name of new Set(merged.keys())) {
      fields.delete(name);
      for (const value of merged.getAll(name)) fields.append(name, value);
    }
    return fields.toString();
  }
  const fields = parseJson(ofMap);
  return isObject(fields) ? JSON.stringify({ ...fields, ...merged }) : content;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure('invalid_request', 'The body is not JSON.');
  }
}
