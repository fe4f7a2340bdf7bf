import { and, eq, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { accessTokenPrefix } from '../access/access-token.ts';
import type { Application } from '../applications/application.ts';
import { invalidClient, readClientCredentials } from '../applications/client-credentials.ts';
import { clientUserId } from '../applications/end-user.ts';
import { selectApplicationBySecret } from '../applications/store.ts';
import { activateGrants, type Parked, prepareMerges, selectParked } from '../connections/activate.ts';
import { isUniquenessConflict } from '../connections/complete.ts';
import { processRevocations } from '../connections/revoke.ts';
import type { AppEnv } from '../context.ts';
import { equalSecrets, sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import { hasClaim, isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { accessTokens, connections, endUsers, runs } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { announce } from '../events/deliver.ts';
import { selectDueWebhooks } from '../events/due.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownId } from '../openapi/fields.ts';
import { readBody } from './body.ts';
import {
  type FinishedRun,
  findFinishedRun,
  hashHandle,
  parseSpecialToken,
  readSpecialToken,
} from './special-token.ts';

const exchangeBody = z.strictObject({
  specialToken: z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(200)),
  clientSecret: z.optional(z.string().check(z.maxLength(200))),
  clientId: z.optional(z.string().check(z.maxLength(64))),
  clientUserId: z.optional(clientUserId),
});

const exchangeSchema = z
  .object({
    userCode: z.clone(shownId).register(
      z.globalRegistry,
      apiDocs({
        description: 'The end user. No credential; it never changes for one clientUserId.',
      }),
    ),
    accessToken: z.string(),
    clientUserId: z.string(),
    connections: z
      .array(shownId)
      .register(z.globalRegistry, apiDocs({ description: 'What the run brought in.' })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'Exchange' }));

/** A specialToken that this application may spend: nothing else can be activated. */
interface VerifiedToken {
  application: Application;
  run: FinishedRun;
  handleHash: string;
  /** What its run brought in. */
  parked: Parked[];
  claimId: string;
}

/** `POST /connect/tokens`: the application's server trades a specialToken and its clientSecret for an access token. */
export const exchangeRoutes = new Hono<AppEnv>().post(
  '/connect/tokens',
  describe({
    id: 'exchangeSpecialToken',
    tag: 'Connect',
    ...apiDocs({
      summary: 'Exchange a specialToken for an access token',
      description:
        'Name the `clientUserId` your server has signed in: a mismatch fails, and ends the token. Client credentials go in the body or by HTTP Basic; without `clientId` the secret finds the application.',
      security: ['clientSecret', 'none'],
      body: { schema: exchangeBody, form: true },
      errors: { 400: ['invalid_grant'], 415: ['unsupported_media_type'] },
    }),
    answers: { 200: exchangeSchema },
  }),
  async (c) => {
    c.header('Cache-Control', 'no-store');
    const body = await readBody(c, exchangeBody);
    const credentials = readClientCredentials(c.req.header('Authorization'), body);
    const verified = await verifyToken(c, body.specialToken, credentials);
    const { run } = verified;
    if (run.hosted && body.clientUserId === undefined) {
      throw new Failure(
        'invalid_request',
        'A hosted link’s specialToken is exchanged with the clientUserId it is for.',
      );
    }
    if (body.clientUserId !== undefined && body.clientUserId !== run.clientUserId) {
      // Somebody finished a run under another user's name: nobody gets it any more.
      await takeClaim(c.var.db, { id: verified.claimId, claimedBy: randomId(), now: c.var.now() });
      throw invalidGrant();
    }
    const vouched = run.serverMinted || body.clientUserId !== undefined;
    const { exchanged, ended, hasNews } = await activate(c.var, verified, vouched);
    if (ended) c.var.waitUntil(processRevocations(c.var));
    if (hasNews) announce(c.var, verified.application.developerId);
    return answer(c, 200, exchanged);
  },
);

/** Spent, expired, foreign and forged are one and the same answer. */
function invalidGrant(): Failure {
  return new Failure(
    'invalid_grant',
    'This specialToken can’t be exchanged: it is spent, expired, or not this application’s.',
  );
}

/**
 * Who is asking, and for what. Nothing is spent here: a wrong client or run secret never costs a token.
 *
 * @throws Failure `invalid_client` or `invalid_grant`
 */
async function verifyToken(
  c: Context<AppEnv>,
  specialToken: string,
  { clientId, clientSecret }: { clientId: string | null; clientSecret: string },
): Promise<VerifiedToken> {
  const parts = parseSpecialToken(specialToken);
  const handleHash = parts ? await hashHandle(parts.handle) : null;
  const { db } = c.var;
  const [[applications, parked], kept] = await Promise.all([
    db.batch([selectApplicationBySecret(db, await sha256(clientSecret)), selectParked(db, handleHash ?? '')]),
    handleHash ? readSpecialToken(c.var, c.env.KV, handleHash) : null,
  ]);
  const application = applications[0]?.application;
  if (!application || (clientId !== null && clientId !== application.id)) throw invalidClient();
  if (!parts || !handleHash) throw invalidGrant();
  const run = kept ?? (await findFinishedRun(c.var, handleHash));
  if (!run || run.applicationId !== application.id || run.expiresAt <= c.var.now()) throw invalidGrant();
  if (!(await knowsRunSecret(run, parts.runSecret))) throw invalidGrant();
  return { application, run, handleHash, parked, claimId: `special-token:${handleHash}` };
}

/** PKCE's check, with the run secret for the verifier (RFC 7636 §4.6). A hosted link has none. */
async function knowsRunSecret({ challenge }: FinishedRun, runSecret: string | null): Promise<boolean> {
  if (challenge === null || runSecret === null) return challenge === null && runSecret === null;
  return equalSecrets(challenge, await sha256(runSecret));
}

const attempts = 3;

/**
 * Claims the token, puts in force what its run brought in, and mints an access token, in one batch. Every
 * statement asks for the claim of this invocation: of any number of exchanges one does something, and
 * the same one repeated does nothing more.
 */
async function activate(parts: AppEnv['Variables'], verified: VerifiedToken, vouched: boolean) {
  const claimedBy = randomId();
  const accessToken = randomSecret(accessTokenPrefix);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryActivate(parts, verified, vouched, { claimedBy, accessToken });
    } catch (error) {
      // Another exchange put the same remote account in force a moment ago: now it can be seen.
      if (!isUniquenessConflict(error) || attempt === attempts) throw error;
      verified.parked = await selectParked(parts.db, verified.handleHash);
    }
  }
}

async function tryActivate(
  parts: AppEnv['Variables'],
  { application, run, parked, claimId }: VerifiedToken,
  vouched: boolean,
  { claimedBy, accessToken }: { claimedBy: string; accessToken: string },
) {
  const { db, now } = parts;
  const merges = vouched ? await prepareMerges(parts, parked) : [];
  // A run that is gone went with its user: nobody comes back through its token.
  const claimed = sql`${hasClaim(claimId, claimedBy)} and exists (select 1 from ${runs} where ${runs.id} = ${run.runId})`;
  const ofUser = and(eq(endUsers.applicationId, application.id), eq(endUsers.clientUserId, run.clientUserId));
  const newUser = sql`select ${randomId()}, ${application.id}, ${run.clientUserId}, ${randomId()}, ${now()} where ${claimed}`;
  const newToken = db
    .select({
      id: sql`${randomId()}`.as('id'),
      tokenHash: sql`${await sha256(accessToken)}`.as('token_hash'),
      endUserId: endUsers.id,
      runId: sql`${vouched ? null : run.runId}`.as('run_id'),
      createdAt: sql`${now()}`.as('created_at'),
      lastUsedAt: sql`${now()}`.as('last_used_at'),
    })
    .from(endUsers)
    .where(and(ofUser, claimed));
  const activation = { application, runId: run.runId, clientUserId: run.clientUserId, vouched, now: now() };
  const statements = [
    takeClaim(db, { id: claimId, claimedBy, now: now() }),
    selectClaim(db, claimId),
    db.insert(endUsers).select(newUser).onConflictDoNothing(),
    db.select({ userCode: endUsers.userCode }).from(endUsers).where(and(ofUser, claimed)),
    db.insert(accessTokens).select(newToken).onConflictDoNothing(),
    ...activateGrants(db, activation, merges, claimed),
    db.select({ id: connections.id }).from(connections).where(eq(connections.runId, run.runId)),
    selectDueWebhooks(db, now(), { developerId: application.developerId }),
  ] as const;
  const [, claim, , users, , ...rest] = await repeatable(() => db.batch(statements));
  const [user] = users;
  if (!isClaimed(claim, claimedBy) || !user) throw invalidGrant();
  const [added, due] = rest.slice(-2) as [{ id: string }[], unknown[]];
  const renewed = parked.flatMap(({ connectionId, disconnect }) =>
    connectionId === null || disconnect ? [] : [connectionId],
  );
  const ids = [...added.map(({ id }) => id), ...renewed, ...merges.map(({ holderId }) => holderId)];
  return {
    exchanged: {
      userCode: user.userCode,
      accessToken,
      clientUserId: run.clientUserId,
      connections: [...new Set(ids)],
    },
    ended: parked.some(({ disconnect }) => disconnect),
    hasNews: due.length > 0,
  };
}
