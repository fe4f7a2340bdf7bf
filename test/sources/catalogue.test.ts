import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locate } from '../../src/connections/identity.ts';
import { type AvailableEntry, type Entry, entrySchema } from '../../src/sources/catalogue/entry.ts';
import { fillDefinition } from '../../src/sources/catalogue/fill.ts';
import { parseDefinition } from '../../src/sources/definition.ts';
import { hostValueNames, isHostInMetadata, learnApiHost } from '../../src/sources/host-values.ts';
import { callbackParameter } from '../../src/sources/metadata-places.ts';
import { environmentNames, placesOf } from '../../src/sources/placeholders.ts';

const folder = join(import.meta.dirname, '../../src/sources/catalogue/entries');
const files = readdirSync(folder).map((name) => ({
  slug: basename(name, '.json'),
  content: JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown,
}));
const entries = files.flatMap(({ content }) => {
  const parsed = entrySchema.safeParse(content);
  return parsed.success ? [parsed.data] : [];
});
const available = entries.filter((entry) => entry.status === 'available');
const policy = { insecureHosts: [], publicUrl: new URL('https://trivet.example') };

function find(slug: string): Entry | undefined {
  return entries.find((entry) => entry.slug === slug);
}

function expectAvailable(slug: string): AvailableEntry {
  const entry = find(slug);
  if (entry?.status !== 'available') throw new Error(`${slug} is not available`);
  return entry;
}

function examples(entry: AvailableEntry): Record<string, string> {
  return Object.fromEntries(Object.entries(entry.values).map(([name, { example }]) => [name, example]));
}

describe('every entry', () => {
  test('fits the schema, in a file of its name', () => {
    for (const { slug, content } of files) {
      const parsed = entrySchema.safeParse(content);
      expect(parsed.error?.issues ?? [], slug).toEqual([]);
      expect(parsed.data?.slug).toBe(slug);
    }
  });

  test('is a source once its values are given', () => {
    for (const entry of available) {
      const filled = fillDefinition(entry, examples(entry));
      expect(filled, entry.slug).toMatchObject({ ok: true, fields: { type: entry.type, name: entry.name } });
      const parsed = filled.ok ? parseDefinition(filled.fields, policy) : filled;
      expect(parsed.ok ? [] : parsed.faults, entry.slug).toEqual([]);
    }
  });

  test('is a source for users to fill where only labels are open', () => {
    const open = available.filter(({ values }) =>
      Object.values(values).every(({ fills }) => fills === 'label'),
    );
    for (const entry of open) {
      const parsed = parseDefinition(entry.definition, policy);
      expect(parsed.ok ? [] : parsed.faults, entry.slug).toEqual([]);
      expect(parsed.ok && hostValueNames(parsed.definition).sort()).toEqual(Object.keys(entry.values).sort());
    }
  });

  test('names its values, and no others', () => {
    for (const entry of available) {
      // A client ID may stand in a revocation's path.
      const text = JSON.stringify(entry.definition).replace('/{client_id}/', '/');
      const named = text.matchAll(/\{([a-z_]+)\}/g);
      const places = placesOf(entry.definition);
      const names = [...named].flatMap(([, name]) => name ?? []).filter((name) => !places.has(name));
      expect([...new Set(names)].sort(), entry.slug).toEqual(Object.keys(entry.values).sort());
    }
  });

  test('says where to find what its environment is made of', () => {
    for (const entry of available) {
      const names = environmentNames(placesOf(entry.definition)).sort();
      expect(Object.keys(entry.environment ?? {}).sort(), entry.slug).toEqual(names);
    }
    expect(available.filter(({ environment }) => environment).length).toBeGreaterThan(3);
  });

  test('has https alone', () => {
    for (const { slug, definition } of available) {
      expect(JSON.stringify(definition), slug).not.toMatch(/http:\/\//);
    }
  });

  test('finds the account in its sample', () => {
    const sampled = available.filter(({ sample }) => sample);
    expect(sampled.length).toBeGreaterThan(100);
    for (const { slug, sample, definition } of sampled) {
      const { metadata_url, uniqueness, default_name } = definition;
      expect(metadata_url, slug).toBeTypeOf('string');
      for (const location of [uniqueness, default_name]) {
        if (location !== undefined && callbackParameter(location) === null) {
          expect(locate(sample, String(location)), `${slug} ${location}`).toBeTruthy();
        }
      }
    }
  });

  test('finds the API host in its sample', () => {
    const asking = available.flatMap(({ slug, definition, sample = {} }) => {
      const parsed = parseDefinition(definition, policy);
      return parsed.ok && isHostInMetadata(parsed.definition)
        ? [{ slug, definition: parsed.definition, sample }]
        : [];
    });
    expect(asking.map(({ slug }) => slug).sort()).toEqual(['docusign', 'mailchimp']);
    for (const { slug, definition, sample } of asking) {
      expect(learnApiHost(definition, null, {}, {}, sample).ok, slug).toBe(true);
    }
  });

  test('says where each of its fields comes from', () => {
    for (const { slug, definition, provenance } of available) {
      const told = new Set(provenance.flatMap(({ fact }) => fact));
      const untold = Object.entries(definition).filter(
        ([field, value]) => !told.has(field) && !['type', 'name'].includes(field) && !isDefault(field, value),
      );
      expect(untold, slug).toEqual([]);
    }
  });

  test('claims to be read only where it names a page, and to be public only where it names the source', () => {
    for (const { slug, provenance } of entries) {
      expect(provenance, slug).not.toEqual([]);
      for (const { how, from, source } of provenance) {
        expect(how === 'documentation read', slug).toBe(from === 'documentation');
        expect(how === 'not verified', slug).toBe(from === 'knowledge');
        if (from === 'knowledge') expect(source, slug).toBeNull();
        else expect(source, slug).toMatch(/^https:\/\/|^(grant|arctic)@\d/);
      }
    }
  });
});

describe('the catalogue', () => {
  test('has 250 providers that can be chosen', () => {
    expect(entries).toHaveLength(files.length);
    expect(available.length).toBeGreaterThanOrEqual(250);
  });

  test('has a dozen categories', () => {
    const categories = new Set(entries.flatMap((entry) => entry.categories));
    expect(categories.size).toBeLessThanOrEqual(12);
  });

  test.each([
    'fitbit',
    'github',
    'google',
    'microsoft',
    'slack',
    'notion',
    'reddit',
    'strava',
    'withings',
    'zoom',
    'shopify',
    'salesforce',
    'intuit',
    'trello',
    'garmin',
  ])('has %s, with where to register', (slug) => {
    const entry = expectAvailable(slug);
    expect(entry.documentation).not.toBeNull();
    expect(entry.register.url).not.toBeNull();
    expect(entry.register.note).not.toBeNull();
  });

  test.each(['runkeeper', 'google_plus', 'jawbone', 'mixer', 'moves', 'goodreads'])(
    'lists %s as ended',
    (slug) => {
      expect(find(slug)).toMatchObject({ status: 'ended', ended: expect.stringMatching(/\.$/) });
      expect(find(slug)).not.toHaveProperty('definition');
    },
  );

  test.each([
    'bitbucket',
    'dropbox',
    'fitbit',
    'garmin',
    'google',
    'linkedin',
    'meetup',
    'vimeo',
    'withings',
    'xero',
  ])('lists %s as what it is since it left OAuth 1.0a', (slug) => expect(find(slug)?.type).toBe('oauth2'));

  test.each(['trello', 'discogs', 'evernote', 'flickr', 'tumblr', 'twitter'])(
    'lists %s with OAuth 1.0a',
    (slug) => {
      expect(find(slug)?.type).toBe('oauth1');
      expect(expectAvailable(slug).definition).toHaveProperty('request_token_url');
    },
  );
});

describe('filling an entry', () => {
  test('leaves a label open for each user', () => {
    const filled = fillDefinition(expectAvailable('shopify'), {});
    expect(filled).toMatchObject({ ok: true, fields: { api_host_url: 'https://{shop}.myshopify.com' } });
    expect(filled.ok && parseDefinition(filled.fields, policy).ok).toBe(true);
  });

  test.each(['evil.example/', 'a.b', '-a', 'a b', 'a@b', 'a:80', '{shop}'])(
    'takes no %j for a label',
    (shop) => {
      expect(fillDefinition(expectAvailable('shopify'), { shop })).toMatchObject({
        ok: false,
        faults: [{ path: 'values.shop' }],
      });
    },
  );

  test('wants a host and a path, and all faults at once', () => {
    expect(fillDefinition(expectAvailable('keycloak'), { realm: '../admin', more: 'x' })).toEqual({
      ok: false,
      faults: [
        { path: 'values.host', message: 'is required' },
        { path: 'values.realm', message: 'must be letters, digits, hyphens and underscores' },
        { path: 'values.more', message: 'is not a known field' },
      ],
    });
  });

  test('fills every URL', () => {
    const filled = fillDefinition(expectAvailable('keycloak'), { host: 'SSO.example.com', realm: 'Acme' });
    expect(filled).toMatchObject({
      ok: true,
      fields: {
        api_host_url: 'https://sso.example.com',
        full_auth_url: 'https://sso.example.com/realms/Acme/protocol/openid-connect/auth',
        access_token_url: '/realms/Acme/protocol/openid-connect/token',
      },
    });
  });
});

/** What is as it is everywhere needs no source. */
function isDefault(field: string, value: unknown): boolean {
  return (
    (field === 'scopes' && Array.isArray(value) && value.length === 0) ||
    (field === 'pkce' && value === 'none')
  );
}
