import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage, wrongName } from '../frame/confirm.tsx';
import { Form } from '../frame/form.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { ApplicationFields, applicationBody, applicationForm } from './form.tsx';
import { applicationPage } from './frame.tsx';
import { applicationsPath, detailsOf, ownApplication, pathOf, type ShownApplication } from './own.ts';

const path = `${applicationsPath}/:clientId/settings`;
const deletePath = `${applicationsPath}/:clientId/delete`;

/** `/console/applications/:clientId/settings`: what an application is called and where it may be used; its end. */
export const settingsPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => editPage(c, await ownApplication(c)))
  .post(path, async (c) => {
    const application = await ownApplication(c);
    const fields = await readForm(c);
    const changes = changesOf(application, applicationBody(fields, c.var.config));
    const changed = await callApi(c, 'PATCH', `/applications/${application.clientId}`, changes);
    if (!changed.ok) return editPage(c, application, applicationForm(fields, detailsOf(changed)));
    return goTo(c, `${pathOf(application)}/settings`, 'Saved.');
  })
  .get(deletePath, async (c) => askToDelete(c, await ownApplication(c)))
  .post(deletePath, async (c) => {
    const application = await ownApplication(c);
    const form = wrongName(await readForm(c), application.name);
    if (form) return askToDelete(c, application, form);
    await requireApi(c, 'DELETE', `/applications/${application.clientId}`);
    return goTo(c, applicationsPath, `${application.name} is deleted.`);
  });

/** Only what is another: a logo that stays isn't fetched again. */
function changesOf(application: ShownApplication, body: Record<string, unknown>): Record<string, unknown> {
  const before: Record<string, unknown> = application;
  const isAnother = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before[name]);
  return Object.fromEntries(Object.entries(body).filter(isAnother));
}

function editPage(c: Context<ConsoleEnv>, application: ShownApplication, form?: FormState) {
  const state = form ? { form } : {};
  const own = pathOf(application);
  return applicationPage(
    c,
    application,
    { tab: 'Settings', status: form ? 400 : 200 },
    <>
      <Form action={`${own}/settings`} submit="Save" {...state}>
        <ApplicationFields config={c.var.config} application={application} {...state} />
      </Form>
      <section class="ending">
        <h2>Delete this application</h2>
        <p class="muted">Its users, access tokens and Connections end with it.</p>
        <a class="button quiet" href={`${own}/delete`}>
          Delete application
        </a>
      </section>
    </>,
  );
}

function askToDelete(c: Context<ConsoleEnv>, application: ShownApplication, form?: FormState) {
  return confirmPage(c, {
    title: `Delete ${application.name}`,
    section: 'applications',
    lost: (
      <>
        <p>
          Everything of <strong>{application.name}</strong> ends at once:
        </p>
        <ul>
          <li>its client ID and its client secrets: Connect no longer opens on your pages;</li>
          <li>its users’ access tokens: your server’s calls fail;</li>
          <li>its users’ Connections, which are revoked at the providers too.</li>
        </ul>
        <p class="muted">Your data sources and other applications stay.</p>
      </>
    ),
    action: `${pathOf(application)}/delete`,
    submit: 'Delete for good',
    cancel: `${pathOf(application)}/settings`,
    typed: application.name,
    ...(form ? { form } : {}),
  });
}
