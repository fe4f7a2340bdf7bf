import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { audit } from '../audit.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage } from '../frame/confirm.tsx';
import { Choice, Field, Form } from '../frame/form.tsx';
import { checkForm, type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { findPerson, invite, listInvitations, listPeople, removePerson, withdraw } from './people-store.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/people';
const above = [...aboveSettings, { title: 'People', href: path }];

const inviteForm = z.object({
  name: z
    .string()
    .check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(120, 'must be at most 120 characters')),
  into: z.enum(['own', 'new']),
});

/** `/console/settings/people`: who signs in to this account, and who is invited. */
export const peoplePages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const { db, session, isAdministrator, caller, now } = c.var;
    const [people, invitations] = await Promise.all([
      listPeople(db, caller.developerId),
      listInvitations(db, caller.developerId, isAdministrator, now()),
    ]);
    const action = (
      <a class="button" href={`${path}/invite`}>
        Invite somebody
      </a>
    );
    return consolePage(
      c,
      { title: 'People', section: 'settings', above: aboveSettings, action },
      <>
        {people.length === 0 ? (
          <p class="muted">
            Nobody signs in to this account by name yet, only with the administrator’s token.
          </p>
        ) : (
          <Table
            caption="People"
            columns={['Name', 'Signs in with', 'Last seen', '']}
            rows={people.map((person) => [
              <>
                {person.name}
                <span class="muted">{person.email ?? 'No verified address'}</span>
              </>,
              new URL(person.issuer).host,
              <Time at={person.lastSeenAt} now={now()} />,
              person.id === session.person?.id ? (
                <span class="pill">You</span>
              ) : (
                <a class="button quiet small" href={`${path}/${person.id}/remove`}>
                  Remove
                </a>
              ),
            ])}
          />
        )}
        {invitations.length > 0 ? (
          <section>
            <h2>Invitations</h2>
            <Table
              caption="Invitations"
              columns={['Name', 'Leads into', 'Invited by', 'Good for', '']}
              rows={invitations.map((invitation) => [
                invitation.name,
                invitation.developerId === null ? 'A developer account of their own' : 'This account',
                invitation.invitedBy,
                <Time at={invitation.expiresAt} now={now()} />,
                <form method="post" action={`${path}/invitations/${invitation.id}/withdraw`}>
                  <button type="submit" class="button quiet small">
                    Withdraw
                  </button>
                </form>,
              ])}
            />
          </section>
        ) : null}
      </>,
    );
  })
  .get(`${path}/invite`, (c) => invitePage(c))
  .post(`${path}/invite`, async (c) => {
    const { db, caller, session, isAdministrator, config, now } = c.var;
    const fields = await readForm(c);
    const body = { name: fields.name, into: isAdministrator ? fields.into : 'own' };
    const checked = checkForm(inviteForm, body, fields, { name: 'The name', into: 'The account' });
    if (!checked.ok) return invitePage(c, checked.form);
    const { id, secret } = await invite(db, {
      developerId: checked.value.into === 'own' ? caller.developerId : null,
      name: checked.value.name,
      invitedBy: session.person?.name ?? 'The administrator',
      now: now(),
    });
    await audit(c, 'createInvitation', 'invitation', id);
    const link = new URL('/console/invitation', config.publicUrl);
    link.hash = secret;
    return consolePage(
      c,
      { title: 'Invitation', section: 'settings', above },
      <>
        <p>
          Give this link to <strong>{checked.value.name}</strong>. Whoever opens it first can accept it, so
          send it over a channel you trust. It is good once, for seven days.
        </p>
        <SecretOnce id="invitation" label="link" text={link.href} />
      </>,
    );
  })
  .post(`${path}/invitations/:id/withdraw`, async (c) => {
    const { db, caller, isAdministrator } = c.var;
    const id = c.req.param('id');
    if (!(await withdraw(db, caller.developerId, isAdministrator, id))) throw notFound('invitation');
    await audit(c, 'deleteInvitation', 'invitation', id);
    return goTo(c, path, 'The invitation is withdrawn.');
  })
  .get(`${path}/:id/remove`, async (c) => {
    const person = await ownPerson(c);
    return confirmPage(c, {
      title: `Remove ${person.name}`,
      section: 'settings',
      lost: (
        <p>
          <strong>{person.name}</strong> is signed out everywhere and can’t come back without an invitation,
          or an address that is on this deployment’s lists. Applications, data sources and Connections stay.
        </p>
      ),
      action: `${path}/${person.id}/remove`,
      submit: 'Remove',
      cancel: path,
    });
  })
  .post(`${path}/:id/remove`, async (c) => {
    const person = await ownPerson(c);
    await removePerson(c.var.db, person);
    await audit(c, 'deletePerson', 'person', person.id);
    return goTo(c, path, `${person.name} is removed.`);
  });

/** The person of `:id`, of the same account and not oneself. */
async function ownPerson(c: Context<ConsoleEnv, '/:id'>) {
  const { db, caller, session } = c.var;
  const person = await findPerson(db, caller.developerId, normalizeId(c.req.param('id')) ?? '');
  if (!person || person.id === session.person?.id) throw notFound('person');
  return person;
}

function invitePage(c: Context<ConsoleEnv>, form?: FormState) {
  const state = form ? { form } : {};
  return consolePage(
    c,
    { title: 'Invite somebody', section: 'settings', above, status: form ? 400 : 200 },
    <Form action={`${path}/invite`} submit="Make the link" cancel={path} {...state}>
      {c.var.isAdministrator ? (
        <Choice
          name="into"
          label="Account"
          explanation="A developer has applications, data sources and keys of their own. An administrator shares all of yours."
          options={[
            { value: 'new', text: 'A developer account of their own' },
            { value: 'own', text: 'The administrator’s account' },
          ]}
          {...state}
        />
      ) : null}
      <Field
        name="name"
        label="Name"
        explanation="What you call them, to find the invitation again. A developer account of their own is called that, too."
        {...state}
      />
    </Form>,
  );
}
