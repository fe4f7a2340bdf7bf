import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../../access/api-key.ts';
import { Failure, notFound } from '../../errors.ts';
import { answer } from '../../openapi/answer.ts';
import { apiDocs } from '../../openapi/api-docs.ts';
import { describe } from '../../openapi/describe.ts';
import { jsonBody } from '../../validation.ts';
import { editSource } from '../edit.ts';
import { ownSource, refuseBuiltIn, type SourceEnv, slugTaken } from '../routes.ts';
import { credentialFields, presentSource, type Source, sourceSchema } from '../source.ts';
import { updateSource } from '../store.ts';
import type { AvailableEntry, Entry } from './entry.ts';
import { fillDefinition } from './fill.ts';
import type { Origin } from './make-source.ts';
import { readEntry } from './store.ts';

const differenceSchema = z.object({
  field: z.string(),
  before: z
    .unknown()
    .register(z.globalRegistry, apiDocs({ description: 'As the catalogue had it when the source took it.' })),
  now: z.unknown().register(z.globalRegistry, apiDocs({ description: 'As the catalogue has it.' })),
  yours: z.unknown().register(z.globalRegistry, apiDocs({ description: 'As the source has it.' })),
});

const upkeepSchema = z
  .object({
    slug: z.string(),
    status: z.enum(['available', 'ended', 'gone']),
    differences: z.array(differenceSchema),
  })
  .register(z.globalRegistry, apiDocs({ id: 'CatalogueUpkeep' }));

const { client_secret, environment } = credentialFields.shape;
const takeBody = z.strictObject({ client_secret, environment });

/** `/sources/:id/catalogue`: what has moved in the catalogue since a source was made from it. Nothing follows by itself. */
export const upkeepRoutes = new Hono<SourceEnv>()
  .get(
    '/sources/:id/catalogue',
    describe({
      id: 'getSourceUpkeep',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Read what has changed in the catalogue since',
      }),
      answers: { 200: upkeepSchema },
    }),
    requireKey('maps:read'),
    ownSource,
    async (c) => {
      const { source } = c.var;
      const { slug, entry } = await findEntry(c.env.ASSETS, source);
      return answer(c, 200, {
        slug,
        status: entry?.status ?? 'gone',
        differences: entry ? findDifferences(source, entry) : [],
      });
    },
  )
  .post(
    '/sources/:id/catalogue',
    describe({
      id: 'takeSourceUpkeep',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Take what has changed in the catalogue since',
        description:
          'Only the fields that changed there; your own changes of others stay. Where a host moves, the client secret has to be entered again.',
        body: { schema: takeBody },
        errors: { 409: ['conflict'] },
      }),
      answers: { 200: sourceSchema },
    }),
    requireKey('maps:write'),
    ownSource,
    jsonBody(takeBody),
    async (c) => {
      const { db, config, source, now } = c.var;
      refuseBuiltIn(source);
      const { entry } = await findEntry(c.env.ASSETS, source);
      if (entry?.status !== 'available') throw new Failure('conflict', 'The catalogue has nothing to take.');
      const { values } = originOf(source);
      const filled = fillDefinition(entry, pickKnown(values, entry));
      if (!filled.ok)
        throw new Failure('conflict', 'The catalogue asks for other values now: make a new source.');
      const changed = findDifferences(source, entry).map(({ field }) => [
        field,
        filled.fields[field] ?? null,
      ]);
      const owner = { sourceId: source.id, developerId: source.developerId };
      const edited = await editSource(
        c.var,
        owner,
        { ...Object.fromEntries(changed), ...c.req.valid('json') },
        source,
      );
      const origin: Origin = { definition: entry.definition, values };
      const row: Source = { ...source, ...edited, catalogueDefinition: { ...origin }, updatedAt: now() };
      if (!(await updateSource(db, row))) throw slugTaken();
      return answer(c, 200, presentSource(row, config));
    },
  );

/** @throws Failure where the source wasn't made from the catalogue */
async function findEntry(assets: Fetcher, { catalogueSlug }: Source) {
  if (catalogueSlug === null) throw notFound('source made from the catalogue');
  return { slug: catalogueSlug, entry: await readEntry(assets, catalogueSlug) };
}

function originOf({ catalogueDefinition }: Source): Origin {
  return catalogueDefinition as unknown as Origin;
}

/** The fields that the catalogue has changed since, with the source's own beside them. */
function findDifferences(source: Source, entry: Entry) {
  if (entry.status !== 'available') return [];
  const before: Record<string, unknown> = originOf(source).definition;
  const now: Record<string, unknown> = entry.definition;
  const yours: Record<string, unknown> = source.definition;
  const fields = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...fields]
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]))
    .map((field) => ({
      field,
      before: before[field] ?? null,
      now: now[field] ?? null,
      yours: yours[field] ?? null,
    }));
}

function pickKnown(
  values: Record<string, string>,
  { values: asked }: AvailableEntry,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(asked, name)));
}
