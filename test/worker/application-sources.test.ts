import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { type Exchanged, finishedRun, Run, type View } from './harness/run.ts';
import { setting } from './harness/setting.ts';

describe('what an application says of a source', () => {
  it('switches it off, and back to what it is by default', async () => {
    const { world, application, provider, source } = await setting();
    const path = `/applications/${application.clientId}/sources/${source.id}`;
    expect(await ok(manage(world, 'PUT', path, { enabled: false }))).toMatchObject({ enabled: false });
    const run = await Run.fromPage(world, application);
    const view = await ok<View>(run.bind());
    expect(view.sources.map(({ id }) => id)).not.toContain(source.id);
    await refused(run.authorize(source), 404, 'not_found');
    expect((await manage(world, 'DELETE', path)).status).toBe(204);
    await run.connect(provider, source);
    expect(await ok<View>(run.view())).toMatchObject({ changed: true });
  });

  it('brings credentials of its own, as a pair, write-only', async () => {
    const { world, application, provider, source } = await setting({
      client_id: undefined,
      client_secret: undefined,
    });
    const path = `/applications/${application.clientId}/sources/${source.id}`;
    const offered = async () => {
      const run = await Run.fromPage(world, application);
      return (await ok<View>(run.bind())).sources.some(({ id }) => id === source.id);
    };
    expect(await offered()).toBe(false);
    const { clientId: client_id, clientSecret: client_secret } = provider;
    expect(await refusedFields(manage(world, 'PUT', path, { client_id }))).toHaveProperty('client_secret');
    expect(await refusedFields(manage(world, 'PUT', path, { client_secret }))).toHaveProperty('client_id');
    expect(await offered()).toBe(false);
    const put = await ok(manage(world, 'PUT', path, { client_id, client_secret, scopes: ['steps'] }));
    expect(put).toEqual({ enabled: true, client_id, client_secret: { set: true }, scopes: ['steps'] });
    expect(await offered()).toBe(true);
    const run = await finishedRun(world, application, provider, source);
    const { connections } = await ok<Exchanged>(run.exchange());
    const connection = await ok<{ auth: { scopes: unknown } }>(
      manage(world, 'GET', `/connections/${connections[0]}`),
    );
    expect(connection.auth.scopes).toEqual({ requested: ['steps'], granted: ['steps'], missing: [] });
    // The kept secret goes with its client ID and its hosts.
    await ok(manage(world, 'PUT', path, { client_id, client_secret: { set: true } }));
    expect(await refusedFields(manage(world, 'PUT', path, { client_id: 'another' }))).toHaveProperty(
      'client_secret',
    );
  });

  it('goes no further with the platform’s credentials than the administrator let it', async () => {
    const { world, provider, source } = await setting();
    const { id, key } = await createDeveloper(world);
    const theirs = await createApplication(world, {}, key);
    const path = `/applications/${theirs.clientId}/sources/${source.id}`;
    await ok(manage(world, 'PUT', path, { scopes: ['steps', 'admin'] }, key));
    const run = await Run.fromPage(world, theirs);
    await ok(run.bind());
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    expect(new URL(redirectUrl).searchParams.get('scope')).toBe('steps');
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [] }));
    await refused(run.authorize(source), 404, 'not_found');
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, { credentials_for: [id] }));
    await ok(run.authorize(source));
    const own = manage(world, 'POST', '/sources', provider.fields({ credentials_for: 'everyone' }), key);
    expect(await refusedFields(own)).toHaveProperty('credentials_for');
  });

  it('names its faults, and an unknown source', async () => {
    const { world, application, source } = await setting();
    const path = `/applications/${application.clientId}/sources`;
    const body = { enabled: 'yes', scopes: ['a b'], secret: 'x' };
    const named = await refusedFields(manage(world, 'PUT', `${path}/${source.id}`, body));
    expect(Object.keys(named).sort()).toEqual(['enabled', 'scopes.0', 'secret']);
    await refused(manage(world, 'PUT', `${path}/${'0'.repeat(32)}`, {}), 404, 'not_found');
    await refused(manage(world, 'DELETE', `${path}/nonsense`), 404, 'not_found');
  });
});
