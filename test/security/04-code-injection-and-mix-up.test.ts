import { describe, expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { Run, type View } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

/** A bound run that has set out for a source, and the callback URL of an honest consent. */
async function setOut(scene: Awaited<ReturnType<typeof setting>>) {
  const run = await Run.fromPage(scene.world, scene.application);
  await ok(run.bind());
  const url = new URL(await run.consent(scene.provider, scene.source));
  return { run, url };
}

const outcomeOf = async (run: Run) => (await ok<View>(run.view())).outcome;

describe('a code injected into a victim’s callback', () => {
  it('is refused by the provider, whose PKCE challenge it doesn’t fit', async () => {
    const scene = await setting();
    const attacker = await setOut(scene);
    const victim = await setOut(scene);
    victim.url.searchParams.set('code', attacker.url.searchParams.get('code') ?? '');
    expect((await victim.run.callback(victim.url.href)).status).toBe(303);
    expect(scene.provider).toMatchObject({ redeemed: 1, issued: [] });
    expect(await outcomeOf(victim.run)).toMatchObject({ result: 'failed', error: 'invalid_grant' });
  });

  it('works at a provider without PKCE (the guard is off)', async () => {
    const scene = await setting({ pkce: 'none' });
    scene.provider.takesPkce = false;
    const attacker = await setOut(scene);
    const victim = await setOut(scene);
    victim.url.searchParams.set('code', attacker.url.searchParams.get('code') ?? '');
    await victim.run.callback(victim.url.href);
    expect(await outcomeOf(victim.run)).toMatchObject({ result: 'connected' });
  });
});

describe('PKCE', () => {
  it('is S256 unless a source says otherwise, with a fresh verifier each time', async () => {
    const { world, application, source } = await setting();
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const challenges = new Set<string>();
    const states = new Set<string>();
    for (let time = 0; time < 3; time += 1) {
      const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
      const params = new URL(redirectUrl).searchParams;
      expect(params.get('code_challenge_method')).toBe('S256');
      expect(params.get('code_challenge')).toHaveLength(43);
      expect(params.get('redirect_uri')).toBe(`${world.origin}/done/${source.id}`);
      challenges.add(params.get('code_challenge') ?? '');
      states.add(params.get('state') ?? '');
    }
    expect([challenges.size, states.size]).toEqual([3, 3]);
  });
});

describe('a mix-up of providers', () => {
  it('fails at the callback, which is a data source’s own', async () => {
    const scene = await setting();
    const other = new OAuth2Provider(scene.world, 'other');
    const otherSource = await other.define();
    const { run, url } = await setOut(scene);
    const mixed = new URL(`/done/${otherSource.id}${url.search}`, scene.world.origin).href;
    expect((await run.callback(mixed)).status).toBe(400);
    expect((await run.callback(new URL(`/done/nonsense${url.search}`, url).href)).status).toBe(400);
    expect([scene.provider.redeemed, other.redeemed]).toEqual([0, 0]);
    // Nothing was spent by it.
    expect((await run.callback(url.href)).status).toBe(303);
    expect(await outcomeOf(run)).toMatchObject({ result: 'connected' });
  });
});

describe('the issuer of an answer (RFC 9207)', () => {
  async function discovered(announced: boolean) {
    const scene = await setting();
    const { world, provider } = scene;
    const host = `issuer-${world.tag}.example`;
    const issuer = `https://${host}`;
    world.internet.host(host, () =>
      Response.json({
        issuer,
        authorization_endpoint: `https://${provider.host}/authorize?prompt=consent`,
        token_endpoint: `https://${provider.host}/token`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: announced,
      }),
    );
    const source = await provider.define({
      name: 'Discovered',
      issuer,
      auth_host_url: undefined,
      auth_url: undefined,
      full_auth_url: undefined,
      access_token_url: undefined,
    });
    return { scene: { ...scene, source }, issuer };
  }

  for (const [announced, iss, result] of [
    [true, 'right', 'connected'],
    [true, 'https://attacker.example', 'failed'],
    [true, null, 'failed'],
    [false, 'https://attacker.example', 'failed'],
    [false, null, 'connected'],
  ] as const) {
    it(`${announced ? 'announced' : 'unannounced'}, ${iss ?? 'absent'}: ${result}`, async () => {
      const { scene, issuer } = await discovered(announced);
      const { run, url } = await setOut(scene);
      if (iss !== null) url.searchParams.set('iss', iss === 'right' ? issuer : iss);
      await run.callback(url.href);
      const error = result === 'failed' ? { error: 'issuer_mismatch' } : {};
      expect(await outcomeOf(run)).toMatchObject({ result, ...error });
      expect(scene.provider.redeemed).toBe(result === 'failed' ? 0 : 1);
    });
  }
});

describe('parameters that are there twice', () => {
  for (const name of ['code', 'iss', 'error', 'x']) {
    it(`such as ${name} redeem nothing`, async () => {
      const scene = await setting();
      const { run, url } = await setOut(scene);
      url.searchParams.append(name, 'one');
      url.searchParams.append(name, 'two');
      await run.callback(url.href);
      expect(scene.provider.redeemed).toBe(0);
      expect(await outcomeOf(run)).toMatchObject({ result: 'failed', error: 'invalid_request' });
    });
  }

  it('such as state are nobody’s callback', async () => {
    const scene = await setting();
    const { run, url } = await setOut(scene);
    const doubled = `${url.href}&state=${url.searchParams.get('state')}`;
    expect((await run.callback(doubled)).status).toBe(400);
    expect(await outcomeOf(run)).toBeNull();
    expect((await run.callback(url.href)).status).toBe(303);
  });
});

describe('an error', () => {
  it('means nothing before its state is known', async () => {
    const scene = await setting();
    const { run, url } = await setOut(scene);
    const forged = new URL(url);
    forged.searchParams.delete('code');
    forged.searchParams.set('state', 'made-up');
    forged.searchParams.set('error', 'access_denied');
    forged.searchParams.set('error_description', '<script>alert(1)</script>');
    const page = await run.callback(forged.href);
    expect(page.status).toBe(400);
    expect(await page.text()).not.toContain('alert(1)');
    expect(await outcomeOf(run)).toBeNull();
    expect((await run.callback(url.href)).status).toBe(303);
    expect(await outcomeOf(run)).toMatchObject({ result: 'connected' });
  });

  it('counts beside a code, with its own state', async () => {
    const scene = await setting();
    const { run, url } = await setOut(scene);
    url.searchParams.set('error', 'access_denied');
    await run.callback(url.href);
    expect(scene.provider.redeemed).toBe(0);
    expect(await outcomeOf(run)).toMatchObject({ result: 'denied' });
  });
});
