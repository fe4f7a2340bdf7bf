import { inject } from 'vitest';

export interface ApplicationCredentials {
  clientId: string;
  clientSecret: string;
}

/** A data source as the management API shows it, as far as tests read it. */
export interface SourceSummary {
  id: string;
  slug: string;
  name: string;
}

/** Calls the worker's JSON API. Throws with the answer's text where its status isn't `expected`. */
export async function callApi<T>(
  path: string,
  init: { method?: string; token?: string; body?: unknown; headers?: Record<string, string> } = {},
  expected = 200,
): Promise<T> {
  const response = await fetch(`${inject('worker').origin}${path}`, {
    method: init.method ?? 'GET',
    headers: {
      ...(init.token === undefined ? {} : { authorization: `Bearer ${init.token}` }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const text = await response.text();
  if (response.status !== expected)
    throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Registers a test application, which may use the sandbox. */
export async function createApplication(
  name: string,
  origins: string[],
  returnUrls: string[] = [],
): Promise<ApplicationCredentials> {
  const { adminToken } = inject('worker');
  const body = { name, origins, returnUrls, test: true };
  const { clientId, clientSecret } = await callApi<ApplicationCredentials>(
    '/applications',
    { method: 'POST', token: adminToken, body },
    201,
  );
  return { clientId, clientSecret };
}

/** Defines a platform-wide data source. */
export async function createSource(fields: Record<string, unknown>): Promise<SourceSummary> {
  return callApi('/sources', { method: 'POST', token: inject('worker').adminToken, body: fields }, 201);
}

/** Changes some fields of a data source. */
export async function patchSource(id: string, fields: Record<string, unknown>): Promise<SourceSummary> {
  return callApi(`/sources/${id}`, { method: 'PATCH', token: inject('worker').adminToken, body: fields });
}

/** Where a provider sends the user back to. */
export function redirectUriOf(source: SourceSummary): string {
  return `${inject('worker').origin}/done/${source.id}`;
}

/** What an application's server gets for a specialToken. */
export interface Exchanged {
  userCode: string;
  accessToken: string;
  clientUserId: string;
  connections: string[];
}

/** The application's server half: exchanges a specialToken for an access token. */
export async function exchange(
  application: ApplicationCredentials,
  specialToken: string,
  clientUserId?: string,
): Promise<Exchanged> {
  const body = {
    specialToken,
    clientId: application.clientId,
    clientSecret: application.clientSecret,
    ...(clientUserId === undefined ? {} : { clientUserId }),
  };
  return callApi('/connect/tokens', { method: 'POST', body });
}
