-- Whatever completes, renews, kills or ends a Connection, its owner's event is written in the same transaction.
UPDATE connections SET announced = complete, granted_at = updated_at;
--> statement-breakpoint
CREATE TRIGGER connections_announce_import
AFTER INSERT ON connections
WHEN new.complete = 1 AND new.announced = 0
BEGIN
  INSERT INTO events (id, developer_id, type, connection_id, source_id, application_id, client_user_id, created_at)
  VALUES (lower(hex(randomblob(16))), new.developer_id, 'connection.created', new.id, new.source_id,
    new.application_id, new.client_user_id, new.updated_at);
  UPDATE connections SET announced = 1 WHERE id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER connections_announce_first
AFTER UPDATE OF complete ON connections
WHEN new.complete = 1 AND new.announced = 0
BEGIN
  INSERT INTO events (id, developer_id, type, connection_id, source_id, application_id, client_user_id, created_at)
  VALUES (lower(hex(randomblob(16))), new.developer_id, 'connection.created', new.id, new.source_id,
    new.application_id, new.client_user_id, new.updated_at);
  UPDATE connections SET announced = 1 WHERE id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER connections_announce_renewal
AFTER UPDATE OF granted_at ON connections
WHEN new.complete = 1 AND old.announced = 1 AND new.granted_at IS NOT old.granted_at
BEGIN
  INSERT INTO events (id, developer_id, type, connection_id, source_id, application_id, client_user_id, created_at)
  VALUES (lower(hex(randomblob(16))), new.developer_id, 'connection.reauthorized', new.id, new.source_id,
    new.application_id, new.client_user_id, new.updated_at);
END;
--> statement-breakpoint
CREATE TRIGGER connections_announce_death
AFTER UPDATE OF complete ON connections
WHEN old.complete = 1 AND new.complete = 0 AND new.announced = 1
BEGIN
  INSERT INTO events (id, developer_id, type, connection_id, source_id, application_id, client_user_id, created_at)
  VALUES (lower(hex(randomblob(16))), new.developer_id, 'connection.needs_reauthorization', new.id, new.source_id,
    new.application_id, new.client_user_id, new.updated_at);
END;
--> statement-breakpoint
-- Nobody tells a trigger the time: a Connection's end is dated by the database.
CREATE TRIGGER connections_announce_end
AFTER DELETE ON connections
WHEN old.announced = 1
BEGIN
  INSERT INTO events (id, developer_id, type, connection_id, source_id, application_id, client_user_id, created_at)
  VALUES (lower(hex(randomblob(16))), old.developer_id, 'connection.deleted', old.id, old.source_id,
    old.application_id, old.client_user_id, max(old.updated_at, CAST(unixepoch('subsec') * 1000 AS INTEGER)));
END;
--> statement-breakpoint
-- An event goes to every webhook of its owner that asked for it.
CREATE TRIGGER events_fan_out
AFTER INSERT ON events
BEGIN
  INSERT INTO deliveries (id, webhook_id, event_seq, connection_id, status, attempts, next_attempt_at, created_at)
  SELECT lower(hex(randomblob(16))), webhooks.id, new.seq, new.connection_id, 'pending', 0, 0, new.created_at
  FROM webhooks
  WHERE webhooks.developer_id = new.developer_id
    AND EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE value = new.type);
  INSERT INTO activity (developer_id, day, kind, application_id, source_id, reason, count)
  SELECT new.developer_id, new.created_at / 86400000, new.type, coalesce(new.application_id, ''), new.source_id, '', 1
  WHERE new.type <> 'webhook.test'
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER runs_count_opened
AFTER INSERT ON runs
BEGIN
  INSERT INTO activity (developer_id, day, kind, application_id, source_id, reason, count)
  SELECT developer_id, new.created_at / 86400000, 'opened', id, '', '', 1 FROM applications WHERE id = new.application_id
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
-- A run's last outcome names its request, so that a repeated write of the same one counts once.
CREATE TRIGGER runs_count_outcome
AFTER UPDATE OF last_outcome ON runs
WHEN new.last_outcome IS NOT NULL AND new.last_outcome IS NOT old.last_outcome
BEGIN
  INSERT INTO activity (developer_id, day, kind, application_id, source_id, reason, count)
  SELECT developer_id, unixepoch() / 86400, json_extract(new.last_outcome, '$.result'), id,
    json_extract(new.last_outcome, '$.sourceId'),
    CASE json_extract(new.last_outcome, '$.result')
      WHEN 'failed' THEN coalesce(json_extract(new.last_outcome, '$.error'), '') ELSE '' END, 1
  FROM applications WHERE id = new.application_id
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER runs_count_end
AFTER UPDATE OF status ON runs
WHEN old.status = 'open' AND new.status <> 'open'
BEGIN
  INSERT INTO activity (developer_id, day, kind, application_id, source_id, reason, count)
  SELECT developer_id, unixepoch() / 86400, new.status, id, '', '', 1 FROM applications WHERE id = new.application_id
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_count
AFTER INSERT ON access_tokens
BEGIN
  INSERT INTO activity (developer_id, day, kind, application_id, source_id, reason, count)
  SELECT applications.developer_id, new.created_at / 86400000, 'exchanged', applications.id, '', '', 1
  FROM end_users JOIN applications ON applications.id = end_users.application_id WHERE end_users.id = new.end_user_id
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER audit_entries_unchanged
BEFORE UPDATE ON audit_entries
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER audit_entries_kept
BEFORE DELETE ON audit_entries
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
