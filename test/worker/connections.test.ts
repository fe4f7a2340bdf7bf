import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { createApplication, createDeveloper, manage } from './harness/management.ts';
import { OAuth1Provider } from './harness/oauth1-provider.ts';
import { type Exchanged, finishedRun, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';

interface Shown {
  id: string;
  name: string;
  auth: {
    status: { complete: boolean; authorized: boolean };
    data: Record<string, unknown>;
    scopes: { requested: string[]; granted: string[]; missing: string[] };
  };
  metadata?: Record<string, unknown>;
  created: string;
  provider_id: string;
  application_id: string;
  client_user_id: string;
}

describe('a Connection', () => {
  it('shows its status, scopes and tokens to its owner, and no tokens in a list', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const { connections } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const shown = await ok<Shown>(manage(world, 'GET', `/connections/${connections[0]}`));
    expect(shown).toMatchObject({
      id: connections[0],
      provider_id: source.id,
      application_id: application.clientId,
      client_user_id: 'user-1',
      auth: {
        status: { complete: true, authorized: true },
        data: { access_token: provider.issued[0], token_type: 'bearer' },
        scopes: { requested: ['profile', 'steps'], granted: ['profile', 'steps'], missing: [] },
      },
    });
    expect(shown.auth.data.expires_at).toBe(new Date(world.now + 3600_000).toISOString());
    expect(String(shown.auth.data.refresh_token)).toMatch(/^provider-refresh-token/);
    expect(shown).not.toHaveProperty('metadata');
    expect(shown).not.toHaveProperty('vouched');
    const [listed] = await ok<Shown[]>(
      manage(world, 'GET', `/connections?application_id=${application.clientId}`),
    );
    expect(listed).toEqual({ ...shown, auth: { ...shown.auth, data: {} } });
  });

  it('is not authorized where less was granted, and says what is missing', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source, {
      choice: { scopes: ['steps', 'extra'] },
    });
    const { connections } = await ok<Exchanged>(run.exchange());
    const { auth } = await ok<Shown>(manage(world, 'GET', `/connections/${connections[0]}`));
    expect(auth.status).toEqual({ complete: true, authorized: false });
    expect(auth.scopes).toEqual({
      requested: ['profile', 'steps'],
      granted: ['steps', 'extra'],
      missing: ['profile'],
    });
  });

  it('of OAuth 1.0a has a token and its secret, and whatever was asked', async () => {
    const { world, application } = await setting();
    const photos = new OAuth1Provider(world);
    const source = await photos.define({ scopes: ['read'] });
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const { redirectUrl } = await ok<{ redirectUrl: string }>(run.authorize(source));
    await run.callback(photos.consent(source, redirectUrl));
    await run.finished();
    const { connections } = await ok<Exchanged>(run.exchange());
    const { auth } = await ok<Shown>(manage(world, 'GET', `/connections/${connections[0]}`));
    expect(auth.data).toMatchObject({ access_token: photos.issued[0] });
    expect(String(auth.data.token_secret)).toMatch(/^provider-access-token-secret/);
    expect(auth.status).toEqual({ complete: true, authorized: true });
    expect(auth.scopes.missing).toEqual([]);
  });

  it('has metadata where its source says where to ask, and {} where that failed', async () => {
    const { world, application, provider, source } = await setting({
      metadata_url: '/me',
      callback_metadata: ['realmId'],
    });
    const choice = { callback: { realmId: '42', code_extra: 'x' } };
    const good = await ok<Exchanged>(
      (await finishedRun(world, application, provider, source, { choice })).exchange(),
    );
    provider.answerApi = () => new Response('<html>', { status: 200 });
    const bad = await ok<Exchanged>((await finishedRun(world, application, provider, source)).exchange());
    const metadataOf = async ({ connections }: Exchanged) =>
      (await ok<Shown>(manage(world, 'GET', `/connections/${connections[0]}`))).metadata;
    expect(await metadataOf(good)).toMatchObject({ id: 'account-1', realmId: '42' });
    expect(await metadataOf(good)).not.toHaveProperty('code_extra');
    expect(await metadataOf(bad)).toEqual({});
  });

  it('is found by its id in either form, and is 404 where there is none', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    const [id = ''] = (await ok<Exchanged>(run.exchange())).connections;
    const hyphenated = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    await ok(manage(world, 'GET', `/connections/${hyphenated}`));
    for (const other of ['0'.repeat(32), 'nonsense', `${id}0`, '%00', '..%2f']) {
      await refused(manage(world, 'GET', `/connections/${other}`), 404, 'not_found');
    }
  });
});

describe('a key’s scopes', () => {
  it('decide who lists, and who sees a token', async () => {
    const { world, provider } = await setting();
    const { id, key } = await createDeveloper(world);
    const application = await createApplication(world, {}, key);
    const source = await provider.define({}, key);
    const run = await finishedRun(world, application, provider, source);
    const { connections } = await ok<Exchanged>(run.exchange());
    const path = `/connections/${connections[0]}`;
    const scoped = async (scopes: string[]) => {
      const limited = await createDeveloper(world, scopes);
      await world.db
        .prepare('UPDATE api_keys SET developer_id = ? WHERE developer_id = ?')
        .bind(id, limited.id)
        .run();
      return limited.key;
    };
    expect((await ok<Shown>(manage(world, 'GET', path, undefined, key))).auth.data).toHaveProperty(
      'access_token',
    );
    const reader = await scoped(['connections:read']);
    expect((await ok<Shown>(manage(world, 'GET', path, undefined, reader))).auth.data).toEqual({});
    const revealer = await scoped(['connections:read', 'connections:read_auth']);
    expect((await ok<Shown>(manage(world, 'GET', path, undefined, revealer))).auth.data).toHaveProperty(
      'access_token',
    );
    for (const scopes of [
      [],
      ['connections:read_auth'],
      ['applications', 'maps:read', 'calls', 'webhooks'],
    ]) {
      const other = await scoped(scopes);
      await refused(manage(world, 'GET', path, undefined, other), 403, 'insufficient_scope');
      await refused(manage(world, 'GET', '/connections', undefined, other), 403, 'insufficient_scope');
    }
  });
});

describe('a list of Connections', () => {
  /** Nine Connections of one developer: three sources, three users, one incomplete, two of an instant. */
  async function nine() {
    const { world } = await setting();
    const { id: developerId, key } = await createDeveloper(world);
    const application = await createApplication(world, {}, key);
    const sources = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    const insert = `INSERT INTO connections (id, developer_id, source_id, application_id, client_user_id, vouched, name,
      complete, authorized, scopes_requested, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, 1, '[]', ?, 0)`;
    const rows = Array.from({ length: 9 }, (_, at) => ({
      id: crypto.randomUUID().replaceAll('-', ''),
      source: sources[at % 3],
      user: `user-${Math.floor(at / 3)}`,
      name: ['Ada', 'ada', '100%', '100_', 'Adam', 'Zoë', 'Zoé', 'x', 'B'][at] ?? null,
      complete: at === 8 ? 0 : 1,
      createdAt: 1000 + Math.floor(at / 2),
    }));
    await world.db.batch(
      rows.map((row) =>
        world.db
          .prepare(insert)
          .bind(
            row.id,
            developerId,
            row.source,
            application.clientId,
            row.user,
            row.name,
            row.complete,
            row.createdAt,
          ),
      ),
    );
    const list = (query: string) => manage(world, 'GET', `/connections?${query}`, undefined, key);
    const names = async (query: string) => (await ok<Shown[]>(list(query))).map(({ name }) => name).sort();
    return { world, application, sources, rows, list, names };
  }

  it('is narrowed by each filter, and by several', async () => {
    const { application, sources, names, rows } = await nine();
    const sorted = (kept: typeof rows) => kept.map(({ name }) => name).sort();
    expect(await names('')).toEqual(sorted(rows));
    expect(await names(`provider_id=${sources[1]}`)).toEqual(
      sorted(rows.filter(({ source }) => source === sources[1])),
    );
    expect(await names(`application_id=${application.clientId}`)).toHaveLength(9);
    expect(await names(`application_id=${'0'.repeat(32)}`)).toEqual([]);
    expect(await names('client_user_id=user-1')).toEqual(
      sorted(rows.filter(({ user }) => user === 'user-1')),
    );
    expect(await names('complete=false')).toEqual(['B']);
    expect(await names('complete=true')).toHaveLength(8);
    expect(await names(`complete=true&client_user_id=user-2&provider_id=${sources[0]}`)).toEqual(['Zoé']);
  });

  it('takes a name prefix to the letter', async () => {
    const { names } = await nine();
    expect(await names('name=Ada')).toEqual(['Ada', 'Adam']);
    expect(await names('name=100%25')).toEqual(['100%']);
    expect(await names('name=100_')).toEqual(['100_']);
    expect(await names(`name=${encodeURIComponent('Zo')}`)).toEqual(['Zoé', 'Zoë'].sort());
    expect(await names('name=%25')).toEqual([]);
  });

  it('runs from the newest to the oldest, each once, page by page, with its filters', async () => {
    const { world, list, rows } = await nine();
    const seen: Shown[] = [];
    let answer: Response | null = await list('limit=2&complete=true');
    while (answer) {
      const page: Shown[] = await ok<Shown[]>(answer);
      seen.push(...page);
      const next: string | undefined = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1];
      if (next) expect(next.startsWith(`${world.origin}/connections?`)).toBe(true);
      answer = next ? await list(new URL(next).search.slice(1)) : null;
      expect(seen.length).toBeLessThan(20);
    }
    expect(seen).toHaveLength(8);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(8);
    const order = seen.map(({ id }) => rows.find((row) => row.id === id)?.createdAt ?? 0);
    expect(order).toEqual([...order].sort((a, b) => b - a));
  });

  it('names what it doesn’t know, and what isn’t a value', async () => {
    const { list } = await nine();
    for (const [query, path] of [
      ['provider=x', 'provider'],
      ['provider_id=x', 'provider_id'],
      ['complete=yes', 'complete'],
      ['limit=-1', 'limit'],
      ['cursor=1-x', 'cursor'],
      [`cursor=${'9'.repeat(20)}-${'0'.repeat(32)}`, 'cursor'],
    ]) {
      const { details } = await refused(list(query ?? ''), 400, 'invalid_request');
      expect(details?.map((fault) => fault.path)).toEqual([path]);
    }
  });
});
