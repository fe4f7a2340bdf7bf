import type { Fault } from '../../errors.ts';
import { hostValueFault } from '../host-values.ts';
import type { AvailableEntry } from './entry.ts';

/**
 * An entry's definition with its `{name}`s filled. A `label` that isn't given stays open, for each user to
 * give; a `host` and a `path` must be given.
 *
 * @param given by name
 * @returns the fields, to be checked as any source's are; or every fault, by `values.<name>`
 */
export function fillDefinition(
  entry: AvailableEntry,
  given: Record<string, string>,
): { ok: true; fields: Record<string, unknown> } | { ok: false; faults: Fault[] } {
  const faults: Fault[] = [];
  const filling = new Map<string, string>();
  for (const [name, { fills }] of Object.entries(entry.values)) {
    const text = Object.hasOwn(given, name) ? (given[name]?.trim() ?? '') : '';
    if (text === '' && fills === 'label') continue;
    const message = text === '' ? 'is required' : checks[fills](text);
    if (message === null) filling.set(name, fills === 'path' ? text : text.toLowerCase());
    else faults.push({ path: `values.${name}`, message });
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(entry.values, name)) {
      faults.push({ path: `values.${name}`, message: 'is not a known field' });
    }
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, fields: fill(entry.definition, filling) as Record<string, unknown> };
}

// RFC 1035 §2.3.1. An entry may have more labels around it, so one is enough.
const host = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:\d{2,5})?$/i;
const path = /^[\w-]{1,64}(\/[\w-]{1,64}){0,3}$/;

const checks = {
  label: hostValueFault,
  host: (text: string) => (host.test(text) ? null : 'must be a host name, such as login.example.com'),
  path: (text: string) => (path.test(text) ? null : 'must be letters, digits, hyphens and underscores'),
};

/** Every text within, its `{name}`s replaced. Names without a text stay as they are. */
function fill(value: unknown, filling: Map<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{([a-z_]+)\}/g, (whole, name: string) => filling.get(name) ?? whole);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, filling));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, filling)]));
}
