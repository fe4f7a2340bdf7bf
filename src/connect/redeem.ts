import { and, eq, gt } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireKey } from '../access/api-key.ts';
import { completeConnection } from '../connections/complete.ts';
import { openTokens } from '../connections/tokens.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomId } from '../crypto/random.ts';
import { hasClaim, isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { connectionCodes, grants } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownId } from '../openapi/fields.ts';
import { jsonBody } from '../validation.ts';

const redeemBody = z.strictObject({
  connection_code: z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(200)),
});

const redeemedSchema = z
  .object({ connection_id: shownId, existing_connection_id: z.optional(shownId) })
  .register(z.globalRegistry, apiDocs({ id: 'RedeemedConnection' }));

/** Spent, expired, foreign and forged are one and the same answer. */
const invalidGrant = () =>
  new Failure('invalid_grant', 'This connection_code can’t be redeemed: it is spent, expired, or not yours.');

/**
 * `POST /connections/redeem`: what a `connection_id` in a query can't prove. Where the Connection was created with
 * `confirm`, it is completed here.
 */
export const redeemRoutes = new Hono<CallerEnv>().post(
  '/connections/redeem',
  describe({
    id: 'redeemConnection',
    tag: 'Connections',
    ...apiDocs({
      summary: 'Redeem a connection_code',
      description:
        'Proves which Connection a user has come back from. One created with `confirm` is completed by it.',
      errors: { 400: ['invalid_grant'] },
    }),
    answers: { 200: redeemedSchema },
  }),
  requireKey('connections:write'),
  jsonBody(redeemBody),
  async (c) => {
    const { db, config, caller, now } = c.var;
    const codeHash = await sha256(c.req.valid('json').connection_code);
    const [[code], [grant]] = await db.batch([
      db
        .select()
        .from(connectionCodes)
        .where(
          and(
            eq(connectionCodes.id, codeHash),
            eq(connectionCodes.developerId, caller.developerId),
            gt(connectionCodes.expiresAt, now()),
          ),
        ),
      db
        .select({ grant: grants })
        .from(grants)
        .innerJoin(connectionCodes, eq(connectionCodes.grantId, grants.id))
        .where(and(eq(connectionCodes.id, codeHash), gt(grants.expiresAt, now()))),
    ]);
    if (!code) throw invalidGrant();
    const claimId = `connection-code:${codeHash}`;
    const claimedBy = randomId();
    const claim = [takeClaim(db, { id: claimId, claimedBy, now: now() }), selectClaim(db, claimId)] as const;
    if (code.grantId === null) {
      const [, rows] = await db.batch([
        ...claim,
        db.delete(connectionCodes).where(eq(connectionCodes.id, codeHash)),
      ]);
      if (!isClaimed(rows, claimedBy)) throw invalidGrant();
      return answer(c, 200, redeemed(code.connectionId, code.existingConnectionId));
    }
    const pending = grant?.grant;
    if (!pending?.sealedTokens || pending.registration === null) throw invalidGrant();
    const condition = hasClaim(claimId, claimedBy);
    const { results, existingConnectionId } = await completeConnection(
      c.var,
      code.connectionId,
      {
        tokens: await openTokens(config, code.connectionId, pending.sealedTokens),
        scopesRequested: pending.scopesRequested,
        scopesGranted: pending.scopesGranted,
        registration: pending.registration,
        hosts: pending.hosts ?? [],
        hostValues: pending.hostValues,
        metadata: pending.metadata as Record<string, unknown> | null,
        name: pending.name,
        uniqueValue: pending.uniqueValue,
        uniquenessKey: pending.uniquenessKey,
      },
      {
        before: [...claim],
        condition,
        after: async () => [
          db.delete(grants).where(and(eq(grants.id, pending.id), condition)),
          db.delete(connectionCodes).where(eq(connectionCodes.id, codeHash)),
        ],
      },
    );
    if (!isClaimed(results[1] as { claimedBy: string }[], claimedBy)) throw invalidGrant();
    return answer(c, 200, redeemed(code.connectionId, existingConnectionId));
  },
);

function redeemed(connectionId: string, existingConnectionId: string | null) {
  return {
    connection_id: connectionId,
    ...(existingConnectionId ? { existing_connection_id: existingConnectionId } : {}),
  };
}
