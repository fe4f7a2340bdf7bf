import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe, internal } from '../openapi/describe.ts';
import { startAuthorization } from './authorize.ts';
import { assembleLink, type LoadedLink, linkId, selectLink } from './link.ts';
import { lentCredentialsPage, linkProblemPage } from './pages.tsx';

/**
 * `GET·POST /authorize/:ticket`: the user follows the link that the developer's server got. It sets this browser's
 * cookie and goes on to the provider; where a developer borrows the platform's credentials, a page names
 * the developer first.
 */
export const linkRoutes = new Hono<AppEnv>()
  .get(
    '/authorize/:ticket',
    describe({
      id: 'openLink',
      tag: 'Connections',
      ...apiDocs({
        summary: 'Follow a Connection’s link',
        description: 'For the user’s browser: the `redirectUrl` of a new Connection leads here.',
        security: ['none'],
        params: { ticket: 'What stands for the link.' },
      }),
      answers: {
        200: { type: 'text/html', description: 'A page that names the developer first.' },
        302: { type: 'text/html', description: 'On to the provider.' },
        404: { type: 'text/html', description: 'A link that was used before, or is older than a day.' },
        502: { type: 'text/html', description: 'The provider can’t be reached.' },
      },
    }),
    async (c) => {
      const link = await loadLink(c);
      if (!link?.offer) return linkProblemPage(c, 'spent');
      if (link.offer.lent)
        return lentCredentialsPage(c, link.developerName, link.offer.source.definition.name);
      return goOn(c, link, link.offer);
    },
  )
  .post('/authorize/:ticket', internal, async (c) => {
    if (c.req.header('Origin') !== c.var.config.publicUrl.origin) {
      throw new Failure('access_denied', 'Open this link from the page that showed it.');
    }
    const link = await loadLink(c);
    return link?.offer ? goOn(c, link, link.offer) : linkProblemPage(c, 'spent');
  });

async function loadLink(c: Context<AppEnv>): Promise<LoadedLink | null> {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  const { db, config, now } = c.var;
  const id = await linkId(c.req.param('ticket') ?? '');
  return assembleLink(await db.batch(selectLink(db, id, now())), config);
}

async function goOn(
  c: Context<AppEnv>,
  { authorization, connection }: LoadedLink,
  offer: NonNullable<LoadedLink['offer']>,
) {
  try {
    const subject = { kind: 'link', authorizationId: authorization.id } as const;
    const redirectUrl = await startAuthorization(
      c,
      offer,
      subject,
      authorization.scopes,
      connection.hostValues,
    );
    return c.redirect(redirectUrl.href, 302);
  } catch (error) {
    if (!(error instanceof Failure) || error.status < 500) throw error;
    c.set('failure', error);
    return linkProblemPage(c, 'unreachable', offer.source.definition.name);
  }
}
