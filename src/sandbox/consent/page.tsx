import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { base64 } from '../../crypto/encoding.ts';
import type { SandboxContext } from '../provider.ts';
import { stylesheet } from './stylesheet.ts';

/** A whole page of the sandbox, under a policy that lets nothing run and nothing load. */
export function showPage(
  c: SandboxContext,
  status: 200 | 400,
  title: string,
  content: Child,
): Response | Promise<Response> {
  const nonce = base64(crypto.getRandomValues(new Uint8Array(16)));
  c.header('Content-Security-Policy', policy(nonce));
  c.header('Cache-Control', 'no-store');
  // With `no-referrer` the form's post would come from the origin `null`.
  c.header('Referrer-Policy', 'same-origin');
  c.header('X-Content-Type-Options', 'nosniff');
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <style nonce={nonce}>{raw(stylesheet)}</style>
      </head>
      <body>
        <main>
          <p class="notice">Sandbox: made-up data</p>
          {content}
        </main>
      </body>
    </html>
  );
  return c.html(html`<!doctype html>${page}`, status);
}

/**
 * Browsers hold every redirect after a form's post against `form-action`: our callback goes on to wherever a
 * Connection's owner wants its user, so any web address must be allowed there.
 */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "form-action 'self' https: http:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
