import * as z from 'zod';

/** What Cloudflare hands to the worker: bindings, secrets and vars, unchecked. */
export interface Bindings {
  DB: D1Database;
  KV: KVNamespace;
  ASSETS: Fetcher;
  ENCRYPTION_KEYS?: string;
  ADMIN_TOKEN?: string;
  PUBLIC_URL?: string;
  SANDBOX?: string;
  INSECURE_HOSTS?: string;
  EXAMPLE_CLIENT_SECRET?: string;
}

/** One sealing key: 256 bits of AES, and the id that is written before everything it seals. */
interface EncryptionKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The checked configuration. Everything else in the worker reads this, never `Bindings`' strings. */
export interface Config {
  /** Scheme, host and port this worker is reached at; redirect URIs are built from it. */
  publicUrl: URL;
  /** The first seals, all open. */
  encryptionKeys: [EncryptionKey, ...EncryptionKey[]];
  adminToken: string | null;
  sandbox: boolean;
  /** Hosts for which a URL given to us may use http or be an address. */
  insecureHosts: string[];
  exampleClientSecret: string | null;
}

/** The worker can't run as configured. The message names the variable and says what it should hold. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const encryptionKeys = z
  .string({ error: 'is missing. Set it to "id:base64", 32 random bytes in base64 after a short id' })
  .transform((list, context) =>
    list.split(',').map((entry) => {
      const match = /^([A-Za-z0-9_-]{1,16}):([A-Za-z0-9+/]{43}=)$/.exec(entry.trim());
      if (!match?.[1] || !match[2]) {
        context.addIssue('must be a comma-separated list of "id:base64", each with 32 bytes in base64');
        return z.NEVER;
      }
      return { id: match[1], bytes: Uint8Array.from(atob(match[2]), (char) => char.charCodeAt(0)) };
    }),
  )
  .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length, 'must not use a key id twice')
  .transform((keys) => keys as [EncryptionKey, ...EncryptionKey[]]);

const publicUrl = z
  .string({
    error: 'is missing. Set it to the origin this worker is reached at, such as https://connect.example.com',
  })
  .transform((text, context) => {
    const url = URL.parse(text);
    if (
      !url ||
      !/^https?:$/.test(url.protocol) ||
      url.pathname !== '/' ||
      url.search ||
      url.hash ||
      url.username
    ) {
      context.addIssue('must be an http or https origin without a path, such as https://connect.example.com');
      return z.NEVER;
    }
    return url;
  });

const adminToken = z
  .string()
  .regex(/^\S{43,}$/, 'must hold at least 256 random bits: 43 or more characters of base64url, or 64 of hex')
  .optional();

const flag = z
  .enum(['', '0', '1', 'false', 'true'], { error: 'must be "true" or "false"' })
  .optional()
  .transform((value) => value === 'true' || value === '1');

const hostList = z
  .string()
  .optional()
  .transform((list) =>
    (list ?? '')
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
  );

const schema = z.object({
  ENCRYPTION_KEYS: encryptionKeys,
  PUBLIC_URL: publicUrl,
  ADMIN_TOKEN: adminToken,
  SANDBOX: flag,
  INSECURE_HOSTS: hostList,
  EXAMPLE_CLIENT_SECRET: z.string().optional(),
});

const checked = new WeakMap<Bindings, Config>();

/**
 * Checks the bindings once per isolate.
 *
 * @throws ConfigError naming every variable that is missing or malformed
 */
export function readConfig(bindings: Bindings): Config {
  const known = checked.get(bindings);
  if (known) return known;
  const parsed = schema.safeParse(bindings);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '),
    );
  }
  const config: Config = {
    publicUrl: parsed.data.PUBLIC_URL,
    encryptionKeys: parsed.data.ENCRYPTION_KEYS,
    adminToken: parsed.data.ADMIN_TOKEN ?? null,
    sandbox: parsed.data.SANDBOX,
    insecureHosts: parsed.data.INSECURE_HOSTS,
    exampleClientSecret: parsed.data.EXAMPLE_CLIENT_SECRET ?? null,
  };
  checked.set(bindings, config);
  return config;
}
