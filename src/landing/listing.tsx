import type { Child } from 'hono/jsx';

interface ListingProps {
  /** Unique on the page. */
  id: string;
  title: string;
  /** Whose it is, in a few words. */
  aside: string;
  /** The code, as text or marked. */
  children: Child;
}

/** Code to copy. */
export function Listing({ id, title, aside, children }: ListingProps) {
  return (
    <figure class="listing">
      <figcaption>
        <strong>{title}</strong>
        <span class="muted">{aside}</span>
        <span class="spoken" role="status" />
        <button type="button" class="button quiet" data-copy={id} aria-label={`Copy ${title}`} hidden>
          Copy
        </button>
      </figcaption>
      {/* Reachable with the keyboard, since it scrolls. */}
      <section class="scroll" aria-label={title} tabindex={0}>
        <pre>
          <code id={id}>{children}</code>
        </pre>
      </section>
    </figure>
  );
}
