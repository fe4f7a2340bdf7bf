import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type * as z from 'zod/mini';
import type { newApplicationSchema } from '../../applications/application.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { Form } from '../frame/form.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { consolePage } from '../frame/page.tsx';
import { Copyable, SecretOnce } from '../frame/secret.tsx';
import { ApplicationFields, applicationBody, applicationForm } from './form.tsx';
import { aboveApplications } from './frame.tsx';
import { applicationsPath, detailsOf, pathOf } from './own.ts';

const path = `${applicationsPath}/new`;

/** `/console/applications/new`: a new application, and this once its first client secret. */
export const createPages = new Hono<ConsoleEnv>()
  .get(path, (c) => formPage(c))
  .post(path, async (c) => {
    const { config } = c.var;
    const fields = await readForm(c);
    const made = await callApi<z.output<typeof newApplicationSchema>>(
      c,
      'POST',
      '/applications',
      applicationBody(fields, config),
    );
    if (!made.ok) return formPage(c, applicationForm(fields, detailsOf(made)));
    const application = made.value;
    const own = pathOf(application);
    return consolePage(
      c,
      { title: application.name, section: 'applications', above: aboveApplications },
      <>
        <SecretOnce id="client-secret" label="client secret" text={application.clientSecret} />
        <h2>Client ID</h2>
        <p class="muted">For your page. It is no secret, and stays on the application’s page.</p>
        <Copyable id="client-id" label="the client ID" text={application.clientId} />
        <section>
          <h2>Next</h2>
          <ul class="places">
            <li>
              <a href={own}>
                Add it to your app
                <span>The code for your page and your server, ready to copy.</span>
              </a>
            </li>
            <li>
              <a href={`${own}/sources`}>
                Choose its data sources
                <span>What your users can connect, and with whose credentials.</span>
              </a>
            </li>
            <li>
              <a href={`${own}/try`}>
                Try it
                <span>Connect an account of your own here, and watch each step.</span>
              </a>
            </li>
          </ul>
        </section>
      </>,
    );
  });

function formPage(c: Context<ConsoleEnv>, form?: FormState) {
  const state = form ? { form } : {};
  return consolePage(
    c,
    {
      title: 'New application',
      section: 'applications',
      above: aboveApplications,
      status: form ? 400 : 200,
    },
    <Form action={path} submit="Create" cancel={applicationsPath} {...state}>
      <ApplicationFields config={c.var.config} {...state} />
    </Form>,
  );
}
