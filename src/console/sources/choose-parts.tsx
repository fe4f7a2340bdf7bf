import { blank } from '../../built/blanks.ts';
import { category } from '../../sources/catalogue/entry.ts';
import { typeNames } from './words.ts';

// The build renders this part of the page that a new source starts from. Its blanks: `query`, what was searched for,
// `entries`, what was found, and `id`, which the new source will have.

const path = '/console/sources/new';

const byHand = [
  { type: 'oauth2', line: 'Authorization code with PKCE. What nearly every provider speaks.' },
  { type: 'oauth1', line: 'Signed requests and temporary credentials. What a few older ones speak.' },
  { type: 'api_key', line: 'Each user types a key that the provider has given them.' },
  { type: 'basic', line: 'Each user types a name and a password, sent with HTTP Basic.' },
  { type: 'none', line: 'An open API that is called without credentials.' },
] as const;

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

/** The page, and what it shows first. */
export const chooseParts = { page: `${<Choices />}`, wellKnown };

export type ChooseParts = typeof chooseParts;

function Choices() {
  return (
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
            <input
              id="search"
              name="q"
              type="search"
              value={blank('query')}
              placeholder="Fitbit, health, …"
            />
            <button type="submit" class="button quiet">
              Search
            </button>
          </form>
        </search>
        <nav class="categories" aria-label="Categories">
          {category.options.map((name) => (
            <a class="category" href={`${path}?q=${name}`}>
              {name}
            </a>
          ))}
        </nav>
        {blank('entries')}
      </section>
      <section>
        <h2>From an issuer</h2>
        <p class="muted">
          A provider that speaks OpenID Connect, or publishes its metadata by RFC 8414: type its URL, and its
          addresses are discovered.
        </p>
        <ul class="places">
          <li>
            <a href={`${path}/issuer?id=${blank('id')}`}>
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
              <a href={`${path}/${type}?id=${blank('id')}`}>
                {typeNames[type]}
                <span>{line}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
