import { createApp } from './app.ts';
import { builtPath } from './built/read.ts';
import { arrange, formKinds } from './console/sources/arrangement.ts';
import { formFieldsName } from './console/sources/form-fields.ts';
import type { Halves } from './landing/guide.tsx';
import { landingAssets } from './landing/landing.tsx';
import { LandingPage } from './landing/landing-page.tsx';
import { openapiDocument } from './openapi/document.ts';
import { builtOrigin, documentAsset } from './openapi/document-asset.ts';

/**
 * What the worker would answer alike every time: the build runs this in Node and keeps it as static assets, so that
 * the worker carries neither the texts nor what writes them.
 *
 * @param example the code that the landing page shows
 * @returns text by path
 */
export function buildAssets(example: Halves): Record<string, string> {
  const read: Record<string, unknown> = Object.fromEntries(
    formKinds.map((kind) => [formFieldsName(kind), arrange(kind)]),
  );
  return {
    ...Object.fromEntries(
      Object.entries(read).map(([name, value]) => [builtPath(name), JSON.stringify(value)]),
    ),
    [documentAsset]: JSON.stringify(openapiDocument(createApp().routes, builtOrigin)),
    [landingAssets.sandbox]: `${<LandingPage example={example} />}`,
    [landingAssets.plain]: `${<LandingPage example={null} />}`,
  };
}
