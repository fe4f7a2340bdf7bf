import { expect, it, onTestFinished } from 'vitest';
import { openDb } from '../../src/db/client.ts';
import { findDue, selectDueWebhooks } from '../../src/events/due.ts';
import { createDeveloper } from './harness/management.ts';
import { newId } from './harness/shop.ts';
import { World } from './harness/world.ts';

const numbers = `(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?)
  SELECT value FROM n)`;

/** A developer with webhooks of whom one is owed so many events, straight into the database. */
async function owing(world: World, webhooks: number, pending: number) {
  const { id: developerId } = await createDeveloper(world);
  const owed = newId();
  const insertWebhook = `INSERT INTO webhooks (id, developer_id, url, events, sealed_secret, created_at, updated_at)
    SELECT CASE value WHEN 1 THEN ? ELSE lower(hex(randomblob(16))) END, ?, 'https://hooks.example/', '[]', 'x', 1, 1
    FROM ${numbers}`;
  await world.db.prepare(insertWebhook).bind(owed, developerId, webhooks).run();
  onTestFinished(async () => {
    await world.db.prepare('DELETE FROM webhooks WHERE developer_id = ?').bind(developerId).run();
  });
  const insertEvents = `INSERT INTO events (id, developer_id, type, connection_id, source_id, created_at)
    SELECT lower(hex(randomblob(16))), ?, 'connection.created', lower(hex(randomblob(16))), 'x', value FROM ${numbers}`;
  await world.db.prepare(insertEvents).bind(developerId, pending).run();
  const insertDeliveries = `INSERT INTO deliveries
      (id, webhook_id, event_seq, connection_id, status, attempts, next_attempt_at, created_at)
    SELECT id, ?, seq, connection_id, 'pending', 0, 0, created_at FROM events WHERE developer_id = ?`;
  await world.db.prepare(insertDeliveries).bind(owed, developerId).run();
  return { developerId, owed };
}

it('finding what is due reads no more rows, however much is owed, and however many webhooks are owed nothing', async () => {
  const world = new World();
  const db = openDb(world.db);
  const rowsRead = async (statement: { toSQL(): { sql: string; params: unknown[] } }) => {
    const { sql, params } = statement.toSQL();
    const { results, meta } = await world.db
      .prepare(sql)
      .bind(...params)
      .all();
    return { found: results.length, read: meta.rows_read };
  };
  const measure = async (webhooks: number, pending: number) => {
    const { developerId, owed } = await owing(world, webhooks, pending);
    const due = await rowsRead(findDue(db, owed, world.now, 2));
    expect(due.found).toBe(2);
    const own = await rowsRead(selectDueWebhooks(db, world.now, { developerId }));
    expect(own.found).toBe(1);
    return { due: due.read, own: own.read, all: (await rowsRead(selectDueWebhooks(db, world.now))).read };
  };
  const few = await measure(20, 10);
  const many = await measure(20, 3_000);
  // Where a range ends depends on what lies next to it, by a row.
  expect(Math.abs(many.due - few.due)).toBeLessThan(5);
  expect(Math.abs(many.own - few.own)).toBeLessThan(5);
  // A sweep looks at those that are owed something: one more than before.
  const idle = await measure(1_000, 10);
  expect(idle.all - many.all).toBeLessThan(30);
});
