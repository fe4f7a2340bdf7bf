import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { World } from './harness/world.ts';

type Fields = Record<string, unknown> & { id: string };

async function scene(
  changes: (entry: Record<string, unknown>) => Record<string, unknown> = (entry) => entry,
) {
  const world = new World();
  const { key } = await createDeveloper(world);
  const call = (method: string, path: string, body?: unknown) => manage(world, method, path, body, key);
  const assets = (env as unknown as { ASSETS: Fetcher }).ASSETS;
  world.bindings = {
    ...world.bindings,
    ASSETS: {
      ...assets,
      connect: assets.connect.bind(assets),
      fetch: async (input: RequestInfo | URL) => {
        const response = await assets.fetch(input);
        const isEntry = /\/catalogue\/(?!all|index)[\w-]+\.json$/.test(new Request(input).url);
        return isEntry && response.ok ? Response.json(changes(await response.json())) : response;
      },
    },
  };
  return { world, call, make: (body: unknown) => call('POST', '/sources', body) };
}

const credentials = { client_id: 'client', client_secret: 'the secret from the provider’s console' };

describe('the catalogue', () => {
  it('is listed by name, in pages, and searched', async () => {
    const { call } = await scene();
    const first = await call('GET', '/catalogue?limit=100');
    const names = (await ok<Fields[]>(first.clone())).map(({ name }) => String(name));
    expect(names).toHaveLength(100);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('Link') ?? '')?.[1] ?? '';
    const { pathname, search } = new URL(next);
    const second = (await ok<Fields[]>(call('GET', pathname + search))).map(({ name }) => String(name));
    expect(new Set([...names, ...second]).size).toBe(names.length + second.length);
    const all = (await ok<Fields[]>(call('GET', '/catalogue?limit=1000'))).map(({ name }) => String(name));
    expect(all.slice(0, 200)).toEqual([...names, ...second]);
    expect(all.length).toBeGreaterThanOrEqual(250);
    const found = await ok<Fields[]>(call('GET', '/catalogue?q=GitH'));
    expect(found.map(({ slug }) => slug)).toContain('github');
    expect(await ok(call('GET', '/catalogue?q=no-such-thing-anywhere'))).toEqual([]);
  });

  it('shows an entry with the definition’s fields', async () => {
    const { call } = await scene();
    expect(await ok(call('GET', '/catalogue/github'))).toMatchObject({
      slug: 'github',
      name: 'GitHub',
      type: 'oauth2',
      status: 'available',
      access_token_url: expect.stringContaining('/login/oauth/access_token'),
      api_host_url: 'https://api.github.com',
      icon: '/catalogue/icons/github.svg',
    });
    await refused(call('GET', '/catalogue/nobody'), 404, 'not_found');
    await refused(call('GET', '/catalogue/..%2findex'), 404, 'not_found');
  });

  it('starts a source that works like any', async () => {
    const { make, call } = await scene();
    const made = await ok<Fields>(make({ catalogue: 'github', ...credentials }));
    expect(made).toMatchObject({ name: 'GitHub', slug: 'github', type: 'oauth2', client_id: 'client' });
    expect(await ok<Fields>(make({ catalogue: 'github', ...credentials, name: 'Ours' }))).toMatchObject({
      name: 'Ours',
      slug: expect.not.stringMatching(/^github$/),
    });
    // Its own picture survives a change.
    await ok(call('PATCH', `/sources/${made.id}`, { scopes: ['repo'] }));
    expect(await ok(call('GET', `/sources/${made.id}`))).toMatchObject({ scopes: ['repo'] });
  });

  it('fills a host with one label, or leaves it to each user', async () => {
    const { make } = await scene();
    const filled = await ok<Fields>(make({ catalogue: 'shopify', ...credentials, values: { shop: 'acme' } }));
    expect(filled.api_host_url).toBe('https://acme.myshopify.com');
    const open = await ok<Fields>(make({ catalogue: 'shopify', ...credentials }));
    expect(open.api_host_url).toBe('https://{shop}.myshopify.com');
    for (const shop of ['acme.evil.example/', 'a.b', 'evil.example#', '{shop}']) {
      const faults = await refusedFields(make({ catalogue: 'shopify', ...credentials, values: { shop } }));
      expect(Object.keys(faults)).toEqual(['values.shop']);
    }
    const faults = await refusedFields(
      make({ catalogue: 'github', ...credentials, values: { shop: 'acme' } }),
    );
    expect(Object.keys(faults)).toEqual(['values.shop']);
  });

  it('has nothing for who has ended, or isn’t there', async () => {
    const { make, call } = await scene();
    const ended = (await ok<Fields[]>(call('GET', '/catalogue?limit=1000'))).find(
      ({ status }) => status === 'ended',
    );
    for (const catalogue of [String(ended?.slug), 'nobody', '../index', 7]) {
      expect(Object.keys(await refusedFields(make({ catalogue, ...credentials })))).toEqual(['catalogue']);
    }
    const own = { catalogue: 'github', ...credentials, api_host_url: 'https://x.example' };
    expect(Object.keys(await refusedFields(make(own)))).toEqual(['api_host_url']);
  });
});

describe('when the catalogue moves', () => {
  it('a source made from it is told what differs, and takes it when it says so', async () => {
    let moved = false;
    const { make, call } = await scene((entry) => {
      const definition = { ...(entry.definition as Record<string, unknown>) };
      return moved ? { ...entry, definition: { ...definition, scopes: ['moved'], pkce: 'none' } } : entry;
    });
    const { id } = await ok<Fields>(make({ catalogue: 'github', ...credentials }));
    const before = await ok<Fields>(call('PATCH', `/sources/${id}`, { scopes: ['own'] }));
    expect(await ok(call('GET', `/sources/${id}/catalogue`))).toMatchObject({ differences: [] });
    moved = true;
    const { differences } = await ok<{ differences: { field: string; now: unknown; yours: unknown }[] }>(
      call('GET', `/sources/${id}/catalogue`),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ field: 'scopes', now: ['moved'], yours: ['own'] }),
    );
    // Nothing has changed by itself.
    expect(await ok(call('GET', `/sources/${id}`))).toEqual(before);
    expect(await ok(call('POST', `/sources/${id}/catalogue`, {}))).toMatchObject({
      scopes: ['moved'],
      pkce: 'none',
      client_id: 'client',
      client_secret: { set: true },
    });
    expect(await ok(call('GET', `/sources/${id}/catalogue`))).toMatchObject({ differences: [] });
  });

  it('a moved host asks for the secret again', async () => {
    let moved = false;
    const { make, call } = await scene((entry) => {
      const definition = { ...(entry.definition as Record<string, unknown>) };
      return moved
        ? { ...entry, definition: { ...definition, api_host_url: 'https://api2.github.example' } }
        : entry;
    });
    const { id } = await ok<Fields>(make({ catalogue: 'github', ...credentials }));
    moved = true;
    expect(Object.keys(await refusedFields(call('POST', `/sources/${id}/catalogue`, {})))).toEqual([
      'client_secret',
    ]);
    await ok(call('POST', `/sources/${id}/catalogue`, { client_secret: 'entered again' }));
  });

  it('a source made by hand has nothing to take', async () => {
    const { make, call } = await scene();
    const { id } = await ok<Fields>(
      make({ type: 'none', name: 'Weather', api_host_url: 'https://weather.example' }),
    );
    await refused(call('GET', `/sources/${id}/catalogue`), 404, 'not_found');
  });
});
