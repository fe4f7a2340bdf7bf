import { describe, expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { createDeveloper, manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { Receiver } from '../worker/harness/receiver.ts';
import { createTenant } from '../worker/harness/tenant.ts';
import { World } from '../worker/harness/world.ts';

/** The runtime warns where NDJSON is read as text. */
async function textOf(answer: Response): Promise<string> {
  return new TextDecoder().decode(await answer.arrayBuffer());
}

describe('the audit trail', () => {
  it('can’t be rewritten or shortened, not even by whoever holds the database’s statements', async () => {
    const world = new World();
    const { id, key } = await createDeveloper(world);
    await ok(manage(world, 'POST', '/keys', { name: 'server' }, key));
    const before = await ok<unknown[]>(manage(world, 'GET', '/audit', undefined, key));
    expect(before).toHaveLength(1);
    for (const statement of [
      "UPDATE audit_entries SET actor = 'somebody else' WHERE developer_id = ?",
      'UPDATE audit_entries SET created_at = 0 WHERE developer_id = ?',
      'DELETE FROM audit_entries WHERE developer_id = ?',
    ]) {
      await expect(world.db.prepare(statement).bind(id).run()).rejects.toThrow('append-only');
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await manage(world, method, '/audit', method === 'DELETE' ? undefined : {}, key);
      expect(answer.status).toBe(404);
    }
    expect(await ok(manage(world, 'GET', '/audit', undefined, key))).toEqual(before);
    // Control: without the guard, the same statement does it.
    await world.db.exec('DROP TRIGGER audit_entries_kept');
    try {
      await world.db.prepare('DELETE FROM audit_entries WHERE developer_id = ?').bind(id).run();
      expect(await ok(manage(world, 'GET', '/audit', undefined, key))).toEqual([]);
    } finally {
      await world.db.exec(
        "CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
      );
    }
  });

  it('outlives what it tells of, its developer too', async () => {
    const world = new World();
    const developer = await ok<{ id: string; key: string }>(
      manage(world, 'POST', '/developers', { name: 'Shop Ltd' }),
    );
    await ok(manage(world, 'POST', '/keys', { name: 'server' }, developer.key));
    expect((await manage(world, 'DELETE', `/developers/${developer.id}`)).status).toBe(204);
    const { results } = await world.db
      .prepare('SELECT action FROM audit_entries WHERE developer_id = ? OR resource_id = ? ORDER BY action')
      .bind(developer.id, developer.id)
      .all();
    expect(results.map(({ action }) => action)).toEqual(['createDeveloper', 'createKey', 'deleteDeveloper']);
  });

  it('holds no secret, whatever passed through the requests it tells of', async () => {
    const world = new World();
    const tenant = await createTenant(world, 'secretive');
    const { developer, provider, application, source } = tenant;
    const call = <T>(method: string, path: string, body?: unknown) =>
      ok<T>(manage(world, method, path, body, developer.key));
    const receiver = await Receiver.listen(world, developer.key);
    const rotated = await receiver.patch({ rotate_secret: true });
    const key = await call<{ key: string }>('POST', '/keys', { name: 'server' });
    const secret = await call<{ clientSecret: string }>(
      'POST',
      `/applications/${application.clientId}/secrets`,
    );
    const typed = 'a-secret-that-was-typed-in-0123456789';
    await call('PATCH', `/sources/${source.id}`, { client_secret: typed });
    await call('PUT', `/applications/${application.clientId}/sources/${source.id}`, {
      client_id: 'own',
      client_secret: typed,
    });
    await call('POST', '/connections', {
      provider_id: source.id,
      auth: { data: { access_token: `${typed}-access`, refresh_token: `${typed}-refresh` } },
    });
    await call('POST', '/connections/redeem', { connection_code: tenant.connectionCode });
    const exported = await manage(world, 'GET', '/connections/export', undefined, developer.key);
    expect(await textOf(exported)).toContain(`${typed}-access`);
    const trail = await textOf(await manage(world, 'GET', '/audit/export', undefined, developer.key));
    const stored = await world.db
      .prepare('SELECT * FROM audit_entries WHERE developer_id = ?')
      .bind(developer.id)
      .all();
    const everything = `${trail}\n${JSON.stringify(stored.results)}`;
    for (const planted of [
      developer.key,
      key.key,
      secret.clientSecret,
      application.clientSecret,
      provider.clientSecret,
      typed,
      receiver.webhook.secret,
      rotated.secret,
      tenant.connectionCode,
      tenant.user.accessToken,
      ...provider.issued,
    ]) {
      expect(planted?.length).toBeGreaterThan(10);
      expect(everything).not.toContain(planted);
    }
    // Control: the search finds what is meant to be there.
    for (const shown of [application.clientId, source.id, receiver.webhook.id]) {
      expect(everything).toContain(shown);
    }
  });

  it('is its own developer’s alone, and for unrestricted keys alone', async () => {
    const world = new World();
    const [mine, theirs] = [await createDeveloper(world), await createDeveloper(world)];
    const source = await new OAuth2Provider(world).define({}, mine.key);
    for (const key of [theirs.key, undefined]) {
      for (const path of ['/audit', `/audit?resource_id=${source.id}`, '/audit/export']) {
        const text = await textOf(await manage(world, 'GET', path, undefined, key));
        expect(text).not.toContain(source.id);
      }
    }
    expect(await (await manage(world, 'GET', '/audit', undefined, mine.key)).text()).toContain(source.id);
    // What another does to no avail isn't in it either.
    await refused(manage(world, 'DELETE', `/sources/${source.id}`, undefined, theirs.key), 404, 'not_found');
    expect(await ok(manage(world, 'GET', '/audit', undefined, mine.key))).toHaveLength(1);
    const limited = await createDeveloper(world, ['applications', 'webhooks', 'connections:read']);
    for (const path of ['/audit', '/audit/export']) {
      await refused(manage(world, 'GET', path, undefined, limited.key), 403, 'insufficient_scope');
      await refused(world.request(path), 401, 'invalid_token');
    }
  });
});
