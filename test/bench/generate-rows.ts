import { ask } from './machine/client.ts';
import type { Setup } from './setup.ts';

const chunk = 20_000;
const day = 24 * 60 * 60 * 1000;

/**
 * Fills the database up to so many Connections by SQL: each of a user of its own, who has an access token. They are
 * older than those that the bench makes by the API, and nobody can call with their tokens.
 */
export async function generateConnections(
  { storage, application, sourceId }: Setup,
  from: number,
  to: number,
): Promise<void> {
  const begin = Date.now() - 30 * day;
  for (let start = from; start < to; start += chunk) {
    const rows = `WITH RECURSIVE n (i) AS (
      SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(start + chunk, to)})`;
    const id = `printf('%032x', i)`;
    const statements = [
      `${rows} INSERT INTO end_users (id, application_id, client_user_id, user_code, created_at)
        SELECT ${id}, '${application.clientId}', 'generated-' || i, 'f' || substr(${id}, 2), ${begin} + i FROM n`,
      `${rows} INSERT INTO access_tokens (id, token_hash, end_user_id, run_id, created_at, last_used_at)
        SELECT ${id}, 'hash-' || ${id}, ${id}, NULL, ${begin} + i, ${begin} + i FROM n`,
      `${rows} INSERT INTO connections (id, developer_id, source_id, application_id, end_user_id, client_user_id,
          run_id, vouched, name, complete, authorized, scopes_requested, scopes_granted, sealed_tokens,
          token_expires_at, token_stale_at, refresh_due_at, access_token_hash, registration, hosts, unique_value,
          uniqueness_key, granted_at, announced, created_at, updated_at)
        SELECT ${id}, 'platform', '${sourceId}', '${application.clientId}', ${id}, 'generated-' || i,
          'run-' || ${id}, 1, 'Name ' || (i % 997), i % 10 > 0, 1, '["read"]', '["read"]', hex(randomblob(200)),
          ${begin} + ${90 * day} + i, ${begin} + ${89 * day} + i, ${begin} + ${60 * day} + i, 'hash-' || ${id},
          'bench-client', '["127.0.0.1"]', 'account-' || i, 'key-' || i, ${begin} + i, 1, ${begin} + i, ${begin} + i
        FROM n`,
    ];
    await ask(`${storage.origin}/run`, { method: 'POST', body: statements });
  }
}
