import { describe, expect, it } from 'vitest';
import { ok } from '../worker/harness/answers.ts';
import { connected } from '../worker/harness/connected.ts';
import { createApplication, createDeveloper, digest } from '../worker/harness/management.ts';
import { adminToken, World } from '../worker/harness/world.ts';

/** Counts as Cloudflare's binding does, without its periods. */
function counter(most: number) {
  const spent = new Map<string, number>();
  return {
    keys: spent,
    async limit({ key }: RateLimitOptions) {
      spent.set(key, (spent.get(key) ?? 0) + 1);
      return { success: (spent.get(key) ?? 0) <= most };
    },
  };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const from = (address: string) => ({ 'CF-Connecting-IP': address });

async function statuses(world: World, path: string, headers: Record<string, string>[]): Promise<number[]> {
  const answers: number[] = [];
  for (const each of headers) answers.push((await world.request(path, { headers: each })).status);
  return answers;
}

describe('a flood', () => {
  it('with one credential is stopped, and hinders no other', async () => {
    const limit = counter(3);
    const world = new World({ CREDENTIAL_LIMIT: limit });
    const { key } = await createDeveloper(world);
    limit.keys.clear();
    const flood = Array.from({ length: 5 }, () => bearer(key));
    expect(await statuses(world, '/applications', flood)).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses(world, '/applications', [bearer(adminToken)])).toEqual([200]);
    // What is counted by is no credential.
    expect([...limit.keys.keys()].join()).not.toContain(key);
  });

  it('says when to come back, to pages as well', async () => {
    const world = new World({ ADDRESS_LIMIT: counter(0) });
    const refused = await world.request('/connect/sessions', {
      method: 'POST',
      headers: { ...from('203.0.113.1'), Origin: 'https://shop.example' },
    });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('60');
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(await refused.json()).toMatchObject({ error: 'rate_limited', request_id: expect.any(String) });
  });

  it('of runs from one address is stopped before anything is stored', async () => {
    const world = new World();
    const application = await createApplication(world);
    world.bindings = { ...world.bindings, ADDRESS_LIMIT: counter(1) };
    const begin = async () => {
      const body = {
        clientId: application.clientId,
        clientUserId: 'user-1',
        challenge: await digest('secret'),
      };
      const headers = { Origin: application.page, ...from('203.0.113.2') };
      return (await world.post('/connect/sessions', body, headers)).status;
    };
    expect([await begin(), await begin(), await begin()]).toEqual([201, 429, 429]);
    const counted = world.db.prepare('SELECT count(*) AS n FROM runs WHERE application_id = ?');
    expect(await counted.bind(application.clientId).first('n')).toBe(1);
  });

  it('from one network is one, whatever it sends from there', async () => {
    const world = new World({ ADDRESS_LIMIT: counter(1) });
    const addresses = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', '2001:db8:1:3::1', '203.0.113.3'];
    expect(await statuses(world, '/healthz', addresses.map(from))).toEqual([200, 429, 200, 200]);
  });
});

describe('guessing', () => {
  it('is stopped by address, whichever credential is guessed, and right ones go on', async () => {
    const limit = counter(3);
    const world = new World({ REFUSAL_LIMIT: limit });
    const guesses = Array.from({ length: 5 }, (_, index) => ({
      ...bearer(`guess-${index}`),
      ...from('203.0.113.4'),
    }));
    expect(await statuses(world, '/applications', guesses)).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(world, '/applications', [{ ...bearer('guess'), ...from('203.0.113.5') }])).toEqual([
      401,
    ]);
    const right = { ...bearer(adminToken), ...from('203.0.113.4') };
    expect(await statuses(world, '/applications', [right])).toEqual([200]);
  });

  it('takes a credential: whoever sends none is told so, however often', async () => {
    const world = new World({ REFUSAL_LIMIT: counter(0) });
    expect(await statuses(world, '/applications', [from('203.0.113.10')])).toEqual([401]);
  });

  it('of the administrator’s token at the console is stopped', async () => {
    const world = new World({ REFUSAL_LIMIT: counter(2) });
    const guess = async (token: string) => {
      const body = new URLSearchParams({ token });
      const headers = { Origin: world.origin, ...from('203.0.113.6') };
      return (await world.request('/console/sign-in/token', { method: 'POST', headers, body })).status;
    };
    expect([await guess('a'), await guess('b'), await guess('c')]).toEqual([401, 401, 429]);
  });

  it('is nothing that a provider says of a call', async () => {
    const { world, provider, proxy } = await connected();
    provider.answerApi = async () => Response.json({ error: 'not for you' }, { status: 401 });
    world.bindings = { ...world.bindings, REFUSAL_LIMIT: counter(0) };
    expect((await proxy('/me', { headers: from('203.0.113.9') })).status).toBe(401);
  });

  it('of client secrets is stopped', async () => {
    const world = new World({ REFUSAL_LIMIT: counter(1) });
    const { clientId } = await createApplication(world);
    const guess = async (clientSecret: string) => {
      const body = JSON.stringify({ clientId, clientSecret, specialToken: 'x' });
      const headers = { 'Content-Type': 'application/json', ...from('203.0.113.7') };
      return (await world.request('/connect/tokens', { method: 'POST', headers, body })).status;
    };
    expect([await guess('a'), await guess('b')]).toEqual([401, 429]);
  });
});

it('without the bindings nothing is limited', async () => {
  const world = new World();
  expect(await ok(world.request('/healthz', { headers: from('203.0.113.8') }))).toBeTruthy();
});
