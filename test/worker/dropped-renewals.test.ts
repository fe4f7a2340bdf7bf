import { expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { disconnect, exchanged, renewed, serverRun } from './harness/hosted-run.ts';
import { createApplication, manage } from './harness/management.ts';
import { queued, refreshTokenOf, revocable } from './harness/revocation-endpoint.ts';
import { World } from './harness/world.ts';

/** A run that has renewed a Connection which had ended: the provider knows of tokens that nobody has agreed to yet. */
async function renewal() {
  const world = new World();
  const { provider, revocation, source } = await revocable(world, { metadata_url: '/me', uniqueness: 'id' });
  const application = await createApplication(world);
  const first = await serverRun(world, application);
  await first.connect(provider, source);
  const id = (await exchanged(first)).connections[0] ?? '';
  const ended = await refreshTokenOf(world, id);
  await ok(manage(world, 'PATCH', `/connections/${id}`, { auth: { status: { complete: false } } }));
  const run = await serverRun(world, application);
  await renewed(world, run, provider, source, id);
  return { world, provider, revocation, run, id, ended };
}

// What was obtained a moment ago, and is dropped before the exchange, used to be left alive at its provider.
it.each([
  ['the Connection is to end instead', undefined],
  ['that is taken back', true],
] as const)('a renewal is revoked where %s', async (_, undo) => {
  const { world, provider, revocation, run, id, ended } = await renewal();
  await disconnect(world, run, id, undo);
  await world.sweep();
  expect(revocation.asked).toMatchObject([{ hint: 'refresh_token' }]);
  expect(revocation.tokens).not.toContain(ended);
  expect(await queued(world, provider)).toBe(0);
});

it('a renewal is not revoked by taking back nothing in a run that is over', async () => {
  const { world, provider, revocation, run, id } = await renewal();
  await run.finished();
  await disconnect(world, run, id, true);
  expect(await queued(world, provider)).toBe(0);
  expect((await ok<{ connections: string[] }>(run.exchange())).connections).toEqual([id]);
  expect(revocation.asked).toEqual([]);
});
