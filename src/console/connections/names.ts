import { desc, eq, inArray, sql } from 'drizzle-orm';
import { platformId } from '../../access/api-key.ts';
import type { Db } from '../../db/client.ts';
import { applications, sources } from '../../db/schema.ts';

/** So many can be chosen from; all others are found by their ids. */
const maxNames = 500;

interface Named {
  id: string;
  name: string;
}

/** What an account's Connections can be of. */
export interface Names {
  /** The account's own data sources and the platform's, by name. */
  sources: Named[];
  /** The account's applications, the newest first. */
  applications: Named[];
}

/** Reads the names, and nothing else, of what an account can see: no list of the API has the platform's sources. */
export async function readNames(db: Db, developerId: string): Promise<Names> {
  const [sourceRows, applicationRows] = await db.batch([
    db
      .select({ id: sources.id, name: sql<string>`json_extract(${sources.definition}, '$.name')` })
      .from(sources)
      .where(inArray(sources.developerId, [developerId, platformId]))
      .orderBy(sql`json_extract(${sources.definition}, '$.name') collate nocase`, sources.id)
      .limit(maxNames),
    db
      .select({ id: applications.id, name: applications.name })
      .from(applications)
      .where(eq(applications.developerId, developerId))
      .orderBy(desc(applications.createdAt), desc(applications.id))
      .limit(maxNames),
  ]);
  return { sources: sourceRows, applications: applicationRows };
}

/** What something is called, as far as it is among these. */
export function nameOf(named: Named[], id: string | null | undefined): string | undefined {
  return named.find((one) => one.id === id)?.name;
}

/** The names as the options of a choice. */
export function optionsOf(named: Named[]): { value: string; text: string }[] {
  return named.map(({ id, name }) => ({ value: id, text: name }));
}
