import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireKey } from '../../access/api-key.ts';
import { notFound } from '../../errors.ts';
import { answer } from '../../openapi/answer.ts';
import { apiDocs } from '../../openapi/api-docs.ts';
import { describe } from '../../openapi/describe.ts';
import { answerPage, pageQuery, parseCursor } from '../../paging.ts';
import { query } from '../../validation.ts';
import type { Entry } from './entry.ts';
import { readEntries, readEntry } from './store.ts';

const shownEntry = z
  .looseObject({
    slug: z.string(),
    name: z.string(),
    type: z.enum(['oauth2', 'oauth1']),
    status: z.enum(['available', 'ended']),
    categories: z.array(z.string()),
    ended: z
      .optional(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'When, and what came of it.' })),
    values: z
      .optional(
        z.record(z.string(), z.looseObject({ label: z.string(), example: z.string(), hint: z.string() })),
      )
      .register(z.globalRegistry, apiDocs({ description: 'What the `{name}`s in the URLs ask for.' })),
    environment: z
      .optional(z.record(z.string(), z.object({ label: z.string(), where: z.string() })))
      .register(
        z.globalRegistry,
        apiDocs({
          description: 'What it wants besides a client ID and secret, and where the provider shows it.',
        }),
      ),
    common_scopes: z.optional(z.array(z.object({ scope: z.string(), means: z.string() }))),
    register: z
      .optional(z.object({ url: z.nullable(z.string()), note: z.nullable(z.string()) }))
      .register(
        z.globalRegistry,
        apiDocs({ description: 'Where to register an application, and what to watch for there.' }),
      ),
    documentation: z.nullable(z.string()),
    icon: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'Where its icon is served, as SVG.' })),
    provenance: z.array(z.looseObject({ from: z.string(), how: z.string(), checked: z.string() })),
  })
  .register(
    z.globalRegistry,
    apiDocs({
      id: 'CatalogueEntry',
      description: 'With the fields of its definition, as `POST /sources` takes them.',
    }),
  );

/** `/catalogue`: the providers known out of the box. */
export const catalogueRoutes = new Hono<CallerEnv>()
  .get(
    '/catalogue',
    describe({
      id: 'listCatalogue',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'List the providers known out of the box',
        description: '`q` is part of a name, a slug or a category. By name.',
      }),
      answers: { 200: z.array(shownEntry) },
    }),
    requireKey('maps:read'),
    query(z.strictObject({ ...pageQuery.shape, q: z.optional(z.string().check(z.maxLength(100))) })),
    async (c) => {
      const { limit, cursor, q } = c.req.valid('query');
      const entries = (await readEntries(c.env.ASSETS)).filter((entry) => matches(entry, q ?? ''));
      // What lists are ordered by elsewhere stands for the place in this one.
      const placed = entries.map((entry, index) => ({
        id: '0'.repeat(32),
        createdAt: entries.length - index,
        entry,
      }));
      const after = parseCursor(cursor)?.createdAt ?? Number.POSITIVE_INFINITY;
      const rows = placed.filter(({ createdAt }) => createdAt < after).slice(0, limit + 1);
      return answerPage(c, rows, limit, ({ entry }) => presentEntry(entry));
    },
  )
  .get(
    '/catalogue/:slug',
    describe({
      id: 'getCatalogueEntry',
      tag: 'Data sources',
      ...apiDocs({
        summary: 'Read a provider of the catalogue',
        params: { slug: 'Such as `github`.' },
      }),
      answers: { 200: shownEntry },
    }),
    requireKey('maps:read'),
    async (c) => {
      const entry = await readEntry(c.env.ASSETS, c.req.param('slug'));
      if (!entry) throw notFound('provider of the catalogue');
      return answer(c, 200, presentEntry(entry));
    },
  );

function matches({ slug, name, categories }: Entry, q: string): boolean {
  const wanted = q.trim().toLowerCase();
  return [slug, name.toLowerCase(), ...categories].some((text) => text.includes(wanted));
}

function presentEntry(entry: Entry): z.input<typeof shownEntry> {
  const { slug, name, type, status, categories, documentation, provenance } = entry;
  const icon = iconPath(entry);
  const shared = { slug, name, type, status, categories, documentation, provenance, icon };
  if (entry.status === 'ended') return { ...shared, ended: entry.ended };
  const { definition, values, environment, scopes: common_scopes, register } = entry;
  return { ...definition, ...shared, values, environment, common_scopes, register };
}

/** Where an entry's icon is served, or null where its brand has none. */
export function iconPath({ slug, icon }: Pick<Entry, 'slug' | 'icon'>): string | null {
  return icon === null ? null : `/catalogue/icons/${slug}.svg`;
}
