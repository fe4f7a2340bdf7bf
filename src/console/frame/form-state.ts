import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type { AppEnv } from '../../context.ts';
import { Failure, type Fault } from '../../errors.ts';
import { issueFaults } from '../../validation.ts';

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

/**
 * Checks a form by a schema of the API.
 *
 * @param body what the fields stand for, as the schema has it
 * @param labels what the fields are called on the page, by the first step of a fault's path
 * @param further finds what a schema can't
 */
export function checkForm<T extends z.ZodMiniType>(
  schema: T,
  body: unknown,
  values: Record<string, string>,
  labels: Record<string, string>,
  further: (body: unknown) => Fault[] = () => [],
): { ok: true; value: z.output<T> } | { ok: false; form: FormState } {
  const parsed = schema.safeParse(body);
  const faults = [...issueFaults(parsed.error?.issues ?? []), ...further(parsed.data ?? body)];
  if (parsed.success && faults.length === 0) return { ok: true, value: parsed.data };
  return { ok: false, form: formWithFaults(values, faults, labels) };
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
