import type { Bindings } from '../env.ts';

/** Where the build puts the document among the static assets. */
export const documentAsset = '/openapi-document.json';

/** What the built document says in place of the deployment's origin. */
export const builtOrigin = 'https://deployment.invalid';

/**
 * The OpenAPI document as it was built, as text.
 *
 * @param origin where this deployment is
 */
export async function readDocument(assets: Bindings['ASSETS'], origin: string): Promise<string> {
  const response = await assets.fetch(new Request(`https://assets.invalid${documentAsset}`));
  if (!response.ok) throw new Error(`${documentAsset} is missing: run npm run build`);
  return (await response.text()).replace(JSON.stringify(builtOrigin), () => JSON.stringify(origin));
}
