import { describe, it } from 'vitest';
import { digest, randomSecret } from '../worker/harness/management.ts';
import { everyKind, expectManners } from '../worker/harness/manners.ts';
import { type Body, bodiesNear } from '../worker/harness/strange-bodies.ts';

// Every route is sent what its schema doesn’t say: never a 500, always the error’s shape, nothing stored.

type Scene = Awaited<ReturnType<typeof everyKind>>;
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

const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '', 'x'];

describe('a body that its schema doesn’t allow', () => {
  for (const [name, route] of Object.entries(routes)) {
    it(`is refused in due form by ${name}`, async () => {
      const scene = await everyKind();
      const { path, method = 'POST', headers, valid } = await route(scene);
      const json = { 'Content-Type': 'application/json', ...headers };
      const near = [...bodiesNear(valid)].map((body) => ({
        init: { method, headers: json, body },
        what: body,
      }));
      const mistyped = types.map((type) => {
        const init = { method, headers: { ...headers, 'Content-Type': type }, body: JSON.stringify(valid) };
        return { init, what: `as ${type}` };
      });
      const requests = [...near, ...mistyped].map(({ init, what }) => ({
        path,
        init,
        what: what.slice(0, 300),
      }));
      await expectManners(scene.world, requests);
    });
  }
});
