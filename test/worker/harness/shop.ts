import { ok } from './answers.ts';
import { manage } from './management.ts';
import { OAuth2Provider } from './oauth2-provider.ts';
import { World } from './world.ts';

/** A developer with a data source of its own. */
export async function shop(world = new World()) {
  const developer = await ok<{ id: string; key: string }>(
    manage(world, 'POST', '/developers', { name: 'Shop Ltd' }),
  );
  const provider = new OAuth2Provider(world);
  const source = await provider.define({ metadata_url: '/me', default_name: 'id' }, developer.key);
  return { world, provider, source, ...developer };
}

/** Imports a Connection. */
export function bring(world: World, body: unknown, key: string): Promise<Response> {
  return manage(world, 'POST', '/connections', body, key);
}

/** An id as this service writes it. */
export function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
