import type { Context } from 'hono';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { type FormState, formWithFaults } from '../frame/form-state.ts';

/** Each is some statements at the database. */
const maxLines = 20;

const labels = {
  provider_id: 'The data source',
  application_id: 'The application',
  client_user_id: 'The user',
  name: 'The name',
  access_token: 'The access token',
  refresh_token: 'The refresh token',
  token_secret: 'The token secret',
  expires_at: 'The end of the access token',
  scopes: 'The scopes',
};

/** Imports the Connection that a form's fields describe. */
export async function importFields(
  c: Context<ConsoleEnv>,
  fields: Record<string, string>,
): Promise<{ ok: true; id: string } | { ok: false; form: FormState }> {
  const given = Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
  const { provider_id = '', application_id, client_user_id, name, scopes = '', ...data } = given;
  const listed = scopes.split(/\s+/).filter(Boolean);
  const body = {
    provider_id,
    application_id,
    client_user_id,
    name,
    auth: {
      data: pick(data, ['access_token', 'refresh_token', 'token_secret', 'expires_at']),
      ...(listed.length > 0 ? { scopes: { requested: listed, granted: listed } } : {}),
    },
  };
  const made = await callApi<{ id: string }>(c, 'POST', '/connections', body);
  if (made.ok) return { ok: true, id: made.value.id };
  const faults = made.details.map(({ path, message }) => ({
    path: path.replace(/^auth\.(data\.)?/, ''),
    message: path === 'provider_id' && provider_id === '' ? 'has to be chosen' : message,
  }));
  const form = formWithFaults(fields, faults, labels);
  if (Object.keys(form.errors).length === 0) form.errors.provider_id = made.message;
  return { ok: false, form };
}

/**
 * Imports the Connections of a form's `lines`, one after the other.
 *
 * @returns how many were imported; and where some were not, the form with those
 */
export async function importLines(
  c: Context<ConsoleEnv>,
  { lines = '' }: Record<string, string>,
): Promise<{ count: number; form?: FormState }> {
  const entries = split(lines);
  const refuse = (error: string, values = lines) => ({ values: { lines: values }, errors: { lines: error } });
  if (entries.length === 0) return { count: 0, form: refuse('Paste at least one Connection.') };
  if (entries.length > maxLines) {
    const error = `These are ${entries.length} Connections. Up to ${maxLines} are taken at a time; for more, use the API.`;
    return { count: 0, form: refuse(error) };
  }
  const left: string[] = [];
  const errors: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const fault = await importEntry(c, entry);
    if (fault === null) continue;
    left.push(entry);
    errors.push(`Connection ${index + 1}: ${fault}`);
  }
  const count = entries.length - left.length;
  if (left.length === 0) return { count };
  const done =
    count === 0 ? 'None is imported.' : `${count} imported, ${left.length} not; those are left below.`;
  return { count, form: refuse(`${done} ${errors.join(' ')}`, left.join('\n')) };
}

/** One Connection spread over lines, or one on each line. */
function split(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (parse(trimmed) !== undefined) return [trimmed];
  return trimmed
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Why an entry was not imported; null where it was. */
async function importEntry(c: Context<ConsoleEnv>, entry: string): Promise<string | null> {
  const body = parse(entry);
  if (body === undefined) return 'This is not JSON.';
  const made = await callApi(c, 'POST', '/connections', body);
  if (made.ok) return null;
  return made.details.length === 0
    ? made.message
    : made.details.map(({ path, message }) => `${path} ${message}.`).join(' ');
}

/** What a text is as JSON; undefined where it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pick(given: Record<string, string>, names: string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}
