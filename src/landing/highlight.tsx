import type { Child } from 'hono/jsx';

const tokens =
  /(?<comment>\/\*[\s\S]*?\*\/|(?<!:)\/\/.*)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|(?<keyword>\b(?:import|export|from|const|async|await|function|return|if|else|try|catch|new|interface|as|null|true)\b)/g;

/** Marks comments, strings and keywords, as far as a page of ours needs it: no grammar. */
export function highlight(code: string): Child[] {
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
