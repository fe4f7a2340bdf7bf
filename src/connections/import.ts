import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod/mini';
import { platformId } from '../access/api-key.ts';
import { clientUserId } from '../applications/end-user.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { applicationSources, applications, connections, endUsers, sources } from '../db/schema.ts';
import { Failure, type Fault } from '../errors.ts';
import { secretHosts } from '../sources/endpoints.ts';
import { atHosts, hostValueFault, hostValueNames, learnApiHost } from '../sources/host-values.ts';
import { isOAuth } from '../sources/source.ts';
import { idSchema, invalidBody } from '../validation.ts';
import { type Connection, grantsAll, redirectUrlFault } from './connection.ts';
import { importedAuthData, readTokens, scopeList } from './patch.ts';
import { keepTokens, unfailed } from './tokens.ts';

/** A Connection that exists elsewhere, as its export has it. */
export const importBody = z.looseObject({
  id: z.optional(idSchema),
  provider_id: idSchema,
  application_id: z.optional(idSchema),
  client_user_id: z.optional(clientUserId),
  name: z.optional(z.string().check(z.maxLength(200, 'must be at most 200 characters'))),
  metadata: z.optional(z.record(z.string(), z.unknown())),
  redirect_url: z.optional(z.string().check(z.maxLength(2048))),
  host_values: z.optional(z.record(z.string().check(z.maxLength(64)), z.string().check(z.maxLength(253)))),
  vouched: z.optional(z.boolean()),
  auth: z.looseObject({
    data: importedAuthData,
    scopes: z.optional(z.looseObject({ requested: z.optional(scopeList), granted: z.optional(scopeList) })),
  }),
});

/**
 * Takes in a Connection that exists. Its source's credentials must be the developer's own: what is
 * refreshed through somebody else's client was granted to somebody else.
 *
 * @throws Failure with every fault, or `conflict` where the id is taken
 */
export async function importConnection(
  parts: AppEnv['Variables'],
  developerId: string,
  body: z.output<typeof importBody>,
): Promise<Connection> {
  const { db, config, now } = parts;
  const { source, application, choice } = await readReferences(db, developerId, body);
  const faults: Fault[] = [];
  const registration = choice?.clientId ?? (source?.developerId === developerId ? source.clientId : null);
  const hasClient = source !== undefined && isOAuth(source.definition);
  if (!source) faults.push({ path: 'provider_id', message: 'is no data source of yours' });
  else if (hasClient && !registration)
    faults.push({ path: 'provider_id', message: 'has no credentials of your own, which an import needs' });
  if (body.application_id && !application)
    faults.push({ path: 'application_id', message: 'is no application of yours' });
  if (body.client_user_id !== undefined && !body.application_id) {
    faults.push({ path: 'application_id', message: 'is required with a client_user_id' });
  }
  const redirectFault = body.redirect_url === undefined ? null : redirectUrlFault(body.redirect_url, config);
  if (redirectFault) faults.push({ path: 'redirect_url', message: redirectFault });
  const tokens = readTokens(body.auth.data, null);
  if (!source || !tokens || faults.length > 0) throw invalidBody(faults);

  const learned = learnApiHost(source.definition, body.host_values ?? null, tokens.extra, {});
  const hostValues = learned.ok ? learned.values : (body.host_values ?? null);
  const at = { ...source, definition: atHosts(source.definition, hostValues) };
  for (const name of hostValueNames(at.definition)) {
    faults.push({
      path: `host_values.${name}`,
      message: hostValueFault(hostValues?.[name]) ?? 'is required',
    });
  }
  if (faults.length > 0) throw invalidBody(faults);

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
  const row: Connection = {
    id,
    developerId,
    sourceId: source.id,
    applicationId: application?.id ?? null,
    endUserId: null,
    clientUserId: endUser?.clientUserId ?? null,
    runId: null,
    // What somebody merely typed stays what it was.
    vouched: body.vouched ?? true,
    name: body.name ?? null,
    complete: true,
    authorized: grantsAll(requested, granted),
    scopesRequested: requested,
    scopesGranted: granted,
    ...(await keepTokens(parts, id, tokens)),
    ...unfailed,
    refreshedAt: null,
    registration: hasClient ? registration : null,
    hosts: secretHosts(at, config.publicUrl),
    hostValues,
    metadata: body.metadata ?? null,
    redirectUrl: body.redirect_url ?? null,
    // What nobody fetched with this token says nothing about whose it is.
    uniqueValue: null,
    uniquenessKey: null,
    grantedAt: now(),
    announced: false,
    createdAt: now(),
    updatedAt: now(),
  };
  // The end user comes along only where the Connection does.
  const free = sql`not exists (select 1 from ${connections} where ${connections.id} = ${id})`;
  const user = endUser ?? { id: '', applicationId: '', clientUserId: '', userCode: '', createdAt: 0 };
  const newUser = sql`select ${user.id}, ${user.applicationId}, ${user.clientUserId}, ${user.userCode}, ${user.createdAt}
    where ${endUser !== null} and ${free}`;
  const userId = sql<string>`(select ${endUsers.id} from ${endUsers}
    where ${endUsers.applicationId} = ${user.applicationId} and ${endUsers.clientUserId} = ${user.clientUserId})`;
  const [, [inserted]] = await db.batch([
    db.insert(endUsers).select(newUser).onConflictDoNothing(),
    db
      .insert(connections)
      .values({ ...row, endUserId: userId })
      .onConflictDoNothing()
      .returning(),
  ]);
  if (!inserted) throw new Failure('conflict', 'There is a Connection with this id already.');
  return inserted;
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
