import { describe, expect, it } from 'vitest';
import { scopes as allScopes } from '../../src/access/api-key.ts';
import {
  type ApiOperation,
  basic,
  bearer,
  credentialFor,
  isAdministrators,
  misfit,
  operations,
  requestFor,
  takes,
  usualStatus,
} from './harness/api.ts';
import { createDeveloper } from './harness/management.ts';
import { createTenant, privateValues, type Tenant } from './harness/tenant.ts';
import { adminToken, World } from './harness/world.ts';

// Every operation of the document, tried with every kind of credential on another's things.

type Who =
  | 'another developer’s key'
  | 'the administrator’s key'
  | 'a key without the scope'
  | 'an access token'
  | 'another tenant’s access token'
  | 'a client secret'
  | 'another tenant’s client secret'
  | 'a guess'
  | 'nothing';

type Headers = Record<string, string>;

async function credentials(
  world: World,
  operation: ApiOperation,
  mine: Tenant,
  theirs: Tenant,
): Promise<Record<Who, Headers>> {
  const [scope] = operation.operation.security.flatMap(({ apiKey = [] }) => apiKey);
  return {
    'another developer’s key': bearer(theirs.developer.key),
    'the administrator’s key': bearer(adminToken),
    'a key without the scope': bearer(await keyWithout(world, mine, scope)),
    'an access token': bearer(mine.user.accessToken),
    'another tenant’s access token': bearer(theirs.user.accessToken),
    'a client secret': basic(mine.application.clientId, mine.application.clientSecret),
    'another tenant’s client secret': basic(theirs.application.clientId, theirs.application.clientSecret),
    'a guess': bearer('x'.repeat(50)),
    nothing: {},
  };
}

/** A key of the same developer with every scope but the one that is needed; an unrestricted key is needed: with every scope. */
async function keyWithout(world: World, { developer }: Tenant, scope: string | undefined): Promise<string> {
  const scopes = allScopes.filter((other) => other !== scope);
  const limited = await createDeveloper(world, scopes);
  const statement = 'UPDATE api_keys SET developer_id = ? WHERE developer_id = ?';
  await world.db.prepare(statement).bind(developer.id, limited.id).run();
  return limited.key;
}

/** The status that somebody gets; null: whichever, but nothing of the owner's; `own`: no stranger. */
function expectedStatus(operation: ApiOperation, who: Who): number | null | 'own' {
  // The link is the credential.
  if (operation.id === 'openLink') return 'own';
  const isPublic = operation.operation.security.some((alternative) => Object.keys(alternative).length === 0);
  if (isPublic) return who === 'a client secret' ? 'own' : null;
  // The catalogue is everybody's.
  const namesResource = operation.path.includes('{') && !operation.path.startsWith('/catalogue');
  const stranger = namesResource ? 404 : null;
  if (takes(operation, 'apiKey')) {
    if (who === 'a key without the scope') return 403;
    if (isAdministrators(operation)) {
      if (who === 'the administrator’s key') return 'own';
      if (who === 'another developer’s key') return namesResource ? 404 : 403;
    }
    if (who === 'another developer’s key' || who === 'the administrator’s key') return stranger;
  }
  if (takes(operation, 'accessToken')) {
    if (who === 'an access token') return 'own';
    if (who === 'another tenant’s access token') return stranger;
  }
  return 401;
}

it('would see what is the owner’s: the owner does', async () => {
  const world = new World();
  // The newest of them all: lists are long, and newest first.
  world.now += 10 * 365 * 86_400_000;
  const mine = await createTenant(world, 'mine');
  const reads = operations.filter(({ method, path }) => method === 'GET' && !path.startsWith('/proxy'));
  const texts = await Promise.all(
    reads.map(async (operation) => {
      const [path, init] = await requestFor(operation, mine);
      const answer = await world.request(path, { ...init, headers: credentialFor(operation, mine) });
      return new TextDecoder().decode(await answer.arrayBuffer());
    }),
  );
  const { developer, application, source, user, provider } = mine;
  for (const shown of [
    developer.id,
    mine.keyId,
    application.clientId,
    mine.secretId,
    source.id,
    source.name,
  ]) {
    expect(texts.join()).toContain(shown);
  }
  for (const shown of [user.userCode, mine.connectionId, provider.issued[0]])
    expect(texts.join()).toContain(shown);
});

describe('another’s credential gets nothing from', () => {
  for (const operation of operations) {
    it(`${operation.method} ${operation.path}`, { timeout: 30_000 }, async () => {
      const world = new World();
      const [mine, theirs] = await Promise.all([createTenant(world, 'mine'), createTenant(world, 'theirs')]);
      const known = await credentials(world, operation, mine, theirs);
      const [path, init] = await requestFor(operation, mine);
      const send = (headers: Headers) =>
        world.request(path, { ...init, headers: { ...(init.headers as Headers), ...headers } });
      for (const [who, headers] of Object.entries(known) as [Who, Headers][]) {
        const expected = expectedStatus(operation, who);
        if (expected === 'own') continue;
        const response = await send(headers);
        if (expected !== null) expect(response.status, who).toBe(expected);
        const text = new TextDecoder().decode(await response.clone().arrayBuffer());
        const head = [...response.headers].join('\n');
        for (const value of privateValues(mine)) expect(`${head}\n${text}`, who).not.toContain(value);
        expect(await misfit(operation, response), who).toBeNull();
      }
      // All of that changed nothing: the owner gets what there was to get.
      expect((await send(credentialFor(operation, mine))).status).toBe(usualStatus(operation));
    });
  }
});
