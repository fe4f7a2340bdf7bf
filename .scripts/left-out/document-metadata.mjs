// In the worker this stands in for what Hono's JSX makes of a `<title>` or `<link>` anywhere in a page. Ours stand in
// the head, and so need nothing made of them.

export const components_exports = {};
