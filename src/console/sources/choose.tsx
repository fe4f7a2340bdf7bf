import { Hono } from 'hono/tiny';
import { randomId } from '../../crypto/random.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { type CatalogueEntry, searchCatalogue } from './catalogue.ts';
import { Icon } from './icon.tsx';
import { typeNames } from './words.ts';

const path = '/console/sources/new';
/** So many of what was found are shown at once. */
const shownEntries = 60;
/** What is shown before anything was searched for. */
const wellKnown = [
  'google',
  'github',
  'microsoft',
  'slack',
  'fitbit',
  'garmin',
  'strava',
  'oura',
  'shopify',
  'stripe',
  'xero',
  'intuit',
  'notion',
  'asana',
  'atlassian',
  'salesforce',
  'hubspot',
  'mailchimp',
  'dropbox',
  'box',
  'spotify',
  'discord',
  'linkedin',
  'facebook',
];

const byHand = [
  { type: 'oauth2', line: 'Authorization code with PKCE. What nearly every provider speaks.' },
  { type: 'oauth1', line: 'Signed requests and temporary credentials. What a few older ones speak.' },
  { type: 'api_key', line: 'Each user types a key that the provider has given them.' },
  { type: 'basic', line: 'Each user types a name and a password, sent with HTTP Basic.' },
  { type: 'none', line: 'An open API that is called without credentials.' },
] as const;

/** `/console/sources/new`: where a new source comes from. */
export const choosePage = new Hono<ConsoleEnv>().get(path, async (c) => {
  const query = (c.req.query('q') ?? '').trim().slice(0, 100);
  const entries = await searchCatalogue(c, query);
  const id = randomId();
  return consolePage(
    c,
    {
      title: 'New data source',
      section: 'sources',
      above: [{ title: 'Data sources', href: '/console/sources' }],
    },
    <>
      <section>
        <h2>From the catalogue</h2>
        <p class="muted">
          Providers whose addresses and oddities are known. You bring a client ID and secret.
        </p>
        <search>
          <form method="get" action={path} class="provider-search">
            <label class="spoken" for="search">
              Search for a provider
            </label>
            <input id="search" name="q" type="search" value={query} placeholder="Fitbit, health, …" />
            <button type="submit" class="button quiet">
              Search
            </button>
          </form>
        </search>
        <Entries entries={entries} query={query} id={id} />
      </section>
      <section>
        <h2>From an issuer</h2>
        <p class="muted">
          A provider that speaks OpenID Connect, or publishes its metadata by RFC 8414: type its URL, and its
          addresses are discovered.
        </p>
        <ul class="places">
          <li>
            <a href={`${path}/issuer?id=${id}`}>
              Discover from an issuer
              <span>Such as https://accounts.google.com, or a Keycloak realm</span>
            </a>
          </li>
        </ul>
      </section>
      <section>
        <h2>By hand</h2>
        <p class="muted">Anything else: the provider’s documentation tells what to enter.</p>
        <ul class="places">
          {byHand.map(({ type, line }) => (
            <li>
              <a href={`${path}/${type}?id=${id}`}>
                {typeNames[type]}
                <span>{line}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
    </>,
  );
});

interface EntriesProps {
  entries: CatalogueEntry[];
  query: string;
  /** The id that the new source will have. */
  id: string;
}

function Entries({ entries, query, id }: EntriesProps) {
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
