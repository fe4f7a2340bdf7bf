import { Hono } from 'hono';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../src/app.ts';
import type { AppEnv } from '../../src/context.ts';
import { answer } from '../../src/openapi/answer.ts';
import { describe as describeRoute, internal } from '../../src/openapi/describe.ts';
import { findEndpoints } from '../../src/openapi/endpoints.ts';
import { collectSchemas } from '../../src/openapi/schemas.ts';
import { ok } from './harness/answers.ts';
import { credentialFor, document, misfit, operations, requestFor, usualStatus } from './harness/api.ts';
import { createTenant } from './harness/tenant.ts';
import { World } from './harness/world.ts';

const shape = z.object({ id: z.string(), inner: z.object({ name: z.string() }) });
const described = describeRoute({
  id: 'getThing',
  summary: 'Read a thing',
  tag: 'Service',
  answers: { 200: shape },
});

describe('the document', () => {
  it('has every route that isn’t marked as our own pages’', () => {
    expect(findEndpoints(createApp().routes).undescribed).toEqual([]);
  });

  it('would miss one that neither describes itself nor is marked', () => {
    const app = new Hono<AppEnv>()
      .use('/ours/*', internal)
      .get('/ours/:id', (c) => c.text(''))
      .get('/thing', described, (c) => answer(c, 200, { id: '', inner: { name: '' } }))
      .post('/thing', (c) => c.text(''))
      .all('/any/*', (c) => c.text(''));
    const { endpoints, undescribed } = findEndpoints(app.routes);
    expect(undescribed).toEqual(['POST /thing', 'ALL /any/*']);
    expect(endpoints.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /thing']);
  });

  it('is served to everyone, of this deployment', async () => {
    const world = new World();
    const response = await world.request('/openapi.json');
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(await ok(response)).toEqual(JSON.parse(JSON.stringify(document)));
    const elsewhere = new World({ PUBLIC_URL: 'https://elsewhere.test' });
    const { servers } = await ok<typeof document>(elsewhere.request('/openapi.json'));
    expect(servers).toEqual([{ url: 'https://elsewhere.test' }]);
  });

  it('names each operation once, and every schema it refers to', () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name);
    }
  });

  it('takes no id for two schemas', () => {
    const schemas = collectSchemas();
    schemas.write(z.object({ a: z.string() }).register(z.globalRegistry, { id: 'Twice' }), 'output');
    expect(() =>
      schemas.write(z.object({ b: z.string() }).register(z.globalRegistry, { id: 'Twice' }), 'output'),
    ).toThrow('Twice');
  });
});

describe('an answer', () => {
  it('has what its schema knows and nothing that rides along, at any depth', async () => {
    const row = { id: '1', secret: 'planted', inner: { name: 'x', secret: 'planted' } };
    const app = new Hono()
      .get('/parsed', described, (c) => answer(c, 200, row))
      .get('/unparsed', described, (c) => c.json(row));
    expect(await (await app.request('/unparsed')).text()).toContain('planted');
    expect(await (await app.request('/parsed')).json()).toEqual({ id: '1', inner: { name: 'x' } });
  });

  it('that lacks something isn’t sent', async () => {
    const lacking = { id: '1' } as z.input<typeof shape>;
    const app = new Hono().get('/', described, (c) => answer(c, 200, lacking));
    app.onError((error, c) => c.text(error.name, 500));
    expect((await app.request('/')).status).toBe(500);
  });

  it('with something that isn’t documented would be noticed', async () => {
    const get = operations.find(({ id }) => id === 'getHealth');
    if (!get) throw new Error('There is no getHealth.');
    expect(await misfit(get, Response.json({ status: 'ok' }))).toBeNull();
    expect(await misfit(get, Response.json({ status: 'ok', secret: 'planted' }))).toContain('secret');
    expect(await misfit(get, Response.json({}))).toContain('status');
    expect(await misfit(get, Response.json({ status: 'ok' }, { status: 202 }))).toContain('202');
    expect(await misfit(get, new Response('ok'))).toContain('text/plain');
  });
});

/** The schema an operation says it parses its answer with. */
function answerSchema(id: string, status: number): z.ZodMiniType | null {
  const endpoint = findEndpoints(createApp().routes).endpoints.find(({ operation }) => operation.id === id);
  const said = endpoint?.operation.answers[status];
  return said && '_zod' in said ? said : null;
}

describe('what is documented is what', () => {
  for (const operation of operations) {
    it(`${operation.method} ${operation.path} answers`, async () => {
      const world = new World();
      const tenant = await createTenant(world, 'mine');
      const [path, init] = await requestFor(operation, tenant);
      const headers = { ...(init.headers as Record<string, string>), ...credentialFor(operation, tenant) };
      const schema = answerSchema(operation.id, usualStatus(operation));
      const parse = schema && vi.spyOn(schema, 'parse');
      onTestFinished(() => parse?.mockRestore());
      const response = await world.request(path, { ...init, headers });
      if (parse) expect(parse, 'It isn’t sent by `answer`').toHaveBeenCalledOnce();
      expect(await misfit(operation, response.clone())).toBeNull();
      expect(response.status).toBe(usualStatus(operation));
    });
  }
});
