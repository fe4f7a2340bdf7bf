// What shared sources take from the worker's globals, which can't be loaded whole beside Node's.
type D1Database = import('@cloudflare/workers-types').D1Database;
type KVNamespace = import('@cloudflare/workers-types').KVNamespace;
type Fetcher = import('@cloudflare/workers-types').Fetcher;
type RateLimit = import('@cloudflare/workers-types').RateLimit;
interface SubtleCrypto {
  timingSafeEqual(a: BufferSource, b: BufferSource): boolean;
}
