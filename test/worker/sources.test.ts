import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

type Shown = Record<string, unknown> & { id: string; slug: string };

const faults = (body: { details?: { path: string; message: string }[] }) =>
  Object.fromEntries((body.details ?? []).map(({ path, message }) => [path, message]));
const refusedFields = async (answer: Promise<Response>) =>
  faults(await refused(answer, 400, 'invalid_request'));

function providerOf(world: World) {
  const provider = new OAuth2Provider(world);
  return { provider, fields: provider.fields() };
}

describe('a data source', () => {
  it('keeps every field, shows defaults, and never a secret', async () => {
    const world = new World();
    const { fields } = providerOf(world);
    const given = {
      ...fields,
      scope_separator: ',',
      authorization_params: { access_type: 'offline' },
      token_params: { audience: 'x' },
      callback_metadata: ['realmId'],
      token_response: { under: 'authed_user', expires_in_unit: 'ms' },
      token_auth_method: 'client_secret_post',
      token_body_format: 'json',
      refresh_url: '/refresh',
      revocation_url: '/revoke',
      metadata_url: '/me',
      uniqueness: 'id',
      default_name: 'profile.name',
      signature: 'parameter',
    };
    const answer = await manage(world, 'POST', '/sources', given);
    expect(answer.status).toBe(201);
    const made = await ok<Shown>(answer);
    expect(made).toMatchObject({ ...given, client_secret: { set: true }, pkce: 'S256', sandbox: false });
    expect(made.callback_url).toBe(`${world.origin}/done/${made.id}`);
    expect(await ok<Shown>(manage(world, 'GET', `/sources/${made.id}`))).toEqual(made);
    const plain = await ok<Shown>(manage(world, 'POST', '/sources', fields));
    expect(plain).toMatchObject({ scope_separator: ' ', token_body_format: 'form', signature: 'header' });
  });

  it('is one of the five types, with the fields of its type', async () => {
    const world = new World();
    for (const type of ['api_key', 'basic', 'none']) {
      const body = { type, name: `A ${type}`, api_host_url: 'https://api.plain.example' };
      const made = await ok<Shown>(manage(world, 'POST', '/sources', body));
      expect(made).toMatchObject(body);
      const named = await refusedFields(
        manage(world, 'POST', '/sources', { ...body, client_id: 'x', scopes: [] }),
      );
      expect(Object.keys(named)).toContain('scopes');
    }
    const named = await refusedFields(manage(world, 'POST', '/sources', { type: 'oauth3', name: 'x' }));
    expect(named.type).toBe('must be one of oauth2, oauth1, api_key, basic, none');
  });

  it('gets a slug from its name, and no other developer’s way', async () => {
    const world = new World();
    const { provider } = providerOf(world);
    const { key } = await createDeveloper(world);
    const name = `Zoë’s Café ${world.tag}`;
    const slug = `zoe-s-cafe-${world.tag}`;
    expect((await provider.define({ name })).slug).toBe(slug);
    expect((await provider.define({ name })).slug).toBe(`${slug}-2`);
    expect((await provider.define({ name }, key)).slug).toBe(slug);
    const taken = await refused(
      manage(world, 'POST', '/sources', provider.fields({ slug })),
      409,
      'conflict',
    );
    expect(faults(taken)).toEqual({ slug: 'is taken' });
    for (const wrong of ['Upper', 'a b', '-a', 'a'.repeat(65), '0'.repeat(32), '']) {
      const answer = manage(world, 'POST', '/sources', provider.fields({ slug: wrong }));
      expect(Object.keys(await refusedFields(answer)), wrong).toEqual(['slug']);
    }
  });

  it('takes many of one name at once', async () => {
    const world = new World();
    const { provider } = providerOf(world);
    const name = `Busy ${world.tag}`;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => manage(world, 'POST', '/sources', provider.fields({ name }))),
    );
    for (const answer of answers) expect([201, 409]).toContain(answer.status);
  });

  it('deleted leaves its Connections readable', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { accessToken, connections } = await ok<Exchanged>(run.exchange());
    const gone = await manage(world, 'DELETE', `/sources/${source.id}`);
    expect(gone.status).toBe(204);
    const connection = await ok<Shown>(manage(world, 'GET', `/connections/${connections[0]}`));
    expect(connection).toMatchObject({ provider_id: source.id, provider_deleted: true });
    const headers = { Authorization: `Bearer ${accessToken}` };
    const user = await ok<{ connections: Shown[] }>(world.request('/user', { headers }));
    expect(user.connections).toMatchObject([{ provider_deleted: true }]);
    await refused(world.request(`/proxy/${source.id}/me`, { headers }), 404, 'not_found');
    await refused(manage(world, 'GET', `/sources/${source.id}`), 404, 'not_found');
  });

  it('deleted while a user is on the way ends in a page of ours, and stores nothing', async () => {
    const { world, application, provider, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const url = await run.consent(provider, source);
    await manage(world, 'DELETE', `/sources/${source.id}`);
    expect((await run.callback(url)).status).toBe(303);
    expect(provider.redeemed).toBe(0);
    await refused(run.finish(), 400, 'invalid_request');
  });
});

describe('the faults of a data source', () => {
  it('are named all at once', async () => {
    const world = new World();
    const body = {
      type: 'oauth2',
      api_host_url: 'http://api.example',
      auth_host_url: 'https://10.1.2.3',
      auth_url: '/authorize',
      scopes: ['a b', 7],
      pkce: 'S512',
      request_token_url: '/x',
      client_secret: 'x',
      credentials_for: 'nobody',
    };
    const named = await refusedFields(manage(world, 'POST', '/sources', body));
    expect(Object.keys(named).sort()).toEqual(
      expect.arrayContaining([
        'access_token_url',
        'api_host_url',
        'auth_host_url',
        'credentials_for',
        'full_auth_url',
        'name',
        'pkce',
        'request_token_url',
        'scopes.0',
        'scopes.1',
      ]),
    );
    expect(named.name).toBe('is required');
    expect(named.request_token_url).toBe('is not a known field');
    expect(named.api_host_url).toBe('must be an https URL');
  });

  it('name each mandatory field of each type', async () => {
    const world = new World();
    const oauth1 = new OAuth1Provider(world).fields();
    const { fields: oauth2 } = providerOf(world);
    for (const [fields, mandatory] of [
      [oauth2, ['name', 'api_host_url', 'auth_host_url', 'auth_url', 'access_token_url', 'full_auth_url']],
      [
        oauth1,
        [
          'name',
          'api_host_url',
          'auth_host_url',
          'auth_url',
          'access_token_url',
          'full_auth_url',
          'request_token_url',
        ],
      ],
    ] as const) {
      for (const field of mandatory) {
        const { [field]: _, ...rest } = fields;
        const named = await refusedFields(manage(world, 'POST', '/sources', rest));
        expect(Object.keys(named), field).toContain(field);
      }
    }
  });

  it('keep the user on the host the source speaks of', async () => {
    const world = new World();
    const { provider } = providerOf(world);
    for (const [full, good] of [
      [`https://${provider.host}/login`, true],
      [`https://www.${provider.host}/login`, true],
      ['https://evil.example.net/login', false],
      ['https://example/login', false],
    ] as const) {
      const answer = await manage(world, 'POST', '/sources', provider.fields({ full_auth_url: full }));
      if (good) expect(answer.status, full).toBe(201);
      else expect(Object.keys(await refusedFields(Promise.resolve(answer)))).toEqual(['full_auth_url']);
    }
  });
});

describe('a change of a data source', () => {
  it('keeps what it doesn’t name, the secret too', async () => {
    const { world, application, provider, source } = await setting();
    const path = `/sources/${source.id}`;
    for (const body of [{ name: 'Renamed' }, { client_secret: { set: true }, scopes: ['profile'] }]) {
      const changed = await ok<Shown>(manage(world, 'PATCH', path, body));
      expect(changed.client_secret).toEqual({ set: true });
    }
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
    const cleared = await ok<Shown>(manage(world, 'PATCH', path, { client_secret: null }));
    expect(cleared.client_secret).toBeNull();
  });

  it('demands the secret again where a host changes', async () => {
    const { world, application, provider, source } = await setting();
    const path = `/sources/${source.id}`;
    for (const body of [
      { access_token_url: 'https://evil.example.net/token' },
      { api_host_url: 'https://evil.example.net' },
      { refresh_url: 'https://evil.example.net/refresh' },
      { revocation_url: 'https://evil.example.net/revoke' },
      { metadata_url: 'https://evil.example.net/me', client_secret: { set: true } },
      { access_token_url: `https://${provider.host}:8443/token` },
    ]) {
      expect(Object.keys(await refusedFields(manage(world, 'PATCH', path, body)))).toEqual(['client_secret']);
    }
    // And nothing of it was stored.
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
    const moved = { api_host_url: 'https://new.example.net', client_secret: provider.clientSecret };
    await ok(manage(world, 'PATCH', path, moved));
  });
});

describe('an issuer', () => {
  const fieldsFor = (provider: OAuth2Provider, issuer: string) =>
    provider.fields({
      issuer,
      auth_host_url: undefined,
      auth_url: undefined,
      full_auth_url: undefined,
      access_token_url: undefined,
    });
  const metadata = (provider: OAuth2Provider, issuer: string) => ({
    issuer,
    authorization_endpoint: `https://${provider.host}/authorize?prompt=consent`,
    token_endpoint: `https://${provider.host}/token`,
    response_types_supported: ['code'],
  });

  it('is asked once, and its endpoints are used', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const issuer = `https://id-${world.tag}.example`;
    world.internet.host(new URL(issuer).host, () => Response.json(metadata(provider, issuer)));
    const source = await ok<Shown & { name: string }>(
      manage(world, 'POST', '/sources', fieldsFor(provider, issuer)),
    );
    expect(source).not.toHaveProperty('discovered');
    const application = await createApplication(world);
    const run = await finishedRun(world, application, provider, source);
    await ok(run.exchange());
    expect(world.internet.requests.filter(({ url }) => url.startsWith(issuer))).toHaveLength(1);
  });

  it('must be the one it says it is, reachable, and name endpoints that we may call', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const issuer = `https://id-${world.tag}.example`;
    const good = metadata(provider, issuer);
    for (const answer of [
      () => Response.json({ ...good, issuer: 'https://other.example' }),
      () => Response.json({ ...good, issuer: `${issuer}/` }),
      () => Response.json({ ...good, token_endpoint: 'http://10.0.0.1/token' }),
      () => Response.json({ ...good, authorization_endpoint: 'javascript:alert(1)' }),
      () => Response.json({ ...good, token_endpoint: undefined }),
      () => new Response('<html>'),
      () => new Response(null, { status: 404 }),
      () => new Response(null, { status: 302, headers: { Location: 'https://127.0.0.1/' } }),
      () => Promise.reject(new TypeError('down')),
    ]) {
      world.internet.host(new URL(issuer).host, answer);
      const named = await refusedFields(manage(world, 'POST', '/sources', fieldsFor(provider, issuer)));
      expect(Object.keys(named)).toEqual(['issuer']);
    }
  });
});

describe('what an application says of a source', () => {
  it('switches it off, and back to what it is by default', async () => {
    const { world, application, provider, source } = await setting();
    const path = `/applications/${application.clientId}/sources/${source.id}`;
    expect(await ok(manage(world, 'PUT', path, { enabled: false }))).toMatchObject({ enabled: false });
    const run = await Run.fromPage(world, application);
    const view = await ok<View>(run.bind());
    expect(view.sources.map(({ id }) => id)).not.toContain(source.id);
    await refused(run.authorize(source), 404, 'not_found');
    expect((await manage(world, 'DELETE', path)).status).toBe(204);
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
  });

  it('brings credentials of its own, as a pair, write-only', async () => {
    const { world, application, provider, source } = await setting({
      client_id: undefined,
      client_secret: undefined,
    });
    const path = `/applications/${application.clientId}/sources/${source.id}`;
    const offered = async () => {
      const run = await Run.fromPage(world, application);
      return (await ok<View>(run.bind())).sources.some(({ id }) => id === source.id);
    };
    expect(await offered()).toBe(false);
    const { clientId: client_id, clientSecret: client_secret } = provider;
    expect(await refusedFields(manage(world, 'PUT', path, { client_id }))).toHaveProperty('client_secret');
    expect(await refusedFields(manage(world, 'PUT', path, { client_secret }))).toHaveProperty('client_id');
    expect(await offered()).toBe(false);
    const put = await ok(manage(world, 'PUT', path, { client_id, client_secret, scopes: ['steps'] }));
    expect(put).toEqual({ enabled: true, client_id, client_secret: { set: true }, scopes: ['steps'] });
    expect(await offered()).toBe(true);
    const run = await finishedRun(world, application, provider, source);
    const { connections } = await ok<Exchanged>(run.exchange());
    const connection = await ok<{ auth: { scopes: unknown } }>(
      manage(world, 'GET', `/connections/${connections[0]}`),
    );
    expect(connection.auth.scopes).toEqual({ requested: ['steps'], granted: ['steps'], missing: [] });
    // The kept secret goes with its client ID and its hosts.
    await ok(manage(world, 'PUT', path, { client_id, client_secret: { set: true } }));
    expect(await refusedFields(manage(world, 'PUT', path, { client_id: 'another' }))).toHaveProperty(
      'client_secret',
    );
  });

  it('goes no further with the platform’s credentials than the administrator let it', async () => {
    const { world, provider, source } = await setting();
    const { id, key } = await createDeveloper(world);
    const theirs = await createApplication(world, {}, key);
    const path = `/applications/${theirs.clientId}/sources/${source.id}`;
    await ok(manage(world, 'PUT', path, { scopes: ['steps', 'admin'] }, key));
    const run = await Run.fromPage(world, theirs);
    await ok(run.bind());
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    expect(new URL(redirectUrl).searchParams.get('scope')).toBe('steps');
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [] }));
    await refused(run.authorize(source), 404, 'not_found');
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [id] }));
    await ok(run.authorize(source));
    const own = manage(world, 'POST', '/sources', provider.fields({ credentials_for: 'everyone' }), key);
    expect(await refusedFields(own)).toHaveProperty('credentials_for');
  });

  it('names its faults, and an unknown source', async () => {
    const { world, application, source } = await setting();
    const path = `/applications/${application.clientId}/sources`;
    const body = { enabled: 'yes', scopes: ['a b'], secret: 'x' };
    const named = await refusedFields(manage(world, 'PUT', `${path}/${source.id}`, body));
    expect(Object.keys(named).sort()).toEqual(['enabled', 'scopes.0', 'secret']);
    await refused(manage(world, 'PUT', `${path}/${'0'.repeat(32)}`, {}), 404, 'not_found');
    await refused(manage(world, 'DELETE', `${path}/nonsense`), 404, 'not_found');
  });
});
