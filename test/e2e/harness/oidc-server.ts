import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { serveOnLoopback } from './loopback.ts';

export interface OidcServer extends AsyncDisposable {
  issuer: string;
  /** Registers a confidential client (RFC 7591). */
  register(redirectUri: string): Promise<{ client_id: string; client_secret: string }>;
}

/**
 * Starts `oidc-provider`, an authorization server that nobody here wrote: PKCE required, discovery, userinfo, rotation
 * of refresh tokens, dynamic registration. People sign in and consent on its own pages, with any name and password.
 */
export async function startOidcServer(): Promise<OidcServer> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = await serveOnLoopback((request, response) => listener(request, response));
  const issuer = server.originAs('localhost');
  const provider = new Provider(issuer, {
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'profile'],
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, name: `${sub} of the other provider` }),
    }),
    features: {
      registration: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
    },
    cookies: { keys: ['for tests only'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, RefreshToken: 600, IdToken: 600 },
  });
  listener = provider.callback();
  return {
    issuer,
    async register(redirectUri) {
      const response = await fetch(`${issuer}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'client_secret_basic',
        }),
      });
      if (!response.ok) throw new Error(`Registration failed: ${await response.text()}`);
      const registered = (await response.json()) as { client_id: string; client_secret: string };
      return { client_id: registered.client_id, client_secret: registered.client_secret };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
