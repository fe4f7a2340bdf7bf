/** A data source this worker serves itself. Its URLs are paths: whoever reads them resolves them against PUBLIC_URL. */
interface Shared {
  id: string;
  slug: string;
  name: string;
  api_host_url: string;
  metadata_url: string;
  uniqueness: string;
  default_name: string;
}

interface OAuthSource extends Shared {
  type: 'oauth2' | 'oauth1';
  auth_host_url: string;
  auth_url: string;
  full_auth_url: string;
  request_token_url?: string;
  access_token_url: string;
  revocation_url?: string;
  signature_method?: 'HMAC-SHA1';
  scopes: string[];
  clientId: string;
  clientSecret: string;
}

/** One whose users type a credential: those that open it are in `credentials.ts`. */
interface CredentialSource extends Shared {
  type: 'api_key' | 'basic';
  key_name?: string;
  key_label?: string;
  key_help_url: string;
}

// The client secrets are public by design: they open made-up data alone, and the authorize pages send codes
// to this deployment's own callback and nowhere else.

/** A step counter that speaks OAuth 2. */
export const pacer = {
  id: '5c1ebbbcb13b47508fb1f37504e8982c',
  slug: 'sandbox-pacer',
  name: 'Pacer (sandbox)',
  type: 'oauth2',
  api_host_url: '/sandbox/api',
  auth_host_url: '/sandbox',
  auth_url: '/sandbox/oauth2/authorize',
  full_auth_url: '/sandbox/oauth2/authorize',
  access_token_url: '/sandbox/oauth2/token',
  revocation_url: '/sandbox/oauth2/revoke',
  metadata_url: '/sandbox/api/me',
  uniqueness: 'id',
  default_name: 'name',
  scopes: ['profile', 'steps', 'heart-rate'],
  clientId: 'pacer-sandbox-client',
  clientSecret: 'pacer-sandbox-secret-that-anyone-may-know',
} satisfies OAuthSource;

/** A photo album that speaks OAuth 1.0a, which names no scopes. */
export const darkroom = {
  id: '0de49235616d410e8eddbf9c8eb0eb51',
  slug: 'sandbox-darkroom',
  name: 'Darkroom (sandbox)',
  type: 'oauth1',
  api_host_url: '/sandbox/api',
  auth_host_url: '/sandbox',
  auth_url: '/sandbox/oauth1/authorize',
  full_auth_url: '/sandbox/oauth1/authorize',
  request_token_url: '/sandbox/oauth1/request_token',
  access_token_url: '/sandbox/oauth1/access_token',
  metadata_url: '/sandbox/api/me',
  uniqueness: 'id',
  default_name: 'name',
  signature_method: 'HMAC-SHA1',
  scopes: [],
  clientId: 'darkroom-sandbox-client',
  clientSecret: 'darkroom-sandbox-secret-that-anyone-may-know',
} satisfies OAuthSource;

/** A treadmill whose users type a key. */
export const treadmill = {
  id: 'c7d0b0a57e0f4c8f9b6d8a4a1f5e2c93',
  slug: 'sandbox-treadmill',
  name: 'Treadmill (sandbox)',
  type: 'api_key',
  api_host_url: '/sandbox/api',
  metadata_url: '/sandbox/api/me',
  uniqueness: 'id',
  default_name: 'name',
  key_name: 'X-Treadmill-Key',
  key_label: 'Treadmill key',
  key_help_url: '/sandbox/keys',
} satisfies CredentialSource;

/** A scrapbook whose users type a user name and a password. */
const scrapbook = {
  id: '4f1d3be29c684ab6a0d97b85c2e6f014',
  slug: 'sandbox-scrapbook',
  name: 'Scrapbook (sandbox)',
  type: 'basic',
  api_host_url: '/sandbox/api',
  metadata_url: '/sandbox/api/me',
  uniqueness: 'id',
  default_name: 'name',
  key_help_url: '/sandbox/keys',
} satisfies CredentialSource;

/** What the sandbox offers, to be seeded as the platform's own data sources where the sandbox is on. */
export const sandboxSources: readonly (OAuthSource | CredentialSource)[] = [
  pacer,
  darkroom,
  treadmill,
  scrapbook,
];
