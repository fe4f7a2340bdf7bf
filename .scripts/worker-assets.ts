import { join } from 'node:path';
import { build } from 'esbuild';

/** What `src/built-assets.tsx` exports. */
type BuildAssets = (example: { client: string; server: string }) => Record<string, string>;

/**
 * Runs the part of the worker that is only run at the build.
 *
 * @param example the code that the landing page shows
 * @returns the text of static assets by path
 */
export async function runBuildAssets(example: Parameters<BuildAssets>[0]): Promise<Record<string, string>> {
  const bundled = await build({
    entryPoints: [join(import.meta.dirname, '../src/built-assets.tsx')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
    logLevel: 'error',
  });
  // Node runs no JSX by itself, and nothing needs to be left behind.
  const code = Buffer.from(bundled.outputFiles[0]?.contents ?? '').toString('base64');
  const { buildAssets } = (await import(`data:text/javascript;base64,${code}`)) as {
    buildAssets: BuildAssets;
  };
  return buildAssets(example);
}
