import { sql } from 'drizzle-orm';
import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { Definition, StoredDocument } from '../sources/definition.ts';

// Instants are milliseconds since the epoch. `…Hash` is SHA-256 of a secret of ours; `sealed…` is
// AES-256-GCM bound to its row and column. Ids are UUID4s in 32 hex digits.

const id = () => text().primaryKey();
const createdAt = () => integer().notNull();
const flag = () => integer({ mode: 'boolean' });
/** D1 takes bytes as a buffer and gives them back as an array of numbers. */
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array | number[] }>({
  dataType: () => 'blob',
  fromDriver: (value) => Uint8Array.from(value),
});
const json = <T>() => text({ mode: 'json' }).$type<T>();

/** Console accounts. The administrator's account has the id `platform`: what it owns serves everyone. */
export const developers = sqliteTable('developers', {
  id: id(),
  name: text().notNull(),
  createdAt: createdAt(),
});

/** `scopes` null: unrestricted. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    keyHash: text().notNull(),
    scopes: json<string[]>(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.keyHash),
    index('api_keys_developer').on(table.developerId, table.createdAt, table.id),
  ],
);

/** Pictures fetched once from the URL they were given by, and served by us. */
export const logos = sqliteTable('logos', {
  id: id(),
  contentType: text().notNull(),
  bytes: bytes().notNull(),
  createdAt: createdAt(),
});

/** `origins` may hold `self`: whatever PUBLIC_URL is (the example application's). */
export const applications = sqliteTable(
  'applications',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    origins: json<string[]>().notNull(),
    returnUrls: json<string[]>().notNull(),
    logo: text(),
    logoId: text(),
    test: flag().notNull(),
    createdAt: createdAt(),
    updatedAt: integer().notNull(),
  },
  (table) => [index('applications_developer').on(table.developerId, table.createdAt, table.id)],
);

export const applicationSecrets = sqliteTable(
  'application_secrets',
  {
    id: id(),
    applicationId: text()
      .notNull()
      .references(() => applications.id, { onDelete: 'cascade' }),
    secretHash: text().notNull(),
    /** The last four characters, to tell secrets apart. */
    hint: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('application_secrets_hash').on(table.secretHash),
    index('application_secrets_application').on(table.applicationId),
  ],
);

/** A data source; as a map, the same row in its document form. */
export const sources = sqliteTable(
  'sources',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    slug: text().notNull(),
    /** What the engine reads: checked, complete, without secrets. */
    definition: json<Definition>().notNull(),
    /** The map document as it was given, without secrets; null where the source was made by its fields. */
    document: json<StoredDocument>(),
    /** The values of a map's environment, sealed JSON at `source/<id>/environment`. */
    sealedEnvironment: text(),
    /** A map's default final location. */
    redirectUrl: text(),
    clientId: text(),
    sealedClientSecret: text(),
    /** The hosts the secret was entered for: it goes nowhere else. */
    secretHosts: json<string[]>(),
    logoId: text(),
    /** Who may use the platform's credentials: developer ids, or null for everyone. */
    credentialsFor: json<string[]>(),
    /** The catalogue's entry it was made from, and that entry's definition as it was taken. */
    catalogueSlug: text(),
    catalogueDefinition: json<Record<string, unknown>>(),
    /** Served by this worker itself, at URLs that are resolved against PUBLIC_URL. */
    sandbox: flag().notNull().default(false),
    createdAt: createdAt(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('sources_slug').on(table.developerId, table.slug),
    index('sources_developer').on(table.developerId, table.createdAt, table.id),
  ],
);

/** What an application says of a source: whether it offers it, and its own credentials and scopes there. */
export const applicationSources = sqliteTable(
  'application_sources',
  {
    applicationId: text()
      .notNull()
      .references(() => applications.id, { onDelete: 'cascade' }),
    sourceId: text()
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    enabled: flag().notNull(),
    clientId: text(),
    sealedClientSecret: text(),
    secretHosts: json<string[]>(),
    scopes: json<string[]>(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.applicationId, table.sourceId] })],
);

export const endUsers = sqliteTable(
  'end_users',
  {
    id: id(),
    applicationId: text()
      .notNull()
      .references(() => applications.id, { onDelete: 'cascade' }),
    clientUserId: text().notNull(),
    userCode: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('end_users_client_user').on(table.applicationId, table.clientUserId),
    uniqueIndex('end_users_code').on(table.userCode),
    index('end_users_newest').on(table.applicationId, table.createdAt, table.id),
  ],
);

/** `runId` is set on a token from an unvouched exchange: it reaches that run's Connections alone. */
export const accessTokens = sqliteTable(
  'access_tokens',
  {
    id: id(),
    tokenHash: text().notNull(),
    endUserId: text()
      .notNull()
      .references(() => endUsers.id, { onDelete: 'cascade' }),
    runId: text(),
    createdAt: createdAt(),
    lastUsedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('access_tokens_hash').on(table.tokenHash),
    index('access_tokens_end_user').on(table.endUserId),
    index('access_tokens_last_used').on(table.lastUsedAt),
  ],
);

/** Grants in force. What a run brings in is in `grants` until the application's server has exchanged it. */
export const connections = sqliteTable(
  'connections',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    /** No reference: a Connection stays readable when its source is gone. */
    sourceId: text().notNull(),
    applicationId: text().references(() => applications.id, { onDelete: 'cascade' }),
    endUserId: text().references(() => endUsers.id, { onDelete: 'cascade' }),
    clientUserId: text(),
    /** The run that brought it in. */
    runId: text(),
    vouched: flag().notNull(),
    name: text(),
    complete: flag().notNull(),
    authorized: flag().notNull(),
    scopesRequested: json<string[]>().notNull(),
    /** Null where the provider names no scopes. */
    scopesGranted: json<string[]>(),
    /** Sealed `TokenSet`, at `connection/<id>/tokens`. */
    sealedTokens: text(),
    tokenExpiresAt: integer(),
    /** From here on a call refreshes the access token first; null where its end isn't known. */
    tokenStaleAt: integer(),
    /** When the sweep refreshes a grant that nobody uses; null where there is nothing to refresh. */
    refreshDueAt: integer(),
    /** Who is refreshing it, a random id of the invocation, and until when nobody else does. */
    refreshLease: text(),
    refreshLeaseUntil: integer(),
    /** Failures since the last success, and when the next try may be made. */
    refreshFailures: integer().notNull().default(0),
    refreshRetryAt: integer(),
    refreshedAt: integer(),
    /** Of the access token. A trigger keeps those that were replaced in `retired_tokens`. */
    accessTokenHash: text(),
    /** The client ID it was granted to, in clear: the client registration. */
    registration: text(),
    /** The hosts its source had when it was granted: its tokens go nowhere else, wherever the source moves. */
    hosts: json<string[]>(),
    /** What its user gave for the `{value}` in its source's hosts, by name. */
    hostValues: json<Record<string, string>>(),
    metadata: json<unknown>(),
    /** Where its user goes after the callback; null where it came through the widget. */
    redirectUrl: text(),
    /** The remote account, as the source's uniqueness has it, fetched with the Connection's own token. */
    uniqueValue: text(),
    /** Of Connections that are complete, one has it: same owner, user, source and remote account. */
    uniquenessKey: text(),
    /** When its user last consented, or it was imported. Triggers announce it. */
    grantedAt: integer(),
    /** Its owner has been told of it. Set by a trigger. */
    announced: flag().notNull().default(false),
    createdAt: createdAt(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('connections_uniqueness').on(table.uniquenessKey).where(sql`${table.complete} = 1`),
    index('connections_siblings').on(table.registration, table.uniqueValue),
    index('connections_developer').on(table.developerId, table.createdAt, table.id),
    index('connections_application').on(table.developerId, table.applicationId, table.createdAt, table.id),
    index('connections_source').on(table.developerId, table.sourceId, table.createdAt, table.id),
    index('connections_client_user').on(table.developerId, table.clientUserId, table.createdAt, table.id),
    index('connections_complete').on(table.developerId, table.complete, table.createdAt, table.id),
    index('connections_name').on(table.developerId, table.name),
    index('connections_end_user').on(table.endUserId, table.createdAt, table.id),
    index('connections_run').on(table.runId),
    index('connections_refresh_due').on(table.refreshDueAt).where(sql`${table.complete} = 1`),
  ],
);

/**
 * Access tokens that a Connection had before: a client that read one, waited, and sends the whole object back,
 * must not undo what replaced it. Filled by a trigger on `connections.access_token_hash`.
 */
export const retiredTokens = sqliteTable(
  'retired_tokens',
  {
    connectionId: text()
      .notNull()
      .references(() => connections.id, { onDelete: 'cascade' }),
    accessTokenHash: text().notNull(),
    retiredAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.accessTokenHash] }),
    index('retired_tokens_retired').on(table.retiredAt),
  ],
);

/**
 * Pending: what a run brought in and its application's server has not agreed to yet, or what came back for a
 * Connection that its owner has to confirm. `id` is the Connection's to be, where there is none yet.
 */
export const grants = sqliteTable(
  'grants',
  {
    id: id(),
    runId: text().references(() => runs.id, { onDelete: 'cascade' }),
    /** The Connection it renews, completes or ends; null for a new one. */
    connectionId: text().references(() => connections.id, { onDelete: 'cascade' }),
    sourceId: text().notNull(),
    /** What of its run it stands for: the Connection, or the source of a new one. */
    target: text().notNull(),
    /** The user wants the Connection ended. */
    disconnect: flag().notNull().default(false),
    scopesRequested: json<string[]>().notNull(),
    scopesGranted: json<string[]>(),
    /** Sealed at `connection/<id>/tokens`, so that it moves to the Connection as it is. */
    sealedTokens: text(),
    tokenExpiresAt: integer(),
    tokenStaleAt: integer(),
    refreshDueAt: integer(),
    accessTokenHash: text(),
    registration: text(),
    hosts: json<string[]>(),
    hostValues: json<Record<string, string>>(),
    metadata: json<unknown>(),
    name: text(),
    uniqueValue: text(),
    uniquenessKey: text(),
    createdAt: createdAt(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('grants_target').on(table.runId, table.target),
    index('grants_connection').on(table.connectionId),
    index('grants_siblings').on(table.registration, table.uniqueValue),
    index('grants_expires').on(table.expiresAt),
  ],
);

/** A link that sends a user to a provider for a Connection. Opening it spends nothing, its callback does. */
export const authorizations = sqliteTable(
  'authorizations',
  {
    /** SHA-256 of the ticket in the link. */
    id: id(),
    connectionId: text()
      .notNull()
      .references(() => connections.id, { onDelete: 'cascade' }),
    redirectUrl: text().notNull(),
    scopes: json<string[]>().notNull(),
    /** The Connection stays as it is until its owner has redeemed the code. */
    confirm: flag().notNull(),
    createdAt: createdAt(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    index('authorizations_connection').on(table.connectionId),
    index('authorizations_expires').on(table.expiresAt),
  ],
);

/** What a `connection_code` stands for. */
export const connectionCodes = sqliteTable(
  'connection_codes',
  {
    /** SHA-256 of the code. */
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    connectionId: text().notNull(),
    existingConnectionId: text(),
    /** The grant that waits for it. */
    grantId: text(),
    expiresAt: integer().notNull(),
  },
  (table) => [index('connection_codes_expires').on(table.expiresAt)],
);

/**
 * Grants to be revoked at their provider: all that is needed for it, since by then the Connection, its
 * application and its source may be gone.
 */
export const revocations = sqliteTable(
  'revocations',
  {
    id: id(),
    connectionId: text().notNull(),
    sealedTokens: text().notNull(),
    definition: json<Definition>().notNull(),
    sandbox: flag().notNull(),
    registration: text().notNull(),
    hosts: json<string[]>(),
    hostValues: json<Record<string, string>>(),
    sealedClientSecret: text(),
    /** Where that secret is sealed to. */
    secretPlace: text().notNull(),
    uniqueValue: text(),
    developerId: text().notNull(),
    applicationId: text(),
    clientUserId: text(),
    attempts: integer().notNull(),
    nextAttemptAt: integer().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('revocations_next').on(table.nextAttemptAt)],
);

/** How the last authorization of a run went: what its popup shows when the user comes back. */
export interface Outcome {
  sourceId: string;
  result: 'connected' | 'denied' | 'failed';
  error?: string;
  errorDescription?: string;
  requestId: string;
}

/** What a run's page is told when the run ends without a change. */
export interface ExitReason {
  error: string;
  error_description: string;
}

/** One use of the widget. */
export const runs = sqliteTable(
  'runs',
  {
    id: id(),
    applicationId: text()
      .notNull()
      .references(() => applications.id, { onDelete: 'cascade' }),
    clientUserId: text().notNull(),
    sessionHash: text().notNull(),
    /** Minted by the application's server, which has thereby vouched for the user. */
    serverMinted: flag().notNull(),
    delivery: text({ enum: ['popup', 'redirect', 'hosted'] }).notNull(),
    /** The exact origin the result goes to; for a server-minted session, set when it is bound. */
    origin: text(),
    /** base64url(SHA-256(run secret)); for a server-minted session, set when it is bound. */
    challenge: text(),
    /** The cookie of the one browser this run is bound to. */
    browserHash: text(),
    returnUrl: text(),
    /** The sources it is limited to; null: all that the application offers. */
    sourceIds: json<string[]>(),
    /** The Connection it is to renew. */
    connectionId: text(),
    locale: text(),
    status: text({ enum: ['open', 'finished', 'exited'] }).notNull(),
    lastOutcome: json<Outcome>(),
    exitReason: json<ExitReason>(),
    /** The page said it is being closed; if nothing follows, the run has been left. */
    leftAt: integer(),
    handleHash: text(),
    /** Sealed at `run/<id>/handle`, for the page that asks for its run's outcome. */
    sealedHandle: text(),
    finishedAt: integer(),
    createdAt: createdAt(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('runs_handle').on(table.handleHash).where(sql`${table.handleHash} is not null`),
    index('runs_expires').on(table.expiresAt),
  ],
);

/**
 * Single use, decided in one place: whoever inserts the row has the claim. `claimedBy` is a random id of the
 * invocation, so that a repeated write after a lost answer still wins. Rows outlive what they guard.
 */
export const claims = sqliteTable(
  'claims',
  {
    /** `state:<hash>` or `special-token:<hash>`. */
    id: id(),
    claimedBy: text().notNull(),
    /** Where the callback sent its browser, sealed at `claim/<id>/location`: shown again on reload. */
    sealedLocation: text(),
    createdAt: createdAt(),
    expiresAt: integer().notNull(),
  },
  (table) => [index('claims_expires').on(table.expiresAt)],
);

/** Where a developer is told of what happens to Connections. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    events: json<string[]>().notNull(),
    /** Sealed at `webhook/<id>/secret`. */
    sealedSecret: text().notNull(),
    /** The one before, sealed at the same place: signs as well, until then. */
    sealedPreviousSecret: text(),
    previousSecretUntil: integer(),
    createdAt: createdAt(),
    updatedAt: integer().notNull(),
  },
  (table) => [index('webhooks_developer').on(table.developerId, table.createdAt, table.id)],
);

/** What happened to Connections, in order. Written by triggers, in the transaction of what happened. */
export const events = sqliteTable(
  'events',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    /** No reference: a Connection's end is told when it is gone. */
    developerId: text().notNull(),
    type: text().notNull(),
    connectionId: text().notNull(),
    sourceId: text().notNull(),
    applicationId: text(),
    clientUserId: text(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('events_id').on(table.id),
    index('events_connection').on(table.connectionId, table.seq),
    index('events_developer').on(table.developerId, table.seq),
    index('events_created').on(table.createdAt),
  ],
);

/** The outbox: one event on its way to one webhook. A trigger writes them with the event. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    id: id(),
    webhookId: text()
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    eventSeq: integer()
      .notNull()
      .references(() => events.seq, { onDelete: 'cascade' }),
    connectionId: text().notNull(),
    status: text({ enum: ['pending', 'delivered', 'dead'] }).notNull(),
    attempts: integer().notNull(),
    nextAttemptAt: integer(),
    /** What the receiver last answered; null where it could not be reached. */
    responseStatus: integer(),
    /** Why the last attempt failed, in a word; null where it didn't. */
    error: text(),
    lastAttemptAt: integer(),
    createdAt: createdAt(),
  },
  (table) => [
    index('deliveries_webhook').on(table.webhookId, table.createdAt, table.id),
    index('deliveries_status').on(table.webhookId, table.status, table.createdAt, table.id),
    index('deliveries_due').on(table.webhookId, table.nextAttemptAt).where(sql`${table.status} = 'pending'`),
    index('deliveries_order')
      .on(table.webhookId, table.connectionId, table.eventSeq)
      .where(sql`${table.status} = 'pending'`),
    index('deliveries_event').on(table.eventSeq),
  ],
);

/** Calls that went wrong: which, and who answered what. No bodies, no queries, no secrets. */
export const failedCalls = sqliteTable(
  'failed_calls',
  {
    id: id(),
    developerId: text().notNull(),
    connectionId: text()
      .notNull()
      .references(() => connections.id, { onDelete: 'cascade' }),
    sourceId: text().notNull(),
    applicationId: text(),
    requestId: text().notNull(),
    method: text().notNull(),
    /** Origin and path of what was called. */
    url: text().notNull(),
    /** Who gave the status. */
    answeredBy: text({ enum: ['provider', 'trivet'] }).notNull(),
    status: integer().notNull(),
    error: text(),
    createdAt: createdAt(),
  },
  (table) => [
    index('failed_calls_connection').on(table.connectionId, table.createdAt, table.id),
    index('failed_calls_developer').on(table.developerId, table.createdAt, table.id),
    index('failed_calls_created').on(table.createdAt),
  ],
);

/** Who did what to which resource. Triggers refuse to change or delete a row. */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: id(),
    /** Whose resources. No reference: the trail outlives them. */
    developerId: text().notNull(),
    /** `admin_token`, `key:<id>`, `person:<id>`, `application:<id>`. */
    actor: text().notNull(),
    /** What the actor was called then. */
    actorName: text().notNull(),
    /** The operation's id, as the OpenAPI document has it. */
    action: text().notNull(),
    resourceType: text(),
    resourceId: text(),
    /** The address the request came from. */
    address: text(),
    requestId: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('audit_entries_developer').on(table.developerId, table.createdAt, table.id),
    index('audit_entries_resource').on(table.developerId, table.resourceId, table.createdAt, table.id),
    index('audit_entries_action').on(table.developerId, table.action, table.createdAt, table.id),
  ],
);

/** People who sign in to the console: one is (`issuer`, `subject`). They act for one developer account. */
export const people = sqliteTable(
  'people',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    issuer: text().notNull(),
    subject: text().notNull(),
    name: text().notNull(),
    /** Verified by the issuer, or null. */
    email: text(),
    /** They stay whatever the lists of addresses say. */
    invited: flag().notNull().default(true),
    createdAt: createdAt(),
    lastSeenAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('people_issuer_subject').on(table.issuer, table.subject),
    index('people_developer').on(table.developerId, table.createdAt, table.id),
  ],
);

/** Console sessions. The id is the SHA-256 of the cookie's value. */
export const consoleSessions = sqliteTable(
  'console_sessions',
  {
    id: id(),
    developerId: text()
      .notNull()
      .references(() => developers.id, { onDelete: 'cascade' }),
    /** Null: whoever holds the administrator's token, or a link made with it. */
    personId: text().references(() => people.id, { onDelete: 'cascade' }),
    /** Stays the same when the cookie's value rotates. */
    familyId: text().notNull(),
    userAgent: text().notNull(),
    address: text(),
    createdAt: createdAt(),
    lastSeenAt: integer().notNull(),
    rotatedAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    index('console_sessions_developer').on(table.developerId, table.createdAt, table.id),
    index('console_sessions_family').on(table.familyId),
    index('console_sessions_expires').on(table.expiresAt),
  ],
);

/** Links that let a person in. The id is the SHA-256 of the link's secret. */
export const invitations = sqliteTable(
  'invitations',
  {
    id: id(),
    /** The account it leads into; null: a new developer account of the invited person's own. */
    developerId: text().references(() => developers.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    invitedBy: text().notNull(),
    createdAt: createdAt(),
    expiresAt: integer().notNull(),
  },
  (table) => [index('invitations_expires').on(table.expiresAt)],
);

/** What happened, counted as it happens, by triggers: one row a day, application, source and kind. */
export const activity = sqliteTable(
  'activity',
  {
    developerId: text().notNull(),
    /** Days since the epoch, UTC. */
    day: integer().notNull(),
    /** Of runs: `opened`, `connected`, `denied`, `failed`, `finished`, `exited`, `exchanged`; of Connections: the event's type. */
    kind: text().notNull(),
    applicationId: text().notNull(),
    /** Empty where it is of the whole run. */
    sourceId: text().notNull(),
    /** Of `failed`: the error. Empty otherwise. */
    reason: text().notNull(),
    count: integer().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.developerId, table.day, table.kind, table.applicationId, table.sourceId, table.reason],
    }),
  ],
);

/** The built-in provider's own memory. It shares nothing with the tables above. */
export const sandboxGrants = sqliteTable(
  'sandbox_grants',
  {
    id: id(),
    /** Whatever the sandbox keeps of one grant. */
    state: json<Record<string, unknown>>().notNull(),
    /** SHA-256 of the code, request token or token by which the next request will find it. */
    codeHash: text(),
    accessHash: text(),
    refreshHash: text(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('sandbox_grants_code').on(table.codeHash),
    uniqueIndex('sandbox_grants_access').on(table.accessHash),
    uniqueIndex('sandbox_grants_refresh').on(table.refreshHash),
    index('sandbox_grants_expires').on(table.expiresAt),
  ],
);
