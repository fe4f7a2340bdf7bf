import { and, eq } from 'drizzle-orm';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Db } from '../db/client.ts';
import { applicationSources, retiredTokens, sources } from '../db/schema.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { invalidBody } from '../validation.ts';
import { type Connection, grantsAll } from './connection.ts';
import { type KeptTokens, keepTokens, openTokens, unfailed } from './tokens.ts';

const text = z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(8192));

/** `auth.data` as a client sends it: what we show, and whatever else the provider gave. */
const dataFields = z.looseObject({
  access_token: z.optional(z.string().check(z.maxLength(8192), z.regex(/^[^\r\n\0]*$/, 'must be one line'))),
  token_type: z.optional(z.string().check(z.maxLength(64))),
  refresh_token: z.nullish(text),
  token_secret: z.nullish(z.string().check(z.maxLength(8192))),
  expires_at: z.nullish(z.iso.datetime({ offset: true, error: 'must be an ISO 8601 date' })),
});

/** A user name may come without a password; no other token is empty. */
function refuseEmptyToken({ value, issues }: z.core.ParsePayload<z.output<typeof dataFields>>): void {
  if (value.access_token !== '' || value.token_type === 'basic') return;
  issues.push({ code: 'custom', path: ['access_token'], message: 'must not be empty', input: value });
}

const authData = dataFields.check(refuseEmptyToken);

/** The same with the token that an import needs. */
export const importedAuthData = z.required(dataFields, { access_token: true }).check(refuseEmptyToken);

export const scopeList = z
  .array(
    z.string().check(z.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'), z.maxLength(256)),
  )
  .check(z.maxLength(200));

/** A client may send a whole Connection back: what can't be changed is ignored. */
export const patchBody = z.looseObject({
  name: z.optional(z.string().check(z.maxLength(200, 'must be at most 200 characters'))),
  metadata: z.optional(z.record(z.string(), z.unknown())),
  scopes: z.optional(scopeList),
  endpoints: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(200))),
  /** As it was read: what it says of the grant is as old. */
  updated: z.optional(z.unknown()),
  auth: z.optional(
    z.looseObject({
      status: z.optional(
        z.looseObject({ complete: z.optional(z.boolean()), authorized: z.optional(z.boolean()) }),
      ),
      data: z.optional(authData),
    }),
  ),
});

/** What of a Connection's row its `auth` changes. */
type AuthChange = Partial<
  Pick<Connection, 'complete' | 'authorized' | keyof KeptTokens | keyof typeof unfailed>
>;

/**
 * Applies a body's `auth` to a Connection. One that holds a token we have replaced since comes from a client
 * that read, waited and sent the whole object back: it is ignored whole.
 *
 * @throws Failure where `complete: true` has no live token to stand on
 */
export async function changeAuth(
  parts: AppEnv['Variables'],
  connection: Connection,
  { auth, updated }: Pick<z.output<typeof patchBody>, 'auth' | 'updated'>,
): Promise<AuthChange> {
  const { db, config } = parts;
  if (!auth || wasReadBefore(connection, updated)) return {};
  const current = connection.sealedTokens
    ? await openTokens(config, connection.id, connection.sealedTokens)
    : null;
  const sent = auth.data?.access_token;
  if (sent !== undefined && sent !== current?.accessToken) {
    const [retired] = await db
      .select({ retiredAt: retiredTokens.retiredAt })
      .from(retiredTokens)
      .where(
        and(
          eq(retiredTokens.connectionId, connection.id),
          eq(retiredTokens.accessTokenHash, await sha256(sent)),
        ),
      );
    if (retired) return {};
  }
  const bringsTokens = auth.data !== undefined && changesTokens(auth.data, current);
  if (bringsTokens && !(await hasOwnRegistration(db, connection))) {
    throw invalidBody([
      {
        path: 'auth.data',
        message: 'can’t be set: this Connection was granted to the platform’s credentials',
      },
    ]);
  }
  // Without the access token it came with, nobody can tell an old refresh token from a new one.
  if (bringsTokens && sent === undefined) return {};
  const tokens = auth.data ? readTokens(auth.data, current) : current;
  const changed =
    tokens !== null && !isSame(tokens, current)
      ? { ...(await keepTokens(parts, connection.id, tokens)), ...unfailed }
      : {};
  const complete = auth.status?.complete ?? (connection.complete || (sent !== undefined && current === null));
  if (complete && tokens === null) {
    throw invalidBody([
      { path: 'auth.status.complete', message: 'can’t be true without a token in auth.data' },
    ]);
  }
  const authorized =
    auth.status?.authorized ?? (complete && grantsAll(connection.scopesRequested, connection.scopesGranted));
  return {
    ...changed,
    complete,
    authorized: complete && authorized,
  };
}

/** Whether a client sends back what it read before the user consented: then it knows nothing of the grant. */
function wasReadBefore({ grantedAt }: Connection, updated: unknown): boolean {
  return typeof updated === 'string' && grantedAt !== null && Date.parse(updated) < grantedAt;
}

/** Whether a client sent back what it read. */
function isSame(tokens: TokenSet, current: TokenSet | null): boolean {
  const sorted = (of: TokenSet | null) => JSON.stringify(Object.entries(of ?? {}).sort());
  return sorted(tokens) === sorted(current);
}

/** Whether what would be used at the provider is another token than before. */
function changesTokens(data: z.output<typeof dataFields>, current: TokenSet | null): boolean {
  const differs = (given: string | null | undefined, before: string | null | undefined) =>
    typeof given === 'string' && given !== before;
  return (
    differs(data.access_token, current?.accessToken) ||
    differs(data.refresh_token, current?.refreshToken) ||
    differs(data.token_secret, current?.tokenSecret)
  );
}

/**
 * Whether a Connection's client registration is its developer's own. A token that somebody brings is refreshed
 * through it: through the platform's, a stolen one could be.
 */
async function hasOwnRegistration(db: Db, connection: Connection): Promise<boolean> {
  const { developerId, sourceId, applicationId, registration } = connection;
  // What users type belongs to no client.
  if (registration === null) return true;
  const [[source], [choice]] = await db.batch([
    db
      .select({ clientId: sources.clientId })
      .from(sources)
      .where(and(eq(sources.id, sourceId), eq(sources.developerId, developerId))),
    db
      .select({ clientId: applicationSources.clientId })
      .from(applicationSources)
      .where(
        and(
          eq(applicationSources.sourceId, sourceId),
          eq(applicationSources.applicationId, applicationId ?? ''),
        ),
      ),
  ]);
  return source?.clientId === registration || choice?.clientId === registration;
}

const ours = new Set(['access_token', 'token_type', 'refresh_token', 'token_secret', 'expires_at']);

/** The tokens that `auth.data` describes: what it doesn't name stays. */
export function readTokens(data: z.output<typeof dataFields>, current: TokenSet | null): TokenSet | null {
  const accessToken = data.access_token ?? current?.accessToken;
  if (accessToken === undefined) return null;
  const kept = <T>(value: T | null | undefined, before: T | null) => (value === undefined ? before : value);
  const expiresAt =
    data.expires_at === undefined ? undefined : data.expires_at === null ? null : Date.parse(data.expires_at);
  return {
    accessToken,
    tokenType: data.token_type ?? current?.tokenType ?? 'Bearer',
    refreshToken: kept(data.refresh_token, current?.refreshToken ?? null),
    tokenSecret: kept(data.token_secret, current?.tokenSecret ?? null),
    expiresAt: kept(expiresAt, current?.expiresAt ?? null),
    scopes: current?.scopes ?? null,
    extra: {
      ...current?.extra,
      ...Object.fromEntries(Object.entries(data).filter(([name]) => !ours.has(name))),
    },
  };
}
