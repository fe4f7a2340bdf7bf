import { describe, expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { linkedConnection, patchConnection, readConnection, type Shown } from '../worker/harness/link.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun } from '../worker/harness/run.ts';
import { World } from '../worker/harness/world.ts';

// Uniqueness gives a Connection's place to whoever shows the same value. Mallory, who can show any value
// where she runs the provider, must find nobody else's Connection with it.

const unique = { metadata_url: '/me', uniqueness: 'id' };
const account = 'victim@example.com';
const choice = { account };

/** Alice's Connection, made by her developer's link. */
async function alice() {
  const world = new World();
  const provider = new OAuth2Provider(world);
  const owner = await createDeveloper(world);
  const source = await provider.define(unique, owner.key);
  const { id } = await linkedConnection(world, provider, source, { choice, key: owner.key });
  const unharmed = async () => {
    const { auth } = await readConnection(world, id, owner.key);
    expect(auth.data.access_token).toBe(provider.issued[0]);
    expect(auth.status).toEqual({ complete: true, authorized: true });
  };
  return { world, provider, owner, source, id, unharmed };
}

const existing = (location: URL) => location.searchParams.get('existing_connection_id');

describe('the same value takes over nothing', () => {
  it('of the same owner alone does it: the guard’s other side', async () => {
    const { world, provider, owner, source, id } = await alice();
    const again = await linkedConnection(world, provider, source, { choice, key: owner.key });
    expect(existing(again.location)).toBe(id);
  });

  it('of another owner at the same platform source', async () => {
    const world = new World();
    const provider = new OAuth2Provider(world);
    const source = await provider.define(unique);
    const mine = await linkedConnection(world, provider, source, { choice });
    const [one, two] = [await createDeveloper(world), await createDeveloper(world)];
    const ids = [mine.id];
    for (const { key } of [one, two]) {
      const application = await createApplication(world, {}, key);
      const run = await finishedRun(world, application, provider, source, { choice });
      ids.push(...(await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }))).connections);
    }
    expect(new Set(ids).size).toBe(3);
    expect((await readConnection(world, mine.id)).auth.data.access_token).toBe(provider.issued[0]);
  });

  it('at another source with the same client registration', async () => {
    const { world, owner, provider, unharmed } = await alice();
    const evil = new OAuth2Provider(world, 'evil');
    expect(evil.clientId).toBe(provider.clientId);
    const other = await evil.define(unique, owner.key);
    const { location } = await linkedConnection(world, evil, other, { choice, key: owner.key });
    expect(existing(location)).toBeNull();
    await unharmed();
  });

  it('at the same source moved to another host', async () => {
    const { world, owner, source, unharmed } = await alice();
    const evil = new OAuth2Provider(world, 'evil');
    const { name: _name, ...moved } = evil.fields(unique);
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, moved, owner.key));
    const { location } = await linkedConnection(world, evil, source, { choice, key: owner.key });
    expect(existing(location)).toBeNull();
    await unharmed();
  });

  it('with another client registration at the same source', async () => {
    const { world, owner, source, provider, unharmed } = await alice();
    const renamed = Object.assign(new OAuth2Provider(world, 'steps'), { clientId: 'another-client' });
    const changed = { client_id: 'another-client', client_secret: renamed.clientSecret };
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, changed, owner.key));
    const { location } = await linkedConnection(world, renamed, source, { choice, key: owner.key });
    expect(existing(location)).toBeNull();
    expect(renamed.issued).toHaveLength(1);
    expect(provider.issued).toHaveLength(1);
    await unharmed();
  });

  it('of another application, another end user, or none', async () => {
    const { world, owner, source, provider } = await alice();
    const applications = [
      await createApplication(world, {}, owner.key),
      await createApplication(world, {}, owner.key),
    ];
    const seen: string[] = [];
    for (const application of applications) {
      for (const clientUserId of ['user-1', 'user-2', 'USER-1']) {
        const run = await finishedRun(world, application, provider, source, { choice, clientUserId });
        seen.push(...(await ok<Exchanged>(run.exchange({ clientUserId }))).connections);
      }
    }
    expect(new Set(seen).size).toBe(6);
    const late = await linkedConnection(world, provider, source, { choice, key: owner.key });
    expect(seen).not.toContain(existing(late.location));
    expect(existing(late.location)).not.toBeNull();
    for (const [index, id] of seen.entries()) {
      const { auth } = await readConnection(world, id, owner.key);
      expect(auth.data.access_token).toBe(provider.issued[index + 1]);
    }
  });

  it('that a PATCH or an import claims', async () => {
    const { world, owner, source, provider, unharmed } = await alice();
    const mine = await linkedConnection(world, provider, source, {
      choice: { account: 'mallory' },
      key: owner.key,
    });
    const claim = { metadata: { id: account }, uniqueValue: account, unique_value: account };
    await ok(patchConnection(world, mine.id, claim, owner.key));
    const body = { provider_id: source.id, ...claim, auth: { data: { access_token: 'x' } } };
    await ok<Shown>(manage(world, 'POST', '/connections', body, owner.key));
    const again = await linkedConnection(world, provider, source, {
      choice: { account: 'mallory' },
      key: owner.key,
    });
    expect(existing(again.location)).toBe(mine.id);
    await unharmed();
  });

  it('that differs in its type, case, or a place nearby', async () => {
    const { world, owner, source, provider, unharmed } = await alice();
    const tries: unknown[] = [
      { id: account.toUpperCase() },
      { id: ` ${account}` },
      { id: [account] },
      { id: { toString: account } },
      [{ id: account }],
      { other: { id: account } },
      { ID: account },
    ];
    for (const metadata of tries) {
      provider.answerApi = () => Response.json(metadata);
      const { location } = await linkedConnection(world, provider, source, { key: owner.key });
      expect(existing(location)).toBeNull();
    }
    await unharmed();
  });
});

it('an unvouched run finds no Connection of the user it names', async () => {
  const { world, owner, source, provider } = await alice();
  const application = await createApplication(world, {}, owner.key);
  const connect = () => finishedRun(world, application, provider, source, { choice });
  const [id = ''] = (await ok<Exchanged>((await connect()).exchange({ clientUserId: 'user-1' }))).connections;
  const before = await readConnection(world, id, owner.key);
  const forged = await ok<Exchanged>((await connect()).exchange());
  expect(forged.connections).not.toContain(id);
  expect(await readConnection(world, id, owner.key)).toEqual(before);
});
