import { describe, expect, it } from 'vitest';
import { ok, refusedFields } from './harness/answers.ts';
import { createApplication, manage, type Source } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { finishedRun } from './harness/run.ts';
import { World } from './harness/world.ts';

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
    const source = await ok<Source>(manage(world, 'POST', '/sources', fieldsFor(provider, issuer)));
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
