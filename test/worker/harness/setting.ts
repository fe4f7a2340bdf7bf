import type { Bindings } from '../../../src/env.ts';
import { createApplication } from './management.ts';
import { OAuth2Provider } from './oauth2-provider.ts';
import { World } from './world.ts';

/** What most tests start from: a worker, an application, and one OAuth 2 data source. */
export async function setting(fields: Record<string, unknown> = {}, changes: Partial<Bindings> = {}) {
  const world = new World(changes);
  const provider = new OAuth2Provider(world);
  const [application, source] = await Promise.all([createApplication(world), provider.define(fields)]);
  return { world, application, provider, source };
}
