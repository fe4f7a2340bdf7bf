import { eq, sql } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import type { CallerEnv } from '../access/api-key.ts';
import { platformId, requireKey } from '../access/api-key.ts';
import { selfOrigin } from '../applications/application.ts';
import { secretRow } from '../applications/store.ts';
import { seal } from '../crypto/seal.ts';
import { applicationSecrets, applications, sources } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { internal } from '../openapi/describe.ts';
import { sandboxSources } from '../sandbox/sources.ts';
import { parseStoredDefinition } from '../sources/definition.ts';
import { secretHosts } from '../sources/endpoints.ts';
import { secretPlace } from '../sources/source.ts';

/** The example application: the landing page's. */
export const exampleApplicationId = 'a3f1c5d27be94c0f8d16e2b7904a5c38';

/**
 * `POST /sandbox/setup`: creates the sandbox's data sources and the example application where they aren't yet.
 * `npm start` calls it, each time.
 */
export const setupRoutes = new Hono<CallerEnv>().post(
  '/sandbox/setup',
  internal,
  requireKey('applications'),
  async (c) => {
    const { db, config, caller, now } = c.var;
    if (!config.sandbox || caller.developerId !== platformId)
      throw new Failure('not_found', 'There is nothing at this address.');
    const rows = await Promise.all(
      sandboxSources.map(async ({ id, slug, ...fields }) => {
        const { clientId, clientSecret, ...given } =
          'clientId' in fields ? fields : { ...fields, clientId: null, clientSecret: null };
        const definition = parseStoredDefinition(given);
        return {
          id,
          developerId: platformId,
          slug,
          definition,
          clientId,
          sealedClientSecret:
            clientSecret === null ? null : await seal(config.encryptionKeys, clientSecret, secretPlace(id)),
          secretHosts: secretHosts({ definition, sandbox: true }, config.publicUrl),
          sandbox: true,
          createdAt: now(),
          updatedAt: now(),
        };
      }),
    );
    const example = {
      id: exampleApplicationId,
      developerId: platformId,
      name: 'Example',
      origins: [selfOrigin],
      returnUrls: [],
      test: true,
      createdAt: now(),
      updatedAt: now(),
    };
    await db.batch([
      db
        .insert(sources)
        .values(rows)
        .onConflictDoUpdate({
          target: sources.id,
          // Built in: what they are is said here, and their secrets must open under today's keys.
          set: {
            definition: sql`excluded.definition`,
            sealedClientSecret: sql`excluded.sealed_client_secret`,
          },
        }),
      db.insert(applications).values(example).onConflictDoNothing(),
    ]);
    if (config.exampleClientSecret) {
      const secret = await secretRow(exampleApplicationId, config.exampleClientSecret, now());
      // .dev.vars was written anew: what it holds is the example's secret now.
      await db.batch([
        db.delete(applicationSecrets).where(eq(applicationSecrets.applicationId, exampleApplicationId)),
        db.insert(applicationSecrets).values(secret),
      ]);
    }
    return c.json({ clientId: exampleApplicationId, sources: rows.map((row) => row.id) });
  },
);
