import { describe, expect, it } from 'vitest';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { comeBack, run, show, start, trying, tryingOAuth2 } from './harness/trial.ts';
import { World } from './harness/world.ts';

// The classic misconfigurations, each at a provider that really behaves so.

const whoAmI = { metadata_url: '/v1/me', uniqueness: 'id', default_name: 'id' };

type Setting = Awaited<ReturnType<typeof tryingOAuth2>>;

/** What a request to a token endpoint came with. */
async function read(request: Request) {
  const body = new TextDecoder().decode(await request.arrayBuffer());
  const isJson = request.headers.get('Content-Type')?.startsWith('application/json') ?? false;
  const fields: Record<string, string> = isJson
    ? JSON.parse(body)
    : Object.fromEntries(new URLSearchParams(body));
  return { fields, isJson, basic: request.headers.get('Authorization')?.startsWith('Basic ') ?? false };
}

function refusal(status: number, error: string, description = 'No.'): Response {
  return Response.json({ error, error_description: description }, { status });
}

function granted(fields: Record<string, unknown> = {}): Response {
  return Response.json({ access_token: `token-${crypto.randomUUID()}`, token_type: 'Bearer', ...fields });
}

/** The provider sends the developer back with an error. */
async function cameBackWith(setting: Setting, callback: Record<string, string>) {
  const { path, authorizationUrl } = await start(setting);
  const back = setting.provider.consent(authorizationUrl, { allow: false, callback });
  return comeBack(setting, back, path);
}

describe('at the provider’s page', () => {
  it('1: a redirect URL that isn’t registered, told in the callback or on its page', async () => {
    const setting = await tryingOAuth2();
    const shown = await cameBackWith(setting, { error: 'redirect_uri_mismatch' });
    expect(shown.findings).toEqual(['redirect_url']);
    expect(shown.html).toContain(`id="redirect-url">${setting.world.origin}/done/${setting.source.id}<`);
    const { path } = await start(setting);
    const asked = await show(setting.browser, `${path}?seen=Error+400:+redirect_uri_mismatch`);
    expect(asked.findings).toEqual(['redirect_url']);
    // Nothing known of it: all that it may be.
    const vague = await show(setting.browser, `${path}?seen=`);
    expect(vague.findings).toEqual(['redirect_url', 'pkce_unsupported', 'scopes', 'client_id']);
    expect((await show(setting.browser, path)).findings).toEqual([]);
  });

  it('2: a wrong client ID, told on its page, in the callback, or at the token endpoint', async () => {
    const setting = await tryingOAuth2();
    const { path } = await start(setting);
    const asked = await show(setting.browser, `${path}?seen=Unknown+client`);
    expect([asked.findings, asked.fields]).toEqual([['client_id'], ['client_id']]);
    expect((await cameBackWith(setting, { error: 'unauthorized_client' })).findings).toEqual(['client_id']);
    setting.provider.answerToken = () => refusal(401, 'invalid_client', 'Client not found');
    expect((await run(setting)).findings).toEqual(['client_id']);
  });

  it('5: scopes that are joined in another way than it reads them', async () => {
    const setting = await tryingOAuth2({ scope_separator: ',' });
    const shown = await cameBackWith(setting, {
      error: 'invalid_scope',
      error_description: 'Unknown scope: profile,steps',
    });
    expect([shown.findings, shown.fields]).toEqual([['scope_separator'], ['scope_separator']]);
    expect(shown.text).toContain('leave the field empty');
    // Or it drops what it doesn't know, and says so in what it grants.
    const quiet = await run(setting, { scopes: ['basic'] });
    expect([quiet.findings, quiet.fields]).toEqual([['scope_separator'], ['scope_separator']]);
  });

  it('6: a scope that it doesn’t know', async () => {
    const setting = await tryingOAuth2();
    const shown = await cameBackWith(setting, {
      error: 'invalid_scope',
      error_description: 'The scope steps is not enabled.',
    });
    expect([shown.findings, shown.fields]).toEqual([['unknown_scope'], ['scopes']]);
    expect(shown.text).toContain('Correct or remove steps');
  });

  it('15: an answer from another issuer', async () => {
    const setting = await tryingOAuth2();
    const { world, source } = setting;
    await world.db
      .prepare(
        "UPDATE sources SET definition = json_set(definition, '$.issuer', 'https://issuer.example') WHERE id = ?",
      )
      .bind(source.id)
      .run();
    const shown = await run(setting, { callback: { iss: 'https://issuer.example/' } });
    expect([shown.findings, shown.fields]).toEqual([['issuer_mismatch'], ['issuer']]);
    expect(shown.text).toContain('named https://issuer.example/, and the definition https://issuer.example.');
    expect(setting.provider.redeemed).toBe(0);
  });

  it('17: state that is missing or there twice, or a code twice', async () => {
    for (const [spoil, code] of [
      [(url: URL) => url.searchParams.delete('state'), 'state_missing'],
      [(url: URL) => url.searchParams.append('state', 'another'), 'state_repeated'],
      [(url: URL) => url.searchParams.set('state', 'another'), 'state_missing'],
    ] as const) {
      const setting = await tryingOAuth2();
      const { path, authorizationUrl } = await start(setting);
      const good = setting.provider.consent(authorizationUrl);
      const callback = new URL(good);
      spoil(callback);
      const answer = await setting.browser.navigate(callback.href);
      // It redirects nowhere, and says where to go on.
      expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
      expect(await answer.text()).toContain(`href="${path}"`);
      expect((await show(setting.browser, path)).findings).toEqual([code]);
      expect(setting.provider.redeemed).toBe(0);
      // Nothing was spent: the right callback may still come.
      expect((await comeBack(setting, good, path)).findings).toEqual([]);
    }
    const setting = await tryingOAuth2();
    const { path, authorizationUrl } = await start(setting);
    const callback = `${setting.provider.consent(authorizationUrl)}&code=another`;
    expect((await comeBack(setting, callback, path)).findings).toEqual(['parameter_repeated']);
    expect(setting.provider.redeemed).toBe(0);
  });

  it('is told from a developer who declined, and from a code that is missing', async () => {
    const setting = await tryingOAuth2();
    expect((await cameBackWith(setting, {})).findings).toEqual(['access_denied']);
    const { path, authorizationUrl } = await start(setting);
    const callback = new URL(setting.provider.consent(authorizationUrl));
    callback.searchParams.delete('code');
    expect((await comeBack(setting, callback.href, path)).findings).toEqual(['code_missing']);
  });
});

describe('at the token endpoint', () => {
  it('3: a wrong client secret', async () => {
    const setting = await tryingOAuth2({ client_secret: 'another-secret-than-the-client’s' });
    const shown = await run(setting);
    expect(shown.findings).toEqual(['client_secret']);
    expect(shown.fields).toEqual(['client_secret', 'client_id']);
    // Both ways of sending it were tried.
    expect(shown.text).toContain('Tried again with token_auth_method : client_secret_post');
    expect(shown.html).not.toContain('another-secret-than');
  });

  it('4: the other way to authenticate the client, both ways round', async () => {
    for (const [declared, wanted] of [
      ['client_secret_post', 'client_secret_basic'],
      ['client_secret_basic', 'client_secret_post'],
    ]) {
      const setting = await tryingOAuth2({ token_auth_method: declared });
      const { clientSecret } = setting.provider;
      let given = 0;
      setting.provider.answerToken = async (request) => {
        const { fields, basic } = await read(request);
        const knows = wanted === 'client_secret_basic' ? basic : fields.client_secret === clientSecret;
        if (!knows) return refusal(401, 'invalid_client');
        given += 1;
        return granted({ refresh_token: 'refresh-token-of-the-attempt' });
      };
      const shown = await run(setting);
      expect([shown.findings, shown.fields]).toEqual([['client_authentication'], ['token_auth_method']]);
      expect(shown.text).toContain(`Use ${wanted} .`);
      // What the attempt brought was ended again.
      expect([given, setting.revocation.tokens]).toEqual([1, ['refresh-token-of-the-attempt']]);
    }
  });

  it('7: JSON in place of a form, and a form in place of JSON', async () => {
    for (const [declared, wanted] of [
      ['form', 'json'],
      ['json', 'form'],
    ]) {
      const setting = await tryingOAuth2({ token_body_format: declared });
      setting.provider.answerToken = async (request) => {
        const { isJson } = await read(request);
        return isJson === (wanted === 'json')
          ? granted()
          : wanted === 'json'
            ? new Response('Unsupported Media Type', { status: 415 })
            : refusal(400, 'invalid_request', 'Missing parameter: grant_type');
      };
      const shown = await run(setting);
      expect([shown.findings, shown.fields]).toEqual([['body_format'], ['token_body_format']]);
      expect(shown.text).toContain(`Use ${wanted} .`);
    }
  });

  it('8: a wrong address: 404, 405, a page with 200, a host that isn’t there', async () => {
    for (const answer of [
      () => new Response('Not Found', { status: 404 }),
      () => new Response('', { status: 405 }),
      () =>
        new Response('<!doctype html><title>Welcome</title>', { headers: { 'Content-Type': 'text/html' } }),
    ]) {
      const setting = await tryingOAuth2();
      setting.provider.answerToken = answer;
      const shown = await run(setting);
      expect(shown.findings).toEqual(['token_url']);
      expect(shown.fields[0]).toBe('access_token_url');
    }
    const setting = await tryingOAuth2();
    setting.provider.answerToken = () => {
      throw new TypeError('No such host');
    };
    expect((await run(setting)).findings).toEqual(['token_unreachable']);
  });

  it('9: PKCE that it doesn’t take, and PKCE that it demands', async () => {
    const off = await tryingOAuth2();
    off.provider.answerToken = () => refusal(400, 'invalid_request', 'Unrecognized parameter: code_verifier');
    const unsupported = await run(off);
    expect([unsupported.findings, unsupported.fields]).toEqual([['pkce_unsupported'], ['pkce']]);
    const on = await tryingOAuth2({ pkce: 'none' });
    on.provider.takesPkce = false;
    on.provider.answerToken = () => refusal(400, 'invalid_grant', 'code_challenge is required');
    const required = await run(on);
    expect([required.findings, required.fields]).toEqual([['pkce_required'], ['pkce']]);
    expect(required.text).toContain('Use S256 .');
    const early = await cameBackWith(await tryingOAuth2(), {
      error: 'invalid_request',
      error_description: 'code_challenge_method not supported',
    });
    expect(early.findings).toEqual(['pkce_unsupported']);
  });

  it('10: tokens in another place', async () => {
    const setting = await tryingOAuth2();
    const token = `user-token-${crypto.randomUUID()}`;
    setting.provider.answerToken = () =>
      Response.json({ ok: true, data: { authed_user: { access_token: token } } });
    const nested = await run(setting);
    expect([nested.findings, nested.fields]).toEqual([['token_elsewhere'], ['token_response_under']]);
    expect(nested.text).toContain('Use data.authed_user .');
    expect(nested.html).not.toContain(token);
    setting.provider.answerToken = () => Response.json({ result: { accessToken: token } });
    const renamed = await run(setting);
    expect(renamed.fields).toEqual(['token_response_under', 'token_response_access_token']);
    expect(renamed.text).toContain('Use accessToken .');
    expect(renamed.html).not.toContain(token);
  });

  it('11: an error with the status 200', async () => {
    const setting = await tryingOAuth2();
    setting.provider.answerToken = () => Response.json({ errcode: 40029, errmsg: 'bad things' });
    const shown = await run(setting);
    expect(shown.findings).toEqual(['error_with_200']);
    expect(shown.text).toContain('errcode: 40029, errmsg: bad things');
    // Where it is about the client, that is said in its place.
    setting.provider.answerToken = () => Response.json({ error: 'incorrect_client_credentials' });
    expect((await run(setting)).findings).toEqual(['client_secret']);
  });

  it('18: no refresh token, though the access token ends', async () => {
    const setting = await tryingOAuth2(whoAmI);
    setting.provider.tokenFields = { refresh_token: undefined };
    const shown = await run(setting);
    expect([shown.findings, shown.fields]).toEqual([
      ['no_refresh_token'],
      ['scopes', 'authorization_params'],
    ]);
    expect(shown.text).toContain('offline_access');
    // A hint: it works all the same.
    expect(shown.text).toContain('works: an account can be connected');
    setting.provider.expiresIn = null;
    expect((await run(setting)).findings).toEqual([]);
  });

  it('19: an endpoint that redirects, as from http to https', async () => {
    const setting = await tryingOAuth2();
    const target = 'https://new.example/oauth/token';
    setting.provider.answerToken = () =>
      new Response(null, { status: 308, headers: { Location: `${target}?x=1` } });
    const shown = await run(setting);
    expect([shown.findings, shown.fields]).toEqual([['token_redirect'], ['access_token_url']]);
    expect(shown.text).toContain(`use ${target} .`);
    // The secret didn't follow.
    expect(setting.world.internet.requests.some(({ url }) => url.startsWith('https://new.example'))).toBe(
      false,
    );
  });

  it('tells what the provider says of a code, and of itself', async () => {
    const setting = await tryingOAuth2();
    for (const [answer, code] of [
      [() => refusal(400, 'invalid_grant', 'Code expired'), 'invalid_grant'],
      [() => refusal(400, 'invalid_grant', 'redirect_uri does not match'), 'redirect_url'],
      [() => new Response('', { status: 503 }), 'provider_down'],
      [() => refusal(400, 'invalid_target', 'audience is missing'), 'token_error'],
    ] as const) {
      setting.provider.answerToken = answer;
      expect((await run(setting)).findings).toEqual([code]);
    }
  });

  it('a refresh that isn’t taken', async () => {
    const setting = await tryingOAuth2(whoAmI);
    setting.provider.answerRefresh = () => refusal(400, 'unsupported_grant_type');
    const shown = await run(setting);
    expect([shown.findings, shown.fields]).toEqual([
      ['refresh_failed'],
      ['refresh_url', 'refresh_token_params'],
    ]);
  });
});

describe('at the API', () => {
  it('12: a wrong metadata URL', async () => {
    for (const answer of [
      () => new Response('Not Found', { status: 404 }),
      () => new Response('<!doctype html><title>Docs</title>', { headers: { 'Content-Type': 'text/html' } }),
    ]) {
      const setting = await tryingOAuth2(whoAmI);
      setting.provider.answerApi = answer;
      const shown = await run(setting);
      expect([shown.findings, shown.fields]).toEqual([['metadata_url'], ['metadata_url']]);
    }
    const setting = await tryingOAuth2(whoAmI);
    setting.provider.answerApi = () => refusal(403, 'insufficient_scope');
    const shown = await run(setting);
    expect([shown.findings, shown.fields]).toEqual([['api_refused'], ['scopes', 'metadata_url']]);
  });

  it('an API that is down, or doesn’t answer', async () => {
    for (const answer of [
      () => new Response('', { status: 503 }),
      () => {
        throw new TypeError('Connection refused');
      },
    ]) {
      const setting = await tryingOAuth2(whoAmI);
      setting.provider.answerApi = answer;
      const shown = await run(setting, { sample: '/v1/x' });
      expect([shown.findings, shown.fields]).toEqual([['api_down'], ['metadata_url']]);
    }
  });

  it('13: nothing where the account’s id should be', async () => {
    const setting = await tryingOAuth2({ ...whoAmI, uniqueness: 'user.uid', default_name: 'user.nick' });
    setting.provider.answerApi = () => Response.json({ profile: { user_id: 4711, display_name: 'Ada' } });
    const shown = await run(setting);
    expect([shown.findings, shown.fields]).toEqual([
      ['uniqueness', 'default_name'],
      ['uniqueness', 'default_name'],
    ]);
    expect(shown.text).toContain('These look like an id: profile.user_id (4711).');
    expect(shown.text).toContain('Use profile.display_name .');
  });

  it('14: a token that is taken in another place alone', async () => {
    const setting = await tryingOAuth2(whoAmI);
    const { provider } = setting;
    provider.answerApi = (request) =>
      provider.issued.includes(new URL(request.url).searchParams.get('access_token') ?? '')
        ? Response.json({ id: 'account-1' })
        : refusal(401, 'invalid_token');
    const inQuery = await run(setting, { sample: '/v1/me' });
    expect([inQuery.findings, inQuery.fields]).toEqual([['token_place'], ['signature']]);
    expect(inQuery.text).toContain('Use parameter .');

    const scheme = (request: Request) => request.headers.get('Authorization')?.split(' ')[0];
    provider.answerApi = (request) =>
      scheme(request) === 'token'
        ? Response.json({ id: 'account-1' })
        : new Response('{}', { status: 401, headers: { 'WWW-Authenticate': 'token realm="api"' } });
    const byScheme = await run(setting);
    expect([byScheme.findings, byScheme.fields]).toEqual([['token_place'], ['api_headers']]);
    expect(byScheme.text).toContain('Authorization=token {access_token}');

    provider.answerApi = (request) =>
      provider.issued.includes(request.headers.get('X-Access-Token') ?? '')
        ? Response.json({ id: 'account-1' })
        : Response.json({ message: 'Missing header X-Access-Token' }, { status: 401 });
    const byHeader = await run(setting);
    expect(byHeader.text).toContain('X-Access-Token={access_token}');
    for (const { html } of [inQuery, byScheme, byHeader])
      for (const token of provider.issued) expect(html).not.toContain(token);

    provider.answerApi = () => refusal(401, 'invalid_token');
    expect((await run(setting)).findings).toEqual(['api_refused']);
  });

  it('20: calls that are refused without a User-Agent', async () => {
    const setting = await tryingOAuth2();
    const { provider } = setting;
    provider.answerApi = (request) =>
      request.headers.has('User-Agent')
        ? Response.json({ fine: true })
        : new Response('Forbidden', { status: 403 });
    const api = await run(setting, { sample: '/v1/x' });
    expect([api.findings, api.fields]).toEqual([['user_agent'], ['api_headers']]);
    provider.answerApi = null;
    provider.answerToken = (request) =>
      request.headers.has('User-Agent') ? granted() : new Response('Forbidden', { status: 403 });
    const token = await run(setting);
    expect([token.findings, token.fields]).toEqual([['user_agent'], ['token_headers', 'api_headers']]);
  });

  it('a sample call that finds nothing, and an account that isn’t told apart', async () => {
    const setting = await tryingOAuth2();
    setting.provider.answerApi = () => new Response('', { status: 404 });
    const missing = await run(setting, { sample: '/v1/nothing' });
    expect([missing.findings, missing.fields]).toEqual([['sample_path'], ['api_host_url']]);
    setting.provider.answerApi = null;
    const found = await run(setting, { sample: '/v1/me' });
    expect([found.findings, found.fields]).toEqual([['no_uniqueness'], ['metadata_url', 'uniqueness']]);
    expect(found.text).toContain('Use /v1/me .');
  });
});

describe('16: where requests are signed', () => {
  async function refusedWith(
    fields: Record<string, unknown>,
    prepare: (provider: OAuth1Provider) => void = () => {},
  ) {
    const world = new World();
    const provider = new OAuth1Provider(world, 'signed');
    prepare(provider);
    const setting = await trying(world, provider.fields(fields));
    return { provider, ...(await start(setting)) };
  }

  it('a wrong consumer secret', async () => {
    const shown = await refusedWith({ client_secret: 'not-the-consumer-secret' });
    expect([shown.findings, shown.fields]).toEqual([
      ['consumer_secret'],
      ['client_secret', 'signature_method'],
    ]);
    expect(shown.authorizationUrl).toBe('');
    expect(shown.html).not.toContain('not-the-consumer-secret');
  });

  it('a wrong signature method', async () => {
    const shown = await refusedWith({ signature_method: 'PLAINTEXT' });
    expect([shown.findings, shown.fields]).toEqual([['signature_method'], ['signature_method']]);
    expect(shown.text).toContain('Use HMAC-SHA1 .');
    expect(shown.html).not.toContain(encodeURIComponent(shown.provider.clientSecret));
  });

  it('a callback that isn’t confirmed', async () => {
    const shown = await refusedWith({}, (provider) => {
      provider.callbackConfirmed = null;
    });
    expect([shown.findings, shown.fields]).toEqual([['callback_not_confirmed'], ['verifier']]);
  });

  it('clocks that differ, an unknown key, a callback that isn’t registered, a wrong address', async () => {
    for (const [answer, code] of [
      [
        () =>
          new Response('oauth_problem=timestamp_refused', {
            status: 401,
            headers: { Date: new Date(Date.parse('2026-11-22T09:42:00Z')).toUTCString() },
          }),
        'clock',
      ],
      [() => new Response('oauth_problem=consumer_key_unknown', { status: 401 }), 'client_id'],
      [() => new Response('Callback URL not approved for this client', { status: 403 }), 'redirect_url'],
      [() => new Response('<html>', { status: 404 }), 'token_url'],
    ] as const) {
      const shown = await refusedWith({}, (provider) => {
        provider.answer = answer;
      });
      expect(shown.findings).toEqual([code]);
      if (code === 'clock') expect(shown.text).toContain('Its clock is 42 minutes away from ours.');
      if (code === 'token_url') expect(shown.fields).toEqual(['request_token_url']);
    }
  });

  it('a callback without a verifier', async () => {
    const world = new World();
    const provider = new OAuth1Provider(world, 'signed');
    const setting = await trying(world, provider.fields());
    const { path, authorizationUrl } = await start(setting);
    const callback = new URL(provider.consent(setting.source, authorizationUrl));
    callback.searchParams.delete('oauth_verifier');
    const shown = await comeBack(setting, callback.href, path);
    expect([shown.findings, shown.fields]).toEqual([['verifier_missing'], ['verifier']]);
  });
});
