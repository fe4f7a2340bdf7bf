import type { Context } from 'hono';
import type { Db } from '../db/client.ts';
import type { Bindings, Config } from '../env.ts';
import type { AccountId } from './accounts.ts';

/** What a request to the sandbox is answered with. */
export interface Sandbox {
  db: Db;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Waits for so many milliseconds. */
  pause: (ms: number) => Promise<void>;
  publicUrl: URL;
  encryptionKeys: Config['encryptionKeys'];
}

/** Whose data a call to the API may read. `scopes` is null where only OAuth 2 has them. */
interface Access {
  account: AccountId;
  scopes: string[] | null;
}

export type SandboxEnv = { Bindings: Bindings; Variables: { sandbox: Sandbox; access: Access } };
export type SandboxContext = Context<SandboxEnv>;
