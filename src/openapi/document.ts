import type { RouterRoute } from 'hono/types';
import { version } from '../../package.json';
import { assets } from './assets.ts';
import { tags } from './describe.ts';
import { findEndpoints } from './endpoints.ts';
import { type OperationObject, writeOperations } from './operation.ts';
import { collectSchemas, type JsonSchema } from './schemas.ts';

/** An OpenAPI 3.1 document, as far as its readers here go. */
export interface OpenApiDocument {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, JsonSchema> };
}

/**
 * The OpenAPI document of what these routes say of themselves.
 *
 * @param origin where this deployment is
 */
export function openapiDocument(routes: readonly RouterRoute[], origin: string): OpenApiDocument {
  const schemas = collectSchemas();
  const paths: OpenApiDocument['paths'] = {};
  for (const endpoint of [...findEndpoints(routes).endpoints, ...assets]) {
    for (const { path, method, operation } of writeOperations(endpoint, schemas)) {
      paths[path] = { ...paths[path], [method]: operation };
    }
  }
  return {
    openapi: '3.1.1',
    ...head,
    servers: [{ url: origin }],
    paths,
    components: { schemas: schemas.components, securitySchemes },
  } as OpenApiDocument;
}

const head = {
  info: {
    title: 'Trivet',
    version,
    summary: 'Three-legged authorization at the edge.',
    description:
      'Let your users connect the accounts they hold elsewhere, keep the resulting Connections fresh, and call APIs on their behalf. Lists are bare arrays, newest first; the next page is in the Link header. Ids are given as 32 lowercase hex digits and accepted with hyphens too.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
};

const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A developer’s API key, for the management API. Its scopes limit it; without any, it is unrestricted.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'What the exchange of a specialToken gives: it reaches one end user’s data.',
  },
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'An application’s clientId and clientSecret. Its server may send them in the body instead.',
  },
};
