import * as z from 'zod';
import type { sources } from '../db/schema.ts';
import type { Config } from '../env.ts';
import { idSchema } from '../validation.ts';
import type { Definition } from './definition.ts';

export type Source = typeof sources.$inferSelect;

/** A stored secret as a client sends it back: it stays. */
const keptSecret = z.strictObject({ set: z.literal(true) });

/** A secret in a body: new, kept (`{"set": true}` or absent), or cleared (`null`). */
export const secretField = z
  .union([z.string().min(1, 'must not be empty').max(8192), keptSecret], {
    error: 'must be the secret, {"set": true} to keep it, or null to clear it',
  })
  .nullable()
  .optional();

/** The credentials' part of a data source's body. The rest is its definition. */
export const credentialFields = z.object({
  client_id: z.string().trim().min(1, 'must not be empty').max(1024).nullable().optional(),
  client_secret: secretField,
  credentials_for: z
    .union([z.literal('everyone'), z.array(idSchema)], {
      error: 'must be "everyone" or a list of developer ids',
    })
    .optional(),
});

export type CredentialFields = z.output<typeof credentialFields>;

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
  const { discovered: _, slug: __, ...fields } = source.definition as Definition & { discovered?: unknown };
  return {
    id: source.id,
    ...fields,
    slug: source.slug,
    ...(isOAuth(source.definition)
      ? {
          client_id: source.clientId,
          client_secret: source.sealedClientSecret ? { set: true } : null,
          callback_url: callbackUrl(source.id, config),
        }
      : {}),
    credentials_for: source.credentialsFor ?? 'everyone',
    sandbox: source.sandbox,
    created: new Date(source.createdAt).toISOString(),
    updated: new Date(source.updatedAt).toISOString(),
  };
}

/** Whether users authorize at this source, rather than type a credential or nothing. */
export function isOAuth(
  definition: Definition,
): definition is Extract<Definition, { type: 'oauth1' | 'oauth2' }> {
  return definition.type === 'oauth2' || definition.type === 'oauth1';
}
