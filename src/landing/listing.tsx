import type { Child } from 'hono/jsx';

interface ListingProps {
  /** Unique on the page. */
  id: string;
  title: string;
  /** Whose it is, in a few words. */
  aside: string;
  code: string;
}

/** Code to copy. */
export function Listing({ id, title, aside, code }: ListingProps) {
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
          <code id={id}>{highlight(code.trimEnd())}</code>
        </pre>
      </section>
    </figure>
  );
}

const tokens =
  /(?<comment>\/\*[\s\S]*?\*\/|(?<!:)\/\/.*)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|(?<keyword>\b(?:import|export|from|const|async|await|function|return|if|else|try|catch|new|interface|as|null|true)\b)/g;

/** Marks comments, strings and keywords, as far as a page of ours needs it: no grammar. */
function highlight(code: string): Child[] {
  const children: Child[] = [];
  let end = 0;
  for (const match of code.matchAll(tokens)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    children.push(code.slice(end, match.index), <span class={`code-${kind}`}>{match[0]}</span>);
    end = match.index + match[0].length;
  }
  children.push(code.slice(end));
  return children;
}
