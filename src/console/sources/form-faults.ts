import { Failure, type Fault } from '../../errors.ts';
import type { ApiAnswer } from '../api.ts';
import type { FormState } from '../frame/form-state.ts';
import { type FieldSpec, nameOf } from './field.ts';
import type { FormValues } from './form-body.ts';
import { allFields, type FormFields } from './form-fields.ts';

const clientLabels: Record<string, string> = {
  client_id: 'client ID',
  client_secret: 'client secret',
  catalogue: 'provider',
  id: 'id',
};

/**
 * The faults that a refusal of the API has.
 *
 * @throws Failure with what it says, where it has none
 */
export function faultsOf(refusal: Extract<ApiAnswer<unknown>, { ok: false }>): Fault[] {
  const { error, message, status, details } = refusal;
  if (details.length === 0) throw new Failure(error, message, { status });
  return details;
}

/** A form with the API's faults beside its fields, as sentences: the first one of a field. */
export function definitionFaults(form: FormFields, given: FormValues, faults: Fault[]): FormState {
  const { client_secret: _, ...values } = given;
  const fields = allFields(form);
  for (const name of fields.filter(({ kind }) => kind === 'sealed').map(nameOf)) {
    values[name] = (values[name] ?? '').replace(/=.*/g, '=');
  }
  const found = new Map<string, string>();
  for (const { path, message } of faults) {
    const field = fields.find((each) => path === each.path || path.startsWith(`${each.path}.`));
    const name = field ? nameOf(field) : path;
    if (!found.has(name)) found.set(name, `${subject(field, path)} ${message}.`);
  }
  // In the order of the page, what has no field first.
  const order = fields.map(nameOf);
  const sorted = [...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return { values, errors: Object.fromEntries(sorted) };
}

function subject(field: FieldSpec | undefined, path: string): string {
  if (!field) return `The ${clientLabels[path] ?? path}`;
  const label = /^.[A-Z]/.test(field.label)
    ? field.label
    : `${field.label.charAt(0).toLowerCase()}${field.label.slice(1)}`;
  const within = path.slice(field.path.length + 1);
  if (within === '') return `The ${label}`;
  return field.kind === 'words' || field.kind === 'lines'
    ? `Line ${Number(within) + 1} of the ${label}`
    : `${within} in the ${label}`;
}
