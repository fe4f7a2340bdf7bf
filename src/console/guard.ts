import type { MiddlewareHandler } from 'hono';
import { platformId } from '../access/api-key.ts';
import { currentSession } from '../access/console-session.ts';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { actorOf } from '../events/audit-entry.ts';
import type { ConsoleEnv } from './env.ts';
import { rememberPlace } from './sign-in/place.ts';

const formType = 'application/x-www-form-urlencoded';

/**
 * Lets what changes something pass only as a form of our own pages: another site's page can't forge `Origin`, nor
 * `Sec-Fetch-Site`.
 */
export const requireOwnForm: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    const origin = c.req.header('Origin');
    const own =
      origin === undefined
        ? c.req.header('Sec-Fetch-Site') === 'same-origin'
        : origin === c.var.config.publicUrl.origin;
    if (!own) throw new Failure('origin_not_allowed', 'This form was not sent from the console’s own pages.');
    const type = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
    if (type !== formType) throw new Failure('unsupported_media_type', `Send forms as ${formType}.`);
  }
  await next();
};

/** Lets people pass who are signed in, and sends others to the sign-in page. */
export const requireSession: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const session = await currentSession(c);
  if (!session) {
    rememberPlace(c);
    return c.redirect('/console/sign-in', 303);
  }
  c.set('session', session);
  c.set('caller', { developerId: session.developerId, scopes: null });
  c.set('actor', actorOf(session.person));
  c.set('isAdministrator', session.developerId === platformId);
  return next();
};

/** Lets administrators pass, behind `requireSession`. */
export const requireAdministrator: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (!c.var.isAdministrator) throw new Failure('access_denied', 'Only the administrator can do this.');
  await next();
};
