import { ok } from './answers.ts';
import { signInAs } from './console.ts';
import type { Shown } from './link.ts';
import { createApplication } from './management.ts';
import { bring, shop } from './shop.ts';
import type { World } from './world.ts';

/** A developer's account with a data source, an application and one Connection, and a person who is signed in to it. */
export async function account(person = 'Ada') {
  const made = await shop();
  const { world, source, key, id: developerId } = made;
  const application = await createApplication(world, { name: `Shop ${world.tag}` }, key);
  const bringOne = (changes: Record<string, unknown> = {}) =>
    ok<Shown>(
      bring(
        world,
        {
          provider_id: source.id,
          application_id: application.clientId,
          client_user_id: 'user-1',
          name: 'Ada’s steps',
          auth: {
            data: { access_token: 'the-access-token', refresh_token: 'the-refresh-token' },
            scopes: { requested: ['profile', 'steps'], granted: ['profile'] },
          },
          ...changes,
        },
        key,
      ),
    );
  const connection = await bringOne();
  const { browser, personId } = await signInAs(world, { name: person, developerId });
  return { ...made, developerId, application, bringOne, connection, browser, personId };
}

/** The path of a Connection's page. */
export function pageOf({ id }: { id: string }): string {
  return `/console/connections/${id}`;
}

/** What an account's audit trail says of a resource: action and actor, the oldest first. */
export async function actsOn(world: World, id: string) {
  const { results } = await world.db
    .prepare('SELECT action, actor FROM audit_entries WHERE resource_id = ? ORDER BY created_at, rowid')
    .bind(id)
    .all<{ action: string; actor: string }>();
  return results.map(({ action, actor }) => [action, actor]);
}
