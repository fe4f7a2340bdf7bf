import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { exchanged, serverRun } from './harness/hosted-run.ts';
import { linkedConnection, readConnection, type Shown } from './harness/link.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import type { Echo } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from './harness/run.ts';
import { bring, newId, shop } from './harness/shop.ts';

describe('an import', () => {
  it('takes a Connection as it is, with the id it had', async () => {
    const { world, source, key } = await shop();
    const application = await createApplication(world, {}, key);
    const id = newId();
    const data = {
      access_token: 'kept-access-token',
      token_type: 'bearer',
      refresh_token: 'kept-refresh-token',
      expires_at: '2026-12-01T00:00:00.000Z',
      odd: { kept: true },
    };
    const body = {
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      name: 'Ada’s steps',
      metadata: { own: [1] },
      auth: {
        status: { complete: false },
        data,
        scopes: { requested: ['a', 'b'], granted: ['a', 'b'], missing: ['z'] },
      },
      created: '2020-01-01T00:00:00.000Z',
      odd: 'ignored',
    };
    const answer = await bring(world, body, key);
    expect(answer.status).toBe(201);
    const made = await answer.json<Shown>();
    expect(made).toMatchObject({
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      name: 'Ada’s steps',
      metadata: { own: [1] },
      auth: {
        status: { complete: true, authorized: true },
        data,
        scopes: { requested: ['a', 'b'], granted: ['a', 'b'], missing: [] },
      },
    });
    expect(await readConnection(world, id, key)).toEqual(made);
    const hyphenated = newId().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const second = await ok<Shown>(bring(world, { ...body, id: hyphenated.toUpperCase() }, key));
    expect(second.id).toBe(hyphenated.replaceAll('-', ''));
    const bare = await ok<Shown>(
      bring(world, { provider_id: source.id, auth: { data: { access_token: 'x' } } }, key),
    );
    expect(bare.id).toMatch(/^[0-9a-f]{32}$/);
    expect(bare).not.toHaveProperty('application_id');
    expect(bare).not.toHaveProperty('client_user_id');
  });

  it('is refused where the id is taken, by whomever, and leaves nothing', async () => {
    const { world, source, provider, key } = await shop();
    const application = await createApplication(world, {}, key);
    const { id } = await linkedConnection(world, provider, source, { key });
    const before = await readConnection(world, id, key);
    const body = {
      id,
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'left-behind',
      auth: { data: { access_token: 'other' } },
    };
    await refused(bring(world, body, key), 409, 'conflict');
    expect(await readConnection(world, id, key)).toEqual(before);
    const other = await shop(world);
    const theirs = { id, provider_id: other.source.id, auth: { data: { access_token: 'other' } } };
    await refused(bring(world, theirs, other.key), 409, 'conflict');
    await refused(manage(world, 'GET', `/connections/${id}`, undefined, other.key), 404, 'not_found');
    const users = 'SELECT count(*) AS n FROM end_users WHERE application_id = ?';
    expect(await world.db.prepare(users).bind(application.clientId).first('n')).toBe(0);
    const racing = { ...body, id: newId() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => bring(world, racing, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('names every fault at once', async () => {
    const { world, source, key } = await shop();
    const other = await createApplication(world);
    const nothing = await refusedFields(bring(world, {}, key));
    expect(Object.keys(nothing).sort()).toEqual(['auth', 'provider_id']);
    const shapes = {
      id: 'x',
      provider_id: 7,
      application_id: 'y',
      client_user_id: '',
      name: 'n'.repeat(201),
      metadata: 'm',
      auth: { data: { expires_at: 'soon' }, scopes: { requested: 'a', granted: ['a b'] } },
    };
    expect(Object.keys(await refusedFields(bring(world, shapes, key))).sort()).toEqual([
      'application_id',
      'auth.data.access_token',
      'auth.data.expires_at',
      'auth.scopes.granted.0',
      'auth.scopes.requested',
      'client_user_id',
      'id',
      'metadata',
      'name',
      'provider_id',
    ]);
    const auth = { data: { access_token: 'x' } };
    const strangers = { provider_id: newId(), application_id: other.clientId, auth };
    expect(Object.keys(await refusedFields(bring(world, strangers, key))).sort()).toEqual([
      'application_id',
      'provider_id',
    ]);
    const userAlone = { provider_id: source.id, client_user_id: 'user-1', auth };
    expect(Object.keys(await refusedFields(bring(world, userAlone, key)))).toEqual(['application_id']);
  });

  it.each(['javascript:alert(1)', 'http://shop.example/', '/back', 'https://10.0.0.1/'])(
    'sends nobody to %s later',
    async (redirectUrl) => {
      const { world, source, key } = await shop();
      const body = {
        provider_id: source.id,
        redirect_url: redirectUrl,
        auth: { data: { access_token: 'x' } },
      };
      expect(Object.keys(await refusedFields(bring(world, body, key)))).toEqual(['redirect_url']);
    },
  );

  it('names no user by what the widget wouldn’t take for a name', async () => {
    const { world, source, key } = await shop();
    const application = await createApplication(world, {}, key);
    const body = {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'a\u0000b',
      auth: { data: { access_token: 'x' } },
    };
    expect(Object.keys(await refusedFields(bring(world, body, key)))).toEqual(['client_user_id']);
  });

  it('takes a key that may write, and a source that is visible', async () => {
    const { world, source, key } = await shop();
    const body = { provider_id: source.id, auth: { data: { access_token: 'x' } } };
    const reader = await createDeveloper(world, ['connections:read', 'connections:read_auth']);
    await refused(bring(world, body, reader.key), 403, 'insufficient_scope');
    const stranger = await createDeveloper(world);
    const theirs = await refusedFields(bring(world, body, stranger.key));
    const nowhere = await refusedFields(bring(world, { ...body, provider_id: newId() }, stranger.key));
    expect(theirs).toEqual(nowhere);
    const { key: writer } = await ok<{ key: string }>(
      manage(world, 'POST', '/keys', { name: 'w', scopes: ['connections:write'] }, key),
    );
    expect((await ok<Shown>(bring(world, body, writer))).auth.data).toEqual({});
  });

  it('serves its user: listed, called, renewed', async () => {
    const { world, source, provider, key } = await shop();
    const application = await createApplication(world, {}, key);
    const run = await finishedRun(world, application, provider, source, { clientUserId: 'other-user' });
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'other-user' }));
    const { auth } = await readConnection(world, connections[0] ?? '', key);
    const body = {
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      auth: { data: auth.data },
    };
    const { id } = await ok<Shown>(bring(world, body, key));
    const session = await serverRun(world, application);
    await session.connect(provider, source);
    const { accessToken } = await exchanged(session);
    const headers = { Authorization: `Bearer ${accessToken}`, 'X-Connection-Id': id };
    const user = await ok<{ connections: { id: string }[] }>(world.request('/user', { headers }));
    expect(user.connections.map((shown) => shown.id)).toContain(id);
    expect((await ok<Echo>(world.request(`/proxy/${source.id}/me`, { headers }))).id).toBe('account-1');
  });
});
