import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { type Context, Hono } from 'hono';
import { fetchMetadata } from '../calls/metadata.ts';
import { sealTokens } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { randomId } from '../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../db/claim.ts';
import { grants, type Outcome, runs } from '../db/schema.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { Offer } from '../sources/offer.ts';
import { normalizeId } from '../validation.ts';
import { type Described, describeFailure, describeOutboundError } from './failure.ts';
import { grantMs } from './lifetimes.ts';
import { obtainTokens } from './obtain-tokens.ts';
import { lostCallbackPage, repostPage } from './pages.tsx';
import { assembleRun, type LoadedRun, selectRun } from './run.ts';
import { type AuthorizationState, recognizeState } from './state.ts';

/** What a callback brings, wherever the provider put it. */
interface Arrival {
  params: URLSearchParams;
  /** A POST from the provider's site carries no Lax cookie; the page we answer posts it again, from here. */
  mayRepost: boolean;
}

/** A callback of this browser's, whose single use is ours: only such a one goes on. */
interface ClaimedCallback {
  state: AuthorizationState;
  loaded: LoadedRun;
  offer: Offer;
}

const repostedField = 'trivet_reposted';
const maxFormBytes = 64 * 1024;

/** `GET·POST /done/:id`: the provider sends the user back. */
export const callbackRoutes = new Hono<AppEnv>()
  .get('/done/:id', (c) =>
    finishAuthorization(c, { params: new URL(c.req.url).searchParams, mayRepost: false }),
  )
  .post('/done/:id', async (c) => {
    const text = await c.req.text();
    const params = new URLSearchParams(text.length > maxFormBytes ? '' : text);
    const mayRepost = !params.has(repostedField);
    params.delete(repostedField);
    return finishAuthorization(c, { params, mayRepost });
  });

async function finishAuthorization(c: Context<AppEnv>, { params, mayRepost }: Arrival): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  const key = callbackKey(params);
  const recognized = key === null ? null : await recognizeState(c, key);
  if (!recognized || recognized.state.sourceId !== normalizeId(c.req.param('id') ?? '')) {
    return key !== null && !recognized && mayRepost
      ? repostPage(c, params, repostedField)
      : lostCallbackPage(c, params);
  }
  const { state, claimId } = recognized;
  const claimed = await claimCallback(c.var, state, claimId);
  if (claimed) await storeResult(c.var, claimed, await authorize(c.var, claimed, params));
  return c.redirect(`/connect#${new URLSearchParams({ run: state.runId })}`, 303);
}

/** OAuth 2's `state`; OAuth 1.0a's token, also as the `denied` of those who decline. Twice is never. */
function callbackKey(params: URLSearchParams): string | null {
  const name = ['state', 'oauth_token', 'denied'].find((candidate) => params.has(candidate));
  const values = name === undefined ? [] : params.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/**
 * Claims the state and reads what is needed to go on, in one round trip.
 *
 * @returns null where it was claimed before, or its run has ended: its outcome stands
 */
async function claimCallback(
  { db, config, now }: AppEnv['Variables'],
  state: AuthorizationState,
  claimId: string,
): Promise<ClaimedCallback | null> {
  const claimedBy = randomId();
  const [, claim, ...selected] = await db.batch([
    takeClaim(db, { id: claimId, claimedBy, now: now() }),
    selectClaim(db, claimId),
    ...selectRun(db, state.runId, now(), state.sourceId),
  ]);
  const loaded = assembleRun(selected, config);
  if (!isClaimed(claim, claimedBy) || !loaded) return null;
  if (loaded.run.status !== 'open' || loaded.run.expiresAt <= now()) return null;
  const offer = loaded.offers.find((candidate) => candidate.clientId === state.clientId);
  return offer ? { state, loaded, offer } : null;
}

/** How it went, and what it brought. */
type Result =
  | { ok: true; tokens: TokenSet; metadata: Record<string, unknown> | null }
  | { ok: false; failure: Described };

/** Trades the callback for tokens. Nothing is stored until everything is there. */
async function authorize(
  parts: AppEnv['Variables'],
  { state, offer }: ClaimedCallback,
  params: URLSearchParams,
): Promise<Result> {
  try {
    const obtained = await obtainTokens(parts, offer, state, params);
    if (!obtained.ok) return { ok: false, failure: describeFailure(obtained.failure) };
    const metadata = await fetchMetadata(parts, offer, obtained.tokens);
    const brought = Object.keys(obtained.kept).length > 0;
    return {
      ok: true,
      tokens: obtained.tokens,
      metadata: metadata || brought ? { ...obtained.kept, ...metadata } : null,
    };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { ok: false, failure: describeOutboundError(error) };
  }
}

/** Parks what the run brought in, and leaves word for the popup, in one batch. */
async function storeResult(
  parts: AppEnv['Variables'],
  claimed: ClaimedCallback,
  result: Result,
): Promise<void> {
  const { db, requestId } = parts;
  const { run } = claimed.loaded;
  const sourceId = claimed.offer.source.id;
  const outcome: Outcome = result.ok
    ? { sourceId, result: 'connected', requestId }
    : { sourceId, requestId, ...result.failure };
  const updateRun = db
    .update(runs)
    .set({ lastOutcome: outcome, leftAt: null })
    .where(and(eq(runs.id, run.id), eq(runs.status, 'open')));
  if (!result.ok) {
    await updateRun;
    return;
  }
  const id = randomId();
  const sealedTokens = await sealTokens(parts.config, id, result.tokens);
  await db.batch([parkGrant(parts, claimed, result, { id, sealedTokens }), updateRun]);
}

/** The statement that parks a grant beside its run, as long as the run goes on; a second one of a source replaces the first. */
function parkGrant(
  { db, now }: AppEnv['Variables'],
  { state, offer, loaded }: ClaimedCallback,
  { tokens, metadata }: Extract<Result, { ok: true }>,
  { id, sealedTokens }: { id: string; sealedTokens: string },
) {
  const parked = db
    .select({
      id: sql`${id}`.as('id'),
      runId: runs.id,
      sourceId: sql`${offer.source.id}`.as('source_id'),
      scopesRequested: sql`${JSON.stringify(state.scopes)}`.as('scopes_requested'),
      scopesGranted: sql`${tokens.scopes ? JSON.stringify(tokens.scopes) : null}`.as('scopes_granted'),
      sealedTokens: sql`${sealedTokens}`.as('sealed_tokens'),
      tokenExpiresAt: sql`${tokens.expiresAt}`.as('token_expires_at'),
      registration: sql`${offer.clientId}`.as('registration'),
      metadata: sql`${metadata ? JSON.stringify(metadata) : null}`.as('metadata'),
      createdAt: sql`${now()}`.as('created_at'),
      expiresAt: sql`${now() + grantMs}`.as('expires_at'),
    })
    .from(runs)
    .where(and(eq(runs.id, loaded.run.id), eq(runs.status, 'open')));
  const { runId: _run, sourceId: _source, ...replaced } = getTableColumns(grants);
  const set = Object.fromEntries(
    Object.entries(replaced).map(([key, column]) => [key, sql.raw(`excluded.${toSnakeCase(column.name)}`)]),
  );
  return db
    .insert(grants)
    .select(parked)
    .onConflictDoUpdate({ target: [grants.runId, grants.sourceId], set });
}
