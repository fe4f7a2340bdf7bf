import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { connectedPhotos } from './harness/connected.ts';
import type { Echo } from './harness/oauth2-provider.ts';

describe('an OAuth 1.0a call', () => {
  const forms = [
    '',
    'a=1',
    'a',
    'a=',
    '=a',
    'a=1&a=1&a=0',
    'a=1&&b=2&',
    'a+b=c+d&e%20f=g%20h&i%2Bj=k%2Bl',
    "tilde=~&tilde=%7E&star=*&quote=%27&quote='",
    'name=J%C3%BCrgen&emoji=%F0%9F%A6%8A&cjk=%E6%BC%A2',
    'equals=a=b=c&amp=a%26b',
    'lower=%c3%bc&upper=%C3%BC',
    'slash=a/b&slash=a%2Fb&colon=a:b&at=a@b',
    'z=1&Z=1&%7A=0&_=1&-=1&.=1',
    'b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q',
    'oauth=own&status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21',
  ];
  const paths = [
    '',
    '/',
    '//double',
    '/trailing/',
    '/al%2Fbums',
    '/~me',
    '/%7Eme',
    '/a%20b/c+d/e%2Bf',
    '/J%C3%BCrgen/%F0%9F%A6%8A',
    '/Jürgen/漢',
    "/it's/(a)/*/!",
    '/semi;colon=1/comma,2',
    '/at@host:80/x',
    '/%25/%2525',
  ];

  for (const [title, api] of Object.entries({
    'below a path': '/api',
    'at the root': '',
    'with the default port named': ':443/api',
    'on another port': ':8443/api/',
    'with a query of its own': '/api?v=1%2B1&format=json',
  })) {
    it(`is signed as the provider reads it, whatever its URL: API host ${title}`, async () => {
      const { world, photos, proxy } = await connectedPhotos(({ host }) => ({
        api_host_url: `https://${host}${api}`,
      }));
      for (const path of paths) expect((await proxy(path)).status, path || 'no path').toBe(200);
      for (const query of forms) expect((await proxy(`/x?${query}`)).status, query).toBe(200);
      expect(photos.refusals).toEqual([]);
      // The provider looks: a signature of another URL doesn't do.
      const { url, headers } = world.internet.requests.at(-1) ?? { url: '', headers: new Headers() };
      const other = new Request(`${url}&more=1`, {
        headers: { Authorization: headers.get('Authorization') ?? '' },
      });
      expect((await world.internet.fetch(other)).status).toBe(401);
    });
  }

  it('is signed over its form as well, which arrives to the letter, beside a query of the same names', async () => {
    const { photos, proxy } = await connectedPhotos();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const body of method === 'POST' ? forms : forms.slice(-2)) {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const data = await ok<Echo>(proxy('/photos?a=2&z=%20', { method, headers, body }));
        expect(data.body).toBe(body);
        expect(data.url).toBe(`https://${photos.host}/api/photos?a=2&z=%20`);
      }
    }
    expect(photos.refusals).toEqual([]);
  });

  it('is not signed over what only looks like a form', async () => {
    const { photos, proxy } = await connectedPhotos();
    for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', '']) {
      const headers = type === '' ? {} : { 'Content-Type': type };
      expect((await ok<Echo>(proxy('/photos', { method: 'POST', headers, body: 'a=1&b=2' }))).body).toBe(
        'a=1&b=2',
      );
    }
    expect(photos.refusals).toEqual([]);
  });

  it('whose form breaks off is the caller’s failure, and reaches nobody', async () => {
    const { world, proxy } = await connectedPhotos();
    const before = world.internet.requests.length;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('title=ha'));
        controller.error(new TypeError('connection reset'));
      },
    });
    const answer = await proxy('/photos', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(world.internet.requests).toHaveLength(before);
  });
});
