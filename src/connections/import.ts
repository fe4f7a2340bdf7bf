import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { platformId } from '../access/api-key.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { applicationSources, applications, connections, endUsers, sources } from '../db/schema.ts';
import { Failure, type Fault } from '../errors.ts';
import { idSchema, invalidBody } from '../validation.ts';
import { type Connection, grantsAll } from './connection.ts';
import { authData, readTokens, scopeList } from './patch.ts';
import { keepTokens } from './tokens.ts';

/** A Connection that exists elsewhere, as its export has it. */
export const importBody = z.looseObject({
  id: idSchema.optional(),
  provider_id: idSchema,
  application_id: idSchema.optional(),
  client_user_id: z.string().min(1, 'must not be empty').max(256).optional(),
  name: z.string().max(200, 'must be at most 200 characters').optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  redirect_url: z.string().max(2048).optional(),
  auth: z.looseObject({
    data: authData.extend({ access_token: z.string().min(1, 'must not be empty').max(8192) }),
    scopes: z.looseObject({ requested: scopeList.optional(), granted: scopeList.optional() }).optional(),
  }),
});

/**
 * Takes in a Connection that exists. Its source's credentials must be the developer's own: what is
 * refreshed through somebody else's client was granted to somebody else.
 *
 * @throws Failure with every fault, or `conflict` where the id is taken
 */
export async function importConnection(
  { db, config, now }: AppEnv['Variables'],
  developerId: string,
  body: z.output<typeof importBody>,
): Promise<Connection> {
  const { source, application, choice } = await readReferences(db, developerId, body);
  const faults: Fault[] = [];
  const registration = choice?.clientId ?? (source?.developerId === developerId ? source.clientId : null);
  if (!source) faults.push({ path: 'provider_id', message: 'is no data source of yours' });
  else if (!registration)
    faults.push({ path: 'provider_id', message: 'has no credentials of your own, which an import needs' });
  if (body.application_id && !application)
    faults.push({ path: 'application_id', message: 'is no application of yours' });
  if (body.client_user_id !== undefined && !body.application_id) {
    faults.push({ path: 'application_id', message: 'is required with a client_user_id' });
  }
  const tokens = readTokens(body.auth.data, null);
  if (!source || !registration || !tokens || faults.length > 0) throw invalidBody(faults);

  const id = body.id ?? randomId();
  const requested = body.auth.scopes?.requested ?? [];
  const granted = body.auth.scopes?.granted ?? null;
  const endUser =
    application && body.client_user_id !== undefined
      ? {
          id: randomId(),
          applicationId: application.id,
          clientUserId: body.client_user_id,
          userCode: randomId(),
          createdAt: now(),
        }
      : null;
  if (endUser) await db.insert(endUsers).values(endUser).onConflictDoNothing();
  const row: Connection = {
    id,
    developerId,
    sourceId: source.id,
    applicationId: application?.id ?? null,
    endUserId: endUser ? await findEndUserId(db, endUser) : null,
    clientUserId: endUser?.clientUserId ?? null,
    runId: null,
    vouched: true,
    name: body.name ?? null,
    complete: true,
    authorized: grantsAll(requested, granted),
    scopesRequested: requested,
    scopesGranted: granted,
    ...(await keepTokens(config, id, tokens)),
    registration,
    metadata: body.metadata ?? null,
    redirectUrl: body.redirect_url ?? null,
    // What nobody fetched with this token says nothing about whose it is.
    uniqueValue: null,
    uniquenessKey: null,
    createdAt: now(),
    updatedAt: now(),
  };
  const [inserted] = await db
    .insert(connections)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: connections.id });
  if (!inserted) throw new Failure('conflict', 'There is a Connection with this id already.');
  return row;
}

async function readReferences(
  db: AppEnv['Variables']['db'],
  developerId: string,
  body: z.output<typeof importBody>,
) {
  const [[source], [application], [choice]] = await db.batch([
    db.select().from(sources).where(eq(sources.id, body.provider_id)),
    db
      .select()
      .from(applications)
      .where(and(eq(applications.id, body.application_id ?? ''), eq(applications.developerId, developerId))),
    db
      .select()
      .from(applicationSources)
      .where(
        and(
          eq(applicationSources.sourceId, body.provider_id),
          eq(applicationSources.applicationId, body.application_id ?? ''),
        ),
      ),
  ]);
  // Another developer's private source isn't there for this one.
  const visible = source && (source.developerId === developerId || source.developerId === platformId);
  return { source: visible ? source : undefined, application, choice: application ? choice : undefined };
}

async function findEndUserId(
  db: AppEnv['Variables']['db'],
  { applicationId, clientUserId }: { applicationId: string; clientUserId: string },
): Promise<string | null> {
  const [row] = await db
    .select({ id: endUsers.id })
    .from(endUsers)
    .where(and(eq(endUsers.applicationId, applicationId), eq(endUsers.clientUserId, clientUserId)));
  return row?.id ?? null;
}
