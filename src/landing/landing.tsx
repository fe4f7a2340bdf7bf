import { Hono } from 'hono';
import type { AppEnv } from '../context.ts';
import { Page } from '../page/page.tsx';
import { pageSecurity } from '../page/security.ts';
import { signedInUser } from './example-server.ts';
import { exampleApplicationId } from './setup.ts';

/** `/`: what this is, and where the sandbox is on, the six steps live. */
export const landingRoutes = new Hono<AppEnv>().get('/', (c) => {
  const { publicUrl, sandbox } = c.var.config;
  // The example's page is on the one origin that may start its runs.
  if (sandbox && new URL(c.req.url).host !== publicUrl.host) return c.redirect(publicUrl.href, 302);
  pageSecurity(c, { connect: true });
  return c.html(
    <Page title="Connect your users’ accounts">
      <h1>Trivet</h1>
      {sandbox ? (
        <>
          <button
            type="button"
            class="button"
            id="connect"
            data-client-id={exampleApplicationId}
            data-client-user-id={signedInUser(c)}
          >
            Connect
          </button>
          <script src="/connect.js" />
          <script src="/assets/example.js" type="module" />
        </>
      ) : null}
    </Page>,
  );
});
