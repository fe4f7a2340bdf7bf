import { describe, expect, it } from 'vitest';
import { faultsOf, ok, refused } from './harness/answers.ts';
import { connected } from './harness/connected.ts';
import { mapped, putEndpoints } from './harness/mapped.ts';
import type { Echo } from './harness/oauth2-provider.ts';

describe('an identifier or a value in a route', () => {
  it('never climbs out of its place', async () => {
    const { data, world, provider } = await mapped({
      item: { single: { route: '/items/{{ identifier }}/open' }, collection: { route: '/items' } },
      last: '/users/{{ parameters.id }}',
      tail: '/files/{{ identifier }}',
    });
    const base = `https://${provider.apiHost}/v1`;
    for (const value of [
      '..',
      '.',
      '../..',
      '..%2f..',
      '%2e%2e',
      '%252e%252e',
      '..%5c..',
      'a%2F..%2F..%2Fsecret',
      '%2F%2Fevil.example',
      '%3Fadmin=1',
      '%23',
      '%0d%0aX: 1',
      '@evil.example',
    ]) {
      for (const [path, prefix, depth] of [
        [`/item/${value}`, '/items', 3],
        [`/last?id=${encodeURIComponent(decodeURIComponent(value))}`, '/users/', 2],
        [`/tail/${value}`, '/files', 2],
      ] as const) {
        const before = world.internet.requests.length;
        const answer = await data(path);
        expect(answer.status, path).toBeLessThan(500);
        const made = world.internet.requests.slice(before).map(({ url }) => url);
        if (!answer.ok) expect(made, path).toEqual([]);
        for (const url of made) {
          expect(url.startsWith(`${base}${prefix}`), `${path} → ${url}`).toBe(true);
          const segments = new URL(url).pathname.slice(3).split('/').slice(1);
          // Either it is the list, by a path of ours that has no identifier, or each place is filled with something.
          if (!(path.startsWith('/item') && segments.length === 1)) {
            expect(segments.length, `${path} → ${url}`).toBe(depth);
            expect(segments.every(Boolean), `${path} → ${url}`).toBe(true);
          }
          expect(new URL(url).search, path).toBe('');
        }
      }
    }
  });

  it('says what is wrong where it would', async () => {
    const { data } = await mapped({ item: '/items/{{ parameters.id }}/open' });
    expect(faultsOf(await refused(data('/item?id=..'), 400, 'invalid_request'))).toHaveProperty('route');
  });
});

describe('a route', () => {
  it('may be a whole URL on a host of its map, and nowhere else', async () => {
    const scene = await connected();
    const { world, source, provider } = scene;
    const put = (endpoints: Record<string, unknown>) => putEndpoints(world, source, endpoints);
    await ok(put({ other: `https://${provider.apiHost}/v2/{{ identifier }}?a=1` }));
    const data = await ok<Echo>(scene.call(`/data/${source.id}/other/x%2Fy`));
    expect(data.url).toBe(`https://${provider.apiHost}/v2/x%2Fy?a=1`);

    let strayed = 0;
    world.internet.elsewhere = () => {
      strayed += 1;
      return new Response('stolen');
    };
    for (const route of [
      'https://evil.example/me',
      `http://${provider.apiHost}/me`,
      `https://${provider.apiHost}:8443/me`,
      `https://${provider.apiHost}@evil.example/me`,
      `https://user:secret@${provider.apiHost}/me`,
      '//evil.example/me',
      '\\\\evil.example\\me',
      'https:\\\\evil.example/me',
      'https://{{ parameters.host }}/me',
      `https://${provider.apiHost}{{ parameters.host }}/me`,
      '{{ parameters.host }}',
      '{{ parameters.scheme }}://evil.example/me',
    ]) {
      const stored = await put({ other: route });
      const host = encodeURIComponent('https://evil.example/me');
      for (const query of ['', `?host=${host}&scheme=https`, '?host=evil.example', '?host=.evil.example']) {
        if (stored.ok) {
          const answer = await scene.call(`/data/${source.id}/other${query}`);
          expect(answer.status, `${route} ${query}`).toBeLessThan(500 + 3);
          const { origin, username } = new URL(world.internet.requests.at(-1)?.url ?? '');
          expect([`https://${provider.apiHost}`, `https://${provider.host}`], `${route} ${query}`).toContain(
            origin,
          );
          expect(username).toBe('');
        }
      }
    }
    expect(strayed).toBe(0);
  });
});
