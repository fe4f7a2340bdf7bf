import { bindings } from './bindings.ts';

await bindings.DB.batch(
  [
    'CREATE TABLE IF NOT EXISTS sandbox_grants (id text PRIMARY KEY NOT NULL, state text NOT NULL, codeHash text, accessHash text, refreshHash text, expiresAt integer NOT NULL)',
    'CREATE UNIQUE INDEX IF NOT EXISTS sandbox_grants_code ON sandbox_grants (codeHash)',
    'CREATE UNIQUE INDEX IF NOT EXISTS sandbox_grants_access ON sandbox_grants (accessHash)',
    'CREATE UNIQUE INDEX IF NOT EXISTS sandbox_grants_refresh ON sandbox_grants (refreshHash)',
    'CREATE INDEX IF NOT EXISTS sandbox_grants_expires ON sandbox_grants (expiresAt)',
  ].map((statement) => bindings.DB.prepare(statement)),
);
