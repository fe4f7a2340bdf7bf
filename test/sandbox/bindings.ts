import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/env.ts';

/** What the tests' own worker is given. */
export const bindings = env as Bindings;

/** The id of the key that seals. */
export const sealingKeyId = bindings.ENCRYPTION_KEYS?.split(':')[0] ?? '';

/** Everything the sandbox keeps, as text. */
export async function storedText(): Promise<string> {
  const { results } = await bindings.DB.prepare('SELECT * FROM sandbox_grants').all();
  return JSON.stringify(results);
}

/** Makes the sandbox forget everything. */
export async function forgetAll(): Promise<void> {
  await bindings.DB.prepare('DELETE FROM sandbox_grants').run();
}
