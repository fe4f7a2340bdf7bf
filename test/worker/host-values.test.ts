import { describe, expect, it } from 'vitest';
import { ok, refusedFields } from './harness/answers.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { type Echo, OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, Run } from './harness/run.ts';
import { World } from './harness/world.ts';

// A provider that gives every customer a host: each user says which.

async function scene() {
  const world = new World();
  const { key } = await createDeveloper(world);
  const provider = new OAuth2Provider(world, 'acme');
  const shop = provider.host.replace(/\.example$/, '');
  const source = await provider.define(
    {
      api_host_url: 'https://{shop}.example/admin',
      auth_host_url: 'https://{shop}.example',
      full_auth_url: 'https://{shop}.example/authorize?prompt=consent',
      metadata_url: '/admin/me',
      uniqueness: 'id',
    },
    key,
  );
  // Its API is on the same host.
  provider.serveApiBelow('/admin');
  const application = await createApplication(world, {}, key);
  const begun = async (clientUserId = 'user-1') => {
    const run = await Run.fromPage(world, application, { clientUserId });
    await ok(run.bind());
    return run;
  };
  const authorize = (run: Run, values?: Record<string, string>) =>
    run.browser.post(world.origin, `/connect/runs/${run.id}/authorize`, {
      source: source.id,
      ...(values ? { values } : {}),
    });
  return { world, key, provider, shop, source, application, begun, authorize };
}

describe('a source with a place in its host', () => {
  it('asks the popup for it, by name and with the host around it', async () => {
    const { begun, source } = await scene();
    const run = await begun();
    const { sources } = await ok<{ sources: { id: string; values: unknown }[] }>(run.view());
    expect(sources.find(({ id }) => id === source.id)?.values).toEqual([
      { name: 'shop', host: '{shop}.example' },
    ]);
  });

  it('goes nowhere without it, nor with more than one label', async () => {
    const { world, begun, authorize } = await scene();
    const run = await begun();
    const before = world.internet.requests.length;
    for (const values of [
      undefined,
      {},
      { shop: '' },
      { shop: 'a.b' },
      { shop: 'evil.test/' },
      { shop: 'evil.test#' },
      { shop: 'evil.test\\' },
      { shop: 'a@evil' },
      { other: 'acme' },
    ]) {
      expect(Object.keys(await refusedFields(authorize(run, values)))).toEqual(['values.shop']);
    }
    expect(world.internet.requests.length).toBe(before);
  });

  it('is connected, called and refreshed at that host alone', async () => {
    const { world, key, provider, shop, source, begun, authorize } = await scene();
    const run = await begun();
    const { redirectUrl } = await ok<{ redirectUrl: string }>(authorize(run, { shop: shop.toUpperCase() }));
    expect(new URL(redirectUrl).host).toBe(provider.host);
    await run.callback(provider.consent(redirectUrl));
    await run.finished();
    const { accessToken, connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const call = () =>
      world.request(`/proxy/${source.id}/orders`, { headers: { Authorization: `Bearer ${accessToken}` } });
    expect((await ok<Echo & Record<string, unknown>>(call())).url).toBe(
      `https://${provider.host}/admin/orders`,
    );
    const shown = await ok(manage(world, 'GET', `/connections/${connections[0]}`, undefined, key));
    expect(shown).toMatchObject({ host_values: { shop } });
    world.advance({ minutes: 61 });
    expect((await call()).status).toBe(200);
    const hosts = new Set(world.internet.requests.map(({ url }) => new URL(url).host));
    expect([...hosts]).toEqual([provider.host]);
  });

  it('may be filled by the developer’s server for a link', async () => {
    const { world, key, provider, shop, source } = await scene();
    const make = (body: object) => manage(world, 'POST', `/maps/${source.id}/connections`, body, key);
    const back = { redirect_url: 'https://shop.example/back' };
    expect(Object.keys(await refusedFields(make(back)))).toEqual(['values.shop']);
    const made = await ok<{ redirectUrl: string }>(make({ ...back, values: { shop } }));
    const opened = await world.request(new URL(made.redirectUrl).pathname);
    expect(new URL(opened.headers.get('Location') ?? '').host).toBe(provider.host);
  });

  it('is exported with it, and imported again', async () => {
    const { world, key, shop, source } = await scene();
    const imported = (host_values?: object) =>
      manage(
        world,
        'POST',
        '/connections',
        {
          provider_id: source.id,
          auth: { data: { access_token: 'taken along' } },
          ...(host_values ? { host_values } : {}),
        },
        key,
      );
    expect(Object.keys(await refusedFields(imported()))).toEqual(['host_values.shop']);
    expect(await ok(imported({ shop }))).toMatchObject({ host_values: { shop } });
    const exported = await (await manage(world, 'GET', '/connections/export', undefined, key)).text();
    expect(JSON.parse(exported.split('\n')[0] ?? '')).toMatchObject({ host_values: { shop } });
  });
});

describe('a callback that names the host of its tokens', () => {
  async function spread() {
    const world = new World();
    const { key } = await createDeveloper(world);
    const provider = new OAuth2Provider(world, 'accounts');
    // Its tokens come from another data centre, which the callback names.
    const elsewhere = `eu.${provider.host}`;
    const source = await provider.define(
      {
        token_host_from: 'callback.accounts-server',
        token_host_suffixes: [`.${provider.host}`],
        callback_metadata: ['accounts-server'],
      },
      key,
    );
    const application = await createApplication(world, {}, key);
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const connect = async (server?: string) => {
      const choice = server === undefined ? {} : { callback: { 'accounts-server': server } };
      const before = world.internet.requests.length;
      await run.callback(await run.consent(provider, source, choice));
      const { outcome } = await ok<{ outcome: { result: string } }>(run.view());
      const asked = world.internet.requests.slice(before).map(({ url }) => new URL(url).host);
      return { result: outcome.result, asked };
    };
    world.internet.host(elsewhere, (request) =>
      world.internet.fetch(new Request(request.url.replace(elsewhere, provider.host), request)),
    );
    return { world, provider, source, run, elsewhere, connect };
  }

  it('has its code redeemed, and its tokens refreshed, there', async () => {
    const { world, source, run, elsewhere, connect } = await spread();
    const { result, asked } = await connect(`https://${elsewhere}`);
    expect([result, asked[0]]).toEqual(['connected', elsewhere]);
    await run.finished();
    const { accessToken } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    world.advance({ minutes: 61 });
    const before = world.internet.requests.length;
    const headers = { Authorization: `Bearer ${accessToken}` };
    await ok(world.request(`/proxy/${source.id}/me`, { headers }));
    expect(new URL(world.internet.requests[before]?.url ?? '').host).toBe(elsewhere);
  });

  it('says nothing, and it is redeemed where the source says', async () => {
    const { provider, connect } = await spread();
    const { result, asked } = await connect();
    expect([result, asked[0]]).toEqual(['connected', provider.host]);
  });

  for (const server of ['https://evil.test', 'evil.test', 'http://eu.x', '']) {
    it(`names another, and nothing goes there: ${JSON.stringify(server)}`, async () => {
      const { connect } = await spread();
      expect(await connect(server)).toEqual({ result: 'failed', asked: [] });
    });
  }
});
