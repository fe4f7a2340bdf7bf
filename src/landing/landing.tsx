import { Hono } from 'hono/tiny';
import { fillBlanks } from '../built/blanks.ts';
import { readBuilt } from '../built/read.ts';
import type { AppEnv } from '../context.ts';
import { internal } from '../openapi/describe.ts';
import { pageSecurity } from '../page/security.ts';
import { signedInUser } from './example-server.ts';

/** `/`: what this is, and where the sandbox is on, the six steps live and the code behind them. */
export const landingRoutes = new Hono<AppEnv>().get('/', internal, async (c) => {
  const { publicUrl, sandbox } = c.var.config;
  // The example's page is on the one origin that may start its runs.
  if (sandbox && new URL(c.req.url).host !== publicUrl.host) return c.redirect(publicUrl.href, 302);
  const built = await readBuilt(c.env.ASSETS, sandbox ? 'landing-sandbox' : 'landing');
  pageSecurity(c, { connect: true });
  const { host, origin } = publicUrl;
  const clientUserId = sandbox ? signedInUser(c) : '';
  return c.html(fillBlanks(built, { host, origin, clientUserId }));
});
