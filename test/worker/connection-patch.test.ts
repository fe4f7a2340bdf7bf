import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import {
  createConnection,
  type Linked,
  linkedConnection,
  patchConnection,
  readConnection,
  type Shown,
  walk,
} from './harness/link.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { setting } from './harness/setting.ts';

/** A Connection in force, as its owner reads it. */
async function inForce(fields: Record<string, unknown> = {}) {
  const made = await setting(fields);
  const { id } = await linkedConnection(made.world, made.provider, made.source, { name: 'Mine' });
  return { ...made, id, shown: await readConnection(made.world, id) };
}

function withoutUpdated({ updated: _updated, ...others }: Shown): Omit<Shown, 'updated'> {
  return others;
}

describe('PATCH of a Connection', () => {
  it('does nothing where the whole object is sent back, with tokens or without', async () => {
    const { world, id, shown } = await inForce({ metadata_url: '/me', uniqueness: 'id' });
    world.advance({ minutes: 1 });
    const [listed] = await ok<Shown[]>(manage(world, 'GET', `/connections?provider_id=${shown.provider_id}`));
    for (const body of [shown, listed, {}, { ...shown, redirectUrl: 'https://trivet.test/authorize/old' }]) {
      const answer = await ok<Shown>(patchConnection(world, id, body));
      expect(withoutUpdated(answer)).toEqual(withoutUpdated(shown));
    }
    expect(withoutUpdated(await readConnection(world, id))).toEqual(withoutUpdated(shown));
  });

  it('does nothing where an incomplete or a partly granted one is sent back either', async () => {
    const { world, provider, source } = await setting();
    const made = await createConnection(world, source);
    const partial = await linkedConnection(world, provider, source, { choice: { scopes: ['steps'] } });
    for (const body of [made, await readConnection(world, partial.id)]) {
      const before = await readConnection(world, body.id);
      expect(withoutUpdated(await ok<Shown>(patchConnection(world, body.id, body)))).toEqual(
        withoutUpdated(before),
      );
    }
    // The link that it was made with is still good.
    await walk(world, provider, made);
  });

  it('doesn’t end one whose user has consented since the whole object was read', async () => {
    const { world, provider, source } = await setting();
    const made = await createConnection(world, source);
    world.advance({ minutes: 1 });
    await walk(world, provider, made);
    const renamed = await ok<Shown>(patchConnection(world, made.id, { ...made, name: 'Renamed' }));
    expect(renamed).toMatchObject({
      name: 'Renamed',
      auth: { status: { complete: true, authorized: true } },
    });
    // One that was read since still may.
    const ended = { ...renamed, auth: { ...renamed.auth, status: { complete: false } } };
    expect(await ok<Shown>(patchConnection(world, made.id, ended))).toMatchObject({
      auth: { status: { complete: false, authorized: false } },
    });
  });

  it('ignores what is read-only, and what it doesn’t know', async () => {
    const { world, id, shown } = await inForce();
    const other = 'f'.repeat(32);
    const body = {
      id: other,
      created: '2001-01-01T00:00:00.000Z',
      updated: 'whenever',
      provider_id: other,
      application_id: other,
      client_user_id: 'somebody',
      vouched: false,
      developer_id: other,
      registration: 'theirs',
      uniqueness_key: null,
      odd: { any: ['thing'] },
      auth: { scopes: { requested: ['admin'], granted: ['admin'], missing: [] }, odd: 1 },
    };
    expect(withoutUpdated(await ok<Shown>(patchConnection(world, id, body)))).toEqual(withoutUpdated(shown));
  });

  it('takes name and metadata, each by itself', async () => {
    const { world, id, shown } = await inForce({ metadata_url: '/me' });
    world.advance({ seconds: 90 });
    const named = await ok<Shown>(patchConnection(world, id, { name: 'Renamed — ünïcode' }));
    expect(named).toEqual({
      ...shown,
      name: 'Renamed — ünïcode',
      updated: new Date(world.now).toISOString(),
    });
    const described = await ok<Shown>(patchConnection(world, id, { metadata: { own: [1, { deep: true }] } }));
    expect(described.metadata).toEqual({ own: [1, { deep: true }] });
    expect(described.name).toBe('Renamed — ünïcode');
    const cleared = await ok<Shown>(patchConnection(world, id, { name: '', metadata: {} }));
    expect(cleared).toMatchObject({ name: '', metadata: {} });
    expect(cleared.auth).toEqual(shown.auth);
  });

  it('shows no metadata where no place for it is configured', async () => {
    const { world, id } = await inForce();
    expect(await ok(patchConnection(world, id, { metadata: { own: 1 } }))).not.toHaveProperty('metadata');
  });

  it('takes tokens of the owner’s, field by field', async () => {
    const { world, id, shown, provider } = await inForce();
    const expires = '2027-01-01T00:00:00.000Z';
    const data = { access_token: 'mine', expires_at: expires, odd: { kept: true } };
    const changed = await ok<Shown>(patchConnection(world, id, { auth: { data } }));
    expect(changed.auth.data).toEqual({ ...shown.auth.data, ...data });
    const dropped = await ok<Shown>(
      patchConnection(world, id, { auth: { data: { refresh_token: null, expires_at: null } } }),
    );
    expect(dropped.auth.data).toEqual({ access_token: 'mine', token_type: 'bearer', odd: { kept: true } });
    expect(changed.auth.status).toEqual({ complete: true, authorized: true });
    expect(provider.issued).toHaveLength(1);
  });

  it('can’t complete what has no token, and does with one', async () => {
    const { world, source } = await setting();
    const { id } = await createConnection(world, source);
    const faults = await refusedFields(patchConnection(world, id, { auth: { status: { complete: true } } }));
    expect(Object.keys(faults)).toEqual(['auth.status.complete']);
    const auth = { status: { complete: true, authorized: true }, data: { access_token: 'brought along' } };
    const done = await ok<Shown>(patchConnection(world, id, { auth }));
    expect(done.auth.status).toEqual({ complete: true, authorized: true });
    expect(done.auth.data).toMatchObject({ access_token: 'brought along', token_type: 'Bearer' });
  });

  it('ends and resumes one by its status, and nothing incomplete is authorized', async () => {
    const { world, id } = await inForce();
    const status = async (fields: object) =>
      (await ok<Shown>(patchConnection(world, id, { auth: { status: fields } }))).auth.status;
    expect(await status({ authorized: false })).toEqual({ complete: true, authorized: false });
    expect(await status({ complete: false })).toEqual({ complete: false, authorized: false });
    expect(await status({ authorized: true })).toEqual({ complete: false, authorized: false });
    expect(await status({ complete: true, authorized: true })).toEqual({ complete: true, authorized: true });
  });

  it('names every fault at once, and changes nothing then', async () => {
    const { world, id, shown } = await inForce();
    const body = {
      name: 'x'.repeat(201),
      metadata: [],
      scopes: ['a b'],
      endpoints: [1],
      auth: { status: { complete: 'yes' }, data: { access_token: '', expires_at: 'tomorrow' } },
    };
    const faults = await refusedFields(patchConnection(world, id, body));
    expect(Object.keys(faults).sort()).toEqual([
      'auth.data.access_token',
      'auth.data.expires_at',
      'auth.status.complete',
      'endpoints.0',
      'metadata',
      'name',
      'scopes.0',
    ]);
    expect(await readConnection(world, id)).toEqual(shown);
  });

  it('is somebody’s own, and takes a key that may write', async () => {
    const { world, id } = await inForce();
    const other = await createDeveloper(world);
    for (const body of [{}, { name: 7 }]) {
      await refused(patchConnection(world, id, body, other.key), 404, 'not_found');
      await refused(patchConnection(world, '0'.repeat(32), body, other.key), 404, 'not_found');
    }
    const reader = await createDeveloper(world, ['connections:read', 'connections:read_auth']);
    await refused(patchConnection(world, id, {}, reader.key), 403, 'insufficient_scope');
  });

  it('shows no token to a key that may not see one', async () => {
    const { world } = await setting();
    const { id: developerId, key } = await createDeveloper(world);
    const { provider } = await setting();
    const source = await provider.define({}, key);
    const made = await createConnection(world, source, {}, key);
    const limited = await ok<{ key: string }>(
      manage(world, 'POST', '/keys', { name: 'writer', scopes: ['connections:write'] }, key),
    );
    const auth = { data: { access_token: 'PLANTED-token', refresh_token: 'PLANTED-refresh' } };
    const answer = await patchConnection(world, made.id, { auth }, limited.key);
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('PLANTED');
    expect(developerId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a client that read, waited and sends the whole object back', () => {
  it('doesn’t undo a re-consent', async () => {
    const { world, id, shown, provider } = await inForce();
    const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps', 'sleep'] }));
    await walk(world, provider, link);
    const fresh = await readConnection(world, id);
    expect(fresh.auth.data.access_token).toBe(provider.issued[1]);
    const stale = { ...shown, name: 'New name', auth: { ...shown.auth, status: { complete: false } } };
    const answer = await ok<Shown>(patchConnection(world, id, stale));
    expect(answer.auth).toEqual(fresh.auth);
    expect(answer.name).toBe('New name');
    // Without the guard it would: a token that was never ours is the owner's to set.
    const own = { auth: { ...shown.auth, data: { ...shown.auth.data, access_token: 'set by hand' } } };
    expect((await ok<Shown>(patchConnection(world, id, own))).auth.data.access_token).toBe('set by hand');
  });

  it('nor one of several ago', async () => {
    const { world, id, shown } = await inForce();
    for (const access_token of ['second', 'third', 'fourth']) {
      await ok(patchConnection(world, id, { auth: { data: { access_token } } }));
    }
    const { auth } = await readConnection(world, id);
    expect((await ok<Shown>(patchConnection(world, id, shown))).auth).toEqual(auth);
    const third = {
      auth: { data: { access_token: 'third', refresh_token: 'other' }, status: { complete: false } },
    };
    expect((await ok<Shown>(patchConnection(world, id, third))).auth).toEqual(auth);
  });

  it('doesn’t make an old refresh token come back by itself', async () => {
    const { world, id, shown, provider } = await inForce();
    const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps', 'sleep'] }));
    await walk(world, provider, link);
    const fresh = await readConnection(world, id);
    const stale = { auth: { data: { refresh_token: shown.auth.data.refresh_token } } };
    expect((await ok<Shown>(patchConnection(world, id, stale))).auth.data).toEqual(fresh.auth.data);
  });

  it('at the very moment of a re-consent changes nothing of its tokens', async () => {
    const { world, id, shown, provider } = await inForce();
    const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'steps', 'sleep'] }));
    const echoes = Array.from({ length: 20 }, () => patchConnection(world, id, shown));
    const [, ...answers] = await Promise.all([walk(world, provider, link), ...echoes]);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const { auth } = await readConnection(world, id);
    expect(auth.data.access_token).toBe(provider.issued[1]);
    expect(auth.status).toEqual({ complete: true, authorized: true });
  });
});
