import { expect, it } from 'vitest';
import { parseTemplate } from '../../src/sources/map-template.ts';

it('splits a text at its templates', () => {
  expect(parseTemplate("/a/{{identifier}}?b={{ parameters.b }}&c={{ headers['X-Y'] }}")).toEqual({
    ok: true,
    parts: [
      '/a/',
      { root: 'identifier', name: '' },
      '?b=',
      { root: 'parameters', name: 'b' },
      '&c=',
      { root: 'headers', name: 'X-Y' },
    ],
  });
});

it.each([
  ['{{ headers.X-Amz-Date }}', 'headers', 'X-Amz-Date'],
  ['{{ headers["X-Modhash"] }}', 'headers', 'X-Modhash'],
  ['{{ environment.api_key }}', 'environment', 'api_key'],
  ['{{ parameters.question_{index} }}', 'parameters', 'question_{index}'],
  ['{{ parameters.artist.id }}', 'parameters', 'artist.id'],
  ['{{ connection.metadata.id }}', 'connection.metadata', 'id'],
  ['{{ connection.metadata.players[0].id }}', 'connection.metadata', 'players[0].id'],
])('reads %s', (text, root, name) => {
  expect(parseTemplate(text)).toEqual({ ok: true, parts: [{ root, name }] });
});

it.each(['', 'plain', '{"a":{"b":1}}', '{art.id}', '}}'])('leaves %s as it is', (text) => {
  expect(parseTemplate(text)).toEqual({ ok: true, parts: text === '' ? [] : [text] });
});

it.each([
  '{{ parameter.a }}',
  '{{ model.id }}',
  '{{ }}',
  '{{}}',
  '{{ parameters }}',
  '{{ parameters. }}',
  '{{ identifier.x }}',
  '{{ headers[X] }}',
  '{{ connection.auth.access_token }}',
  '{{ connection.metadata }}',
  '{{ process.env }}',
  '{{ parameters.a b }}',
])('refuses %s', (text) => {
  expect(parseTemplate(text)).toMatchObject({ ok: false, message: /other than identifier/ });
});

it('refuses a template that is left open', () => {
  expect(parseTemplate('/a/{{ identifier')).toMatchObject({ ok: false, message: /does not close/ });
});
