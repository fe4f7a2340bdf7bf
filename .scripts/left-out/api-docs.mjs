// In the worker this stands in for src/openapi/api-docs.ts: only the build writes the API's document.

export function apiDocs() {}
