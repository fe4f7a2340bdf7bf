import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createConnection, linkedConnection, readConnection, redeem, walk } from './harness/link.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { queued, revocable } from './harness/revocation-endpoint.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

const codeOf = (location: URL) => location.searchParams.get('connection_code');

describe('a connection_code', () => {
  it('is redeemed for the id, once', async () => {
    const { world, source, provider } = await setting();
    const { id, location } = await linkedConnection(world, provider, source);
    const answer = await redeem(world, codeOf(location));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ connection_id: id });
    await refused(redeem(world, codeOf(location)), 400, 'invalid_grant');
  });

  it('is redeemed by one of a hundred at the same moment', async () => {
    const { world, source, provider } = await setting();
    const { location } = await linkedConnection(world, provider, source);
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(world, codeOf(location))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = await Promise.all(
      answers.filter(({ status }) => status !== 200).map((answer) => refused(answer, 400, 'invalid_grant')),
    );
    expect(new Set(others.map(({ request_id: _id, ...body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('is nobody else’s, and isn’t spent by their trying', async () => {
    const { world, provider } = await setting();
    const [mine, theirs] = [await createDeveloper(world), await createDeveloper(world)];
    const source = await provider.define({}, mine.key);
    const { id, location } = await linkedConnection(world, provider, source, { key: mine.key });
    const foreign = await refused(redeem(world, codeOf(location), theirs.key), 400, 'invalid_grant');
    await refused(redeem(world, codeOf(location)), 400, 'invalid_grant');
    const forged = await refused(redeem(world, 'A'.repeat(43), mine.key), 400, 'invalid_grant');
    expect(foreign.error_description).toBe(forged.error_description);
    expect(await ok(redeem(world, codeOf(location), mine.key))).toEqual({ connection_id: id });
  });

  it('ends after ten minutes', async () => {
    const { world, source, provider } = await setting();
    const [one, two] = [
      await linkedConnection(world, provider, source),
      await linkedConnection(world, provider, source),
    ];
    world.advance({ minutes: 9, seconds: 59 });
    await ok(redeem(world, codeOf(one.location)));
    world.advance({ seconds: 2 });
    await refused(redeem(world, codeOf(two.location)), 400, 'invalid_grant');
  });

  it('takes a key that may write, and a body of its own', async () => {
    const { world } = await setting();
    const { key } = await createDeveloper(world, ['connections:read', 'connections:read_auth', 'maps:write']);
    await refused(redeem(world, 'x', key), 403, 'insufficient_scope');
    expect(Object.keys(await refusedFields(redeem(world, null)))).toEqual(['connection_code']);
    const body = { connection_code: '', connection_id: 'x' };
    const faults = await refusedFields(manage(world, 'POST', '/connections/redeem', body));
    expect(Object.keys(faults).sort()).toEqual(['connection_code', 'connection_id']);
  });

  it('tells which older Connection it became', async () => {
    const { world, source, provider } = await setting({ metadata_url: '/me', uniqueness: 'id' });
    const older = await linkedConnection(world, provider, source);
    const newer = await linkedConnection(world, provider, source);
    expect(await ok(redeem(world, codeOf(newer.location)))).toEqual({
      connection_id: newer.id,
      existing_connection_id: older.id,
    });
  });
});

describe('a Connection made with confirm', () => {
  it('stays as it was until its code is redeemed', async () => {
    const { world, source, provider } = await setting({ metadata_url: '/me', default_name: 'id' });
    const made = await createConnection(world, source, { confirm: true });
    const before = await readConnection(world, made.id);
    const location = await walk(world, provider, made, { account: 'Ada' });
    expect([...location.searchParams.keys()].sort()).toEqual(['connection_code', 'connection_id', 'from']);
    expect(await readConnection(world, made.id)).toEqual(before);
    const complete = await ok<{ id: string }[]>(
      manage(world, 'GET', `/connections?provider_id=${source.id}&complete=true`),
    );
    expect(complete).toEqual([]);

    expect(await ok(redeem(world, codeOf(location)))).toEqual({ connection_id: made.id });
    expect(await readConnection(world, made.id)).toMatchObject({
      name: 'Ada',
      metadata: { id: 'Ada' },
      auth: { status: { complete: true, authorized: true }, data: { access_token: provider.issued[0] } },
    });
    await refused(redeem(world, codeOf(location)), 400, 'invalid_grant');
  });

  it('is completed by one of fifty at the same moment', async () => {
    const { world, source, provider } = await setting();
    const { id, location } = await linkedConnection(world, provider, source, { confirm: true });
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(world, codeOf(location))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await readConnection(world, id)).auth.status.complete).toBe(true);
  });

  it('becomes the older one of the same account when it is redeemed, not before', async () => {
    const { world, source, provider } = await setting({ metadata_url: '/me', uniqueness: 'id' });
    const older = await linkedConnection(world, provider, source);
    const newer = await linkedConnection(world, provider, source, { confirm: true });
    expect(newer.location.searchParams.has('existing_connection_id')).toBe(false);
    expect((await readConnection(world, older.id)).auth.data.access_token).toBe(provider.issued[0]);
    expect(await ok(redeem(world, codeOf(newer.location)))).toEqual({
      connection_id: newer.id,
      existing_connection_id: older.id,
    });
    expect((await readConnection(world, older.id)).auth.data.access_token).toBe(provider.issued[1]);
    await refused(manage(world, 'GET', `/connections/${newer.id}`), 404, 'not_found');
  });

  it('that nobody redeems is never in force, and what came back is revoked', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id, location } = await linkedConnection(world, provider, source, { confirm: true });
    world.advance({ minutes: 61 });
    await refused(redeem(world, codeOf(location)), 400, 'invalid_grant');
    await world.sweep();
    expect((await readConnection(world, id)).auth).toMatchObject({ status: { complete: false }, data: {} });
    expect(revocation.asked).toHaveLength(1);
    expect(await queued(world, provider)).toBe(0);
  });

  it('that is deleted before has its grant revoked', async () => {
    const world = new World();
    const { provider, revocation, source } = await revocable(world);
    const { id, location } = await linkedConnection(world, provider, source, { confirm: true });
    expect((await manage(world, 'DELETE', `/connections/${id}`)).status).toBe(204);
    await refused(redeem(world, codeOf(location)), 400, 'invalid_grant');
    world.advance({ minutes: 61 });
    await world.sweep();
    expect(revocation.asked).toHaveLength(1);
  });
});
