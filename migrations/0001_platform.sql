-- The administrator's account: what it owns is platform-wide.
INSERT INTO developers (id, name, created_at) VALUES ('platform', 'Administrator', 0);
--> statement-breakpoint
-- Whatever replaces an access token, the old one is remembered.
CREATE TRIGGER connections_retire_token
AFTER UPDATE OF access_token_hash ON connections
WHEN old.access_token_hash IS NOT NULL AND old.access_token_hash IS NOT new.access_token_hash
BEGIN
  INSERT INTO retired_tokens (connection_id, access_token_hash, retired_at)
  VALUES (old.id, old.access_token_hash, new.updated_at)
  ON CONFLICT DO NOTHING;
END;
