import { raw } from 'hono/html';
import { Hono } from 'hono/tiny';
import { fillBlanks } from '../../built/blanks.ts';
import { readBuilt } from '../../built/read.ts';
import { randomId } from '../../crypto/random.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { type CatalogueEntry, searchCatalogue } from './catalogue.ts';
import { Icon } from './icon.tsx';

const path = '/console/sources/new';
/** So many of what was found are shown at once. */
const shownEntries = 60;

/** `/console/sources/new`: where a new source comes from. */
export const choosePage = new Hono<ConsoleEnv>().get(path, async (c) => {
  const query = (c.req.query('q') ?? '').trim().slice(0, 100);
  const found = await searchCatalogue(c, query);
  const parts = await readBuilt(c.env.ASSETS, 'new-source');
  const id = randomId();
  const entries = <Entries entries={found} wellKnown={parts.wellKnown} query={query} id={id} />;
  return consolePage(
    c,
    {
      title: 'New data source',
      section: 'sources',
      above: [{ title: 'Data sources', href: '/console/sources' }],
    },
    fillBlanks(parts.page, { query, entries: raw(`${entries}`), id }),
  );
});

interface EntriesProps {
  entries: CatalogueEntry[];
  /** What is shown before anything was searched for, by slug. */
  wellKnown: string[];
  query: string;
  /** The id that the new source will have. */
  id: string;
}

function Entries({ entries, wellKnown, query, id }: EntriesProps) {
  if (entries.length === 0) {
    return (
      <p class="nothing">
        {query === '' ? (
          'There is nothing in the catalogue of this deployment. Start from an issuer, or by hand.'
        ) : (
          <>
            No provider in the catalogue fits “{query}”. Start from its issuer, or by hand.{' '}
            <a href={path}>Show all</a>
          </>
        )}
      </p>
    );
  }
  const known = wellKnown.flatMap((slug) => entries.find((entry) => entry.slug === slug) ?? []);
  const shown = query === '' && known.length > 0 ? known : entries.slice(0, shownEntries);
  return (
    <>
      <ul class="entries">
        {shown.map((entry) => (
          <li>
            <Entry entry={entry} id={id} />
          </li>
        ))}
      </ul>
      {entries.length > shown.length ? (
        <p class="muted">
          {shown.length} of {entries.length} providers. Search for a name or a category to find the others.
        </p>
      ) : null}
    </>
  );
}

function Entry({ entry, id }: { entry: CatalogueEntry; id: string }) {
  const content = (
    <>
      <Icon name={entry.name} picture={entry.icon} />
      <span>
        {entry.name}
        <span class="muted">
          {entry.status === 'ended' ? 'No longer connects' : entry.categories.join(', ')}
        </span>
      </span>
    </>
  );
  if (entry.status === 'ended') return <span class="provider">{content}</span>;
  return (
    <a class="provider" href={`${path}/catalogue/${entry.slug}?id=${id}`}>
      {content}
    </a>
  );
}
