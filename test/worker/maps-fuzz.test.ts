import { expect, it } from 'vitest';
import { failureBody } from './harness/answers.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { World } from './harness/world.ts';
import { createMap, lantern, type MapAnswer, putMap } from './maps-client.ts';

// Seeded: a failure can be run again.
function randomness(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const texts = [
  '',
  ' ',
  'x',
  '\u0000\uD800',
  'https://a.example',
  'https://',
  'http://[::1]:99999/',
  '//b',
  '/x/{{ identifier }}',
  '{{',
  '{{ model.x }}',
  '__proto__',
  'constructor',
  'oauth2',
  'none',
  'basic',
  'oauth1',
  'https://{shop}.example.com',
  'https://{{x}}.example.com',
  '🏮'.repeat(200),
  'a'.repeat(10_000),
];
const keys = [
  ...Object.keys(lantern()),
  ...Object.keys(lantern().auth as object),
  ...[
    'name',
    'GET',
    'POST',
    'route',
    'path',
    'method',
    'url',
    'parameters',
    'body',
    'scopes',
    'set',
    'value',
  ],
  ...['__proto__', 'constructor', 'toString', '', 'a.b', 'é', 'single', 'collection', 'models', 'issuer'],
];

function randomValue(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth > 4 ? 6 : 10);
  if (kind === 0) return null;
  if (kind === 1) return random(2) === 0;
  if (kind === 2) return [0, -1, 1e300, 3.5, 2 ** 53][random(5)];
  if (kind === 3) return { set: true };
  if (kind < 6) return texts[random(texts.length)];
  const length = random(4);
  if (kind === 6) return Array.from({ length }, () => randomValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length }, () => [keys[random(keys.length)] ?? '', randomValue(random, depth + 1)]),
  );
}

/** A valid document with one to three places replaced by anything. */
function mutate(random: (below: number) => number): Record<string, unknown> {
  const document = structuredClone(lantern());
  for (let change = 0; change <= random(3); change += 1) {
    let place = document;
    for (;;) {
      const own = Object.keys(place);
      const key = random(4) === 0 ? (keys[random(keys.length)] ?? '') : (own[random(own.length)] ?? 'x');
      const inner = Object.hasOwn(place, key) ? place[key] : undefined;
      if (random(3) > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
        place = inner as Record<string, unknown>;
        continue;
      }
      Object.defineProperty(place, key, {
        value: randomValue(random, 0),
        enumerable: true,
        configurable: true,
        writable: true,
      });
      break;
    }
  }
  return document;
}

async function judge(answer: Response, sent: unknown): Promise<MapAnswer | null> {
  if (answer.ok) return answer.json<MapAnswer>();
  expect(answer.status, JSON.stringify(sent)).toBeLessThan(500);
  await failureBody(answer);
  return null;
}

it('answers whatever JSON there is, stores what it accepts, and takes back what it shows', async () => {
  const world = new World();
  const { key } = await createDeveloper(world);
  const random = randomness(20_261_122);
  const standing = await createMap(world, lantern(), key);
  const counts = { accepted: 0, refused: 0 };
  for (let round = 0; round < 160; round += 1) {
    const document = round % 8 === 0 ? randomValue(random, 0) : mutate(random);
    const made = await judge(await manage(world, 'POST', '/maps', document, key), document);
    counts[made ? 'accepted' : 'refused'] += 1;
    if (made) {
      const again = await putMap(world, made.id, made.source, key);
      expect([again.status, await again.json()], JSON.stringify(document)).toEqual([200, made]);
      expect((await manage(world, 'GET', `/sources/${made.id}`, undefined, key)).status).toBe(200);
    }
    await judge(await putMap(world, standing.id, document, key), document);
  }
  expect((await manage(world, 'GET', '/maps', undefined, key)).status).toBe(200);
  expect(counts.accepted).toBeGreaterThan(20);
  expect(counts.refused).toBeGreaterThan(20);
  expect(world.internet.requests).toEqual([]);
}, 60_000);
