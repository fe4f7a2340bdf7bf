import { and, desc, eq } from 'drizzle-orm';
import { sha256 } from '../crypto/hash.ts';
import { randomId, randomSecret } from '../crypto/random.ts';
import type { Db } from '../db/client.ts';
import { inList } from '../db/in-list.ts';
import { applicationSecrets, applications } from '../db/schema.ts';
import { afterCursor, type Cursor } from '../paging.ts';
import type { Application } from './application.ts';

/** A fresh client secret: what the developer sees once, and the row that is kept. */
export async function newSecret(applicationId: string, now: number) {
  const clientSecret = randomSecret('trv_secret_');
  return { clientSecret, row: await secretRow(applicationId, clientSecret, now) };
}

/** The row that is kept of a client secret. */
export async function secretRow(applicationId: string, clientSecret: string, now: number) {
  const secretHash = await sha256(clientSecret);
  return { id: randomId(), applicationId, secretHash, hint: clientSecret.slice(-4), createdAt: now };
}

/** Stores an application with its first secret. */
export async function insertApplication(db: Db, row: Application) {
  const secret = await newSecret(row.id, row.createdAt);
  await db.batch([db.insert(applications).values(row), db.insert(applicationSecrets).values(secret.row)]);
  return secret;
}

/** One application of a developer, or undefined. */
export async function findApplication(
  db: Db,
  developerId: string,
  id: string,
): Promise<Application | undefined> {
  const [row] = await db
    .select()
    .from(applications)
    .where(and(eq(applications.id, id), eq(applications.developerId, developerId)));
  return row;
}

/** Up to `limit` + 1 applications of a developer, newest first. */
export function listApplications(db: Db, developerId: string, cursor: Cursor | null, limit: number) {
  return db
    .select()
    .from(applications)
    .where(and(eq(applications.developerId, developerId), afterCursor(applications, cursor)))
    .orderBy(desc(applications.createdAt), desc(applications.id))
    .limit(limit + 1);
}

/** The secrets of some applications, oldest first, without their hashes. */
export async function listSecrets(db: Db, applicationIds: string[]) {
  if (applicationIds.length === 0) return [];
  const { id, applicationId, hint, createdAt } = applicationSecrets;
  return db
    .select({ id, applicationId, hint, createdAt })
    .from(applicationSecrets)
    .where(inList(applicationId, applicationIds))
    .orderBy(createdAt);
}

/** The statement that finds the application of a client secret, by its hash. */
export function selectApplicationBySecret(db: Db, secretHash: string) {
  return db
    .select({ application: applications })
    .from(applicationSecrets)
    .innerJoin(applications, eq(applications.id, applicationSecrets.applicationId))
    .where(eq(applicationSecrets.secretHash, secretHash));
}
