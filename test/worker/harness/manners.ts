import { expect } from 'vitest';
import { failureBody, ok } from './answers.ts';
import { OAuth1Provider } from './oauth1-provider.ts';
import { type Exchanged, finishedRun, Run } from './run.ts';
import { setting } from './setting.ts';
import type { World } from './world.ts';

/** What requests to every route need: ids that exist, and each kind of credential. */
export async function everyKind() {
  const { world, application, provider, source } = await setting();
  world.internet.elsewhere = () => new Response('nothing here', { status: 404 });
  const photos = new OAuth1Provider(world);
  const photoSource = await photos.define();
  const run = await finishedRun(world, application, provider, source);
  const { accessToken } = await ok<Exchanged>(run.exchange());
  const bound = await Run.fromPage(world, application);
  await ok(bound.bind());
  const cookie = [...bound.browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  const key = { Authorization: `Bearer ${world.bindings.ADMIN_TOKEN}` };
  return { world, application, provider, source, photos, photoSource, accessToken, bound, cookie, key };
}

/** A request, and how to speak of it. */
interface Sent {
  path: string;
  init: RequestInit;
  what: string;
}

/** Sends requests, some at a time, and expects each to be answered properly, and refused ones to leave no trace. */
export async function expectManners(world: World, requests: Sent[]): Promise<void> {
  for (let at = 0; at < requests.length; at += 25) {
    const some = requests.slice(at, at + 25);
    const before = await rowsStored(world);
    const answers = await Promise.all(some.map(({ path, init }) => world.request(path, init)));
    for (const [index, answer] of answers.entries()) {
      const { path, what } = some[index] ?? { path: '', what: '' };
      expect(answer.status, what).toBeLessThan(500);
      if (answer.status < 400 || answer.headers.get('Content-Type')?.startsWith('text/html')) continue;
      // The example hands on what the service answered it, under the ids of that answer.
      if (!path.startsWith('/example/')) await failureBody(answer);
    }
    const accepted = answers.filter(({ status }) => status < 400).length;
    expect((await rowsStored(world)) - before, some[0]?.what).toBeLessThanOrEqual(accepted);
  }
}

const tables = [
  'applications',
  'sources',
  'runs',
  'claims',
  'connections',
  'end_users',
  'access_tokens',
  'application_sources',
];

async function rowsStored(world: World): Promise<number> {
  const sum = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
  return (await world.db.prepare(`SELECT ${sum} AS n`).first<number>('n')) ?? 0;
}
