import type { Bindings } from '../../env.ts';
import { Failure } from '../../errors.ts';
import type { Entry } from './entry.ts';

// The catalogue is served as static assets: nothing of it is read before somebody asks.

/** One entry, or undefined. */
export async function readEntry(assets: Bindings['ASSETS'], slug: string): Promise<Entry | undefined> {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(slug)) return undefined;
  return readAsset<Entry>(assets, `${slug}.json`);
}

/** Every entry, by name. */
export async function readEntries(assets: Bindings['ASSETS']): Promise<Entry[]> {
  const entries = await readAsset<Entry[]>(assets, 'all.json');
  if (!entries) throw new Failure('server_misconfigured', 'This deployment lacks its catalogue.');
  return entries;
}

async function readAsset<T>(assets: Bindings['ASSETS'], name: string): Promise<T | undefined> {
  const response = await assets.fetch(new Request(`https://assets.invalid/catalogue/${name}`));
  return response.ok && response.headers.get('Content-Type')?.startsWith('application/json')
    ? response.json<T>()
    : undefined;
}
