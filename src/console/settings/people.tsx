import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage } from '../frame/confirm.tsx';
import { Choice, Field, Form } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/people';
const above = [...aboveSettings, { title: 'People', href: path }];

interface Person {
  id: string;
  name: string;
  email: string | null;
  issuer: string;
  last_seen: string;
}

interface Invitation {
  id: string;
  name: string;
  new_developer: boolean;
  invited_by: string;
  expires: string;
}

/** `/console/settings/people`: who signs in to this account, and who is invited. */
export const peoplePages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const { session, now } = c.var;
    const [people, invitations] = await Promise.all([
      requireApi<Person[]>(c, 'GET', '/people?limit=1000'),
      requireApi<Invitation[]>(c, 'GET', '/invitations?limit=1000'),
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
              <Time at={Date.parse(person.last_seen)} now={now()} />,
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
                invitation.new_developer ? 'A developer account of their own' : 'This account',
                invitation.invited_by,
                <Time at={Date.parse(invitation.expires)} now={now()} />,
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
    const fields = await readForm(c);
    const invited = await callApi<{ name: string; url: string }>(c, 'POST', '/invitations', {
      name: fields.name,
      new_developer: c.var.isAdministrator && fields.into === 'new',
    });
    if (!invited.ok) return invitePage(c, formWithFaults(fields, invited.details, { name: 'The name' }));
    const { name, url } = invited.value;
    return consolePage(
      c,
      { title: 'Invitation', section: 'settings', above },
      <>
        <p>
          Give this link to <strong>{name}</strong>. Whoever opens it first can accept it, so send it over a
          channel you trust. It is good once, for seven days.
        </p>
        <SecretOnce id="invitation" label="link" text={url} />
      </>,
    );
  })
  .post(`${path}/invitations/:id/withdraw`, async (c) => {
    await requireApi(c, 'DELETE', `/invitations/${encodeURIComponent(c.req.param('id'))}`);
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
    await requireApi(c, 'DELETE', `/people/${person.id}`);
    return goTo(c, path, `${person.name} is removed.`);
  });

/** The person of `:id`, of the same account and not oneself. */
async function ownPerson(c: Context<ConsoleEnv, '/:id'>): Promise<Person> {
  const id = normalizeId(c.req.param('id'));
  const people = await requireApi<Person[]>(c, 'GET', '/people?limit=1000');
  const person = people.find((one) => one.id === id);
  if (!person || person.id === c.var.session.person?.id) throw notFound('person');
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
