import { describe, expect, it } from 'vitest';
import { arrange, formKinds } from '../../src/console/sources/arrangement.ts';
import { bodyOf, valuesOf } from '../../src/console/sources/form-body.ts';
import { allFields } from '../../src/console/sources/form-fields.ts';
import { fullAuthUrl } from '../../src/console/sources/full-auth-url.ts';
import { lineAndColumn, placeOf, readJson } from '../../src/console/sources/json-position.ts';
import { definitionSchema } from '../../src/sources/definition.ts';

const forms = formKinds.map(arrange);

describe('the form of a definition', () => {
  for (const { shape } of definitionSchema.def.options) {
    const type = shape.type.def.values[0] ?? 'none';
    it(`has every field of ${type}, once`, () => {
      const known = forms
        .filter((form) => form.type === type)
        .map((form) => allFields(form).map(({ path }) => path));
      expect(known).toHaveLength(type === 'oauth2' ? 2 : 1);
      for (const paths of known) expect(new Set(paths).size).toBe(paths.length);
      const all = new Set(known.flat().map((path) => path.split('.')[0]));
      const beside = type === 'none' ? [] : ['environment'];
      expect([...all].sort()).toEqual(
        [...Object.keys(shape).filter((field) => field !== 'type'), ...beside].sort(),
      );
      if (!('token_response' in shape)) return;
      const within = known.flat().flatMap((path) => /^token_response\.(.*)/.exec(path)?.[1] ?? []);
      const parts = Object.keys(shape.token_response.def.innerType.shape);
      expect([...new Set(within)].sort()).toEqual(parts.sort());
    });
  }

  it('explains each field, and calls no two of a form the same', () => {
    for (const form of forms) {
      const fields = allFields(form);
      expect(new Set(fields.map(({ label }) => label)).size).toBe(fields.length);
      for (const { path, explanation, example, kind: control } of fields) {
        expect(explanation, path).toMatch(/^[A-Z].*[.]$/);
        if (typeof control === 'string' && path !== 'name') expect(example, path).toBeTruthy();
      }
    }
  });

  it('sends nothing of what wasn’t touched, whatever it holds', () => {
    const source = {
      name: 'x',
      scope_separator: ' ',
      scopes: ['a', 'b'],
      key_prefix: '',
      key_in: 'header',
      token_params: { 'a b': 'c=d', e: '' },
      environment: { api_key: { set: true } },
      token_response: { under: 'data' },
      client_id: 'id',
    };
    for (const form of forms) {
      const values = valuesOf(form, source);
      const { body, faults } = bodyOf(form, { ...values, full_auth_url: values.full_auth_url ?? '' }, values);
      expect([body, faults], form.type).toEqual([{}, []]);
    }
  });

  it('clears what is emptied', () => {
    const form = arrange({ type: 'oauth2', byIssuer: false });
    const before = valuesOf(form, {
      slug: 'x',
      refresh_url: '/r',
      scopes: ['a'],
      scope_separator: ',',
      token_params: { a: 'b' },
      token_response: { under: 'data', scope: 's' },
    });
    const emptied = Object.fromEntries(Object.keys(before).map((name) => [name, '']));
    const { body } = bodyOf(form, { ...before, ...emptied, pkce: 'S256' }, before);
    expect(body).toMatchObject({
      slug: null,
      refresh_url: null,
      scopes: [],
      scope_separator: ' ',
      token_params: {},
      token_response: {},
    });
  });
});

describe('the full auth URL', () => {
  it.each([
    ['https://a.example', '/authorize', 'https://a.example/authorize'],
    ['https://a.example/base', 'authorize?x=1', 'https://a.example/authorize?x=1'],
    ['https://a.example', 'https://b.example/go', 'https://b.example/go'],
    ['https://{shop}.a.example', '/{path}', 'https://{shop}.a.example/{path}'],
    ['', '/authorize', ''],
    ['https://a.example', '', ''],
    ['a.example', '/authorize', ''],
  ])('of %s and %s is %s', (host, path, full) => {
    expect(fullAuthUrl(host, path)).toBe(full);
  });
});

describe('a place in a JSON text', () => {
  const text = `{
  "a": { "b": [1, {"c.d": true}], "b.c": 2 },
  "x.y": { "z": null },
  "x": { "y": { "z": 3 } },
  "\\u0061": { "b": 4 }
}`;

  function at(path: string): string {
    const reading = readJson(text);
    if (!reading.ok) throw new Error(reading.message);
    const { line, column } = lineAndColumn(text, placeOf(reading.root, path));
    return `${line}:${column}`;
  }

  it.each([
    ['', '1:1'],
    // Of two with one key, the last counts.
    ['a', '5:3'],
    ['a.b', '5:15'],
    ['a.missing.further', '5:3'],
    ['a.b.1.c.d', '2:20'],
    ['a.b.c', '2:35'],
    ['x.y.z', '4:17'],
    ['x.y', '4:10'],
    ['unknown', '1:1'],
  ])('%s is at %s', (path, place) => {
    expect(at(path)).toBe(place);
  });

  it.each([
    ['', '1:1', 'ends too early'],
    ['{', '1:2', 'A key'],
    ['{"a":1,}', '1:8', 'comma too many'],
    ['[1,\n 2,\n]', '3:1', 'comma too many'],
    ['{"a":1\n "b":2}', '2:2', 'A comma or } is missing'],
    ['[1 2]', '1:4', 'A comma or ] is missing'],
    ["{'a':1}", '1:2', 'A key in double quotes'],
    ['{"a" 1}', '1:6', 'A colon'],
    ['{"a":"b\nc"}', '1:6', 'isn’t closed on its line'],
    ['["\\x"]', '1:2', 'isn’t closed on its line'],
    ['[01]', '1:2', 'A value is missing'],
    ['[nul]', '1:2', 'A value is missing'],
    ['{"a":}', '1:6', 'A value is missing'],
    ['{} {}', '1:4', 'ends before this'],
    ['{"a":[1}', '1:8', 'A comma or ]'],
  ])('%j fails at %s', (broken, place, words) => {
    const reading = readJson(broken);
    expect(reading.ok).toBe(false);
    if (reading.ok) return;
    const { line, column } = lineAndColumn(broken, reading.offset);
    expect([`${line}:${column}`, reading.message]).toEqual([place, expect.stringContaining(words)]);
    expect(() => JSON.parse(broken)).toThrow(SyntaxError);
  });

  it('reads what JSON.parse reads, and nothing else', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0.5e+3',
      'true',
      'null',
      ' ',
      '\n',
      '"',
    ];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    for (let run = 0; run < 5000; run += 1) {
      const made = Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]).join('');
      let parses = true;
      try {
        JSON.parse(made);
      } catch {
        parses = false;
      }
      expect(readJson(made).ok, made).toBe(parses);
    }
  });
});
