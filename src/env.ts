import * as z from 'zod/mini';

/** What Cloudflare hands to the worker: bindings, secrets and vars, unchecked. */
export interface Bindings {
  DB: D1Database;
  KV: KVNamespace;
  ASSETS: Fetcher;
  CREDENTIAL_LIMIT?: RateLimit;
  ADDRESS_LIMIT?: RateLimit;
  REFUSAL_LIMIT?: RateLimit;
  ENCRYPTION_KEYS?: string;
  ADMIN_TOKEN?: string;
  PUBLIC_URL?: string;
  SANDBOX?: string;
  INSECURE_HOSTS?: string;
  EXAMPLE_CLIENT_SECRET?: string;
  CONSOLE_ALLOW?: string;
  CONSOLE_ADMINISTRATORS?: string;
  CONSOLE_GITHUB_CLIENT_ID?: string;
  CONSOLE_GITHUB_CLIENT_SECRET?: string;
  CONSOLE_GOOGLE_CLIENT_ID?: string;
  CONSOLE_GOOGLE_CLIENT_SECRET?: string;
  CONSOLE_MICROSOFT_CLIENT_ID?: string;
  CONSOLE_MICROSOFT_CLIENT_SECRET?: string;
  CONSOLE_MICROSOFT_TENANT?: string;
  CONSOLE_OIDC_ISSUER?: string;
  CONSOLE_OIDC_CLIENT_ID?: string;
  CONSOLE_OIDC_CLIENT_SECRET?: string;
  CONSOLE_ACCESS_TEAM_DOMAIN?: string;
  CONSOLE_ACCESS_AUD?: string;
}

/** One sealing key: 256 bits of AES, and the id that is written before everything it seals. */
interface EncryptionKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** This deployment as a client of somebody who knows people. */
interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** Who may sign in to the console, and by which methods beside ADMIN_TOKEN. */
export interface SignInSettings {
  /** Verified addresses, or `@domain`, in lower case: each gets a developer account. */
  allow: string[];
  /** Addresses of those who join the administrator's account. */
  administrators: string[];
  github: ClientCredentials | null;
  google: ClientCredentials | null;
  /** `tenant` is the directory's id: the only one whose people are let in. */
  microsoft: (ClientCredentials & { tenant: string }) | null;
  /** Any issuer of OpenID Connect. */
  oidc: (ClientCredentials & { issuer: string }) | null;
  /** Cloudflare Access stands before the console. `team` is its https origin. */
  access: { team: string; audience: string } | null;
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
  signIn: SignInSettings;
}

/** The worker can't run as configured. The message names the variable and says what it should hold. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const encryptionKeys = z.pipe(
  z
    .pipe(
      z.string({ error: 'is missing. Set it to "id:base64", 32 random bytes in base64 after a short id' }),
      z.transform((list, context) =>
        list.split(',').map((entry) => {
          const match = /^([A-Za-z0-9_-]{1,16}):([A-Za-z0-9+/]{43}=)$/.exec(entry.trim());
          if (!match?.[1] || !match[2]) {
            context.issues.push({
              code: 'custom',
              input: list,
              message: 'must be a comma-separated list of "id:base64", each with 32 bytes in base64',
            });
            return z.NEVER;
          }
          return { id: match[1], bytes: Uint8Array.from(atob(match[2]), (char) => char.charCodeAt(0)) };
        }),
      ),
    )
    .check(
      z.refine(
        (keys) => new Set(keys.map((key) => key.id)).size === keys.length,
        'must not use a key id twice',
      ),
    ),
  z.transform((keys) => keys as [EncryptionKey, ...EncryptionKey[]]),
);

const publicUrl = z.pipe(
  z.string({
    error: 'is missing. Set it to the origin this worker is reached at, such as https://connect.example.com',
  }),
  z.transform((text, context) => {
    const url = URL.parse(text);
    if (
      !url ||
      !/^https?:$/.test(url.protocol) ||
      url.pathname !== '/' ||
      url.search ||
      url.hash ||
      url.username
    ) {
      context.issues.push({
        code: 'custom',
        input: text,
        message: 'must be an http or https origin without a path, such as https://connect.example.com',
      });
      return z.NEVER;
    }
    return url;
  }),
);

const adminToken = z.optional(
  z
    .string()
    .check(
      z.regex(
        /^\S{43,}$/,
        'must hold at least 256 random bits: 43 or more characters of base64url, or 64 of hex',
      ),
    ),
);

const flag = z.pipe(
  z.optional(z.enum(['', '0', '1', 'false', 'true'], { error: 'must be "true" or "false"' })),
  z.transform((value) => value === 'true' || value === '1'),
);

const hostList = z.pipe(
  z.optional(z.string()),
  z.transform((list) =>
    (list ?? '')
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
  ),
);

const optional = z.pipe(
  z.optional(z.string()),
  z.transform((text) => text?.trim() || null),
);

const addresses = (pattern: RegExp, kind: string) =>
  hostList.check(
    z.refine(
      (list) => list.every((entry) => pattern.test(entry)),
      `must be a comma-separated list of ${kind}`,
    ),
  );

const signInSchema = z.object({
  CONSOLE_ALLOW: addresses(/^[^\s@]*@[^\s@]+$/, 'addresses, or of @domain'),
  CONSOLE_ADMINISTRATORS: addresses(/^[^\s@]+@[^\s@]+$/, 'addresses'),
  CONSOLE_GITHUB_CLIENT_ID: optional,
  CONSOLE_GITHUB_CLIENT_SECRET: optional,
  CONSOLE_GOOGLE_CLIENT_ID: optional,
  CONSOLE_GOOGLE_CLIENT_SECRET: optional,
  CONSOLE_MICROSOFT_CLIENT_ID: optional,
  CONSOLE_MICROSOFT_CLIENT_SECRET: optional,
  CONSOLE_MICROSOFT_TENANT: optional.check(
    z.refine(
      (tenant) => tenant === null || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant),
      'must be the id of one directory (tenant), such as 00000000-0000-0000-0000-000000000000',
    ),
  ),
  CONSOLE_OIDC_ISSUER: optional.check(
    z.refine(
      (issuer) => issuer === null || /^https?:$/.test(URL.parse(issuer)?.protocol ?? ''),
      'must be the issuer’s URL, exactly as it calls itself',
    ),
  ),
  CONSOLE_OIDC_CLIENT_ID: optional,
  CONSOLE_OIDC_CLIENT_SECRET: optional,
  CONSOLE_ACCESS_TEAM_DOMAIN: optional.check(
    z.refine(
      (domain) => domain === null || /^[a-z0-9-]+\.cloudflareaccess\.com$/.test(domain),
      'must be the team’s domain, such as example.cloudflareaccess.com',
    ),
  ),
  CONSOLE_ACCESS_AUD: optional,
});

/** Settings that mean something only together. */
const together = [
  ['CONSOLE_GITHUB_CLIENT_ID', 'CONSOLE_GITHUB_CLIENT_SECRET'],
  ['CONSOLE_GOOGLE_CLIENT_ID', 'CONSOLE_GOOGLE_CLIENT_SECRET'],
  ['CONSOLE_MICROSOFT_CLIENT_ID', 'CONSOLE_MICROSOFT_CLIENT_SECRET', 'CONSOLE_MICROSOFT_TENANT'],
  ['CONSOLE_OIDC_ISSUER', 'CONSOLE_OIDC_CLIENT_ID', 'CONSOLE_OIDC_CLIENT_SECRET'],
  ['CONSOLE_ACCESS_TEAM_DOMAIN', 'CONSOLE_ACCESS_AUD'],
] as const;

const schema = z.object({
  ENCRYPTION_KEYS: encryptionKeys,
  PUBLIC_URL: publicUrl,
  ADMIN_TOKEN: adminToken,
  SANDBOX: flag,
  INSECURE_HOSTS: hostList,
  EXAMPLE_CLIENT_SECRET: z.optional(z.string()),
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
  const signIn = signInSchema.safeParse(bindings);
  const faults = [
    ...[parsed, signIn].flatMap((result) => result.error?.issues ?? []).map(describeIssue),
    ...halfSet(bindings),
  ];
  if (!parsed.success || !signIn.success || faults.length > 0) throw new ConfigError(faults.join('; '));
  const config: Config = {
    publicUrl: parsed.data.PUBLIC_URL,
    encryptionKeys: parsed.data.ENCRYPTION_KEYS,
    adminToken: parsed.data.ADMIN_TOKEN ?? null,
    sandbox: parsed.data.SANDBOX,
    insecureHosts: parsed.data.INSECURE_HOSTS,
    exampleClientSecret: parsed.data.EXAMPLE_CLIENT_SECRET ?? null,
    signIn: signInSettings(signIn.data),
  };
  checked.set(bindings, config);
  return config;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')} ${issue.message}`;
}

/** What is missing of settings of which others are there. */
function halfSet(bindings: Bindings): string[] {
  return together.flatMap((names) => {
    const missing = names.filter((name) => !bindings[name]?.trim());
    return missing.length === names.length
      ? []
      : missing.map((name) => `${name} is missing: set all of ${names.join(', ')}, or none`);
  });
}

function signInSettings(given: z.output<typeof signInSchema>): SignInSettings {
  const client = (clientId: string | null, clientSecret: string | null) =>
    clientId !== null && clientSecret !== null ? { clientId, clientSecret } : null;
  const microsoft = client(given.CONSOLE_MICROSOFT_CLIENT_ID, given.CONSOLE_MICROSOFT_CLIENT_SECRET);
  const oidc = client(given.CONSOLE_OIDC_CLIENT_ID, given.CONSOLE_OIDC_CLIENT_SECRET);
  const { CONSOLE_MICROSOFT_TENANT, CONSOLE_OIDC_ISSUER, CONSOLE_ACCESS_TEAM_DOMAIN, CONSOLE_ACCESS_AUD } =
    given;
  return {
    allow: given.CONSOLE_ALLOW,
    administrators: given.CONSOLE_ADMINISTRATORS,
    github: client(given.CONSOLE_GITHUB_CLIENT_ID, given.CONSOLE_GITHUB_CLIENT_SECRET),
    google: client(given.CONSOLE_GOOGLE_CLIENT_ID, given.CONSOLE_GOOGLE_CLIENT_SECRET),
    microsoft:
      microsoft && CONSOLE_MICROSOFT_TENANT
        ? { ...microsoft, tenant: CONSOLE_MICROSOFT_TENANT.toLowerCase() }
        : null,
    oidc: oidc && CONSOLE_OIDC_ISSUER ? { ...oidc, issuer: CONSOLE_OIDC_ISSUER } : null,
    access:
      CONSOLE_ACCESS_TEAM_DOMAIN && CONSOLE_ACCESS_AUD
        ? { team: `https://${CONSOLE_ACCESS_TEAM_DOMAIN}`, audience: CONSOLE_ACCESS_AUD }
        : null,
  };
}
