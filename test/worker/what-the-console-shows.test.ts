import { describe, expect, it } from 'vitest';
import { ok, refused, refusedFields } from './harness/answers.ts';
import { isSignedIn, signInAs } from './harness/console.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth2Provider } from './harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

// What a developer sees in the console can be had over the API, too.

interface ShownUser {
  clientUserId: string;
  userCode: string;
  created: string;
}

interface Offered {
  id: string;
  name: string;
  offered: boolean;
  missing: string | null;
  credentials: string;
  enabled: boolean;
  client_id: string | null;
  client_secret: { set: true } | null;
}

describe('an application’s end users', () => {
  it('are listed newest first, by pages, once they are exchanged', async () => {
    const { world, application, provider, source } = await setting();
    const codes: string[] = [];
    for (const clientUserId of ['a/1', 'b 2', 'ü3']) {
      world.now += 1000;
      const run = await finishedRun(world, application, provider, source, { clientUserId });
      codes.push((await ok<Exchanged>(run.exchange({ clientUserId }))).userCode);
    }
    await finishedRun(world, application, provider, source, { clientUserId: 'never exchanged' });
    const path = `/applications/${application.clientId}/users`;
    const first = await manage(world, 'GET', `${path}?limit=2`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('Link') ?? '')?.[1] ?? '';
    const users = [
      ...(await ok<ShownUser[]>(first)),
      ...(await ok<ShownUser[]>(manage(world, 'GET', next.replace(/^https:\/\/[^/]+/, '')))),
    ];
    expect(users.map(({ clientUserId }) => clientUserId)).toEqual(['ü3', 'b 2', 'a/1']);
    expect(users.map(({ userCode }) => userCode)).toEqual(codes.toReversed());
    const found = await ok<ShownUser[]>(
      manage(world, 'GET', `${path}?client_user_id=${encodeURIComponent('a/1')}`),
    );
    expect(found).toEqual([users[2]]);
    expect(await ok(manage(world, 'GET', `${path}?client_user_id=a`))).toEqual([]);
  });
});

describe('the data sources an application can offer', () => {
  it('are told with whose credentials, and why not', async () => {
    const { world, application, provider, source } = await setting();
    const { key } = await createDeveloper(world);
    const theirs = await createApplication(world, {}, key);
    const without = await provider.define(
      { name: `Bare ${world.tag}`, client_id: undefined, client_secret: undefined },
      key,
    );
    const path = `/applications/${theirs.clientId}/sources`;
    const list = async () => await ok<Offered[]>(manage(world, 'GET', path, undefined, key));
    const of = (offers: Offered[], id: string) => offers.find((offer) => offer.id === id);
    const before = await list();
    expect(of(before, source.id)).toMatchObject({ offered: true, credentials: 'platform', missing: null });
    expect(of(before, without.id)).toMatchObject({
      name: `Bare ${world.tag}`,
      offered: false,
      credentials: 'none',
      missing: 'Needs credentials',
      client_id: null,
      client_secret: null,
    });
    const { clientId: client_id, clientSecret: client_secret } = provider;
    await ok(manage(world, 'PUT', `${path}/${without.id}`, { client_id, client_secret }, key));
    await ok(manage(world, 'PUT', `${path}/${source.id}`, { enabled: false }, key));
    const after = await list();
    expect(JSON.stringify(after)).not.toContain(client_secret);
    expect(of(after, without.id)).toMatchObject({
      offered: true,
      credentials: 'application',
      client_id,
      client_secret: { set: true },
    });
    expect(of(after, source.id)).toMatchObject({ offered: false, enabled: false, missing: 'Switched off' });
    // The other developer's own source is nobody else's to offer.
    const ours = await ok<Offered[]>(manage(world, 'GET', `/applications/${application.clientId}/sources`));
    expect(of(ours, without.id)).toBeUndefined();
  });
});

describe('what happened to a Connection', () => {
  it('is listed newest first', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const path = `/connections/${connections[0]}`;
    const types = async () =>
      (await ok<{ type: string }[]>(manage(world, 'GET', `${path}/events`))).map(({ type }) => type);
    expect(await types()).toEqual(['connection.created']);
    world.now += 60_000;
    await ok(manage(world, 'PATCH', path, { auth: { status: { complete: false } } }));
    await expect.poll(types).toEqual(['connection.needs_reauthorization', 'connection.created']);
  });
});

describe('the counts', () => {
  it('are an account’s own', async () => {
    const world = new World();
    world.now = Date.now();
    const { key } = await createDeveloper(world);
    const provider = new OAuth2Provider(world);
    const source = await provider.define({ name: `Steps ${world.tag}` }, key);
    const application = await createApplication(world);
    const theirs = await createApplication(world, {}, key);
    const run = await finishedRun(world, theirs, provider, source);
    await ok(run.exchange({ clientUserId: 'user-1' }));
    await ok((await Run.fromPage(world, theirs)).bind());
    const counts = await ok<{
      days: { date: string; created: number }[];
      totals: Record<string, number>;
      by_source: { id: string; count: number }[];
      by_application: { id: string; count: number }[];
    }>(manage(world, 'GET', '/activity?days=7', undefined, key));
    expect(counts.days).toHaveLength(7);
    expect(counts.days.at(-1)).toEqual({
      date: new Date(world.now).toISOString().slice(0, 10),
      created: 1,
      reauthorized: 0,
    });
    expect(counts.totals).toMatchObject({ opened: 2, finished: 1, exchanged: 1 });
    expect(counts.by_source).toEqual([{ id: source.id, count: 1 }]);
    expect(counts.by_application).toEqual([{ id: theirs.clientId, count: 1 }]);
    expect(JSON.stringify(counts)).not.toContain(application.clientId);
    await refused(manage(world, 'GET', '/activity?days=1000', undefined, key), 400, 'invalid_request');
  });
});

describe('the people of an account', () => {
  interface Invitation {
    id: string;
    new_developer: boolean;
    url?: string;
  }

  it('are invited, listed and removed', async () => {
    const world = new World();
    const { id, key } = await createDeveloper(world);
    const { browser, personId } = await signInAs(world, { developerId: id, name: 'Grace' });
    const people = () => ok<{ id: string; name: string }[]>(manage(world, 'GET', '/people', undefined, key));
    expect(await people()).toMatchObject([{ id: personId, name: 'Grace' }]);
    const invited = await ok<Invitation>(manage(world, 'POST', '/invitations', { name: 'Alan' }, key));
    expect(invited.url).toMatch(/\/console\/invitation#trv_invite_[\w-]{43}$/);
    const list = () => ok<Invitation[]>(manage(world, 'GET', '/invitations', undefined, key));
    const { url: _, ...shown } = invited;
    expect(await list()).toEqual([shown]);
    expect(
      await refusedFields(manage(world, 'POST', '/invitations', { name: 'X', new_developer: true }, key)),
    ).toHaveProperty('new_developer');
    const { key: another } = await createDeveloper(world);
    await refused(
      manage(world, 'DELETE', `/invitations/${invited.id}`, undefined, another),
      404,
      'not_found',
    );
    expect((await manage(world, 'DELETE', `/invitations/${invited.id}`, undefined, key)).status).toBe(204);
    expect(await list()).toEqual([]);
    await refused(manage(world, 'DELETE', `/people/${personId}`, undefined, another), 404, 'not_found');
    expect((await manage(world, 'DELETE', `/people/${personId}`, undefined, key)).status).toBe(204);
    expect(await people()).toEqual([]);
    expect(await isSignedIn(browser)).toBe(false);
  });
});
