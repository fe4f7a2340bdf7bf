import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { connectedPhotos } from './harness/connected.ts';
import { putEndpoints } from './harness/mapped.ts';
import type { Echo } from './harness/oauth2-provider.ts';

// The provider of these checks each signature by itself, over what reached it.

const isForm = { 'Content-Type': 'application/x-www-form-urlencoded' };

async function mappedPhotos(endpoints: Record<string, unknown>) {
  const scene = await connectedPhotos();
  await ok(putEndpoints(scene.world, scene.source, endpoints));
  return {
    ...scene,
    sent: (path: string, init?: RequestInit) => ok<Echo>(scene.call(`/data/${scene.source.id}${path}`, init)),
  };
}

const awkward = [
  'plain',
  'a b+c',
  'a%b',
  "~!*'()",
  'Jürgen & 漢 🦊',
  'a=b&c=d',
  '=',
  '&',
  ' ',
  'a/b?c#d',
  'quote"back\\slash',
  '%20%2B',
];

describe('an endpoint of an OAuth 1.0a source', () => {
  it('is signed over its route and parameters, filled in', async () => {
    const { photos, sent } = await mappedPhotos({
      photo: {
        route: '/photos/{{ identifier }}?size=large',
        parameters: { q: '{{ parameters.q }}', 'a b': '~*', fixed: '1 + 1' },
      },
    });
    for (const value of awkward) {
      const encoded = encodeURIComponent(value);
      const { url } = await sent(`/photo/${encoded}?q=${encoded}&more=${encoded}&more=&${encoded}=1`);
      const { searchParams, pathname } = new URL(url);
      expect(decodeURIComponent(pathname.split('/').at(-1) ?? ''), value).toBe(value);
      expect(searchParams.get('q'), value).toBe(value);
      expect(searchParams.getAll('more'), value).toEqual([value, '']);
      expect(searchParams.get(value), value).toBe('1');
    }
    expect(photos.refusals).toEqual([]);
  });

  it('is signed over its form, the map’s and the call’s in one', async () => {
    const { photos, sent } = await mappedPhotos({
      photo: {
        POST: { route: '/photos', headers: isForm, body: { title: '{{ parameters.q }}', tag: 'a+b' } },
      },
    });
    for (const value of awkward) {
      const filled = await sent(`/photo?q=${encodeURIComponent(value)}`, { method: 'POST' });
      expect(new URLSearchParams(filled.body).get('title')).toBe(value);
      const brought = new URLSearchParams({ title: value, [value]: '1', more: value });
      const merged = await sent('/photo', { method: 'POST', headers: isForm, body: brought.toString() });
      const fields = new URLSearchParams(merged.body);
      expect([fields.get('title'), fields.get('tag'), fields.get('more')]).toEqual([value, 'a+b', value]);
    }
    expect(photos.refusals).toEqual([]);
  });

  it('is signed over a form that the call brings alone, which arrives to the letter', async () => {
    const { photos, sent } = await mappedPhotos({ photo: { POST: '/photos', PUT: '/photos' } });
    for (const body of ['a=1&a=2&b', 'a=%2B+%20&=&c=', '', 'x=%c3%bc']) {
      for (const method of ['POST', 'PUT']) {
        expect((await sent('/photo?z=1', { method, headers: isForm, body })).body).toBe(body);
      }
    }
    expect(photos.refusals).toEqual([]);
  });

  it('is signed without its JSON', async () => {
    const { photos, sent } = await mappedPhotos({
      photo: { POST: { route: '/photos', body: { title: 'Walk' } } },
    });
    const headers = { 'Content-Type': 'application/json' };
    const { body } = await sent('/photo', { method: 'POST', headers, body: '{"tag":"a=b&c"}' });
    expect(JSON.parse(body)).toEqual({ title: 'Walk', tag: 'a=b&c' });
    expect(photos.refusals).toEqual([]);
  });
});
