import { eq } from 'drizzle-orm';
import { previousGrant } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { connections } from '../db/schema.ts';
import { offerAt } from '../sources/host-values.ts';
import type { OAuthOffer } from '../sources/offer.ts';
import { type Arrival, leaveWord, parkStatements } from './park.ts';
import { receive, refuseOtherAccount } from './receive.ts';
import { assembleRun, selectRun } from './run.ts';
import type { AuthorizationState, Subject } from './state.ts';

type RunSubject = Extract<Subject, { kind: 'run' }>;

/** A callback whose single use is ours, with what is needed to go on: only such a one does. */
interface ClaimedCallback extends Arrival {
  offer: OAuthOffer;
}

/**
 * Completes an authorization for a run: parks what it brought, and leaves word for the popup.
 *
 * @returns where the browser goes: the popup, which shows the outcome, this one's or the stored one
 */
export async function completeForRun(
  parts: AppEnv['Variables'],
  state: AuthorizationState,
  subject: RunSubject,
  claimId: string,
  params: URLSearchParams,
): Promise<string> {
  const claimed = await claimCallback(parts, state, subject, claimId);
  if (claimed) {
    const { db } = parts;
    const { offer, renewed } = claimed;
    const received = await receive(parts, offer, state, params);
    const checked = refuseOtherAccount(received, offer, renewed?.uniqueValue ?? null);
    if (checked.ok) {
      const statements = await parkStatements(parts, claimed, checked);
      await repeatable(() => db.batch(statements));
    } else {
      await repeatable(() => leaveWord(parts, claimed, checked.failure).run());
    }
  }
  return `/connect#${new URLSearchParams({ run: subject.runId })}`;
}

/** Claims the state and reads what is needed, in one round trip; null where it was claimed before, or the run has ended. */
async function claimCallback(
  { db, config, now }: AppEnv['Variables'],
  state: AuthorizationState,
  subject: RunSubject,
  claimId: string,
): Promise<ClaimedCallback | null> {
  const claimedBy = randomId();
  const statements = [
    takeClaim(db, { id: claimId, claimedBy, now: now() }),
    selectClaim(db, claimId),
    db
      .select(previousGrant)
      .from(connections)
      .where(eq(connections.id, subject.connectionId ?? '')),
    ...selectRun(db, subject.runId, now(), state.sourceId),
  ] as const;
  const [, claim, renewed, ...selected] = await repeatable(() => db.batch(statements));
  const loaded = assembleRun(selected, config);
  if (!isClaimed(claim, claimedBy) || !loaded) return null;
  if (loaded.run.status !== 'open' || loaded.run.expiresAt <= now()) return null;
  const [offer] = loaded.offers;
  if (!offer || offer.clientId === null || offer.clientId !== state.clientId) return null;
  return {
    loaded,
    offer: offerAt(offer, state.hostValues),
    connectionId: subject.connectionId,
    renewed: renewed[0] ?? null,
  };
}
