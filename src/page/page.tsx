import { html } from 'hono/html';
import type { Child } from 'hono/jsx';

/** The frame of a page that the worker renders: one column, the shared stylesheet, the mark. */
export function Page({ title, children }: { title: string; children: Child }) {
  return (
    <>
      {html`<!doctype html>`}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · Trivet`}</title>
          <link rel="stylesheet" href="/assets/page.css" />
        </head>
        <body>
          <main class="page">{children}</main>
        </body>
      </html>
    </>
  );
}
