import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { ok } from './harness/answers.ts';
import { connected, rowOf } from './harness/connected.ts';
import { createSource, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import type { World } from './harness/world.ts';

// What other tests left in the storage is due, too, and their providers are gone.
beforeEach(() => (env as Bindings).DB.prepare('UPDATE connections SET refresh_due_at = NULL').run());

const days = (count: number) => ({ minutes: count * 24 * 60 });

/** Imports Connections of a source, whose tokens its provider never gave out. */
async function imported(world: World, provider: OAuth2Provider, count: number): Promise<string[]> {
  const source = await createSource(world, provider.fields());
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const data = {
      access_token: `a-${index}`,
      refresh_token: `r-${index}`,
      expires_at: new Date(world.now + 3600_000),
    };
    const { id } = await ok<{ id: string }>(
      manage(world, 'POST', '/connections', { provider_id: source.id, auth: { data } }),
    );
    ids.push(id);
  }
  return ids;
}

describe('a grant that nobody uses', () => {
  it('is refreshed after a week by itself, and again a week later', async () => {
    const { world, id, provider, proxy } = await connected();
    world.advance(days(6.9));
    await world.sweep();
    expect(provider.presented).toEqual([]);
    for (let week = 1; week <= 3; week += 1) {
      world.advance(days(7.1));
      await world.sweep();
      await world.sweep();
      expect(provider.presented).toHaveLength(week);
      expect((await rowOf(world, id)).refresh_due_at).toBe(world.now + 7 * 86_400_000);
    }
    expect(provider.reuses).toBe(0);
    await ok(proxy('/me'));
    expect(provider.presented).toHaveLength(3);
  });

  it('is refreshed earlier where its refresh token lives shorter', async () => {
    const { world, provider, proxy } = await connected({
      provider: (it) => (it.tokenFields = { refresh_token_expires_in: 2 * 86_400 }),
    });
    world.advance(days(0.9));
    await world.sweep();
    expect(provider.presented).toEqual([]);
    world.advance(days(0.2));
    await world.sweep();
    expect(provider.presented).toHaveLength(1);
    await ok(proxy('/me'));
  });

  it('and whose refresh token is about to die isn’t left alone for hours after one failure', async () => {
    const { world, provider } = await connected({
      provider: (it) => (it.tokenFields = { refresh_expires_in: 4 * 3600 }),
    });
    world.advance({ minutes: 121 });
    provider.answerRefresh = () => new Response('', { status: 503 });
    await world.sweep();
    expect(provider.presented).toHaveLength(1);
    provider.answerRefresh = null;
    world.advance({ minutes: 100 });
    await world.sweep();
    expect(provider.refreshes).toBe(1);
  });

  it('isn’t touched where somebody uses it, where it is dead, or where there is nothing to refresh it with', async () => {
    const used = await connected();
    const { world } = used;
    for (let day = 0; day < 8; day += 1) {
      world.advance(days(1));
      await ok(used.proxy('/me'));
    }
    await world.sweep();
    expect(used.provider.presented).toHaveLength(8);

    used.provider.answerRefresh = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    world.advance(days(8));
    await world.sweep();
    expect((await rowOf(world, used.id)).complete).toBe(0);
    world.advance(days(8));
    await world.sweep();
    expect(used.provider.presented).toHaveLength(9);

    const endless = await connected({ provider: (it) => (it.tokenFields = { refresh_token: undefined }) });
    endless.world.advance(days(30));
    await endless.world.sweep();
    expect(endless.provider.presented).toEqual([]);
  });

  it('of a source that is switched off waits, and is taken up again', async () => {
    const { world, application, source, provider } = await connected();
    const choose = (enabled: boolean) =>
      ok(manage(world, 'PUT', `/applications/${application.clientId}/sources/${source.id}`, { enabled }));
    await choose(false);
    world.advance(days(8));
    await world.sweep();
    expect(provider.presented).toEqual([]);
    await choose(true);
    world.advance(days(1));
    await world.sweep();
    expect(provider.presented).toHaveLength(1);
  });
});

describe('a sweep', () => {
  it('refreshes fifty at most, and goes on with the next ones', async () => {
    const { world, id, provider: good } = await connected();
    const dead = new OAuth2Provider(world, 'dead');
    dead.answerRefresh = () => new Response('', { status: 503 });
    await imported(world, dead, 60);
    // The dead source's come first.
    world.advance(days(8));
    await world.db
      .prepare('UPDATE connections SET refresh_due_at = ? WHERE id = ?')
      .bind(world.now, id)
      .run();
    await world.sweep();
    expect(dead.presented).toHaveLength(50);
    expect(good.presented).toEqual([]);
    world.advance({ minutes: 1 });
    await world.sweep();
    // Those that waited come before those that failed.
    expect(good.presented).toHaveLength(1);
    expect(new Set(dead.presented).size).toBe(60);
    // The dead one's pause longer each time, up to an hour.
    const pause = () =>
      world.db.prepare('SELECT max(refresh_retry_at) AS at FROM connections').first<number>('at');
    for (let sweeps = 0; sweeps < 12; sweeps += 1) {
      world.now = (await pause()) ?? 0;
      await world.sweep();
    }
    expect(((await pause()) ?? 0) - world.now).toBe(60 * 60_000);
  });

  it('and a call at the same moment make one refresh', async () => {
    const { world, provider, proxy } = await connected();
    world.advance(days(8));
    provider.answerRefresh = async (form) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return provider.refresh(form);
    };
    const [, answer] = await Promise.all([world.sweep(), proxy('/me')]);
    expect(answer.status).toBe(200);
    expect(provider.presented).toHaveLength(1);
  });

  it('outlives a Connection whose tokens don’t open, and tells the log', async () => {
    const { world, id, provider } = await connected();
    const broken = await connected();
    broken.world.now = world.now;
    await world.db
      .prepare("UPDATE connections SET sealed_tokens = 'test.broken', refresh_due_at = 1 WHERE id = ?")
      .bind(broken.id)
      .run();
    world.advance(days(8));
    await world.sweep();
    expect(provider.presented).toHaveLength(1);
    expect([...world.logs, ...broken.world.logs].join('\n')).toContain(broken.id);
    expect((await rowOf(world, id)).refresh_due_at).toBeGreaterThan(world.now);
  });
});
