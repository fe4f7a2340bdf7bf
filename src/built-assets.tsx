import { createApp } from './app.ts';
import type { Contents } from './built/contents.ts';
import { builtPath } from './built/read.ts';
import remedies from './console/activity/remedies.json' with { type: 'json' };
import { codeParts } from './console/applications/code-parts.tsx';
import { tryParts } from './console/applications/try-parts.tsx';
import checks from './console/settings/checks.json' with { type: 'json' };
import { arrange, formKinds } from './console/sources/arrangement.ts';
import { chooseParts } from './console/sources/choose-parts.tsx';
import findings from './console/sources/findings.json' with { type: 'json' };
import parameters from './console/sources/parameters.json' with { type: 'json' };
import type { Halves } from './landing/guide.tsx';
import { LandingPage } from './landing/landing-page.tsx';
import { openapiDocument } from './openapi/document.ts';
import { builtOrigin, documentAsset } from './openapi/document-asset.ts';
import { consentParts } from './sandbox/consent/consent-parts.tsx';

/**
 * What the worker would answer alike every time: the build runs this in Node and keeps it as static assets, so that
 * the worker carries neither the texts nor what writes them.
 *
 * @param example the code that the landing page shows
 * @returns text by path
 */
export function buildAssets(example: Halves): Record<string, string> {
  const forms = formKinds.map((kind) => [
    `source-form-${kind.byIssuer ? 'issuer' : kind.type}`,
    arrange(kind),
  ]);
  const contents: Contents = {
    ...Object.fromEntries(forms),
    landing: `${<LandingPage example={null} />}`,
    'landing-sandbox': `${<LandingPage example={example} />}`,
    'application-code': codeParts,
    'try-it': tryParts,
    checks,
    'new-source': chooseParts,
    findings,
    parameters,
    remedies,
    consent: consentParts,
  };
  return {
    ...Object.fromEntries(
      Object.entries(contents).map(([name, content]) => [builtPath(name), JSON.stringify(content)]),
    ),
    [documentAsset]: JSON.stringify(openapiDocument(createApp().routes, builtOrigin)),
  };
}
