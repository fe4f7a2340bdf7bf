import * as z from 'zod/mini';
import type { Bindings } from '../../env.ts';
import { apiDocs } from '../../openapi/api-docs.ts';
import { invalidBody, parseBody } from '../../validation.ts';
import { credentialFields, type Source } from '../source.ts';
import type { AvailableEntry } from './entry.ts';
import { fillDefinition } from './fill.ts';
import { iconPath } from './routes.ts';
import { readEntry } from './store.ts';

/** A data source as the catalogue knows it: what the provider gave, and what its hosts ask for. */
export const catalogueBody = z
  .strictObject({
    catalogue: z
      .string()
      .check(z.maxLength(64))
      .register(z.globalRegistry, apiDocs({ description: 'The slug of an entry of the catalogue.' })),
    values: z
      .optional(z.record(z.string().check(z.maxLength(64)), z.string().check(z.maxLength(253))))
      .register(
        z.globalRegistry,
        apiDocs({
          description: 'For the `{name}`s in the entry’s URLs. A host’s may be left for each user to give.',
        }),
      ),
    id: z.optional(z.string()),
    name: z.optional(z.string()),
    slug: z.optional(z.string()),
    scopes: z.optional(z.array(z.string())),
    ...credentialFields.shape,
  })
  .register(z.globalRegistry, apiDocs({ id: 'SourceFromCatalogue' }));

/** What a source keeps of the entry it was made from. */
export interface Origin {
  definition: AvailableEntry['definition'];
  values: Record<string, string>;
}

/**
 * Turns a body that names an entry of the catalogue into a source's fields, to be checked as any are.
 *
 * @throws Failure where there is no such entry, its provider has ended, or a value is missing or malformed
 */
export async function startFromCatalogue(assets: Bindings['ASSETS'], body: unknown) {
  const { catalogue, values = {}, ...own } = parseBody(catalogueBody, body);
  const entry = await readEntry(assets, catalogue);
  if (!entry) throw invalidBody([{ path: 'catalogue', message: 'is no slug of the catalogue' }]);
  if (entry.status === 'ended') {
    throw invalidBody([{ path: 'catalogue', message: `can’t be chosen any more: ${entry.ended}` }]);
  }
  const filled = fillDefinition(entry, values);
  if (!filled.ok) throw invalidBody(filled.faults);
  const origin: Origin = { definition: entry.definition, values };
  const icon = iconPath(entry);
  return {
    fields: { ...filled.fields, ...own },
    slug: entry.slug,
    row: {
      catalogueSlug: entry.slug,
      catalogueDefinition: { ...origin },
      ...(icon === null ? {} : { logoId: catalogueLogo(entry.slug) }),
    } satisfies Partial<Source>,
  };
}

/** The logo of a source that has none of its own: its entry's icon. */
function catalogueLogo(slug: string): string {
  return `catalogue/${slug}`;
}
