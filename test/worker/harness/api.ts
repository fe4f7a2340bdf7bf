import * as z from 'zod';
import { createApp } from '../../../src/app.ts';
import { openapiDocument } from '../../../src/openapi/document.ts';
import type { OperationObject } from '../../../src/openapi/operation.ts';
import { digest } from './management.ts';
import { plantWebhook } from './receiver.ts';
import { linkTarget, type Tenant } from './tenant.ts';
import { adminToken } from './world.ts';

/** The document, as `/openapi.json` serves it. */
export const document = openapiDocument(createApp().routes, 'https://trivet.test');

/** One operation of the document. */
export interface ApiOperation {
  id: string;
  method: string;
  path: string;
  operation: OperationObject;
}

// Served beside the worker, so they don't go through it.
const assets = ['/connect', '/connect.js', '/connect.mjs'];

/** All operations that the worker itself answers. */
export const operations: ApiOperation[] = Object.entries(document.paths)
  .filter(([path]) => !assets.includes(path))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );

/** Whether the operation takes this kind of credential. */
export function takes(
  { operation }: ApiOperation,
  scheme: 'apiKey' | 'accessToken' | 'clientSecret',
): boolean {
  return operation.security.some((alternative) => scheme in alternative);
}

/** Whether only the administrator may. */
export function isAdministrators({ path }: ApiOperation): boolean {
  return path.startsWith('/developers') || path === '/sealing';
}

/** The path with this tenant's things in the places of its parameters. */
async function pathFor({ path }: ApiOperation, tenant: Tenant): Promise<string> {
  const { application, source, developer } = tenant;
  const webhook = path.startsWith('/webhooks/') ? await plantWebhook(developer.id) : null;
  const ids: Record<string, string> = {
    '/applications/{clientId}/secrets/{id}': tenant.secretId,
    '/developers/{id}': developer.id,
    '/keys/{id}': tenant.keyId,
    '/people/{id}': tenant.personId,
    '/invitations/{id}': tenant.invitationId,
    '/sources/{id}/catalogue': tenant.catalogueSourceId,
    '/connections/{id}': tenant.connectionId,
    '/connections/{id}/reconnect': tenant.connectionId,
    '/connections/{id}/failed-calls': tenant.connectionId,
    '/connections/{id}/events': tenant.connectionId,
  };
  const values: Record<string, string> = {
    id: webhook?.id ?? ids[path] ?? source.id,
    deliveryId: webhook?.deliveryId ?? '',
    clientId: application.clientId,
    clientUserId: 'user-1',
    source: source.id,
    path: 'me',
    map_id: source.id,
    endpoint: 'me',
    identifier: '1',
    slug: 'github',
    ticket: tenant.ticket,
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Say here what ${name} of ${path} stands for.`);
    return value;
  });
}

type Body = Record<string, unknown>;

/** The smallest body that does something, by operation. */
const bodies: Record<string, (tenant: Tenant) => Body | Promise<Body>> = {
  createApplication: () => ({ name: 'Shop', origins: ['https://shop.example'] }),
  updateApplication: () => ({ name: 'Shop 2' }),
  setApplicationSource: () => ({ enabled: false }),
  createSource: ({ provider }) => provider.fields(),
  updateSource: () => ({ name: 'Steps 2' }),
  takeSourceUpkeep: () => ({}),
  reconnectConnection: ({ application }) => ({ redirect_url: application.returnUrl }),
  createMap: () => ({ url: 'https://api.example' }),
  replaceMap: () => ({ url: 'https://api.example' }),
  createConnection: () => ({ redirect_url: linkTarget }),
  updateConnection: () => ({ name: 'Mine' }),
  importConnection: ({ source }) => ({
    provider_id: source.id,
    auth: { data: { access_token: 'imported' } },
  }),
  redeemConnection: ({ connectionCode }) => ({ connection_code: connectionCode }),
  createDeveloper: () => ({ name: 'Another' }),
  createWebhook: () => ({ url: 'https://hooks.example/trivet', events: ['connection.created'] }),
  updateWebhook: () => ({ events: ['connection.deleted'] }),
  createInvitation: () => ({ name: 'A colleague' }),
  createKey: () => ({ name: 'Another', scopes: ['connections:read'] }),
  createConnectSession: async ({ application }) => ({
    clientId: application.clientId,
    clientUserId: 'user-1',
    challenge: await digest('run secret'),
  }),
  exchangeSpecialToken: ({ finished }) => ({ specialToken: finished.specialToken }),
};

/** A request that this operation does something with, without a credential. */
export async function requestFor(
  operation: ApiOperation,
  tenant: Tenant,
): Promise<[path: string, init: RequestInit]> {
  const { id, method } = operation;
  const types = Object.keys(operation.operation.requestBody?.content ?? {});
  const path = await pathFor(operation, tenant);
  const isCall = /^\/(proxy|data)\//.test(path);
  const named = isCall ? { 'X-Connection-Id': tenant.connectionId } : {};
  if (!types.includes('application/json')) return [path, { method, headers: named }];
  const body = bodies[id];
  if (!body) throw new Error(`Say here what ${id} takes.`);
  const headers = {
    'Content-Type': 'application/json',
    ...(id === 'createConnectSession' ? { Origin: tenant.application.page } : {}),
  };
  return [path, { method, headers, body: JSON.stringify(await body(tenant)) }];
}

/** What an operation answers when all is well, where that isn't 2xx. */
const unusual: Record<string, number> = {
  openLink: 302,
  // Nothing in this browser waits for it.
  callback: 400,
  postCallback: 400,
};

/** The status that `requestFor` is answered with. */
export function usualStatus({ id, operation }: ApiOperation): number {
  return unusual[id] ?? Number(Object.keys(operation.responses).find((status) => status < '300'));
}

/** The credentials that a tenant shows for an operation. */
export function credentialFor(
  operation: ApiOperation,
  { developer, user, application }: Tenant,
): Record<string, string> {
  if (isAdministrators(operation)) return bearer(adminToken);
  if (takes(operation, 'apiKey')) return bearer(developer.key);
  if (takes(operation, 'accessToken')) return bearer(user.accessToken);
  return takes(operation, 'clientSecret') && operation.id !== 'createConnectSession'
    ? basic(application.clientId, application.clientSecret)
    : {};
}

export function bearer(credential: string): Record<string, string> {
  return { Authorization: `Bearer ${credential}` };
}

export function basic(id: string, secret: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`${id}:${secret}`)}` };
}

/**
 * What is wrong with an answer, by the document: its status, its type, or its body.
 *
 * @returns null where it fits
 */
export async function misfit(
  { operation }: Pick<ApiOperation, 'operation'>,
  response: Response,
): Promise<string | null> {
  const said = operation.responses[String(response.status)] ?? operation.responses.default;
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const type = response.headers.get('Content-Type')?.split(';')[0] ?? null;
  if (!(String(response.status) in operation.responses))
    return `${response.status} isn’t documented: ${text}`;
  if (response.status >= 300 && response.status < 400) {
    return response.headers.has('Location') ? null : 'There is no Location.';
  }
  const content = said?.content;
  if (!content) return text === '' && type === null ? null : `There is a body: ${text}`;
  const media = content[type ?? ''] ?? content['*/*'];
  if (!media) return `${type} isn’t documented for ${response.status}: ${text}`;
  if (type !== 'application/json') return null;
  const parsed = toZod(media.schema).safeParse(JSON.parse(text));
  return parsed.success ? null : `${z.prettifyError(parsed.error)}\n${text}`;
}

/** A validator of a schema of the document, with the components it refers to. */
function toZod(schema: Record<string, unknown>): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}
