import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** Keeps tokens durably: sealed by AES-256-GCM, one row each. Our addition to the peer, which keeps none. */
export function openSealedStore(file: string): { keep(tokens: object): void } {
  const key = randomBytes(32);
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE tokens (id TEXT PRIMARY KEY, sealed TEXT NOT NULL, created_at INTEGER NOT NULL)`);
  const insert = database.prepare('INSERT INTO tokens (id, sealed, created_at) VALUES (?, ?, ?)');
  return {
    keep(tokens) {
      const id = randomUUID();
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(tokens)), cipher.final()]);
      insert.run(id, Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url'), Date.now());
    },
  };
}
