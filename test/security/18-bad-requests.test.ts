import { describe, it } from 'vitest';
import { everyKind, expectManners } from '../worker/harness/manners.ts';
import type { Body } from '../worker/harness/strange-bodies.ts';

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

const authorizations = [
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
];

describe('a path, a query or a header nobody meant', () => {
  it('is refused in due form', async () => {
    const { world, key, accessToken, cookie, bound } = await everyKind();
    const user = { Authorization: `Bearer ${accessToken}` };
    const popup = { Cookie: cookie, Origin: world.origin };
    const targets = paths.flatMap((part): [string, Record<string, string>][] => [
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
    ]);
    const requests = targets.flatMap(([path, headers]) =>
      ['GET', 'POST', 'PUT', 'DELETE'].map((method) => ({
        path,
        init: { method, headers },
        what: `${method} ${path.slice(0, 200)}`,
      })),
    );
    await expectManners(world, requests);
  });

  it('is refused as a credential', async () => {
    const { world, source, application } = await everyKind();
    const requests = authorizations.flatMap((value) => {
      const headers = { Authorization: value, 'Content-Type': 'application/json' };
      const get = (path: string) => ({ path, init: { headers }, what: `${path} ${value.slice(0, 60)}` });
      const post = (path: string, body: Body) => ({
        path,
        init: { method: 'POST', headers, body: JSON.stringify(body) },
        what: `${path} ${value.slice(0, 60)}`,
      });
      return [
        get('/applications'),
        get('/connections'),
        get('/user'),
        get(`/proxy/${source.id}/me`),
        post('/connect/tokens', { specialToken: 'x', clientId: application.clientId }),
        post('/connect/sessions', { clientUserId: 'x' }),
      ];
    });
    await expectManners(world, requests);
  });

  it('is refused as a cookie, or as the id of a Connection', async () => {
    const { world, source, bound, accessToken } = await everyKind();
    const own = `__Host-trivet-run-${bound.id}`;
    const cookies = [
      'x',
      '=',
      `${own}=`,
      `${own}=%`,
      'a=b; '.repeat(500),
      'example-access-token=x',
      'example-access-token=test.AAAA',
    ];
    const pages = [`/connect/runs/${bound.id}`, `/done/${source.id}?state=x`, '/example/data', '/'];
    const withCookies = cookies.flatMap((Cookie) =>
      pages.map((path) => ({ path, init: { headers: { Cookie } }, what: `${path} ${Cookie.slice(0, 60)}` })),
    );
    const withIds = ['', 'x', '%', 'x'.repeat(5000)].map((id) => ({
      path: `/proxy/${source.id}/me`,
      init: { headers: { Authorization: `Bearer ${accessToken}`, 'X-Connection-Id': id } },
      what: `X-Connection-Id ${id.slice(0, 60)}`,
    }));
    await expectManners(world, [...withCookies, ...withIds]);
  });
});
