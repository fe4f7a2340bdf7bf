/** A JSON object. */
export type Body = Record<string, unknown>;

/** What stands in for a value: other types, nothing, too much, and text that somebody may trip over. */
const strange: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1e308,
  [],
  [[]],
  {},
  { set: false },
  { set: true, extra: 1 },
  '',
  'x',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'e\u0301\u202e\ufeff',
  '👩‍👩‍👧‍👦'.repeat(20),
  'x'.repeat(5000),
  'x'.repeat(70_000),
  "' OR 1=1 --",
  '%',
  'https://',
  'https://%',
  'https://[',
  `https://${'a'.repeat(300)}.example`,
  'https://\ud800.example',
  'https://example.com:99999',
  'null',
  'self',
  Array.from({ length: 2000 }, () => 'x'),
  nested(500),
];

const unknownNames = [
  'unknown',
  '',
  '__proto__',
  'constructor',
  'toString',
  'a.b',
  '\u0000',
  'x'.repeat(1000),
];

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { value };
  return value;
}

/** JSON with a member that an object literal can't have. */
function withMember(body: Body, name: string, value: unknown): string {
  const text = JSON.stringify(body);
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}}`;
}

/** Bodies that are nearly right: each field strange in turn, unknown fields, and no object at all. */
export function* bodiesNear(valid: Body): Generator<string> {
  for (const field of Object.keys(valid)) {
    for (const value of strange) yield JSON.stringify({ ...valid, [field]: value });
    for (const value of strange.slice(0, 24)) {
      if (Array.isArray(valid[field])) yield JSON.stringify({ ...valid, [field]: [value] });
    }
  }
  for (const name of unknownNames) yield withMember(valid, name, 1);
  for (const value of strange) yield JSON.stringify(value) ?? '';
  yield* ['', ' ', '{', '[', '{"a":}', "{'a':1}", 'NaN', '\ufeff{}', '{"a":1}{"b":2}', '\u0000', 'a=b&a=c'];
}
