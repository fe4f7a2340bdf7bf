INSERT INTO developers (id, name, created_at) VALUES ('platform', 'Administrator', 0);
