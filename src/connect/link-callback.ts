import { and, eq, type SQL } from 'drizzle-orm';
import { completeConnection, type NewGrant } from '../connections/complete.ts';
import { grantedScopes } from '../connections/connection.ts';
import { uniquenessKey } from '../connections/identity.ts';
import { keepRefreshToken, keepTokens } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import { open, seal } from '../crypto/seal.ts';
import { hasClaim, isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { repeatable } from '../db/repeat.ts';
import { authorizations, claims, connectionCodes, grants } from '../db/schema.ts';
import { announce } from '../events/deliver.ts';
import { addToQuery } from '../oauth/endpoint-query.ts';
import { accountHosts, secretHosts } from '../sources/endpoints.ts';
import type { OAuthOffer } from '../sources/offer.ts';
import { connectionCodeMs, grantMs } from './lifetimes.ts';
import { assembleLink, type LoadedLink, selectLink } from './link.ts';
import { type Received, receive, refuseOtherAccount } from './receive.ts';
import type { AuthorizationState, Subject } from './state.ts';

type Parts = AppEnv['Variables'];

/** A callback whose single use is ours, with what is needed to go on: only such a one does. */
interface ClaimedCallback {
  state: AuthorizationState;
  claimId: string;
  link: LoadedLink;
  offer: OAuthOffer;
}

/**
 * Completes an authorization that a link began.
 *
 * @returns the user's final location, also where it was stored before; null where there is none
 */
export async function completeLink(
  parts: Parts,
  state: AuthorizationState,
  subject: Extract<Subject, { kind: 'link' }>,
  claimId: string,
  params: URLSearchParams,
): Promise<string | null> {
  const { db, config, now } = parts;
  const claimedBy = randomId();
  const statements = [
    takeClaim(db, { id: claimId, claimedBy, now: now() }),
    selectClaim(db, claimId),
    ...selectLink(db, subject.authorizationId, now()),
  ] as const;
  const [, claim, ...selected] = await repeatable(() => db.batch(statements));
  if (!isClaimed(claim, claimedBy)) {
    const sealed = claim[0]?.sealedLocation ?? null;
    return sealed === null ? null : open(config.encryptionKeys, sealed, locationPlace(claimId));
  }
  const link = assembleLink(selected, config);
  if (!link?.offer || link.offer.clientId !== state.clientId) return null;
  const claimed = { state, claimId, link, offer: link.offer };
  const received = await receive(parts, link.offer, state, params);
  const checked = refuseOtherAccount(received, link.offer, link.connection.uniqueValue);
  if (!checked.ok) return storeFailure(parts, claimed, checked.failure);
  return link.authorization.confirm ? park(parts, claimed, checked) : complete(parts, claimed, checked);
}

/** The Connection stays as it was; the developer's page is told why. A refusal spends the link, a fault doesn't. */
async function storeFailure(
  parts: Parts,
  claimed: ClaimedCallback,
  failure: Extract<Received, { ok: false }>['failure'],
) {
  const { db } = parts;
  const { connection } = claimed.link;
  const location = finalLocation(claimed, {
    connection_id: connection.id,
    error: failure.error ?? 'provider_error',
    error_description: failure.errorDescription,
  });
  const sealed = await sealLocation(parts, claimed, location);
  await db.batch([
    rememberLocation(parts, claimed, sealed),
    ...(failure.result === 'denied' ? [spend(parts, claimed)] : []),
  ]);
  return location;
}

async function complete(parts: Parts, claimed: ClaimedCallback, received: Extract<Received, { ok: true }>) {
  const { link } = claimed;
  const { code, row } = await newCode(parts, link, null);
  const locationOf = (existingConnectionId: string | null) =>
    finalLocation(claimed, {
      connection_id: link.connection.id,
      connection_code: code,
      ...(existingConnectionId ? { existing_connection_id: existingConnectionId } : {}),
    });
  const grant = await newGrant(parts, claimed, received);
  const { before, condition, isOurs } = claimLink(parts, claimed);
  const { results, existingConnectionId } = await completeConnection(parts, link.connection.id, grant, {
    before: [...before],
    condition,
    after: async (existing) => [
      parts.db
        .insert(connectionCodes)
        .values({ ...row, existingConnectionId: existing })
        .onConflictDoNothing(),
      rememberLocation(parts, claimed, await sealLocation(parts, claimed, locationOf(existing)), condition),
      spend(parts, claimed),
    ],
  });
  announce(parts, link.connection.developerId);
  return isOurs(results) ? locationOf(existingConnectionId) : null;
}

/** Created with `confirm`: what came back waits beside the Connection until its owner redeems the code. */
async function park(parts: Parts, claimed: ClaimedCallback, received: Extract<Received, { ok: true }>) {
  const { db, now } = parts;
  const { connection } = claimed.link;
  const { tokens, ...grant } = await newGrant(parts, claimed, received);
  const grantId = randomId();
  const { code, row } = await newCode(parts, claimed.link, grantId);
  const location = finalLocation(claimed, { connection_id: connection.id, connection_code: code });
  const sealed = await sealLocation(parts, claimed, location);
  const { before, condition, isOurs } = claimLink(parts, claimed);
  const older = and(eq(grants.connectionId, connection.id), eq(grants.target, connection.id));
  const statements = [
    ...before,
    db.delete(grants).where(and(older, condition)),
    db
      .insert(grants)
      .values({
        id: grantId,
        connectionId: connection.id,
        sourceId: connection.sourceId,
        target: connection.id,
        ...grant,
        ...(await keepTokens(parts, connection.id, tokens)),
        createdAt: now(),
        expiresAt: now() + grantMs,
      })
      .onConflictDoNothing(),
    db.insert(connectionCodes).values(row).onConflictDoNothing(),
    rememberLocation(parts, claimed, sealed, condition),
    spend(parts, claimed),
  ] as const;
  const results = await repeatable(() => db.batch(statements));
  return isOurs(results) ? location : null;
}

/**
 * Of two callbacks of one link at the same moment, one has it: the other's code is never handed out. What it parked
 * goes with the sweep.
 *
 * @returns the statements that claim it, the condition that it is ours, and whether it was
 */
function claimLink({ db, now }: Parts, { link }: ClaimedCallback) {
  const id = `link:${link.authorization.id}`;
  const claimedBy = randomId();
  const before = [takeClaim(db, { id, claimedBy, now: now() }), selectClaim(db, id)] as const;
  return {
    before,
    condition: hasClaim(id, claimedBy),
    isOurs: (results: readonly unknown[]) => isClaimed(results[1] as { claimedBy: string }[], claimedBy),
  };
}

async function newGrant(
  parts: Parts,
  { link, offer: { clientId: registration } }: ClaimedCallback,
  { offer, hostValues, tokens, account }: Extract<Received, { ok: true }>,
): Promise<NewGrant> {
  const { connection } = link;
  const { uniqueValue } = account;
  const hosts = secretHosts(offer.source, parts.config.publicUrl);
  const accountAt = accountHosts(offer.source, parts.config.publicUrl);
  return {
    tokens: await keepRefreshToken(parts.config, connection, tokens, { uniqueValue, registration, hosts }),
    scopesRequested: link.authorization.scopes,
    scopesGranted: grantedScopes(link.authorization.scopes, tokens),
    registration,
    hosts,
    hostValues,
    metadata: account.metadata,
    name: account.name,
    uniqueValue,
    uniquenessKey:
      uniqueValue === null
        ? null
        : await uniquenessKey({ ...connection, hosts: accountAt, registration }, uniqueValue),
  };
}

async function newCode({ now }: Parts, { connection }: LoadedLink, grantId: string | null) {
  const code = randomSecret();
  const row = {
    id: await sha256(code),
    developerId: connection.developerId,
    connectionId: connection.id,
    existingConnectionId: null,
    grantId,
    expiresAt: now() + connectionCodeMs,
  };
  return { code, row };
}

/** The developer's location, its own query kept as it is written; its fragment too. */
function finalLocation({ link }: ClaimedCallback, added: Record<string, string>): string {
  return addToQuery(link.authorization.redirectUrl, added).href;
}

function sealLocation({ config }: Parts, { claimId }: ClaimedCallback, location: string): Promise<string> {
  return seal(config.encryptionKeys, location, locationPlace(claimId));
}

/** The statement that remembers where this callback sent its browser. */
function rememberLocation(
  { db }: Parts,
  { claimId }: ClaimedCallback,
  sealedLocation: string,
  condition?: SQL,
) {
  return db
    .update(claims)
    .set({ sealedLocation })
    .where(and(eq(claims.id, claimId), condition));
}

function spend({ db }: Parts, { link }: ClaimedCallback) {
  return db.delete(authorizations).where(eq(authorizations.id, link.authorization.id));
}

function locationPlace(claimId: string): string {
  return `claim/${claimId}/location`;
}
