import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { invitations, people } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../events/audit-entry.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { answerPage, pageQuery, parseCursor } from '../paging.ts';
import { givenName, invalidBody, jsonBody, normalizeId, query } from '../validation.ts';
import { type Caller, type CallerEnv, platformId, requireUnrestricted } from './api-key.ts';
import { invite, listInvitations, listPeople, removePerson, withdraw } from './people.ts';

const personSchema = z
  .object({
    id: shownId,
    name: z.string(),
    email: z
      .nullable(z.string())
      .register(z.globalRegistry, apiDocs({ description: 'As the issuer verified it.' })),
    issuer: z.string().register(z.globalRegistry, apiDocs({ description: 'Where they sign in.' })),
    created: shownDate,
    last_seen: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'Person' }));

const invitationSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    new_developer: z
      .boolean()
      .register(
        z.globalRegistry,
        apiDocs({ description: 'It leads into a developer account of their own.' }),
      ),
    invited_by: z.string(),
    created: shownDate,
    expires: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'Invitation' }));

const newInvitationSchema = z
  .extend(invitationSchema, { url: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewInvitation' }));

const invitationBody = z.strictObject({
  name: givenName,
  new_developer: z._default(z.boolean(), false),
});

/** `/people`: who signs in to the console for an account. `/invitations`: who may. */
export const peopleRoutes = new Hono<CallerEnv>()
  .get(
    '/people',
    describe({
      id: 'listPeople',
      tag: 'Keys and developers',
      ...apiDocs({ summary: 'List who signs in to the console' }),
      answers: { 200: z.array(personSchema) },
    }),
    requireUnrestricted,
    query(pageQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const { db, caller } = c.var;
      const rows = await listPeople(db, caller.developerId, parseCursor(cursor), limit + 1);
      return answerPage(c, rows, limit, presentPerson);
    },
  )
  .delete(
    '/people/:id',
    describe({
      id: 'deletePerson',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'Remove a person from the account',
        description: 'They are signed out everywhere. What they made stays.',
      }),
      answers: { 204: null },
    }),
    requireUnrestricted,
    async (c) => {
      const id = normalizeId(c.req.param('id')) ?? '';
      if (!(await removePerson(c.var.db, c.var.caller.developerId, id))) throw notFound('person');
      return c.body(null, 204);
    },
  )
  .get(
    '/invitations',
    describe({
      id: 'listInvitations',
      tag: 'Keys and developers',
      ...apiDocs({ summary: 'List invitations that are still good' }),
      answers: { 200: z.array(invitationSchema) },
    }),
    requireUnrestricted,
    query(pageQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const { db, caller, now } = c.var;
      const rows = await listInvitations(db, caller.developerId, now(), parseCursor(cursor), limit + 1);
      return answerPage(c, rows, limit, presentInvitation);
    },
  )
  .post(
    '/invitations',
    describe({
      id: 'createInvitation',
      tag: 'Keys and developers',
      ...apiDocs({
        summary: 'Invite a person',
        description:
          'The answer holds a link, this once: good for seven days, and for whoever accepts it first. It leads into this account; with `new_developer`, the administrator’s leads into a new one.',
      }),
      answers: { 201: newInvitationSchema },
    }),
    requireUnrestricted,
    jsonBody(invitationBody),
    async (c) => {
      const { db, config, caller, actor, now } = c.var;
      const { name, new_developer } = c.req.valid('json');
      if (new_developer && caller.developerId !== platformId) {
        throw invalidBody([{ path: 'new_developer', message: 'is the administrator’s to offer' }]);
      }
      const { row, secret } = await invite(db, {
        developerId: new_developer ? null : caller.developerId,
        name,
        invitedBy: inviter(caller, actor),
        now: now(),
      });
      const url = new URL('/console/invitation', config.publicUrl);
      // In no log, and in no Referer.
      url.hash = secret;
      return answer(c, 201, { ...presentInvitation(row), url: url.href });
    },
  )
  .delete(
    '/invitations/:id',
    describe({
      id: 'deleteInvitation',
      tag: 'Keys and developers',
      ...apiDocs({ summary: 'Withdraw an invitation' }),
      answers: { 204: null },
    }),
    requireUnrestricted,
    async (c) => {
      if (!(await withdraw(c.var.db, c.var.caller.developerId, c.req.param('id'))))
        throw notFound('invitation');
      return c.body(null, 204);
    },
  );

/** Who invites, as the invited person is told. */
function inviter({ developerId }: Caller, { id, name }: Actor): string {
  if (id.startsWith('person:')) return name;
  return developerId === platformId ? 'The administrator' : 'A colleague';
}

function presentPerson(person: typeof people.$inferSelect) {
  const { id, name, email, issuer, createdAt, lastSeenAt } = person;
  return { id, name, email, issuer, created: iso(createdAt), last_seen: iso(lastSeenAt) };
}

function presentInvitation(invitation: typeof invitations.$inferSelect) {
  const { id, name, developerId, invitedBy, createdAt, expiresAt } = invitation;
  return {
    id,
    name,
    new_developer: developerId === null,
    invited_by: invitedBy,
    created: iso(createdAt),
    expires: iso(expiresAt),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
