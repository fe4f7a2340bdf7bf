import * as z from 'zod/mini';
import type { sources } from '../db/schema.ts';
import type { Config } from '../env.ts';
import type { ClientAuthenticationMethod } from '../oauth/oauth2/client-authentication.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { shownDate, shownId, shownSecret } from '../openapi/fields.ts';
import { idSchema } from '../validation.ts';
import { type Definition, definitionSchema, type OAuth2Definition } from './definition.ts';
import { environmentNames, placesOf } from './placeholders.ts';

export type Source = typeof sources.$inferSelect;

/** What a source has that somebody made by hand. */
export const madeByHand = { sandbox: false, catalogueSlug: null, catalogueDefinition: null };

/** A stored secret as a client sends it back: it stays. */
const keptSecret = z.strictObject({ set: z.literal(true) });

/** A secret in a body: new, kept (`{"set": true}` or absent), or cleared (`null`). */
export const secretField = z.optional(
  z.nullable(
    z.union([z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(8192)), keptSecret], {
      error: 'must be the secret, {"set": true} to keep it, or null to clear it',
    }),
  ),
);

/** By name, what `{environment.name}` stands for in headers and parameters. */
const environmentField = z
  .record(z.string().check(z.regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ and -')), secretField)
  .register(
    z.globalRegistry,
    apiDocs({
      description:
        'What `{environment.name}` stands for in headers and parameters: a new value, null to clear it, or `{"set": true}`. It is the source’s, for applications with credentials of their own, too.',
    }),
  );

export type EnvironmentField = z.output<typeof environmentField>;

/** The credentials' part of a data source's body. The rest is its definition. */
export const credentialFields = z.object({
  client_id: z.optional(
    z.nullable(z.string().check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(1024))),
  ),
  client_secret: secretField,
  credentials_for: z.optional(
    z.union([z.literal('everyone'), z.array(idSchema)], {
      error: 'must be "everyone" or a list of developer ids',
    }),
  ),
  environment: z.optional(environmentField),
});

export type CredentialFields = z.output<typeof credentialFields>;

const [oauth2, oauth1, apiKey, basic, none] = definitionSchema.def.options;

/** The id it had elsewhere, so that its Connections can be imported. */
const givenId = { id: z.optional(shownId) };
const { environment } = credentialFields.shape;

/** A new data source, as it is documented: `editSource` checks it. */
export const sourceBody = z
  .discriminatedUnion('type', [
    z.extend(oauth2, { ...givenId, ...credentialFields.shape }),
    z.extend(oauth1, { ...givenId, ...credentialFields.shape }),
    z.extend(apiKey, { ...givenId, environment }),
    z.extend(basic, { ...givenId, environment }),
    z.extend(none, givenId),
  ])
  .register(z.globalRegistry, apiDocs({ id: 'SourceFields' }));

/** A change of a data source, as it is documented: `editSource` checks it. */
export const sourceChanges = z
  .partial(
    z.extend(
      z.strictObject({
        ...apiKey.shape,
        ...basic.shape,
        ...oauth1.shape,
        ...oauth2.shape,
        ...credentialFields.shape,
      }),
      { type: z.enum(['oauth2', 'oauth1', 'api_key', 'basic', 'none']) },
    ),
  )
  .register(z.globalRegistry, apiDocs({ id: 'SourceChanges' }));

const shown = {
  id: shownId,
  slug: z.string(),
  credentials_for: z.union([z.literal('everyone'), z.array(shownId)]),
  sandbox: z.boolean(),
  environment: z.optional(z.record(z.string(), shownSecret)),
  created: shownDate,
  updated: shownDate,
};

const shownCredentials = {
  client_id: z.nullable(z.string()),
  client_secret: shownSecret,
  callback_url: z
    .string()
    .register(z.globalRegistry, apiDocs({ description: 'The redirect URL to register at the provider.' })),
};

export const sourceSchema = z
  .discriminatedUnion('type', [
    z.object({ ...oauth2.shape, ...shown, ...shownCredentials }),
    z.object({ ...oauth1.shape, ...shown, ...shownCredentials }),
    z.object({ ...apiKey.shape, ...shown }),
    z.object({ ...basic.shape, ...shown }),
    z.object({ ...none.shape, ...shown }),
  ])
  .register(z.globalRegistry, apiDocs({ id: 'Source' }));

/** Where a source's client secret is sealed to. */
export function secretPlace(sourceId: string): string {
  return `source/${sourceId}/client_secret`;
}

/** The redirect URL to register at the provider. */
export function callbackUrl(sourceId: string, config: Config): string {
  return new URL(`/done/${sourceId}`, config.publicUrl).href;
}

/** A data source on the wire, by its fields. Secrets are write-only. */
export function presentSource(source: Source, config: Config) {
  const { definition } = source;
  const environment = shownEnvironment(source);
  const fields = {
    ...(environment.length > 0 && { environment: Object.fromEntries(environment) }),
    id: source.id,
    slug: source.slug,
    credentials_for: source.credentialsFor ?? ('everyone' as const),
    sandbox: source.sandbox,
    created: new Date(source.createdAt).toISOString(),
    updated: new Date(source.updatedAt).toISOString(),
  };
  if (!isOAuth(definition)) return { ...definition, ...fields };
  return {
    ...definition,
    ...fields,
    client_id: source.clientId,
    client_secret: source.sealedClientSecret ? ({ set: true } as const) : null,
    callback_url: callbackUrl(source.id, config),
  };
}

/** What is in a source's environment: whatever its definition has a place for, and what its map says. */
function shownEnvironment({ definition, document, sealedEnvironment }: Source) {
  if (sealedEnvironment === null) return [];
  const markers = (document?.environment ?? {}) as Record<string, unknown>;
  const ofMap = Object.keys(markers).filter((name) => markers[name] !== null);
  return [...new Set([...environmentNames(placesOf(definition)), ...ofMap])].map(
    (name) => [name, { set: true as const }] as const,
  );
}

/** How a source's client authenticates at its token endpoint; one without a secret is public. */
export function clientAuthMethod(
  definition: OAuth2Definition,
  secret: string | null,
): ClientAuthenticationMethod {
  if (secret === null) return 'none';
  return definition.token_auth_method ?? definition.discovered?.token_auth_method ?? 'client_secret_basic';
}

/** Whether users authorize at this source, rather than type a credential or nothing. */
export function isOAuth(
  definition: Definition,
): definition is Extract<Definition, { type: 'oauth1' | 'oauth2' }> {
  return definition.type === 'oauth2' || definition.type === 'oauth1';
}
