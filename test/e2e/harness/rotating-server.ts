import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { serveOnLoopback } from './loopback.ts';

export interface RotatingServer extends AsyncDisposable {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** How its token endpoint answered each refresh, in order: `ok`, or the error. */
  refreshes: string[];
  /** Grants that it has ended, since a spent refresh token came again. */
  revoked: number;
  /** A refresh token as a user's consent gives it. */
  consent(accountId: string): Promise<string>;
}

/** What of `oidc-provider` makes tokens without a browser, and says what happens. */
interface Minting {
  Client: { find(id: string): Promise<unknown> };
  Grant: new (fields: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
  RefreshToken: new (fields: object) => { save(): Promise<string> };
  on(
    event: string,
    listener: (context: { oidc: { params?: { grant_type?: string } } }, error?: Error) => void,
  ): void;
}

/**
 * Starts `oidc-provider`, an authorization server that nobody here wrote, such that each refresh token is good for one
 * refresh, and one that comes again ends the grant.
 */
export async function startRotatingServer(): Promise<RotatingServer> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = await serveOnLoopback((request, response) => listener(request, response));
  const issuer = server.originAs('localhost');
  const [clientId, clientSecret] = ['rotating', 'a secret of the rotating server'];
  const scope = 'openid offline_access profile';
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: ['http://localhost/back'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    rotateRefreshToken: () => true,
    scopes: scope.split(' '),
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, name: sub }) }),
    cookies: { keys: ['for tests only'] },
    ttl: { Session: 600, Grant: 600, AccessToken: 600, RefreshToken: 600, IdToken: 600 },
  });
  listener = provider.callback();
  const minting = provider as unknown as Minting;
  const started: RotatingServer = {
    issuer,
    clientId,
    clientSecret,
    refreshes: [],
    revoked: 0,
    async consent(accountId) {
      const grant = new minting.Grant({ accountId, clientId });
      grant.addOIDCScope(scope);
      const token = new minting.RefreshToken({
        accountId,
        client: await minting.Client.find(clientId),
        grantId: await grant.save(),
        gty: 'authorization_code',
        scope,
      });
      return token.save();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  minting.on('grant.success', ({ oidc }) => {
    if (oidc.params?.grant_type === 'refresh_token') started.refreshes.push('ok');
  });
  minting.on('grant.error', ({ oidc }, error) => {
    if (oidc.params?.grant_type === 'refresh_token') started.refreshes.push(error?.message ?? 'error');
  });
  minting.on('grant.revoked', () => {
    started.revoked += 1;
  });
  return started;
}
