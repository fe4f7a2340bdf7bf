import { describe, expect, it } from 'vitest';
import { scopes as allScopes } from '../../src/access/api-key.ts';
import { ok } from './harness/answers.ts';
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
} from './harness/api.ts';
import { createDeveloper, manage } from './harness/management.ts';
import { createTenant, privateValues, type Tenant } from './harness/tenant.ts';
import { adminToken, World } from './harness/world.ts';

// Every operation of the document, with every kind of credential but the one it takes.

interface Attempt {
  who: string;
  headers: Record<string, string>;
  /** The status it is answered with; `harmless`: whatever is documented, and nothing of the owner's. */
  expected: number | 'harmless';
}

/** A key of the same developer that may do all but what the operation takes. */
async function keyWithout(world: World, { developer }: Tenant, scope: string | undefined): Promise<string> {
  const limited = await createDeveloper(
    world,
    allScopes.filter((other) => other !== scope),
  );
  const statement = 'UPDATE api_keys SET developer_id = ? WHERE developer_id = ?';
  await world.db.prepare(statement).bind(developer.id, limited.id).run();
  return limited.key;
}

function namesResource({ path }: ApiOperation): boolean {
  return path.includes('{');
}

/** Who else might try, and what they get. */
async function attempts(
  world: World,
  operation: ApiOperation,
  mine: Tenant,
  theirs: Tenant,
): Promise<Attempt[]> {
  const keys: Attempt[] = [
    { who: 'another developer’s key', headers: bearer(theirs.developer.key), expected: 404 },
    { who: 'the administrator’s key', headers: bearer(adminToken), expected: 404 },
  ];
  const others: Attempt[] = [
    { who: 'an access token', headers: bearer(mine.user.accessToken), expected: 401 },
    { who: 'another tenant’s access token', headers: bearer(theirs.user.accessToken), expected: 401 },
    {
      who: 'a client secret',
      headers: basic(mine.application.clientId, mine.application.clientSecret),
      expected: 401,
    },
    {
      who: 'another tenant’s client secret',
      headers: basic(theirs.application.clientId, theirs.application.clientSecret),
      expected: 401,
    },
    { who: 'nobody', headers: {}, expected: 401 },
    { who: 'somebody who guesses', headers: bearer('x'.repeat(50)), expected: 401 },
  ];
  if (takes(operation, 'apiKey')) {
    const [scope] = operation.operation.security.flatMap(({ apiKey = [] }) => apiKey);
    const limited = { who: 'a key without the scope', headers: bearer(await keyWithout(world, mine, scope)) };
    const strangers = isAdministrators(operation)
      ? [{ who: 'a developer’s key', headers: bearer(mine.developer.key), expected: namesResource(operation) ? 404 : 403 }]
      : keys.map((attempt) => (namesResource(operation) ? attempt : { ...attempt, expected: 'harmless' as const }));
    return [...strangers, { ...limited, expected: 403 }, ...others];
  }
  if (takes(operation, 'accessToken')) {
    const stranger = namesResource(operation) ? 404 : 'harmless';
    return [
      ...others.map((attempt) => (attempt.who === 'an access token' ? null : attempt)),
      ...keys.map((attempt) => ({ ...attempt, expected: 401 })),
    ].flatMap((attempt) => {
      if (attempt === null) return [];
      return attempt.who === 'another tenant’s access token' ? [{ ...attempt, expected: stranger }] : [attempt];
    }) as Attempt[];
  }
  return [...keys, ...others]
    .filter(({ who }) => !(takes(operation, 'clientSecret') && who === 'a client secret'))
    .map((attempt) => ({ ...attempt, expected: 'harmless' }));
}
