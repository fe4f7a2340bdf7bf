import type { Child } from 'hono/jsx';

/** How something stands. `neutral`: nothing has been decided yet. */
export type Tone = 'success' | 'warning' | 'danger' | 'neutral';

/** How something stands, in words; the tone only says it again. */
export function Status({ tone, children }: { tone: Tone; children: Child }) {
  return <span class={`status ${tone}`}>{children}</span>;
}
