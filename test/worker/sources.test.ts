import { describe, expect, it } from 'vitest';
import { faultsOf, ok, refused, refusedFields } from './harness/answers.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

type Shown = Record<string, unknown> & { id: string; slug: string };

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
    expect(faultsOf(taken)).toEqual({ slug: 'is taken' });
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
      else expect(Object.keys(await refusedFields(answer))).toEqual(['full_auth_url']);
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

it('signs with RSA-SHA1 only where its secret is a private key', async () => {
  const world = new World();
  const fields = { ...new OAuth1Provider(world).fields(), signature_method: 'RSA-SHA1' };
  const wrong = { ...fields, client_secret: 'no private key' };
  expect(await refusedFields(manage(world, 'POST', '/sources', wrong))).toEqual({
    client_secret: 'must be an RSA private key in PEM (PKCS#8), for RSA-SHA1',
  });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-1' };
  const pair = (await crypto.subtle.generateKey(
    { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  )) as CryptoKeyPair;
  const bytes = new Uint8Array((await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer);
  const body = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, '$&\n');
  const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
  await ok(manage(world, 'POST', '/sources', { ...fields, client_secret: pem }));
});
