// src/env.ts takes these from the worker's globals, which can't be loaded beside Node's.
type D1Database = import('@cloudflare/workers-types').D1Database;
type KVNamespace = import('@cloudflare/workers-types').KVNamespace;
type Fetcher = import('@cloudflare/workers-types').Fetcher;
