import { type Context, Hono } from 'hono';
import type { AppEnv } from '../context.ts';
import { internal } from '../openapi/describe.ts';
import { Page } from '../page/page.tsx';
import { pageSecurity } from '../page/security.ts';
import { Demonstration } from './demonstration.tsx';
import { signedInUser } from './example-server.ts';
import { Begin, Integration, NextSteps } from './guide.tsx';
import { Introduction, Masthead } from './introduction.tsx';
import { exampleApplicationId } from './setup.ts';

/** `/`: what this is, and where the sandbox is on, the six steps live and the code behind them. */
export const landingRoutes = new Hono<AppEnv>().get('/', internal, async (c) => {
  const { publicUrl, sandbox } = c.var.config;
  // The example's page is on the one origin that may start its runs.
  if (sandbox && new URL(c.req.url).host !== publicUrl.host) return c.redirect(publicUrl.href, 302);
  pageSecurity(c, { connect: true });
  const listings = sandbox ? await readListings(c) : null;
  return c.html(
    <Page title="Connect your users’ accounts" stylesheet="/assets/landing.css">
      <Masthead publicUrl={publicUrl} sandbox={sandbox} />
      <main>
        <Introduction sandbox={sandbox} />
        {listings ? (
          <>
            <Demonstration clientId={exampleApplicationId} clientUserId={signedInUser(c)} />
            <Integration {...listings} />
            <NextSteps publicUrl={publicUrl} />
          </>
        ) : (
          <Begin publicUrl={publicUrl} />
        )}
      </main>
      <script src="/assets/landing.js" type="module" />
      {listings ? <script src="/assets/example-client.js" type="module" /> : null}
    </Page>,
  );
});

/** The example's two halves as text: the client's is the very file the page runs, the server's the module we run. */
async function readListings(c: Context<AppEnv>): Promise<{ client: string; server: string }> {
  const { publicUrl } = c.var.config;
  const [client, server] = await Promise.all(
    ['/assets/example-client.js', '/assets/example-server.txt'].map(async (path) => {
      const response = await c.env.ASSETS.fetch(new URL(path, publicUrl));
      if (!response.ok) throw new Error(`${path} is missing: run npm run build`);
      return response.text();
    }),
  );
  // A copy of it runs on another origin.
  const loader = new URL('/connect.mjs', publicUrl).href;
  return { client: (client ?? '').replace("'/connect.mjs'", `'${loader}'`), server: server ?? '' };
}
