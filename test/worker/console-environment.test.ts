import { describe, expect, it } from 'vitest';
import { ok } from './harness/answers.ts';
import { errorOf, post, read, signInAs } from './harness/console.ts';
import { createDeveloper, createSource, manage } from './harness/management.ts';
import { World } from './harness/world.ts';

const path = '/console/sources';
const set = { set: true };

const definition = {
  type: 'oauth2',
  name: 'Pulse',
  api_host_url: 'https://api.pulse.example',
  auth_host_url: 'https://pulse.example',
  auth_url: '/authorize',
  full_auth_url: 'https://pulse.example/authorize',
  access_token_url: '/token',
};

/** A developer who is signed in, with a key. */
async function setting() {
  const world = new World();
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  const all = () =>
    ok<{ id: string; environment?: unknown }[]>(manage(world, 'GET', '/sources', undefined, key));
  return { world, browser, key, all };
}

/** What a text area holds. */
function areaOf(page: string, field: string): string | null {
  return new RegExp(`<textarea[^>]* name="${field}"[^>]*>([^<]*)</textarea>`).exec(page)?.[1] ?? null;
}

describe('a provider of the catalogue', () => {
  it('is asked what it wants beside the client, and shows it to nobody again', async () => {
    const { world, browser, all } = await setting();
    const page = await read(browser, `${path}/new/catalogue/bungie`);
    expect(page).toMatch(/<input[^>]* name="environment_api_key" type="password"/);
    expect(page).toContain('Beside the client ID, at https://www.bungie.net/en/Application.');
    const client = { client_id: 'a', client_secret: 'b' };
    const lacking = await post(browser, world, `${path}/new/catalogue/bungie`, client);
    expect(lacking.status).toBe(400);
    expect(errorOf(await lacking.text(), 'environment_api_key')).toBe('“API key” is required.');
    const environment_api_key = 'PLANTED-key';
    const wrong = { client_id: '', client_secret: 'b', environment_api_key };
    const refused = await (await post(browser, world, `${path}/new/catalogue/bungie`, wrong)).text();
    expect(errorOf(refused, 'client_id')).toContain('is required');
    expect(refused).not.toContain('PLANTED');
    expect(await all()).toEqual([]);
    const made = await post(browser, world, `${path}/new/catalogue/bungie`, {
      ...client,
      environment_api_key,
    });
    expect(made.status).toBe(303);
    expect(await all()).toMatchObject([{ name: 'Bungie.net', environment: { api_key: set } }]);
  });
});

describe('the form of a definition', () => {
  it('takes an environment by its names, keeps and clears it', async () => {
    const { world, browser, key, all } = await setting();
    const { id } = await createSource(
      world,
      {
        ...definition,
        api_headers: { 'X-Key': '{environment.api_key}', 'X-App': '{environment.app}' },
        environment: { api_key: 'PLANTED-key', app: 'PLANTED-app' },
      },
      key,
    );
    const page = await read(browser, `${path}/${id}/definition`);
    expect(areaOf(page, 'environment')).toBe('api_key=\napp=');
    expect(page).not.toContain('PLANTED');
    const send = async (fields: Record<string, string>) =>
      post(browser, world, `${path}/${id}/definition`, {
        ...definition,
        pkce: 'S256',
        token_body_format: 'form',
        signature: 'header',
        api_headers: areaOf(page, 'api_headers') ?? '',
        environment: 'api_key=\r\napp=',
        ...fields,
      });
    expect((await send({ name: 'Other' })).status).toBe(303);
    const cleared = await (await send({ environment: 'app=PLANTED-new' })).text();
    expect(errorOf(cleared, 'environment')).toBe('api_key in the environment is required.');
    expect(areaOf(cleared, 'environment')).toBe('app=');
    expect(cleared).not.toContain('PLANTED');
    const fewer = { api_headers: 'X-App={environment.app}', environment: 'app=PLANTED-new' };
    expect((await send(fewer)).status).toBe(303);
    expect(await all()).toMatchObject([{ environment: { app: set } }]);
    const misnamed = await (await send({ ...fewer, environment: 'app=\r\nother=x' })).text();
    expect(errorOf(misnamed, 'environment')).toContain('other in the environment has no place');
    const unknown = await (await send({ ...fewer, token_headers: 'X={secret}' })).text();
    expect(errorOf(unknown, 'token_headers')).toContain('X in the token headers holds {secret}: only');
  });
});
