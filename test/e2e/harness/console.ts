import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { createTestHarness } from 'wrangler';
import { serveOnLoopback } from './loopback.ts';

/** A deployment of its own, whose console people sign in to at `oidc-provider`. */
export interface ConsoleDeployment extends AsyncDisposable {
  origin: string;
  adminToken: string;
  /** The host of the issuer, by which the sign-in page calls it. */
  issuerHost: string;
  /** Has the issuer hand out ID tokens that are another client's, or its own again. */
  misdirect(isMisled: boolean): void;
  /** Its storage, for what a test can't wait for. */
  database: D1Database;
}

/**
 * Starts a worker with empty storage, and an issuer that nobody here wrote. Its people sign in with any name and
 * password; the address of `mallory` isn't verified, `twin` has that of `iris`, all others are `<name>@example.com`.
 */
export async function startConsoleDeployment(): Promise<ConsoleDeployment> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  const configured = { configPath: './wrangler.toml' };
  const harness = createTestHarness({ workers: [configured] });
  // The port is known only once it listens, and both PUBLIC_URL and the issuer's client contain it.
  const { url } = await harness.listen();
  const origin = `http://localhost:${url.port}`;
  const client = { id: 'console', secret: randomBytes(32).toString('base64url') };
  const adminToken = randomBytes(32).toString('base64url');
  const issuer = await startIssuer(client, `${origin}/console/sign-in/callback/oidc`);
  const stop = async () => {
    await Promise.all([harness.close(), issuer[Symbol.asyncDispose]()]);
  };
  try {
    await harness.update({
      workers: [
        {
          ...configured,
          vars: {
            PUBLIC_URL: origin,
            INSECURE_HOSTS: 'localhost,127.0.0.1',
            CONSOLE_OIDC_ISSUER: issuer.origin,
            CONSOLE_OIDC_CLIENT_ID: client.id,
            CONSOLE_ALLOW: '@example.com',
          },
          secrets: {
            ENCRYPTION_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
            ADMIN_TOKEN: adminToken,
            CONSOLE_OIDC_CLIENT_SECRET: client.secret,
          },
        },
      ],
    });
    await harness.getWorker().applyD1Migrations('DB');
  } catch (error) {
    await stop();
    throw error;
  }
  const { DB: database } = await harness.getWorker<{ DB: D1Database }>().getEnv();
  const issuerHost = new URL(issuer.origin).host;
  const { misdirect } = issuer;
  return { origin, adminToken, issuerHost, misdirect, database, [Symbol.asyncDispose]: stop };
}

async function startIssuer(client: { id: string; secret: string }, redirectUri: string) {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = await serveOnLoopback((request, response) => listener(request, response));
  const origin = server.originAs('localhost');
  const provider = new Provider(origin, {
    clients: [
      { client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri] },
      {
        client_id: 'another',
        client_secret: 'secret-of-another',
        redirect_uris: ['https://another.example/back'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub[0]?.toUpperCase()}${sub.slice(1)}`,
        email: `${sub === 'twin' ? 'iris' : sub}@example.com`,
        email_verified: sub !== 'mallory',
      }),
    }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['for tests only'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  let isMisled = false;
  provider.use(async (context, next) => {
    await next();
    const { id_token } = context.body ?? {};
    if (!isMisled || context.oidc?.route !== 'token' || id_token === undefined) return;
    const claims = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString());
    const another = await provider.Client.find('another');
    const token = new provider.IdToken({ sub: claims.sub }, { ctx: context, client: another });
    token.scope = 'openid';
    for (const [name, value] of Object.entries(claims)) {
      if (!['iss', 'aud', 'azp', 'iat', 'exp'].includes(name)) token.set(name, value);
    }
    context.body.id_token = await token.issue({ use: 'idtoken' });
  });
  listener = provider.callback();
  const misdirect = (misled: boolean) => {
    isMisled = misled;
  };
  return { origin, misdirect, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
