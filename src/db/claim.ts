import { eq, sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import { claims } from './schema.ts';

/** Claims outlive what they guard, by far more than clocks differ. */
const claimMs = 24 * 60 * 60 * 1000;

/**
 * The statement that claims something for single use. Of any number of invocations one has it afterwards;
 * repeated by the same invocation, after a lost answer, it changes nothing.
 *
 * @param claim `id` names what is claimed; `claimedBy` is a random id of this invocation, never one from a request
 */
export function takeClaim(db: Db, claim: { id: string; claimedBy: string; now: number }) {
  return db
    .insert(claims)
    .values({
      id: claim.id,
      claimedBy: claim.claimedBy,
      createdAt: claim.now,
      expiresAt: claim.now + claimMs,
    })
    .onConflictDoNothing();
}

/** The statement that reads who has a claim; behind `takeClaim` in the same batch. */
export function selectClaim(db: Db, id: string) {
  return db
    .select({ claimedBy: claims.claimedBy, sealedLocation: claims.sealedLocation })
    .from(claims)
    .where(eq(claims.id, id));
}

/** Whether this invocation has it. */
export function isClaimed(rows: { claimedBy: string }[], claimedBy: string): boolean {
  return rows[0]?.claimedBy === claimedBy;
}

/** The condition that this invocation has a claim, for the statements that follow `takeClaim` in its batch. */
export function hasClaim(id: string, claimedBy: string) {
  return sql`exists (select 1 from ${claims} where ${claims.id} = ${id} and ${claims.claimedBy} = ${claimedBy})`;
}
