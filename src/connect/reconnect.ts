import { and, eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { requireKey } from '../access/api-key.ts';
import { connectionHolder } from '../calls/held.ts';
import { redirectUrlFault } from '../connections/connection.ts';
import { type ConnectionEnv, ownConnection } from '../connections/routes.ts';
import { applications, authorizations } from '../db/schema.ts';
import { Failure } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate } from '../openapi/fields.ts';
import { oauthOfferOf } from '../sources/offer.ts';
import { findVisibleSource } from '../sources/store.ts';
import { invalidBody, jsonBody } from '../validation.ts';
import { newLink } from './link.ts';
import { openRun } from './session.ts';

const reconnectBody = z.strictObject({ redirect_url: z.optional(z.string().check(z.maxLength(2048))) });

const linkUrl = z
  .string()
  .register(z.globalRegistry, apiDocs({ format: 'uri', description: 'Where to send the user.' }));

const reconnectSchema = z
  .object({ redirect_url: linkUrl, redirectUrl: linkUrl, expires_at: shownDate })
  .register(z.globalRegistry, apiDocs({ id: 'ReconnectLink' }));

/** `POST /connections/:id/reconnect`: a link by which its user consents again, on the same Connection. */
export const reconnectRoutes = new Hono<ConnectionEnv>().post(
  '/connections/:id/reconnect',
  describe({
    id: 'reconnectConnection',
    tag: 'Connections',
    ...apiDocs({
      summary: 'Make a link by which a Connection’s user consents again',
      description:
        'A Connection that came through an application is renewed in a hosted popup: its user ends up at one of the application’s return URLs (`redirect_url`, else the first), with a specialToken for its server, within 30 minutes. Any other ends up at `redirect_url`, else its own, else the map’s, with a `connection_code`.',
      errors: { 409: ['conflict'] },
    }),
    answers: { 201: reconnectSchema },
  }),
  requireKey('connections:write'),
  ownConnection,
  jsonBody(reconnectBody),
  async (c) => {
    const { db, caller, config, connection } = c.var;
    const body = c.req.valid('json');
    c.header('Cache-Control', 'no-store');
    if (connection.applicationId !== null && connection.clientUserId !== null) {
      if (!connection.vouched) {
        throw new Failure('conflict', 'Nobody vouched for this Connection’s user, so it can’t be renewed.');
      }
      const [application] = await db
        .select()
        .from(applications)
        .where(
          and(
            eq(applications.id, connection.applicationId),
            eq(applications.developerId, caller.developerId),
          ),
        );
      const returnUrl = body.redirect_url ?? application?.returnUrls[0];
      if (!application || returnUrl === undefined || !application.returnUrls.includes(returnUrl)) {
        const message = 'must be one of the application’s registered return URLs';
        throw invalidBody([{ path: 'redirect_url', message }]);
      }
      const { connectUrl, expiresAt } = await openRun(c.var, {
        applicationId: application.id,
        clientUserId: connection.clientUserId,
        serverMinted: true,
        delivery: 'hosted',
        origin: null,
        challenge: null,
        returnUrl,
        sourceIds: [connection.sourceId],
        connectionId: connection.id,
        locale: null,
      });
      return answer(c, 201, { redirect_url: connectUrl, redirectUrl: connectUrl, expires_at: expiresAt });
    }
    const source = await findVisibleSource(db, caller.developerId, connection.sourceId);
    const holder = connectionHolder(caller.developerId, null);
    const offer = source ? oauthOfferOf({ source, choice: null }, holder, config) : null;
    if (!source || !offer) {
      throw new Failure('conflict', 'There is no data source any more at which its user could consent.');
    }
    const redirectUrl = body.redirect_url ?? connection.redirectUrl ?? source.redirectUrl;
    const fault =
      redirectUrl === null
        ? 'is required, since neither the Connection nor the map has one'
        : redirectUrlFault(redirectUrl, config);
    if (redirectUrl === null || fault) {
      throw invalidBody([{ path: 'redirect_url', message: fault ?? '' }]);
    }
    const link = await newLink(c.var, {
      connectionId: connection.id,
      redirectUrl,
      // Somebody else's credentials go no further than the administrator lets them now.
      scopes: offer.lent
        ? connection.scopesRequested.filter((scope) => offer.source.definition.scopes.includes(scope))
        : connection.scopesRequested,
      confirm: false,
    });
    await db.insert(authorizations).values(link.row);
    const expires_at = new Date(link.row.expiresAt).toISOString();
    return answer(c, 201, { redirect_url: link.url, redirectUrl: link.url, expires_at });
  },
);
