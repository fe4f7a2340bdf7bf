import { Hono } from 'hono/tiny';
import type { AppEnv } from '../context.ts';
import { internal } from '../openapi/describe.ts';
import { pageSecurity } from '../page/security.ts';
import { fillBlanks } from './blanks.ts';
import { signedInUser } from './example-server.ts';

/** Where the build puts the page among the static assets: as it is with the sandbox, and without. */
export const landingAssets = { sandbox: '/assets/landing-sandbox.txt', plain: '/assets/landing.txt' };

/** `/`: what this is, and where the sandbox is on, the six steps live and the code behind them. */
export const landingRoutes = new Hono<AppEnv>().get('/', internal, async (c) => {
  const { publicUrl, sandbox } = c.var.config;
  // The example's page is on the one origin that may start its runs.
  if (sandbox && new URL(c.req.url).host !== publicUrl.host) return c.redirect(publicUrl.href, 302);
  const path = sandbox ? landingAssets.sandbox : landingAssets.plain;
  const built = await c.env.ASSETS.fetch(new Request(`https://assets.invalid${path}`));
  if (!built.ok) throw new Error(`${path} is missing: run npm run build`);
  pageSecurity(c, { connect: true });
  const { host, origin } = publicUrl;
  const clientUserId = sandbox ? signedInUser(c) : '';
  return c.html(fillBlanks(await built.text(), { host, origin, clientUserId }));
});
