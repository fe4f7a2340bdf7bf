import { bodyLimit } from 'hono/body-limit';
import { Hono } from 'hono/tiny';
import { openDb } from '../db/client.ts';
import { readConfig } from '../env.ts';
import { sandboxApi } from './api.ts';
import { decide } from './consent/decide.ts';
import { showKeys } from './keys-page.tsx';
import { answerAccessToken } from './oauth1/access-token.ts';
import { authorizeOAuth1 } from './oauth1/authorize.ts';
import { answerRequestToken } from './oauth1/request-token.ts';
import { authorizeOAuth2 } from './oauth2/authorize.ts';
import { answerRevocation } from './oauth2/revoke.ts';
import { answerToken } from './oauth2/token.ts';
import type { SandboxEnv } from './provider.ts';

const maxBodyBytes = 1_048_576;

/**
 * The built-in provider: OAuth 2, OAuth 1.0a and an API with made-up data, to be mounted at `/sandbox`. It stands
 * in for somebody else's service, so it shares no protocol code with the engine that talks to it.
 *
 * @param now milliseconds since the epoch
 * @param pause waits for so many milliseconds: what a slow provider does
 */
export function sandboxApp(now: () => number = Date.now, pause = waitFor): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>();
  app.use(async (c, next) => {
    const { publicUrl, encryptionKeys } = readConfig(c.env);
    c.set('sandbox', { db: openDb(c.env.DB), now, pause, publicUrl, encryptionKeys });
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (c) =>
        c.json({ error: 'payload_too_large', error_description: 'The sandbox reads at most 1 MiB.' }, 413),
    }),
  );
  app.get('/oauth2/authorize', authorizeOAuth2);
  app.post('/oauth2/authorize', decide);
  app.post('/oauth2/token', answerToken);
  app.post('/oauth2/revoke', answerRevocation);
  app.post('/oauth1/request_token', answerRequestToken);
  app.get('/oauth1/authorize', authorizeOAuth1);
  app.post('/oauth1/authorize', decide);
  app.post('/oauth1/access_token', answerAccessToken);
  app.get('/keys', showKeys);
  app.route('/api', sandboxApi());
  return app;
}

function waitFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
