import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// What the public sources say of a provider, each in the same words.

/** One source's word on one provider. Absent: it says nothing of it. */
export interface Facts {
  type?: 'oauth1' | 'oauth2' | undefined;
  full_auth_url?: string | undefined;
  request_token_url?: string | undefined;
  access_token_url?: string | undefined;
  metadata_url?: string | undefined;
  refresh_url?: string | undefined;
  revocation_url?: string | undefined;
  scope_separator?: string | undefined;
  pkce?: 'S256' | 'plain' | undefined;
  token_auth_method?: 'client_secret_basic' | 'client_secret_post' | undefined;
}

/** Facts by the provider's key in that source. */
export type FactsOf = Record<string, Facts>;

interface GrantProvider {
  oauth: 1 | 2;
  request_url?: string;
  authorize_url: string;
  access_url: string;
  scope_delimiter?: string;
}

/**
 * Reads the package `grant`: `config/oauth.json` and `config/profile.json`.
 *
 * @param folder of the unpacked package
 */
export function readGrant(folder: string): FactsOf {
  const providers = readJson<Record<string, GrantProvider>>(join(folder, 'config/oauth.json'));
  const profiles = readJson<Record<string, { profile_url?: string }>>(join(folder, 'config/profile.json'));
  return mapValues(providers, (provider, key) => {
    const profile = profiles[key]?.profile_url;
    return {
      type: provider.oauth === 1 ? 'oauth1' : 'oauth2',
      full_auth_url: withValues(provider.authorize_url),
      request_token_url: provider.request_url && withValues(provider.request_url),
      access_token_url: withValues(provider.access_url),
      metadata_url: profile ? withValues(profile) : undefined,
      // Grant joins by a comma where nothing else is said.
      scope_separator: provider.scope_delimiter ?? ',',
    };
  });
}

/** Grant's `[subdomain]`, at the start of a host or for the whole of it. */
function withValues(url: string): string {
  return url
    .replace(/^https?:\/\/\[subdomain\]\//, 'https://{host}/')
    .replace('[subdomain]', '{subdomain}')
    .replace(/^http:/, 'https:');
}

/**
 * Reads the package `arctic`: the constants of each provider's class and what the class sends.
 *
 * @param folder of the unpacked package
 */
export function readArctic(folder: string): FactsOf {
  const directory = join(folder, 'dist/providers');
  const files = readdirSync(directory).filter((name) => name.endsWith('.js') && name !== 'index.js');
  return Object.fromEntries(
    files.map((name) => {
      const code = readFileSync(join(directory, name), 'utf8');
      const constant = (pattern: string) => new RegExp(`${pattern} = "(https://[^"]+)"`, 'i').exec(code)?.[1];
      const basic = /new OAuth2Client\(|Basic \$\{/.test(code);
      const pkce = /CodeChallengeMethod\.Plain/.test(code) ? 'plain' : 'S256';
      const facts: Facts = {
        type: 'oauth2',
        full_auth_url: constant('authorizationEndpoint'),
        access_token_url: constant('tokenEndpoint'),
        refresh_url: constant('refreshEndpoint'),
        revocation_url: constant('tokenRevocationEndpoint'),
        scope_separator: /scopes\.join\(","\)/.test(code) ? ',' : ' ',
        pkce: /codeVerifier/.test(code) ? pkce : undefined,
        token_auth_method: basic ? 'client_secret_basic' : 'client_secret_post',
      };
      return [name.replace(/\.js$/, ''), facts];
    }),
  );
}

interface OauthdEndpoint {
  url?: string;
  query?: Record<string, string>;
}

interface OauthdFlow {
  authorize?: string | OauthdEndpoint;
  access_token?: string | OauthdEndpoint;
  refresh?: string | OauthdEndpoint;
  revoke?: string | OauthdEndpoint;
}

/**
 * Reads oauthd's `providers/<name>/conf.json`: OAuth 2.0's refresh and revocation endpoints.
 *
 * @param folder of the checked-out repository
 */
export function readOauthd(folder: string): FactsOf {
  const directory = join(folder, 'providers');
  const found: FactsOf = {};
  for (const name of readdirSync(directory)) {
    let conf: { url?: string; oauth2?: OauthdFlow };
    try {
      conf = readJson(join(directory, name, 'conf.json'));
    } catch {
      continue;
    }
    if (!conf.oauth2) continue;
    const base = conf.url ?? '';
    const { access_token: token, refresh, revoke } = conf.oauth2;
    const refreshUrl = resolve(base, refresh);
    // Only what RFC 7009 knows: a POST with the token.
    const revokes = typeof revoke === 'object' && revoke.query && 'token' in revoke.query;
    found[name] = {
      refresh_url: refreshUrl === resolve(base, token) ? undefined : refreshUrl,
      revocation_url: revokes ? resolve(base, revoke) : undefined,
    };
  }
  return found;
}

function resolve(base: string, endpoint: string | OauthdEndpoint | undefined): string | undefined {
  const url = typeof endpoint === 'string' ? endpoint : endpoint?.url;
  if (!url) return undefined;
  const whole = /^https?:/.test(url) ? url : `${base.replace(/\/$/, '')}/${url.replace(/^\//, '')}`;
  return /[{}]/.test(whole) || !whole.startsWith('https:') ? undefined : whole;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function mapValues<T>(record: Record<string, T>, map: (value: T, key: string) => Facts): FactsOf {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
