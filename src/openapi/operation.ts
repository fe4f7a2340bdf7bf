import * as z from 'zod/mini';
import { apiDocs } from './api-docs.ts';
import type { Answer, Content, Operation, tags } from './describe.ts';
import type { Endpoint } from './endpoints.ts';
import { errorSchema } from './error.ts';
import type { JsonSchema, Schemas } from './schemas.ts';

/** An OpenAPI operation, as far as its readers here go. */
export interface OperationObject {
  operationId: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: { required?: boolean; content: MediaTypes };
  responses: Record<string, { description: string; content?: MediaTypes }>;
}

type MediaTypes = Record<string, { schema: JsonSchema }>;

interface WrittenOperation {
  path: string;
  method: string;
  operation: OperationObject;
}

const anyMethod = ['get', 'post', 'put', 'patch', 'delete'];

/** An id in a path. */
const idSchema = z
  .string()
  .check(z.regex(/^[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}$/))
  .register(z.globalRegistry, apiDocs({ id: 'Id', description: 'A UUID: 32 hex digits, hyphens or not.' }));

/** An endpoint's operations: several where it takes any method, or its path has a part that may be left out. */
export function writeOperations(endpoint: Endpoint, schemas: Schemas): WrittenOperation[] {
  const methods = endpoint.method === 'ALL' ? anyMethod : [endpoint.method.toLowerCase()];
  const optional = endpoint.path.endsWith('?');
  const whole = endpoint.path.replace(/\?$/, '');
  const paths = optional ? [whole.replace(/\/[^/]+$/, ''), whole] : [whole];
  return paths.flatMap((path, index) =>
    methods.map((method) => {
      const written = writeOperation({ ...endpoint, path }, method, schemas);
      const suffix = (methods.length > 1 ? capital(method) : '') + (index > 0 ? 'One' : '');
      return {
        path: path.replaceAll(/:([A-Za-z_]+)/g, '{$1}').replace(/\*$/, '{path}'),
        method,
        operation: { ...written, operationId: `${written.operationId}${suffix}` },
      };
    }),
  );
}

function writeOperation(endpoint: Endpoint, method: string, schemas: Schemas): OperationObject {
  const { operation } = endpoint;
  const requestBody = method === 'get' || method === 'delete' ? undefined : writeBody(endpoint, schemas);
  const parameters = [
    ...pathParameters(endpoint, schemas),
    ...queryParameters(endpoint, schemas),
    ...headers(operation),
  ];
  const description = [operation.description, keyNote(endpoint)].filter(Boolean).join('\n\n');
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(description ? { description } : {}),
    tags: [operation.tag satisfies keyof typeof tags],
    security: security(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: writeResponses(endpoint, requestBody !== undefined, schemas),
  } as OperationObject;
}

function security({ apiKey, operation }: Endpoint): OperationObject['security'] {
  const alternatives = (operation.security ?? []).map((name) => (name === 'none' ? {} : { [name]: [] }));
  return apiKey ? [{ apiKey: apiKey.scopes }, ...alternatives] : alternatives;
}

function keyNote({ apiKey }: Endpoint): string | null {
  if (!apiKey) return null;
  if (apiKey.administrator) return 'For the administrator’s API key.';
  const [scope] = apiKey.scopes;
  return scope ? `For API keys with the scope \`${scope}\`.` : 'For unrestricted API keys.';
}

function pathParameters({ path, operation: { params = {} } }: Endpoint, schemas: Schemas) {
  const names = [...path.matchAll(/:([A-Za-z_]+)/g)].map(([, name = '']) => name);
  if (path.endsWith('/*')) names.push('path');
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    ...(params[name] ? { description: params[name] } : {}),
    schema: /^(id|clientId|map_id)$/.test(name) ? schemas.write(idSchema, 'input') : { type: 'string' },
  }));
}

function queryParameters({ query }: Endpoint, schemas: Schemas) {
  if (!query) return [];
  const { properties = {}, required = [] } = schemas.write(query, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    ...(description ? { description } : {}),
    schema,
  }));
}

function headers({ headers: described = {} }: Operation) {
  return Object.entries(described).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }));
}

function writeBody({ body, operation }: Endpoint, schemas: Schemas): OperationObject['requestBody'] {
  const said = operation.body;
  if (said && 'type' in said) return { content: { [said.type]: { schema: {} } } };
  const schema = said?.schema ?? body;
  if (!schema) return undefined;
  const written = { schema: schemas.write(schema, 'input') };
  return {
    required: said?.required ?? true,
    content: {
      'application/json': written,
      ...(said?.form ? { 'application/x-www-form-urlencoded': written } : {}),
    },
  };
}

function writeResponses(
  endpoint: Endpoint,
  hasBody: boolean,
  schemas: Schemas,
): OperationObject['responses'] {
  const responses: OperationObject['responses'] = {};
  for (const [status, answer] of Object.entries(endpoint.operation.answers)) {
    responses[status] = writeAnswer(Number(status), answer, isList(endpoint), schemas);
  }
  const error = { 'application/json': { schema: schemas.write(errorSchema, 'output') } };
  for (const [status, codes] of Object.entries(errorsOf(endpoint, hasBody))) {
    const answered = responses[status];
    responses[status] = {
      description: [answered?.description, codes.map((code) => `\`${code}\``).join(', ')]
        .filter(Boolean)
        .join('; or '),
      content: { ...answered?.content, ...error },
    };
  }
  return { ...responses, default: { description: 'Any other failure.', content: error } };
}

function writeAnswer(status: number, answer: Answer, list: boolean, schemas: Schemas) {
  if (answer === null) return { description: meanings[status] ?? 'Done.' };
  const isContent = !('_zod' in answer);
  const redirects = status >= 300 && status < 400;
  return {
    description: isContent ? answer.description : (meanings[status] ?? 'Done.'),
    ...(redirects ? { headers: { Location: { schema: { type: 'string', format: 'uri' } } } } : {}),
    ...(list && !isContent ? { headers: { Link: linkHeader } } : {}),
    ...(redirects ? {} : { content: isContent ? textContent(answer) : jsonContent(answer, schemas) }),
  };
}

const meanings: Record<number, string> = {
  200: 'As asked.',
  201: 'Made.',
  204: 'Done; no body.',
};

const linkHeader = {
  description: 'The next page, as `<url>; rel="next"` (RFC 8288). Absent on the last one.',
  schema: { type: 'string' },
};

function textContent({ type }: Content): MediaTypes {
  return { [type]: { schema: type === '*/*' || type === 'application/json' ? {} : { type: 'string' } } };
}

function jsonContent(schema: z.ZodMiniType, schemas: Schemas): MediaTypes {
  return { 'application/json': { schema: schemas.write(schema, 'output') } };
}

/** Lists are what takes a cursor. */
function isList({ query }: Endpoint): boolean {
  return query instanceof z.ZodMiniObject && 'cursor' in query.shape;
}

/** What fails for reasons that its parts have in common with others', and what the route itself names. */
function errorsOf({ apiKey, query, path, operation }: Endpoint, hasBody: boolean): Record<string, string[]> {
  const errors: Record<string, string[]> = {};
  const add = (status: number, ...codes: string[]) => {
    errors[status] = [...new Set([...(errors[status] ?? []), ...codes])];
  };
  const named = operation.security ?? [];
  if (hasBody || query) add(400, 'invalid_request');
  if (apiKey || named.includes('accessToken')) add(401, 'invalid_token');
  if (named.includes('clientSecret')) add(401, 'invalid_client');
  if (apiKey) add(403, 'insufficient_scope');
  if (apiKey && path.includes(':')) add(404, 'not_found');
  if (hasBody) add(413, 'payload_too_large');
  for (const [status, codes = []] of Object.entries(operation.errors ?? {})) add(Number(status), ...codes);
  return errors;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
