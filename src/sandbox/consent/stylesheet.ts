/** The sandbox's pages: a popup of 420 px, or a phone; light and dark. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: oklch(0.965 0.006 70); --surface: oklch(0.995 0.003 70);
  --ink: oklch(0.25 0.015 50); --muted: oklch(0.5 0.02 55);
  --line: oklch(0.88 0.01 65); --control: oklch(0.62 0.02 60);
  --accent: oklch(0.62 0.17 45); --fill: oklch(0.54 0.155 43); --on-fill: oklch(0.99 0.005 70);
  --tint: oklch(0.95 0.03 60); --tint-ink: oklch(0.45 0.13 43);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: oklch(0.18 0.008 60); --surface: oklch(0.225 0.01 60);
    --ink: oklch(0.94 0.008 70); --muted: oklch(0.72 0.015 65);
    --line: oklch(0.33 0.012 60); --control: oklch(0.56 0.02 60);
    --accent: oklch(0.74 0.15 50); --fill: oklch(0.74 0.15 50); --on-fill: oklch(0.2 0.03 50);
    --tint: oklch(0.3 0.05 50); --tint-ink: oklch(0.84 0.1 60);
  }
}
* { box-sizing: border-box; margin: 0; }
body { min-height: 100dvh; background: var(--page); color: var(--ink); font: 16px/24px system-ui, sans-serif; }
main { display: flex; flex-direction: column; min-height: 100dvh; max-width: 420px; margin: 0 auto; background: var(--surface); }
.notice { padding: 6px 16px; background: var(--tint); color: var(--tint-ink); font-size: 13px; line-height: 20px; font-weight: 600; text-align: center; }
form { display: flex; flex-direction: column; flex: 1; gap: 20px; padding: 24px 16px 0; }
header { display: flex; align-items: center; gap: 12px; }
.mark { flex: none; display: grid; place-items: center; width: 44px; height: 44px; border: 1px solid var(--line); border-radius: 10px; color: var(--accent); font-size: 20px; font-weight: 600; }
h1 { font-size: 20px; line-height: 28px; font-weight: 600; letter-spacing: -0.01em; text-wrap: balance; }
h2, legend { padding: 0; font-size: 13px; line-height: 20px; font-weight: 600; color: var(--muted); }
.muted { color: var(--muted); font-size: 14px; line-height: 20px; }
ul { padding: 0; margin-top: 6px; list-style: none; }
li { position: relative; padding: 2px 0 2px 20px; }
li::before { content: ''; position: absolute; left: 3px; top: 11px; width: 6px; height: 6px; border-radius: 50%; background: var(--accent); }
fieldset { min-width: 0; padding: 0; border: 0; }
label { display: flex; gap: 12px; cursor: pointer; }
label > span { min-width: 0; }
label .muted { display: block; }
strong { font-weight: 600; }
input[type='radio'] { flex: none; width: 18px; height: 18px; margin: 3px 0; accent-color: var(--fill); }
.accounts label { align-items: center; padding: 8px 12px; border: 1px solid var(--line); }
.accounts label:first-of-type { margin-top: 8px; border-radius: 10px 10px 0 0; }
.accounts label:last-of-type { margin-top: -1px; border-radius: 0 0 10px 10px; }
.accounts label:has(:checked) { position: relative; border-color: var(--accent); background: var(--tint); }
.accounts label:has(:checked) .muted { color: var(--ink); }
details { font-size: 14px; line-height: 20px; }
summary { width: fit-content; padding: 2px 4px; margin-left: -4px; border-radius: 4px; color: var(--muted); cursor: pointer; }
.scenarios { padding: 12px 0 0; }
.scenarios legend { float: left; width: 100%; padding-bottom: 4px; }
.scenarios label { clear: both; padding: 6px 0; }
.scenarios input[type='radio'] { margin: 1px 0; }
.scenarios .muted { font-size: 13px; }
footer { position: sticky; bottom: 0; display: grid; gap: 8px; margin: auto -16px 0; padding: 16px; border-top: 1px solid var(--line); background: var(--surface); }
button { height: 44px; padding: 0 16px; border: 1px solid var(--control); border-radius: 8px; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; transition: filter 120ms ease-out; }
button.primary { border-color: var(--fill); background: var(--fill); color: var(--on-fill); }
button:hover { filter: brightness(1.08); }
button:not(.primary):hover { background: var(--tint); }
:is(button, summary, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.keys { display: grid; gap: 20px; padding: 24px 16px; }
dl { display: grid; gap: 8px; margin-top: 6px; }
dl div { padding: 10px 12px; border: 1px solid var(--line); border-radius: 10px; }
dt { font-size: 14px; line-height: 20px; font-weight: 600; }
dd { margin: 0; }
code { font: 13px/20px ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; user-select: all; }
.problem { display: grid; gap: 12px; padding: 32px 16px; }
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
`;
