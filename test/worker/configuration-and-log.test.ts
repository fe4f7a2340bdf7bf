import { describe, expect, it } from 'vitest';
import { ok, refused } from './harness/answers.ts';
import { Browser } from './harness/browser.ts';
import { finishedRun, Run } from './harness/run.ts';
import { setting } from './harness/setting.ts';
import { World } from './harness/world.ts';

interface Line {
  level: string;
  method: string;
  route: string;
  status: number;
  duration_ms: number;
  request_id: string;
  failure?: string;
}

describe('wrong configuration', () => {
  const key = btoa('x'.repeat(32));
  for (const [variable, value] of [
    ['ENCRYPTION_KEYS', undefined],
    ['ENCRYPTION_KEYS', ''],
    ['ENCRYPTION_KEYS', key],
    ['ENCRYPTION_KEYS', `a:${btoa('too short')}`],
    ['ENCRYPTION_KEYS', `a:${key},a:${key}`],
    ['PUBLIC_URL', undefined],
    ['PUBLIC_URL', 'trivet.test'],
    ['PUBLIC_URL', 'https://trivet.test/path'],
    ['PUBLIC_URL', 'ftp://trivet.test'],
    ['ADMIN_TOKEN', 'short'],
    ['ADMIN_TOKEN', ''],
    ['SANDBOX', 'maybe'],
  ] as const) {
    it(`of ${variable} (${JSON.stringify(value)}) stops the worker and names it`, async () => {
      const world = new World();
      const { [variable]: _, ...rest } = world.bindings;
      world.bindings = { ...rest, ...(value === undefined ? {} : { [variable]: value }) };
      for (const path of ['/healthz', '/connections', '/connect/tokens']) {
        const failure = await refused(world.request(path), 500, 'server_misconfigured');
        expect(failure.error_description).toContain(variable);
        if (value) expect(failure.error_description).not.toContain(value);
      }
      expect(world.logs.join('\n')).toContain(variable);
      if (value) expect(world.logs.join('\n')).not.toContain(value);
    });
  }

  it('is named all at once', async () => {
    const world = new World();
    const { DB, KV, ASSETS } = world.bindings;
    world.bindings = { DB, KV, ASSETS };
    const { error_description } = await refused(world.request('/healthz'), 500, 'server_misconfigured');
    expect(error_description).toContain('ENCRYPTION_KEYS');
    expect(error_description).toContain('PUBLIC_URL');
  });

  it('is not an administrator’s key that isn’t there: it opens nothing', async () => {
    const world = new World();
    const { ADMIN_TOKEN: _, ...rest } = world.bindings;
    world.bindings = rest;
    for (const token of ['undefined', 'null', '']) {
      const headers = { Authorization: `Bearer ${token}` };
      await refused(world.request('/applications', { headers }), 401, 'invalid_token');
    }
  });
});

describe('the log', () => {
  it('has one line a request, with route, status, duration and the request’s id', async () => {
    const { world, application, provider, source } = await setting();
    const run = await finishedRun(world, application, provider, source);
    await ok(run.exchange());
    const before = world.logs.length;
    const answers = [
      await world.request('/healthz?secret=1'),
      await run.exchange(),
      await run.view(new Browser(world)),
      await world.request('/no/such/place'),
      await world.request(`/done/${source.id}?state=abc&code=def`),
    ];
    const lines = world.logs.slice(before).map((line) => JSON.parse(line) as Line);
    expect(lines).toHaveLength(answers.length);
    expect(lines.map(({ route, status }) => `${status} ${route}`)).toEqual([
      '200 /healthz',
      '400 /connect/tokens',
      '404 /connect/runs/:id',
      '404 *',
      '400 /done/:id',
    ]);
    for (const [index, line] of lines.entries()) {
      expect(line.request_id).toBe(answers[index]?.headers.get('X-Request-Id'));
      expect(line.duration_ms).toBeGreaterThanOrEqual(0);
      expect(line.level).toBe('info');
    }
    expect(lines[1]?.failure).toContain('This specialToken');
  });

  it('names a fault nobody expected at level error, and the answer says nothing of it', async () => {
    const { world, application } = await setting();
    const failing = await world.withFault({ index: 0, when: 'before' }, () =>
      world.post('/connect/sessions', {
        clientId: application.clientId,
        clientSecret: application.clientSecret,
        clientUserId: 'somebody-in-particular',
      }),
    );
    const { error_description, request_id } = await refused(failing, 500, 'server_error');
    expect(error_description).not.toMatch(/D1|connection|select/i);
    const line = JSON.parse(world.logs.at(-1) ?? '{}') as Line;
    expect(line).toMatchObject({ level: 'error', status: 500, request_id });
    expect(line.failure).toContain('Network connection lost');
  });

  it('says of a failed statement what failed, and none of its values', async () => {
    const { world, application } = await setting();
    const clientUserId = 'somebody-in-particular';
    await expect(
      world.withFault({ index: 1, when: 'before' }, () => Run.fromPage(world, application, { clientUserId })),
    ).rejects.toThrow('500');
    const line = world.logs.at(-1) ?? '';
    expect(line).toContain('"level":"error"');
    expect(line).not.toContain(clientUserId);
    expect(line).not.toContain(application.page);
  });
});

it('answers unknown routes and methods as JSON, whoever asks', async () => {
  const world = new World();
  for (const [method, path] of [
    ['GET', '/no/such/place'],
    ['POST', '/'],
    ['DELETE', '/connect/tokens'],
    ['GET', '/connect/bind/x'],
    ['PUT', '/healthz'],
    ['GET', '/%'],
    ['GET', '/applications/%ff%fe'],
  ] as const) {
    const answer = await world.request(path, { method });
    expect([401, 403, 404, 405], `${method} ${path}`).toContain(answer.status);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
  }
});
