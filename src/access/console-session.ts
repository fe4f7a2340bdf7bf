import { and, desc, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { repeatable } from '../db/repeat.ts';
import { consoleSessions, developers, people } from '../db/schema.ts';
import { dropOwnCookie, readOwnCookie, setOwnCookie } from './own-cookie.ts';
import { mayStay } from './sign-in/allowed.ts';
import { notWelcome } from './sign-in/identity.ts';
import { noteVisit } from './sign-in/trail.ts';

const minute = 60_000;
const hour = 60 * minute;
/** However busy, a session ends then. */
const lifetimeMs = 7 * 24 * hour;
/** A session that nobody uses ends sooner. */
const idleMs = 12 * hour;
/** How old a cookie's value gets. */
const rotationMs = hour;
/** How long the value before stays good: requests that were on their way when it was replaced carry it. */
const graceMs = 30_000;
/** Uses are noted no more often. */
const noteMs = 5 * minute;

const cookieName = 'trivet-console';

/** Somebody signed in to the console. */
export interface ConsoleSession {
  /** The same while the cookie's value rotates. */
  familyId: string;
  developerId: string;
  developerName: string;
  /** Null: whoever holds the administrator's token. */
  person: { id: string; name: string; email: string | null } | null;
}

/** Begins a session in this browser; one that was there ends. */
export async function startSession<Env extends AppEnv>(
  c: Context<Env>,
  { developerId, personId }: { developerId: string; personId: string | null },
): Promise<void> {
  const { db, now } = c.var;
  await endSession(c);
  const secret = randomSecret();
  const row = {
    id: await sha256(secret),
    developerId,
    personId,
    familyId: randomId(),
    userAgent: (c.req.header('User-Agent') ?? '').slice(0, 300),
    address: c.req.header('CF-Connecting-IP') ?? null,
    createdAt: now(),
    lastSeenAt: now(),
    rotatedAt: now(),
    expiresAt: now() + lifetimeMs,
  };
  await repeatable(() => db.insert(consoleSessions).values(row).onConflictDoNothing());
  setOwnCookie(c, cookieName, secret, lifetimeMs / 1000);
}

/**
 * Who is signed in in this browser, or null. Replaces the cookie's value where it has become old.
 *
 * @throws Failure where somebody was, and has just been signed out, since no list lets them in any more
 */
export async function currentSession<Env extends AppEnv>(c: Context<Env>): Promise<ConsoleSession | null> {
  const secret = readOwnCookie(c, cookieName);
  if (secret === undefined) return null;
  const { db, now, config } = c.var;
  const [row] = await db
    .select({ session: consoleSessions, developerName: developers.name, person: people })
    .from(consoleSessions)
    .innerJoin(developers, eq(developers.id, consoleSessions.developerId))
    .leftJoin(people, eq(people.id, consoleSessions.personId))
    .where(and(eq(consoleSessions.id, await sha256(secret)), isLive(now())));
  if (!row) return null;
  const { session, person, developerName } = row;
  // The token it was opened with has been retired.
  if (session.personId === null && config.adminToken === null) return null;
  // A person who has moved to another account has nothing to do in this one.
  if (person && person.developerId !== session.developerId) return null;
  if (person && !mayStay(config.signIn, person)) {
    await db.delete(consoleSessions).where(eq(consoleSessions.personId, person.id));
    dropOwnCookie(c, cookieName);
    await noteVisit(c, person.developerId, person, 'refuseSignIn', 'person', person.id);
    throw notWelcome(person.email);
  }
  if (session.rotatedAt <= now() - rotationMs) await rotate(c, session);
  else if (session.lastSeenAt <= now() - noteMs) await noteUse(db, session.id, now());
  return {
    familyId: session.familyId,
    developerId: session.developerId,
    developerName,
    person: person && { id: person.id, name: person.name, email: person.email },
  };
}

/** Ends this browser's session, if there is one. */
export async function endSession<Env extends AppEnv>(c: Context<Env>): Promise<void> {
  const secret = readOwnCookie(c, cookieName);
  if (secret === undefined) return;
  const { db } = c.var;
  const { id, familyId } = consoleSessions;
  const own = db
    .select({ familyId })
    .from(consoleSessions)
    .where(eq(id, await sha256(secret)));
  await db.delete(consoleSessions).where(inArray(familyId, own));
  dropOwnCookie(c, cookieName);
}

/** The live sessions of one person, or of those who came with the administrator's token; the newest first. */
export async function listSessions(db: Db, session: ConsoleSession, now: number) {
  const rows = await db
    .select()
    .from(consoleSessions)
    .where(and(isOf(session), isLive(now)))
    .orderBy(desc(consoleSessions.lastSeenAt), desc(consoleSessions.rotatedAt));
  const seen = new Set<string>();
  return rows.filter(({ familyId }) => !seen.has(familyId) && seen.add(familyId));
}

/**
 * Ends sessions of the same person.
 *
 * @param which one family, or all but the one that asks
 * @returns how many ended
 */
export async function endSessions(
  db: Db,
  session: ConsoleSession,
  which: { familyId: string } | 'others',
): Promise<number> {
  const { familyId } = consoleSessions;
  const chosen = which === 'others' ? ne(familyId, session.familyId) : eq(familyId, which.familyId);
  const ended = await db
    .delete(consoleSessions)
    .where(and(isOf(session), chosen))
    .returning({ familyId });
  return new Set(ended.map((row) => row.familyId)).size;
}

/**
 * Gives the session a new value. Of requests that come at once, one does, and the value before stays good for them
 * all a little longer.
 */
async function rotate<Env extends AppEnv>(
  c: Context<Env>,
  session: typeof consoleSessions.$inferSelect,
): Promise<void> {
  const { db, now } = c.var;
  const at = now();
  const secret = randomSecret();
  const id = await sha256(secret);
  const { id: idColumn, rotatedAt, expiresAt } = consoleSessions;
  const unchanged = and(eq(idColumn, session.id), eq(rotatedAt, session.rotatedAt));
  const next = db
    .select({
      id: sql`${id}`.as('id'),
      developerId: consoleSessions.developerId,
      personId: consoleSessions.personId,
      familyId: consoleSessions.familyId,
      userAgent: consoleSessions.userAgent,
      address: consoleSessions.address,
      createdAt: consoleSessions.createdAt,
      lastSeenAt: sql`${at}`.as('last_seen_at'),
      rotatedAt: sql`${at}`.as('rotated_at'),
      expiresAt: consoleSessions.expiresAt,
    })
    .from(consoleSessions)
    .where(unchanged);
  const [, , rotated] = await repeatable(async () =>
    db.batch([
      db.insert(consoleSessions).select(next),
      db
        .update(consoleSessions)
        .set({ rotatedAt: at, expiresAt: sql`min(${expiresAt}, ${at + graceMs})` })
        .where(unchanged),
      db.select({ id: idColumn }).from(consoleSessions).where(eq(idColumn, id)),
    ]),
  );
  if (rotated.length === 0) return;
  setOwnCookie(c, cookieName, secret, Math.floor((session.expiresAt - at) / 1000));
}

function noteUse(db: Db, id: string, now: number) {
  return db.update(consoleSessions).set({ lastSeenAt: now }).where(eq(consoleSessions.id, id));
}

function isLive(now: number) {
  return and(gt(consoleSessions.expiresAt, now), gt(consoleSessions.lastSeenAt, now - idleMs));
}

function isOf({ developerId, person }: ConsoleSession) {
  const { personId } = consoleSessions;
  return and(
    eq(consoleSessions.developerId, developerId),
    person ? eq(personId, person.id) : sql`${personId} is null`,
  );
}
