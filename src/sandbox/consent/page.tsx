import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { SandboxContext } from '../provider.ts';

/** A whole page of the sandbox, under a policy that lets nothing run, and nothing load but its stylesheet. */
export function showPage(
  c: SandboxContext,
  status: 200 | 400,
  title: string,
  content: Child,
): Response | Promise<Response> {
  c.header('Content-Security-Policy', policy);
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
        <link rel="stylesheet" href="/assets/sandbox.css" />
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
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self' https: http:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
