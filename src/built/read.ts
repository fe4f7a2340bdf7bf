import type { Bindings } from '../env.ts';
import { Failure } from '../errors.ts';
import type { Contents } from './contents.ts';

// What is alike on every deployment, and long, is written by the build as JSON among the static assets: tables, texts,
// parts of pages. The worker carries none of it, and reads it when a page needs it.

/** Where the build puts something among the static assets. */
export function builtPath(name: string): string {
  return `/built/${name}.json`;
}

/** What was read is kept: it is of one build with the code. */
const known = new WeakMap<Bindings['ASSETS'], Partial<Contents>>();

/**
 * Reads what the build wrote.
 *
 * @throws Failure where it is missing
 */
export async function readBuilt<Name extends keyof Contents>(
  assets: Bindings['ASSETS'],
  name: Name,
): Promise<Contents[Name]> {
  const kept = known.get(assets) ?? {};
  known.set(assets, kept);
  const content = kept[name];
  if (content !== undefined) return content;
  const path = builtPath(name);
  const response = await assets.fetch(new Request(`https://assets.invalid${path}`));
  if (!response.ok)
    throw new Failure('server_misconfigured', `This deployment lacks ${path}: run npm run build.`);
  const read = await response.json<Contents[Name]>();
  kept[name] = read;
  return read;
}
