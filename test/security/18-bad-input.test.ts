import { describe, expect, it } from 'vitest';
import { failureBody, ok } from '../worker/harness/answers.ts';
import { digest, randomSecret } from '../worker/harness/management.ts';
import { OAuth1Provider } from '../worker/harness/oauth1-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import type { World } from '../worker/harness/world.ts';

// Every route is sent what its schema doesn't say: never a 500, always the error's shape, nothing stored.

type Body = Record<string, unknown>;

/** What stands in for a value: other types, nothing, too much, and text that somebody may trip over. */
const strange: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  [],
  [[]],
  [null],
  {},
  { set: false },
  { set: true, extra: 1 },
  '',
  ' ',
  'x',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  'e\u0301\u202e\ufeff',
  '👩‍👩‍👧‍👦'.repeat(20),
  'x'.repeat(5000),
  'x'.repeat(200_000),
  '../../etc/passwd',
  "' OR 1=1 --",
  '%',
  '{{ 7*7 }}',
  'https://',
  'https://%',
  'https://[',
  'https://a b',
  `https://${'a'.repeat(300)}.example`,
  'https://xn--.example',
  'https://\ud800.example',
  'https://example.com:99999',
  'null',
  'self',
  'toString',
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
function* bodiesNear(valid: Body): Generator<string> {
  for (const field of Object.keys(valid)) {
    for (const value of strange) yield JSON.stringify({ ...valid, [field]: value });
    for (const value of strange) {
      if (Array.isArray(valid[field])) yield JSON.stringify({ ...valid, [field]: [value] });
    }
  }
  for (const name of unknownNames) yield withMember(valid, name, 1);
  for (const value of strange) yield JSON.stringify(value) ?? '';
  yield* ['', ' ', '{', '[', '{"a":}', "{'a':1}", 'NaN', '\ufeff{}', '{"a":1}{"b":2}', '\u0000', 'a=b&a=c'];
}

async function fuzzed() {
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

/** Sends one request and expects it to be answered properly, and refused ones to leave no trace. */
async function expectManners(world: World, path: string, init: RequestInit, what: string): Promise<Response> {
  const before = await rowsStored(world);
  const answer = await world.request(path, init);
  expect(answer.status, `${what}\n${world.logs.at(-1)?.slice(0, 600)}`).toBeLessThan(500);
  if (answer.status >= 400) {
    if (!answer.headers.get('Content-Type')?.startsWith('text/html')) await failureBody(answer);
    expect(await rowsStored(world), what).toBe(before);
  }
  return answer;
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

async function rowsStored(world: World): Promise<unknown> {
  const sum = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
  return world.db.prepare(`SELECT ${sum} AS n`).first('n');
}

type Scene = Awaited<ReturnType<typeof fuzzed>>;
type Route = (
  scene: Scene,
) => Promise<{ path: string; method?: string; headers?: Record<string, string>; valid: Body }>;

const routes: Record<string, Route> = {
  'POST /connect/sessions (page)': async ({ application }) => ({
    path: '/connect/sessions',
    headers: { Origin: application.page },
    valid: {
      clientId: application.clientId,
      clientUserId: 'user',
      challenge: await digest('x'),
      returnUrl: application.returnUrl,
    },
  }),
  'POST /connect/sessions (server)': async ({ application, source }) => ({
    path: '/connect/sessions',
    valid: {
      clientId: application.clientId,
      clientSecret: application.clientSecret,
      clientUserId: 'user',
      sources: [source.id],
      returnUrl: application.returnUrl,
      locale: 'en',
    },
  }),
  'POST /connect/preview': async ({ world, bound }) => ({
    path: '/connect/preview',
    headers: { Origin: world.origin },
    valid: { sessionToken: bound.session.sessionToken },
  }),
  'POST /connect/bind': async ({ world, bound, application }) => ({
    path: '/connect/bind',
    headers: { Origin: world.origin },
    valid: { sessionToken: bound.session.sessionToken, runSecret: bound.runSecret, origin: application.page },
  }),
  'POST /connect/runs/:id/authorize': async ({ world, bound, cookie, source }) => ({
    path: `/connect/runs/${bound.id}/authorize`,
    headers: { Origin: world.origin, Cookie: cookie },
    valid: { source: source.id },
  }),
  'POST /connect/runs/:id/finish': async ({ world, bound, cookie }) => ({
    path: `/connect/runs/${bound.id}/finish`,
    headers: { Origin: world.origin, Cookie: cookie },
    valid: {},
  }),
  'POST /connect/outcome': async ({ application, bound }) => ({
    path: '/connect/outcome',
    headers: { Origin: application.page },
    valid: { sessionToken: bound.session.sessionToken, runSecret: bound.runSecret, end: true },
  }),
  'POST /connect/runs/:id/exit': async ({ world, bound, cookie }) => ({
    path: `/connect/runs/${bound.id}/exit`,
    headers: { Origin: world.origin, Cookie: cookie },
    valid: { reason: 'closed' },
  }),
  'POST /connect/tokens': async ({ application }) => ({
    path: '/connect/tokens',
    valid: {
      specialToken: `${randomSecret()}.${randomSecret()}`,
      clientId: application.clientId,
      clientSecret: application.clientSecret,
      clientUserId: 'user',
    },
  }),
  'POST /applications': async ({ key }) => ({
    path: '/applications',
    headers: key,
    valid: {
      name: 'Shop',
      origins: ['https://shop.example'],
      returnUrls: ['https://shop.example/'],
      logo: null,
      test: false,
    },
  }),
  'PATCH /applications/:clientId': async ({ key, application }) => ({
    path: `/applications/${application.clientId}`,
    method: 'PATCH',
    headers: key,
    valid: { name: 'Shop', origins: ['https://shop.example'], returnUrls: [], logo: null, test: false },
  }),
  'POST /sources (OAuth 2)': async ({ key, provider }) => ({
    path: '/sources',
    headers: key,
    valid: provider.fields({
      slug: undefined,
      logo: null,
      metadata_url: '/me',
      token_response: { under: 'x' },
    }),
  }),
  'POST /sources (OAuth 1.0a)': async ({ key, photos }) => ({
    path: '/sources',
    headers: key,
    valid: photos.fields(),
  }),
  'PATCH /sources/:id': async ({ key, photoSource }) => ({
    path: `/sources/${photoSource.id}`,
    method: 'PATCH',
    headers: key,
    valid: {
      type: 'oauth1',
      name: 'x',
      slug: null,
      credentials_for: 'everyone',
      client_secret: { set: true },
    },
  }),
  'PUT /applications/:clientId/sources/:id': async ({ key, application, source }) => ({
    path: `/applications/${application.clientId}/sources/${source.id}`,
    method: 'PUT',
    headers: key,
    valid: { enabled: true, client_id: 'x', client_secret: 'y', scopes: ['z'] },
  }),
  'POST /example/connected': async ({ world }) => ({
    path: '/example/connected',
    headers: { Origin: world.origin },
    valid: { specialToken: 'x' },
  }),
};

describe('a body that its schema doesn’t allow', () => {
  for (const [name, route] of Object.entries(routes)) {
    it(`is refused in due form by ${name}`, { timeout: 30_000 }, async () => {
      const scene = await fuzzed();
      const { path, method = 'POST', headers, valid } = await route(scene);
      for (const body of bodiesNear(valid)) {
        const init = { method, headers: { 'Content-Type': 'application/json', ...headers }, body };
        await expectManners(scene.world, path, init, `${name} ${body.slice(0, 300)}`);
      }
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        '',
        'x',
      ]) {
        const init = { method, headers: { ...headers, 'Content-Type': type }, body: JSON.stringify(valid) };
        await expectManners(scene.world, path, init, `${name} as ${type}`);
      }
    });
  }
});

const paths = [
  'x',
  '%',
  '%00',
  '%ff',
  '%2e%2e',
  '..%2f',
  '%f0%9f%98%80',
  "'",
  '"',
  '0'.repeat(32),
  'x'.repeat(4000),
  '*',
  ':id',
];

describe('a path or a query nobody meant', () => {
  it('is refused in due form', { timeout: 30_000 }, async () => {
    const { world, key, accessToken, cookie, bound } = await fuzzed();
    const user = { Authorization: `Bearer ${accessToken}` };
    const popup = { Cookie: cookie, Origin: world.origin };
    for (const part of paths) {
      for (const [path, headers] of [
        [`/applications/${part}`, key],
        [`/applications/${part}/secrets/${part}`, key],
        [`/applications/${part}/sources/${part}`, key],
        [`/sources/${part}`, key],
        [`/connections/${part}`, key],
        [`/connect/runs/${part}`, popup],
        [`/connect/runs/${part}/finish`, popup],
        [`/done/${part}?state=${part}&code=${part}&error=${part}`, { Cookie: cookie }],
        [`/done/${bound.id}?oauth_token=${part}&oauth_verifier=${part}`, { Cookie: cookie }],
        [`/proxy/${part}/${part}?${part}`, user],
        [`/logos/${part}`, {}],
        [`/connections?limit=${part}&cursor=${part}`, key],
        [`/connections?${part}=${part}`, key],
        [`/connections?name=${part}&client_user_id=${part}`, key],
        [`/sources?cursor=${part}`, key],
        [`/${part}`, {}],
      ] as const) {
        for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
          await expectManners(world, path, { method, headers }, `${method} ${path.slice(0, 200)}`);
        }
      }
    }
  });

  it('nor a header', async () => {
    const { world, accessToken, source, application, bound } = await fuzzed();
    for (const value of [
      '',
      ' ',
      'x',
      'Bearer',
      'Bearer ',
      'Basic',
      'Basic %',
      'Basic eA==',
      `Basic ${btoa('%:%')}`,
      `Bearer ${'x'.repeat(8000)}`,
      `Basic ${btoa('a'.repeat(5000))}`,
      'Bearer \u00ff',
    ]) {
      const headers = { Authorization: value, 'Content-Type': 'application/json' };
      for (const path of ['/applications', '/user', `/proxy/${source.id}/me`, '/connections']) {
        await expectManners(world, path, { headers }, `${path} ${value.slice(0, 60)}`);
      }
      const body = JSON.stringify({ specialToken: 'x', clientId: application.clientId });
      await expectManners(world, '/connect/tokens', { method: 'POST', headers, body }, value.slice(0, 60));
      const start = JSON.stringify({ clientUserId: 'x' });
      await expectManners(
        world,
        '/connect/sessions',
        { method: 'POST', headers, body: start },
        value.slice(0, 60),
      );
    }
    for (const cookie of [
      'x',
      '=',
      `__Host-trivet-run-${bound.id}=`,
      `__Host-trivet-run-${bound.id}=%`,
      'a=b; '.repeat(500),
      'example-access-token=x',
      'example-access-token=test.AAAA',
    ]) {
      for (const path of [`/connect/runs/${bound.id}`, `/done/${source.id}?state=x`, '/example/data', '/']) {
        await expectManners(world, path, { headers: { Cookie: cookie } }, `${path} ${cookie.slice(0, 60)}`);
      }
    }
    for (const id of ['', 'x', '%', 'x'.repeat(5000)]) {
      const headers = { Authorization: `Bearer ${accessToken}`, 'X-Connection-Id': id };
      await expectManners(world, `/proxy/${source.id}/me`, { headers }, id.slice(0, 60));
    }
  });
});
