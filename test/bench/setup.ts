import { ask } from './machine/client.ts';
import type { Deployment } from './machine/deployment.ts';

/** An application with one OAuth 2 data source, as its developer set it up over the API. */
export interface Setup extends Deployment {
  application: { clientId: string; clientSecret: string };
  sourceId: string;
  /** The application's page. */
  page: string;
}

export async function setUp(deployment: Deployment): Promise<Setup> {
  const { worker, provider, adminToken } = deployment;
  const headers = { authorization: `Bearer ${adminToken}` };
  const post = <T>(path: string, body: object) =>
    ask<T>(`${worker.origin}${path}`, { method: 'POST', headers, body });
  const page = 'http://127.0.0.1:1';
  const source = await post<{ id: string }>('/sources', {
    type: 'oauth2',
    name: 'Bench',
    api_host_url: provider.origin,
    auth_host_url: provider.origin,
    auth_url: '/authorize',
    full_auth_url: `${provider.origin}/authorize`,
    access_token_url: '/token',
    scopes: ['read'],
    client_id: 'bench-client',
    client_secret: 'bench-secret',
  });
  const application = await post<Setup['application']>('/applications', {
    name: 'Bench',
    origins: [page],
    returnUrls: [],
  });
  const { clientId, clientSecret } = application;
  return { ...deployment, application: { clientId, clientSecret }, sourceId: source.id, page };
}
