// Stands before Miniflare's D1 and KV, so that a worker in another process can use them as its own: it takes what
// workerd's bindings send. The header `x-store` says which binding it was sent by.

interface Env {
  MAIN: D1Database;
  COPY: D1Database;
  KV: KVNamespace;
}

export default {
  async fetch(request, env) {
    const store = request.headers.get('x-store');
    if (store === 'kv') return useKv(request, env.KV);
    if (store === 'main' || store === 'copy') {
      return fetcherOf(store === 'main' ? env.MAIN : env.COPY).fetch(request);
    }
    return control(request, env);
  },
} satisfies ExportedHandler<Env>;

/** What D1's client in workerd sends its requests to; it has it as a private field. */
function fetcherOf(database: D1Database): Fetcher {
  return (database as unknown as { fetcher: Fetcher }).fetcher;
}

async function useKv(request: Request, kv: KVNamespace): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const key = decodeURIComponent(pathname.slice(1));
  if (request.method === 'GET') {
    const value = await kv.get(key);
    return new Response(value, { status: value === null ? 404 : 200 });
  }
  if (request.method !== 'PUT') return new Response(null, { status: 405 });
  const ttl = searchParams.get('expiration_ttl');
  await kv.put(key, await request.text(), ttl === null ? {} : { expirationTtl: Number(ttl) });
  return new Response(null);
}

/** What the bench asks of it. */
async function control(request: Request, env: Env): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case '/run':
      return Response.json(await runStatements(env.MAIN, await request.json<string[]>()));
    case '/copy':
      await runStatements(env.COPY, await request.json<string[]>());
      return Response.json(await copyRows(env.MAIN, env.COPY));
    default:
      return Response.json(null, { status: 404 });
  }
}

async function runStatements(database: D1Database, statements: string[]): Promise<null> {
  for (const statement of statements) await database.prepare(statement).run();
  return null;
}

/** Copies every row of every table, all at once, since they refer to one another. What triggers wrote stays. */
async function copyRows(from: D1Database, to: D1Database): Promise<null> {
  const tables = await from
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'
        ORDER BY name IN ('events', 'activity', 'deliveries'), rowid`,
    )
    .all<{ name: string }>();
  const inserts: D1PreparedStatement[] = [];
  for (const { name } of tables.results) {
    const rows = await from.prepare(`SELECT * FROM ${name}`).raw<(string | number | null)[]>();
    const places = rows[0]?.map(() => '?').join(', ');
    const insert = to.prepare(`INSERT OR IGNORE INTO ${name} VALUES (${places})`);
    inserts.push(...rows.map((row) => insert.bind(...row)));
  }
  await to.batch([to.prepare('PRAGMA defer_foreign_keys = on'), ...inserts]);
  return null;
}
