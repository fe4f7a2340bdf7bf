import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';
import { World } from '../worker/harness/world.ts';

const inside = [
  'http://api.example.com',
  'https://127.0.0.1',
  'https://127.1',
  'https://2130706433',
  'https://0x7f.0.0.1',
  'https://017700000001',
  'https://10.0.0.1',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://[fd00::1]',
  'https://localhost',
  'https://localhost.',
  'https://LOCALHOST:8443',
  'https://foo.localhost',
  'https://router.local',
  'https://db.internal',
  'https://db.internal.',
  'https://intranet',
  'https://wiki.corp',
  'https://nas.lan',
  'https://x.home.arpa',
  'https://user:pass@api.example.com',
  'https://user@api.example.com',
  'https://api.example.com:22',
  'https://trivet.test',
  'https://TRIVET.test./proxy',
  'https://１２７.0.0.1',
  'ftp://api.example.com',
  'file:///etc/passwd',
  'data:text/plain,x',
  'gopher://api.example.com',
];

describe('at definition', () => {
  for (const field of [
    'api_host_url',
    'auth_host_url',
    'access_token_url',
    'metadata_url',
    'logo',
    'issuer',
  ]) {
    it(`no inside address is taken for ${field}`, async () => {
      const world = new World();
      const fields = new OAuth2Provider(world).fields();
      for (const url of inside) {
        const answer = manage(world, 'POST', '/sources', { ...fields, [field]: url });
        const { details } = await refused(answer, 400, 'invalid_request');
        expect(
          details?.map(({ path }) => path),
          url,
        ).toContain(field);
      }
      expect(world.internet.requests).toEqual([]);
    });
  }

  it('an application’s logo, origin and return URL are held to the same', async () => {
    const world = new World();
    for (const url of inside.filter((it) => !it.includes('trivet.test') && !it.includes('TRIVET'))) {
      const body = { name: 'Shop', origins: [], returnUrls: [url], logo: url };
      const { details } = await refused(manage(world, 'POST', '/applications', body), 400, 'invalid_request');
      expect(details?.map(({ path }) => path).sort(), url).toEqual(['logo', 'returnUrls.0']);
    }
    expect(world.internet.requests).toEqual([]);
  });

  it('a discovered endpoint is, too', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const issuer = `https://id-${world.tag}.example`;
    const {
      auth_host_url: _,
      auth_url: __,
      full_auth_url: ___,
      access_token_url: ____,
      ...fields
    } = provider.fields();
    for (const url of inside) {
      world.internet.host(new URL(issuer).host, () =>
        Response.json({
          issuer,
          authorization_endpoint: `https://${provider.host}/authorize`,
          token_endpoint: url,
          response_types_supported: ['code'],
        }),
      );
      const answer = manage(world, 'POST', '/sources', { ...fields, issuer });
      const { details } = await refused(answer, 400, 'invalid_request');
      expect(
        details?.map(({ path }) => path),
        url,
      ).toEqual(['issuer']);
    }
    expect(world.internet.requests.every(({ url }) => url.startsWith(issuer))).toBe(true);
  });
});

describe('at use', () => {
  const insecure = { INSECURE_HOSTS: 'localhost,10.0.0.1' };

  it('a definition stored under another policy is held to today’s', async () => {
    const { world, application, provider, source } = await setting({}, insecure);
    const fields = provider.fields({
      name: 'Inside',
      access_token_url: 'http://10.0.0.1/token',
      metadata_url: 'http://localhost/me',
    });
    const inner = await ok<typeof source>(manage(world, 'POST', '/sources', fields));
    const { INSECURE_HOSTS: _, ...strict } = world.bindings;
    world.bindings = strict;
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, inner);
    expect(await ok<View>(run.view())).toMatchObject({ changed: false, outcome: { result: 'failed' } });
    expect(world.internet.requests).toEqual([]);
    // Control: while the deployment allows them, these hosts are asked.
    world.bindings = { ...strict, ...insecure };
    world.internet.host('10.0.0.1', () => Response.json({ access_token: 'x', token_type: 'bearer' }));
    world.internet.host('localhost', () => Response.json({ id: 1 }));
    await run.connect(provider, inner);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
    expect(world.internet.requests.map(({ url }) => url)).toEqual([
      'http://10.0.0.1/token',
      'http://localhost/me',
    ]);
  });

  it('a redirect is never followed, with our secrets or without', async () => {
    const { world, application, provider, source } = await setting({ metadata_url: '/me' });
    const elsewhere = () =>
      new Response(null, { status: 307, headers: { Location: 'https://169.254.169.254/' } });
    provider.answerToken = elsewhere;
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: false, outcome: { result: 'failed' } });
    provider.answerToken = null;
    provider.answerApi = elsewhere;
    await run.connect(provider, source);
    await run.finished();
    const { accessToken } = await ok<Exchanged>(run.exchange());
    const call = await world.request(`/proxy/${source.id}/me`, {
      headers: { Authorization: `Bearer ${accessToken}` },
    });
    expect([call.status, call.headers.get('Location')]).toEqual([307, 'https://169.254.169.254/']);
    const hosts = new Set(world.internet.requests.map(({ url }) => new URL(url).host));
    expect(hosts).toEqual(new Set([provider.host, provider.apiHost]));
  });

  it('a source on our own origin never reaches us, sandbox or not', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { accessToken } = await ok<Exchanged>(run.exchange());
    await world.db
      .prepare(
        `UPDATE sources SET definition = json_set(definition, '$.api_host_url', ?), secret_hosts = json_insert(secret_hosts, '$[#]', 'self') WHERE id = ?`,
      )
      .bind(`${world.origin}/sandbox/api`, source.id)
      .run();
    const headers = { Authorization: `Bearer ${accessToken}` };
    // The Connection's own hosts stand before it; with those moved too, the way out itself refuses.
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 409, 'invalid_grant');
    await world.db
      .prepare(`UPDATE connections SET hosts = json_insert(hosts, '$[#]', 'self') WHERE source_id = ?`)
      .bind(source.id)
      .run();
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 502, 'provider_error');
  });
});
