import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import { createApplication } from '../worker/harness/management.ts';
import { OAuth1Provider } from '../worker/harness/oauth1-provider.ts';
import { Run, type View } from '../worker/harness/run.ts';
import { World } from '../worker/harness/world.ts';

async function scene(changes: Record<string, unknown> = {}) {
  const world = new World();
  const provider = new OAuth1Provider(world);
  const [application, source] = await Promise.all([createApplication(world), provider.define(changes)]);
  const run = await Run.fromPage(world, application);
  await ok(run.bind());
  const start = async (who = run) => (await ok<{ redirectUrl: string }>(who.authorize(source))).redirectUrl;
  return { world, provider, application, source, run, start };
}

const outcomeOf = async (run: Run) => (await ok<View>(run.view())).outcome;

describe('session fixation', () => {
  it('fails: a temporary token is good in the browser that started with it', async () => {
    const { world, provider, application, source, run, start } = await scene();
    // The attacker starts, the victim consents to the attacker’s temporary token.
    const callback = provider.consent(source, await start(), { account: 'victim-account' });
    expect((await new Browser(world).navigate(callback)).status).toBe(400);
    const victim = await Run.fromPage(world, application, { clientUserId: 'victim' });
    await ok(victim.bind());
    await start(victim);
    expect((await victim.callback(callback)).status).toBe(400);
    expect(provider.issued).toEqual([]);
    // Control: the browser that started gets through.
    expect((await run.callback(callback)).status).toBe(303);
    expect(provider.issued).toHaveLength(1);
  });

  it('fails: the verifier reaches the callback’s browser alone, and is required', async () => {
    const { provider, source, run, start } = await scene();
    const callback = new URL(provider.consent(source, await start()));
    callback.searchParams.delete('oauth_verifier');
    await run.callback(callback.href);
    expect(provider.issued).toEqual([]);
    expect(await outcomeOf(run)).toMatchObject({ result: 'failed', error: 'provider_error' });
  });

  it('fails: a guessed verifier is the provider’s to refuse', async () => {
    const { provider, source, run, start } = await scene();
    const callback = new URL(provider.consent(source, await start()));
    callback.searchParams.set('oauth_verifier', 'guess');
    await run.callback(callback.href);
    expect(provider.refusals).toEqual(['verifier_invalid']);
    expect(await outcomeOf(run)).toMatchObject({ result: 'failed', error: 'verifier_invalid' });
  });
});

describe('oauth_callback_confirmed', () => {
  for (const confirmed of [null, 'false', 'TRUE ', '']) {
    it(`is required to be true, not ${JSON.stringify(confirmed)}`, async () => {
      const { provider, source, run } = await scene();
      provider.callbackConfirmed = confirmed;
      await refused(run.authorize(source), 502, 'provider_error');
      expect(run.browser.cookies.size).toBe(1);
    });
  }
});

describe('a provider that confirms no callback', () => {
  const unconfirmed = { callback_at: 'authorize', verifier: 'none' };

  it('is taken for one only where that is declared', async () => {
    const { provider, source, run } = await scene({ callback_at: 'authorize' });
    provider.callbackConfirmed = null;
    provider.callbackAt = 'authorize';
    await refused(run.authorize(source), 502, 'provider_error');
  });

  it('still plants nobody’s grant on another: the callback’s browser is the one that started', async () => {
    const { world, provider, application, source, run, start } = await scene(unconfirmed);
    provider.callbackConfirmed = null;
    provider.callbackAt = 'authorize';
    const attackers = new URL(await start());
    expect(attackers.searchParams.get('oauth_callback')).toBe(`${world.origin}/done/${source.id}`);
    const callback = new URL(provider.consent(source, attackers.href, { account: 'attacker-account' }));
    callback.searchParams.delete('oauth_verifier');
    // The attacker’s callback in the victim’s browser, in the middle of a run of theirs.
    const victim = await Run.fromPage(world, application, { clientUserId: 'victim' });
    await ok(victim.bind());
    await start(victim);
    expect((await victim.callback(callback.href)).status).toBe(400);
    expect((await new Browser(world).navigate(callback.href)).status).toBe(400);
    expect(provider.issued).toEqual([]);
    // Control: nothing was spent, and the browser that started gets through, once.
    expect((await run.callback(callback.href)).status).toBe(303);
    await run.callback(callback.href);
    expect(provider.issued).toHaveLength(1);
  });
});

describe('a token swapped in the callback', () => {
  it('for another one of this browser leads nowhere without its verifier', async () => {
    const { provider, source, run, start } = await scene();
    const first = new URL(provider.consent(source, await start()));
    const second = new URL(provider.consent(source, await start()));
    first.searchParams.set('oauth_token', second.searchParams.get('oauth_token') ?? '');
    await run.callback(first.href);
    expect(provider.issued).toEqual([]);
    expect(provider.refusals).toEqual(['verifier_invalid']);
  });

  it('or given twice is nobody’s', async () => {
    const { provider, source, run, start } = await scene();
    const callback = provider.consent(source, await start());
    expect((await run.callback(`${callback}&oauth_token=another`)).status).toBe(400);
    expect((await run.callback(callback)).status).toBe(303);
    expect(provider.issued).toHaveLength(1);
  });

  it('is redeemed once', async () => {
    const { provider, source, run, start } = await scene();
    const callback = provider.consent(source, await start());
    await Promise.all(Array.from({ length: 10 }, () => run.callback(callback)));
    expect(provider.issued).toHaveLength(1);
    expect(provider.refusals).toEqual([]);
  });
});

describe('a refusal', () => {
  it('by `denied` is shown as one', async () => {
    const { provider, source, run, start } = await scene();
    const callback = provider.consent(source, await start(), { allow: false });
    expect((await run.callback(callback)).status).toBe(303);
    expect(await outcomeOf(run)).toMatchObject({ result: 'denied', error: 'access_denied' });
  });

  it('by problem report without a token gets a page of ours', async () => {
    const { source, run, start } = await scene();
    await start();
    const page = await run.callback(`/done/${source.id}?oauth_problem=user_refused`);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('You chose not to share');
  });
});
