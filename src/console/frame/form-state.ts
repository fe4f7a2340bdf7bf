import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import { Failure, type Fault } from '../../errors.ts';

/** A form that came back: what was in its fields, and what is wrong with them, as sentences by the fields' names. */
export interface FormState {
  values: Record<string, string>;
  errors: Record<string, string>;
}

/**
 * Reads a posted form.
 *
 * @throws Failure where a field is there twice
 */
export async function readForm<Env extends AppEnv>(c: Context<Env>): Promise<Record<string, string>> {
  const params = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
  const fields = Object.fromEntries(params);
  if (Object.keys(fields).length !== params.size)
    throw new Failure('invalid_request', 'A field of this form is there more than once.');
  return fields;
}

/** A form with the faults that the API's own checks found: the first one a field. */
export function formWithFaults(
  values: Record<string, string>,
  faults: Fault[],
  labels: Record<string, string>,
): FormState {
  const errors: Record<string, string> = {};
  for (const { path, message } of faults) {
    const [name = ''] = path.split('.');
    errors[name] ??= `${labels[name] ?? name} ${message}.`;
  }
  return { values, errors };
}
