import type { Context } from 'hono';
import { notFound } from '../../errors.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import type { SourceType } from './words.ts';

/** A provider in the catalogue, as far as these pages read it. */
export interface CatalogueEntry {
  slug: string;
  name: string;
  type: SourceType;
  status: 'available' | 'ended';
  categories: string[];
  /** Its address. */
  icon: string | null;
}

/** One by itself: what its form asks, and what its author wants to be known. */
export interface CatalogueDetail extends CatalogueEntry {
  values?: Record<string, { label: string; example: string; hint: string; fills: 'label' | 'host' | 'path' }>;
  /** What it wants besides a client ID and secret. */
  environment?: Record<string, { label: string; where: string }>;
  register?: { url: string | null; note: string | null };
  /** Those that a source from it asks for. */
  scopes?: string[];
  common_scopes?: { scope: string; means: string }[];
  documentation: string | null;
  ended?: string;
}

/** What differs between a source and the catalogue's entry that it was made from. */
export interface CatalogueChange {
  slug: string;
  status: 'available' | 'ended' | 'gone';
  differences: { field: string; before: unknown; now: unknown; yours: unknown }[];
}

/** The entries that fit what was searched for, all where nothing was. None, where this deployment has no catalogue. */
export async function searchCatalogue(c: Context<ConsoleEnv>, query: string): Promise<CatalogueEntry[]> {
  const search = new URLSearchParams({ limit: '1000', ...(query === '' ? {} : { q: query }) });
  const found = await callApi<CatalogueEntry[]>(c, 'GET', `/catalogue?${search}`);
  return found.ok ? found.value : [];
}

/**
 * One entry.
 *
 * @throws Failure where there is none
 */
export async function readEntry(c: Context<ConsoleEnv>, slug: string): Promise<CatalogueDetail> {
  const found = await callApi<CatalogueDetail>(c, 'GET', `/catalogue/${encodeURIComponent(slug)}`);
  if (!found.ok) throw notFound('provider in the catalogue');
  return found.value;
}

/** What the catalogue has changed since a source was made from it; null where it came from elsewhere. */
export async function readChange(
  c: Context<ConsoleEnv>,
  source: { id: string; catalogueSlug: string | null },
): Promise<CatalogueChange | null> {
  if (source.catalogueSlug === null) return null;
  const found = await callApi<CatalogueChange>(c, 'GET', `/sources/${source.id}/catalogue`);
  return found.ok ? found.value : null;
}
