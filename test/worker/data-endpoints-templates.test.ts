import { describe, expect, it } from 'vitest';
import { mapped } from './harness/mapped.ts';

const all = {
  identifier: '{{ identifier }}',
  parameter: '{{ parameters.day }}',
  header: "{{ headers['X-Trace'] }}",
  environment: '{{ environment.region }}',
  metadata: '{{ connection.metadata.team.ids.1 }}',
  joined: '{{ parameters.day }}/{{identifier}} of {{ connection.metadata.size }}',
  plain: 'plain {text} 100%',
};

describe('a template', () => {
  const environment = { environment: { region: 'eu west', other: 'unused-secret' } };
  const call = { headers: { 'X-Trace': 'abc 1' } };

  it('is filled in a route, and can’t leave its place there', async () => {
    const { sent } = await mapped(
      {
        steps:
          '/{{ environment.region }}/{{ connection.metadata.team.ids.1 }}/steps/{{ identifier }}/{{ parameters.day }}?trace={{ headers.X-Trace }}',
      },
      environment,
    );
    const { path, search } = await sent('/steps/a%2Fb?day=2026-11-22', call);
    expect(path).toBe('/v1/eu%20west/t%2F2/steps/a%2Fb/2026-11-22');
    expect(search).toBe('?trace=abc%201');
  });

  it('is filled in parameters, headers and a JSON body, however deep', async () => {
    const headers = Object.fromEntries(Object.entries(all).map(([name, value]) => [`X-${name}`, value]));
    const { sent } = await mapped(
      {
        steps: {
          POST: {
            route: '/steps',
            parameters: all,
            headers,
            body: { ...all, deep: [{ all }, 7, true, null] },
          },
        },
      },
      environment,
    );
    const filled = {
      identifier: 'a/b',
      parameter: 'to & fro',
      header: 'abc 1',
      environment: 'eu west',
      metadata: 't/2',
      joined: 'to & fro/a/b of 42',
      plain: 'plain {text} 100%',
    };
    const got = await sent('/steps/a%2Fb?day=to%20%26%20fro', { method: 'POST', ...call });
    expect(got.query).toMatchObject(filled);
    for (const [name, value] of Object.entries(filled)) expect(got.headers[`x-${name}`]).toBe(value);
    expect(JSON.parse(got.body)).toEqual({ ...filled, deep: [{ all: filled }, 7, true, null] });
    expect(got.headers['content-type']).toBe('application/json');
    expect(JSON.stringify(got)).not.toContain('unused-secret');
  });

  it('is filled in a form', async () => {
    const { sent } = await mapped(
      {
        steps: {
          POST: {
            route: '/steps',
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            body: { day: '{{ parameters.day }}', place: '{{ environment.region }}', fixed: 1 },
          },
        },
      },
      environment,
    );
    const got = await sent('/steps?day=a%26b', { method: 'POST' });
    expect([...new URLSearchParams(got.body)]).toEqual([
      ['day', 'a&b'],
      ['place', 'eu west'],
      ['fixed', '1'],
    ]);
    expect(got.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('that nothing was given for leaves its parameter, header or field out', async () => {
    const nothing = {
      a: '{{ parameters.a }}',
      b: '{{ environment.b }}',
      c: '{{ connection.metadata.none }}',
      d: '{{ connection.metadata.constructor }}',
      e: '{{ parameters.toString }}',
      f: '{{ identifier }}',
      kept: 'yes',
    };
    const { sent } = await mapped({
      steps: {
        POST: {
          route: '/steps',
          parameters: nothing,
          headers: { 'X-A': '{{ parameters.a }}' },
          body: nothing,
        },
      },
    });
    const got = await sent('/steps', { method: 'POST' });
    expect(got.query).toEqual({ kept: 'yes' });
    expect(JSON.parse(got.body)).toEqual({ kept: 'yes' });
    expect(got.headers).not.toHaveProperty('x-a');
  });

  it('brings no header of its own into a header', async () => {
    const { data, world } = await mapped({
      steps: { route: '/steps', headers: { 'X-Day': '{{ parameters.day }}' } },
    });
    const answer = await data('/steps?day=1%0d%0aX-Injected:%201');
    expect(answer.status).toBeLessThan(500);
    const [made] = world.internet.requests.slice(-1);
    expect(made?.headers.has('X-Injected')).toBe(false);
  });
});
