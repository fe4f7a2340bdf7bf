import { describe, expect, it } from 'vitest';
import { faultsOf, refused } from './harness/answers.ts';
import { mapped } from './harness/mapped.ts';

const json = (body: unknown, init: RequestInit = {}) => ({
  method: 'POST',
  ...init,
  headers: { 'Content-Type': 'application/json', ...init.headers },
  body: JSON.stringify(body),
});
const form = (body: string, init: RequestInit = {}) => ({
  method: 'POST',
  ...init,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...init.headers },
  body,
});

describe('what the call brings', () => {
  const endpoint = {
    steps: {
      route: '/steps?fixed=1',
      parameters: { unit: 'km', day: 'today', 'a b': '1' },
      headers: { Accept: 'application/vnd.steps+json', 'X-Version': '3', 'User-Agent': 'Map/1' },
      POST: { body: { title: 'Walk', tags: ['a'], nested: { a: 1 } } },
      GET: {},
    },
  };

  it('takes the place of the map’s parameters, and more goes along', async () => {
    const { sent } = await mapped(endpoint);
    expect((await sent('/steps')).query).toEqual({ fixed: '1', unit: 'km', day: 'today', 'a b': '1' });
    const got = await sent('/steps?day=2026-11-22&more=x&more=y&fixed=2');
    expect(got.query).toEqual({ unit: 'km', day: '2026-11-22', 'a b': '1', more: 'y', fixed: '2' });
    expect(new URLSearchParams(got.search).getAll('more')).toEqual(['x', 'y']);
    expect(new URLSearchParams(got.search).getAll('day')).toEqual(['2026-11-22']);
  });

  it('takes the place of the map’s headers, but for those that every client sends', async () => {
    const { sent } = await mapped(endpoint);
    const usual = await sent('/steps', { headers: { Accept: '*/*', 'User-Agent': 'curl/8' } });
    expect(usual.headers).toMatchObject({
      accept: 'application/vnd.steps+json',
      'x-version': '3',
      'user-agent': 'Map/1',
    });
    const own = await sent('/steps', { headers: { Accept: 'text/csv', 'X-Version': '4', 'X-Other': '5' } });
    expect(own.headers).toMatchObject({ accept: 'text/csv', 'x-version': '4', 'x-other': '5' });
  });

  it('doesn’t take the place of the user’s token, nor bring ours or a cookie', async () => {
    const { sent, provider, user, id } = await mapped({
      steps: { route: '/steps', headers: { Authorization: 'Bearer planted', Cookie: 'planted=1' } },
    });
    const got = await sent('/steps', { headers: { Cookie: 'a=1', 'X-Connection-Id': id } });
    expect(got.headers.authorization).toBe(`Bearer ${provider.issued[0]}`);
    expect(JSON.stringify(got)).not.toContain(user.accessToken);
    expect(JSON.stringify(got)).not.toContain('a=1');
    expect(got.headers).not.toHaveProperty('x-connection-id');
  });

  it('is merged into the map’s JSON', async () => {
    const { sent } = await mapped(endpoint);
    const untouched = await sent('/steps', { method: 'POST' });
    expect(JSON.parse(untouched.body)).toEqual({ title: 'Walk', tags: ['a'], nested: { a: 1 } });
    const got = await sent('/steps', json({ title: 'Run', nested: { b: 2 }, more: null }));
    expect(JSON.parse(got.body)).toEqual({ title: 'Run', tags: ['a'], nested: { b: 2 }, more: null });
    expect(got.headers['content-type']).toBe('application/json');
    const list = await sent('/steps', json([1, 2]));
    expect(JSON.parse(list.body)).toEqual([1, 2]);
  });

  it('in another form than the map’s JSON stands in its place, to the letter', async () => {
    const { sent } = await mapped(endpoint);
    const asForm = await sent('/steps', form('title=Run+%2B'));
    expect(asForm.body).toBe('title=Run+%2B');
    expect(asForm.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const text = await sent('/steps', {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: 'a,b',
    });
    expect([text.body, text.headers['content-type']]).toEqual(['a,b', 'text/csv']);
  });

  it('is merged into the map’s form', async () => {
    const { sent } = await mapped({
      steps: {
        route: '/steps',
        POST: {
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: { title: 'Walk', unit: 'km' },
        },
      },
    });
    const got = await sent('/steps', form('title=Run+%26+jump&tag=a&tag=b'));
    const fields = new URLSearchParams(got.body);
    expect(Object.fromEntries(fields)).toMatchObject({ title: 'Run & jump', unit: 'km' });
    expect(fields.getAll('tag')).toEqual(['a', 'b']);
    expect(got.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
  });

  it('goes as it is where the map says nothing of a body, however large', async () => {
    const { sent } = await mapped({ steps: { POST: '/steps', PUT: '/steps' } });
    const large = 'x'.repeat(1_200_000);
    const got = await sent('/steps', {
      method: 'PUT',
      headers: { 'Content-Type': 'text/plain' },
      body: large,
    });
    expect(got.body.length).toBe(large.length);
    expect((await sent('/steps', json({ a: 1 }))).body).toBe('{"a":1}');
  });

  it('is refused where it should be JSON and isn’t, or is too large to be merged', async () => {
    const { data } = await mapped(endpoint);
    const headers = { 'Content-Type': 'application/json' };
    await refused(data('/steps', { method: 'POST', headers, body: '{' }), 400, 'invalid_request');
    const large = JSON.stringify({ a: 'x'.repeat(1024 * 1024) });
    await refused(data('/steps', { method: 'POST', headers, body: large }), 413, 'payload_too_large');
  });
});

describe('a described value', () => {
  const endpoint = {
    steps: {
      route: '/steps',
      parameters: {
        unit: { description: 'Which unit.', value: 'km' },
        day: { description: 'Which day.', required: true },
        more: { description: 'Anything.' },
      },
      headers: { 'X-Team': { description: 'Whose.', required: true } },
      GET: {},
      POST: { body: { title: { description: 'A title.', value: 'Walk' }, note: { description: 'A note.' } } },
    },
  };

  it('has its default, or is the caller’s', async () => {
    const { sent } = await mapped(endpoint);
    const headers = { 'X-Team': 'blue' };
    const got = await sent('/steps?day=1', { headers });
    expect(got.query).toEqual({ unit: 'km', day: '1' });
    expect(got.headers['x-team']).toBe('blue');
    expect((await sent('/steps?day=1&unit=mi&more=2', { headers })).query).toEqual({
      unit: 'mi',
      day: '1',
      more: '2',
    });
    const posted = await sent('/steps?day=1', { method: 'POST', headers });
    expect(JSON.parse(posted.body)).toEqual({ title: 'Walk' });
  });

  it('that is required and missing is named, with every other', async () => {
    const { data, world } = await mapped(endpoint);
    const before = world.internet.requests.length;
    expect(faultsOf(await refused(data('/steps'), 400, 'invalid_request'))).toEqual({
      'parameters.day': 'is required',
      'headers.X-Team': 'is required',
    });
    expect(world.internet.requests).toHaveLength(before);
  });
});
