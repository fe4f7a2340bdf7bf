import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { linkedConnection, readConnection } from './harness/link.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { queued, refreshTokenOf, revocable } from './harness/revocation-endpoint.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { editTokens, withoutRefreshToken } from './harness/token-edit.ts';
import { World } from './harness/world.ts';

function remove(world: World, path: string, key?: string): Promise<Response> {
  return manage(world, 'DELETE', path, undefined, key);
}

async function expectEmpty(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  expect(response.status).toBe(204);
  expect(response.headers.get('Content-Type')).toBeNull();
  expect(await response.text()).toBe('');
}

describe('DELETE of a Connection', () => {
  it('answers 204 with nothing, and it is gone', async () => {
    const world = new World();
    const { provider, source } = await revocable(world);
    const { id } = await linkedConnection(world, provider, source);
    await expectEmpty(remove(world, `/connections/${id}`));
    await refused(manage(world, 'GET', `/connections/${id}`), 404, 'not_found');
    await refused(remove(world, `/connections/${id}`), 404, 'not_found');
    expect(await ok(manage(world, 'GET', `/connections?provider_id=${source.id}`))).toEqual([]);
  });

  it('revokes at the provider as RFC 7009 has it, by the refresh token', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id } = await linkedConnection(world, provider, source);
    const token = await refreshTokenOf(world, id);
    await expectEmpty(remove(world, `/connections/${id}`));
    expect(revocation.asked).toEqual([
      {
        method: 'POST',
        token,
        hint: 'refresh_token',
        client: `${provider.clientId}:${provider.clientSecret}`,
      },
    ]);
    expect(await queued(world, provider)).toBe(0);
  });

  it('revokes by the access token where there is no other', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    editTokens(world, provider, withoutRefreshToken);
    const { id } = await linkedConnection(world, provider, source);
    await expectEmpty(remove(world, `/connections/${id}`));
    expect(revocation.asked).toMatchObject([{ token: provider.issued[0], hint: 'access_token' }]);
  });

  it('asks nobody where there is nothing to revoke, or no way to', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const denied = await linkedConnection(world, provider, source, { choice: { allow: false } });
    await expectEmpty(remove(world, `/connections/${denied.id}`));
    const other = await provider.define();
    const { id } = await linkedConnection(world, provider, other);
    await expectEmpty(remove(world, `/connections/${id}`));
    const photos = new OAuth1Provider(world);
    const imported = await ok<{ id: string }>(
      manage(world, 'POST', '/connections', {
        provider_id: (await photos.define()).id,
        auth: { data: { access_token: 'a', token_secret: 'b' } },
      }),
    );
    await expectEmpty(remove(world, `/connections/${imported.id}`));
    expect(revocation.asked).toEqual([]);
    expect(await queued(world, provider)).toBe(0);
  });

  it('is somebody’s own, and takes a key that may write', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id } = await linkedConnection(world, provider, source);
    const other = await createDeveloper(world);
    await refused(remove(world, `/connections/${id}`, other.key), 404, 'not_found');
    const reader = await createDeveloper(world, [
      'connections:read',
      'connections:read_auth',
      'applications',
    ]);
    await refused(remove(world, `/connections/${id}`, reader.key), 403, 'insufficient_scope');
    expect(revocation.asked).toEqual([]);
    await readConnection(world, id);
  });
});

describe('a provider that is down when a Connection is deleted', () => {
  it.each([
    ['answers 503', { status: 503, reachable: true }],
    ['answers 429', { status: 429, reachable: true }],
    ['can’t be reached', { status: 200, reachable: false }],
  ])('and %s is asked again later, less and less often', async (_what, trouble) => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id } = await linkedConnection(world, provider, source);
    const token = await refreshTokenOf(world, id);
    Object.assign(revocation, trouble);
    await expectEmpty(remove(world, `/connections/${id}`));
    expect(await queued(world, provider)).toBe(1);
    const before = revocation.asked.length;
    await world.sweep();
    expect(revocation.asked).toHaveLength(before);
    world.advance({ minutes: 2 });
    await world.sweep();
    await world.sweep();
    expect(revocation.asked).toHaveLength(trouble.reachable ? before + 1 : before);
    Object.assign(revocation, { status: 200, reachable: true });
    world.advance({ minutes: 10 });
    await world.sweep();
    expect(revocation.tokens.at(-1)).toBe(token);
    expect(await queued(world, provider)).toBe(0);
    const after = revocation.asked.length;
    world.advance({ minutes: 60 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(after);
  });

  it('is given up in the end, and what it refuses is not asked again', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const [one, two] = [
      await linkedConnection(world, provider, source),
      await linkedConnection(world, provider, source),
    ];
    // Both owners' accounts are unknown: the first deletion spares the second.
    await expectEmpty(remove(world, `/connections/${one.id}`));
    revocation.status = 503;
    await expectEmpty(remove(world, `/connections/${two.id}`));
    for (let sweep = 0; sweep < 20 && (await queued(world, provider)) > 0; sweep += 1) {
      world.advance({ minutes: 60 * 24 * 30 });
      await world.sweep();
    }
    expect(await queued(world, provider)).toBe(0);
    expect(revocation.asked.length).toBeLessThan(12);
    const third = await linkedConnection(world, provider, source);
    revocation.asked.length = 0;
    revocation.status = 400;
    await expectEmpty(remove(world, `/connections/${third.id}`));
    world.advance({ minutes: 60 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(1);
  });

  it('is asked once by two sweeps at the same moment', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id } = await linkedConnection(world, provider, source);
    revocation.status = 503;
    await expectEmpty(remove(world, `/connections/${id}`));
    revocation.status = 200;
    world.advance({ minutes: 5 });
    await Promise.all([world.sweep(), world.sweep(), world.sweep()]);
    expect(revocation.asked).toHaveLength(2);
    expect(await queued(world, provider)).toBe(0);
  });
});

describe('what nobody exchanged', () => {
  it('is revoked by the sweep after an hour', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const application = await createApplication(world);
    await finishedRun(world, application, provider, source);
    world.advance({ minutes: 59 });
    await world.sweep();
    expect(revocation.asked).toEqual([]);
    world.advance({ minutes: 2 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(1);
    expect(await queued(world, provider)).toBe(0);
  });

  it('is revoked also where a second account took its place in the run', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world, {
      metadata_url: '/me',
      uniqueness: 'id',
    });
    const application = await createApplication(world);
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    await run.connect(provider, source, { account: 'wrong' });
    await run.connect(provider, source, { account: 'right' });
    await run.finished();
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    expect(connections).toHaveLength(1);
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(1);
    expect(revocation.tokens).not.toContain(await refreshTokenOf(world, connections[0] ?? ''));
  });
});
