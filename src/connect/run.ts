import { and, eq, gt, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { readOwnCookie, setOwnCookie } from '../access/own-cookie.ts';
import type { Application } from '../applications/application.ts';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Db } from '../db/client.ts';
import { applications, connections, endUsers, grants, runs } from '../db/schema.ts';
import type { Config } from '../env.ts';
import { Failure, notFound } from '../errors.ts';
import { holderOf, type Offer, offerOf, selectSourcesFor } from '../sources/offer.ts';
import { runMs } from './lifetimes.ts';

export type Run = typeof runs.$inferSelect;

/** A run with all that its steps need, as it was read in one round trip. */
export interface LoadedRun {
  run: Run;
  application: Application;
  /** What its application offers, within what the run is limited to. */
  offers: Offer[];
  /** What it has brought in so far, or is to end. */
  granted: ParkedGrant[];
  /** The user's Connections, where the application's server has said who the user is. */
  existing: ExistingConnection[];
}

type ParkedGrant = Pick<typeof grants.$inferSelect, 'id' | 'sourceId' | 'connectionId' | 'disconnect'>;
export type ExistingConnection = Pick<
  typeof connections.$inferSelect,
  'id' | 'sourceId' | 'name' | 'complete' | 'scopesRequested' | 'hostValues'
>;

/** `<run id>.<secret>`: knows the run, and opens it once. */
export async function parseSessionToken(
  sessionToken: string,
): Promise<{ runId: string; sessionHash: string } | null> {
  const match = /^([0-9a-f]{32})\.[A-Za-z0-9_-]{43}$/.exec(sessionToken);
  return match?.[1] ? { runId: match[1], sessionHash: await sha256(sessionToken) } : null;
}

/** The statements that read a run; `sourceId` leaves out every other source. */
export function selectRun(db: Db, runId: string, now: number, sourceId?: string) {
  const applicationId = sql`(select ${runs.applicationId} from ${runs} where ${runs.id} = ${runId})`;
  const developerId = sql`(select ${applications.developerId} from ${applications} where ${applications.id} = ${applicationId})`;
  return [
    db
      .select({ run: runs, application: applications })
      .from(runs)
      .innerJoin(applications, eq(applications.id, runs.applicationId))
      .where(eq(runs.id, runId)),
    selectSourcesFor(db, { id: applicationId, developerId }, sourceId),
    db
      .select({
        id: grants.id,
        sourceId: grants.sourceId,
        connectionId: grants.connectionId,
        disconnect: grants.disconnect,
      })
      .from(grants)
      .where(and(eq(grants.runId, runId), gt(grants.expiresAt, now))),
    db
      .select({
        id: connections.id,
        sourceId: connections.sourceId,
        name: connections.name,
        complete: connections.complete,
        scopesRequested: connections.scopesRequested,
        hostValues: connections.hostValues,
      })
      .from(connections)
      .where(
        and(
          sql`${connections.endUserId} = (select ${endUsers.id} from ${endUsers} join ${runs}
            on ${endUsers.applicationId} = ${runs.applicationId} and ${endUsers.clientUserId} = ${runs.clientUserId}
            where ${runs.id} = ${runId} and ${runs.serverMinted} = 1)`,
          eq(connections.vouched, true),
        ),
      )
      .orderBy(connections.createdAt),
  ] as const;
}

type Selected = ReturnType<typeof selectRun>;

/** Puts together what `selectRun` read; null where there is no such run. */
export function assembleRun(
  [runRows, sourceRows, granted, existing]: readonly [
    Awaited<Selected[0]>,
    Awaited<Selected[1]>,
    Awaited<Selected[2]>,
    Awaited<Selected[3]>,
  ],
  config: Config,
): LoadedRun | null {
  const [row] = runRows;
  if (!row) return null;
  const { run, application } = row;
  const offers = sourceRows
    .filter(({ source }) => run.sourceIds === null || run.sourceIds.includes(source.id))
    .flatMap((sourceRow) => offerOf(sourceRow, holderOf(application), config) ?? []);
  const shown = existing.filter(({ id }) => run.connectionId === null || run.connectionId === id);
  return { run, application, offers, granted, existing: shown };
}

/** Reads a run in one round trip. */
export async function loadRun(
  { db, config, now }: AppEnv['Variables'],
  runId: string,
  sourceId?: string,
): Promise<LoadedRun | null> {
  return assembleRun(await db.batch(selectRun(db, runId, now(), sourceId)), config);
}

/**
 * Loads the run of a request from its own browser: the one that holds the cookie set at binding.
 *
 * @throws Failure 404 for every other browser
 */
export async function loadOwnRun(c: Context<AppEnv>, runId: string, sourceId?: string): Promise<LoadedRun> {
  const secret = readRunSecret(c, runId);
  if (secret === null) throw notFound('run in this browser');
  const [loaded, browserHash] = await Promise.all([loadRun(c.var, runId, sourceId), sha256(secret)]);
  if (loaded?.run.browserHash !== browserHash) throw notFound('run in this browser');
  return loaded;
}

/**
 * Lets only a run pass that still goes on.
 *
 * @throws Failure `run_ended`
 */
export function requireOpen(run: Run, now: number): void {
  if (run.status !== 'open')
    throw new Failure('run_ended', 'This run has ended. Start again from the application.');
  if (run.expiresAt <= now)
    throw new Failure('run_ended', 'This run has expired. Start again from the application.');
}

/**
 * The offer of a run's application of one source.
 *
 * @throws Failure 404 where there is none
 */
export function requireOffer({ offers }: LoadedRun, sourceId: string): Offer {
  const offer = offers.find((candidate) => candidate.source.id === sourceId);
  if (!offer) throw new Failure('not_found', 'This application does not offer that data source.');
  return offer;
}

/**
 * A Connection of a run's user.
 *
 * @throws Failure 404 where it isn't one, or of another source than this
 */
export function requireExisting({ existing }: LoadedRun, id: string, sourceId?: string): ExistingConnection {
  const connection = existing.find((candidate) => candidate.id === id);
  if (!connection) throw notFound('Connection of this user');
  if (sourceId !== undefined && connection.sourceId !== sourceId)
    throw notFound('Connection to that data source');
  return connection;
}

/** Gives this browser the run. Each run has a cookie of its own, so that two at once don't collide. */
export function setRunCookie(c: Context<AppEnv>, runId: string, secret: string): void {
  setOwnCookie(c, `trivet-run-${runId}`, secret, runMs / 1000);
}

/** This browser's cookie of a run, or null. */
export function readRunSecret(c: Context<AppEnv>, runId: string): string | null {
  return /^[0-9a-f]{32}$/.test(runId) ? (readOwnCookie(c, `trivet-run-${runId}`) ?? null) : null;
}
