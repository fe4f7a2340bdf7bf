// The floor: nothing but a step's storage operations, as they were recorded from the step itself.

interface Env {
  DB: D1Database;
  KV: KVNamespace;
}

/** One round trip: a D1 batch, or a key to read. */
type Operation = { statements: { sql: string; params: unknown[] }[] } | { key: string };

/** What is done at once, and then what is done at once after it. */
type Step = Operation[][];

const loaded = new Map<string, Step[]>();

export default {
  async fetch(request, env) {
    const [, action, name = '', index = ''] = new URL(request.url).pathname.split('/');
    if (action === 'load') {
      loaded.set(name, await request.json<Step[]>());
      return new Response(null);
    }
    const steps = loaded.get(name) ?? [];
    const step = steps[Number(index) % steps.length];
    if (!step) return new Response(null, { status: 404 });
    const results = [];
    for (const stage of step)
      results.push(await Promise.all(stage.map((operation) => perform(operation, env))));
    return Response.json(results);
  },
} satisfies ExportedHandler<Env>;

async function perform(operation: Operation, { DB, KV }: Env): Promise<unknown> {
  if ('key' in operation) return KV.get(operation.key);
  const batch = operation.statements.map(({ sql, params }) => DB.prepare(sql).bind(...params));
  return (await DB.batch(batch)).map(({ results }) => results);
}
