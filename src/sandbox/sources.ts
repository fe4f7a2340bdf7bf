/** A data source this worker serves itself. Its URLs are paths: whoever reads them resolves them against PUBLIC_URL. */
interface SandboxSource {
  id: string;
  slug: string;
  name: string;
  type: 'oauth2' | 'oauth1';
  api_host_url: string;
  auth_host_url: string;
  auth_url: string;
  full_auth_url: string;
  request_token_url?: string;
  access_token_url: string;
  revocation_url?: string;
  metadata_url: string;
  uniqueness: string;
  default_name: string;
  signature_method?: 'HMAC-SHA1';
  scopes: string[];
  clientId: string;
  clientSecret: string;
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
} satisfies SandboxSource;

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
} satisfies SandboxSource;

/** What the sandbox offers, to be seeded as the platform's own data sources where the sandbox is on. */
export const sandboxSources: readonly SandboxSource[] = [pacer, darkroom];
