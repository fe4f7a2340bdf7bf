import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import { Mark } from './mark.tsx';

interface PageProps {
  title: string;
  children: Child;
  /** A page that lays itself out, with a stylesheet of its own; else it is one column under the mark. */
  stylesheet?: string;
}

/** The frame of a page that the worker renders: the shared stylesheet, the icon, the content. */
export function Page({ title, children, stylesheet }: PageProps) {
  return (
    <>
      {html`<!doctype html>`}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · Trivet`}</title>
          <link rel="icon" type="image/svg+xml" href="/assets/icon.svg" />
          <link rel="stylesheet" href="/assets/page.css" />
          {stylesheet ? <link rel="stylesheet" href={stylesheet} /> : null}
        </head>
        <body>
          {stylesheet ? (
            children
          ) : (
            <main class="page">
              <Mark />
              {children}
            </main>
          )}
        </body>
      </html>
    </>
  );
}
