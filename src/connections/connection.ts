import * as z from 'zod/mini';
import type { connections } from '../db/schema.ts';
import type { Config } from '../env.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { openObject, shownDate, shownId } from '../openapi/fields.ts';
import { refuseUrl } from '../outbound/allowed-url.ts';
import type { Definition } from '../sources/definition.ts';

export type Connection = typeof connections.$inferSelect;

/** What a Connection's row doesn't say of itself. */
interface Surroundings {
  /** Whether its source is still there. */
  sourceExists: boolean;
  /** Whether its source says where a user's metadata is. */
  hasMetadata: boolean;
  /** Its opened tokens, where the caller may see them. */
  tokens: TokenSet | null;
}

/** The provider's tokens, and whatever else it gave with them. */
const tokensSchema = z.looseObject({
  access_token: z.optional(z.string()),
  token_type: z.optional(z.string()),
  refresh_token: z.optional(z.string()),
  token_secret: z.optional(z.string()),
  expires_at: z.optional(shownDate),
});

export const connectionSchema = z
  .object({
    id: shownId,
    name: z.string(),
    auth: z.object({
      status: z.object({ complete: z.boolean(), authorized: z.boolean() }),
      data: z.clone(tokensSchema).register(
        z.globalRegistry,
        apiDocs({
          description: 'Empty in lists, and without the scope `connections:read_auth`.',
        }),
      ),
      scopes: z.object({
        requested: z.array(z.string()),
        granted: z.array(z.string()),
        missing: z.array(z.string()),
      }),
    }),
    metadata: z
      .optional(openObject)
      .register(
        z.globalRegistry,
        apiDocs({ description: 'There only where the data source says where to ask for it.' }),
      ),
    created: shownDate,
    updated: shownDate,
    provider_id: z.clone(shownId).register(z.globalRegistry, apiDocs({ description: 'The data source.' })),
    application_id: z.optional(shownId),
    client_user_id: z.optional(z.string()),
    host_values: z
      .optional(z.record(z.string(), z.string()))
      .register(
        z.globalRegistry,
        apiDocs({ description: 'What its user gave for the `{name}`s in its source’s hosts.' }),
      ),
    provider_deleted: z
      .optional(z.boolean())
      .register(z.globalRegistry, apiDocs({ description: 'True where the data source is gone.' })),
    vouched: z
      .optional(z.boolean())
      .register(
        z.globalRegistry,
        apiDocs({ description: 'False where nobody vouched for the end user at the exchange.' }),
      ),
  })
  .register(z.globalRegistry, apiDocs({ id: 'Connection' }));

/** A Connection on the wire. */
export function presentConnection(
  connection: Connection,
  { sourceExists, hasMetadata, tokens }: Surroundings,
) {
  const { scopesRequested: requested, scopesGranted: granted } = connection;
  return {
    id: connection.id,
    name: connection.name ?? '',
    auth: {
      status: { complete: connection.complete, authorized: connection.authorized },
      data: tokens ? presentTokens(tokens) : {},
      scopes: {
        requested,
        granted: granted ?? requested,
        missing: granted ? requested.filter((scope) => !granted.includes(scope)) : [],
      },
    },
    ...(hasMetadata ? { metadata: (connection.metadata ?? {}) as Record<string, unknown> } : {}),
    created: new Date(connection.createdAt).toISOString(),
    updated: new Date(connection.updatedAt).toISOString(),
    provider_id: connection.sourceId,
    ...(connection.applicationId ? { application_id: connection.applicationId } : {}),
    ...(connection.clientUserId !== null ? { client_user_id: connection.clientUserId } : {}),
    ...(connection.hostValues ? { host_values: connection.hostValues } : {}),
    ...(sourceExists ? {} : { provider_deleted: true }),
    ...(connection.vouched ? {} : { vouched: false }),
  };
}

function presentTokens(tokens: TokenSet) {
  return {
    ...tokens.extra,
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
    ...(tokens.tokenSecret ? { token_secret: tokens.tokenSecret } : {}),
    ...(tokens.expiresAt === null ? {} : { expires_at: new Date(tokens.expiresAt).toISOString() }),
  };
}

/**
 * The scopes of a grant. Many providers name those of the access token alone: `offline_access` was granted where
 * there is a refresh token (OpenID Connect Core §11).
 */
export function grantedScopes(requested: string[], { scopes, refreshToken }: TokenSet): string[] | null {
  const offline = 'offline_access';
  const isUnsaid =
    refreshToken !== null && requested.includes(offline) && scopes?.includes(offline) === false;
  return isUnsaid ? [...(scopes ?? []), offline] : scopes;
}

/** Whether everything that was asked for was granted; a provider that names no scopes grants all. */
export function grantsAll(requested: string[], granted: string[] | null): boolean {
  return granted === null || requested.every((scope) => granted.includes(scope));
}

/** What a Connection shows of its source. */
export function describeSource(definition: Definition | null) {
  return {
    sourceExists: definition !== null,
    hasMetadata: definition !== null && keepsMetadata(definition),
  };
}

function keepsMetadata(definition: Definition): boolean {
  if ('metadata_url' in definition && definition.metadata_url) return true;
  const ofCallback = 'callback_metadata' in definition ? definition.callback_metadata : [];
  const ofTokens = definition.type === 'oauth2' ? (definition.token_metadata ?? []) : [];
  return ofCallback.length + ofTokens.length > 0;
}

/** What is wrong with a user's final location, or null. */
export function redirectUrlFault(redirectUrl: string, config: Config): string | null {
  const url = URL.parse(redirectUrl);
  if (!url) return 'must be an absolute URL';
  return url.origin === config.publicUrl.origin ? null : refuseUrl(url, config);
}
