import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { Field, Form } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { consolePage } from '../frame/page.tsx';
import { Copyable } from '../frame/secret.tsx';
import { aboveConnection, type LoadedConnection, loadConnection } from './load.ts';

const path = '/console/connections/:id/reconnect';
const labels = { redirect_url: 'The address' };

/** `/console/connections/:id/reconnect`: a link by which a Connection's user consents again. */
export const reconnectPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => reconnectPage(c, await loadConnection(c)))
  .post(path, async (c) => {
    const loaded = await loadConnection(c);
    const fields = await readForm(c);
    const redirectUrl = fields.redirect_url?.trim();
    const made = await callApi<{ redirectUrl: string }>(
      c,
      'POST',
      `/connections/${loaded.connection.id}/reconnect`,
      redirectUrl ? { redirect_url: redirectUrl } : {},
    );
    if (made.ok) return linkPage(c, loaded, made.value.redirectUrl);
    const form = formWithFaults(fields, made.details, labels);
    const { redirect_url: error = made.message } = form.errors;
    return reconnectPage(c, loaded, { values: fields, errors: { redirect_url: error } });
  });

function reconnectPage(c: Context<ConsoleEnv>, loaded: LoadedConnection, form?: FormState) {
  const { connection, sourceName } = loaded;
  const ofApplication = connection.applicationId !== null && connection.clientUserId !== null;
  return consolePage(
    c,
    {
      title: 'Send a reconnect link',
      section: 'connections',
      above: aboveConnection(loaded),
      status: form ? 400 : 200,
    },
    <>
      <p>
        The link leads to {sourceName}, where the user consents again. Whoever opens it can connect an
        account, so send it to the right person. What is in force now stays so until then.
      </p>
      <Form
        action={`${loaded.path}/reconnect`}
        submit="Make the link"
        cancel={loaded.path}
        {...(form ? { form } : {})}
      >
        <Field
          name="redirect_url"
          label="Where the user goes afterwards"
          explanation={
            ofApplication
              ? 'One of the application’s return URLs; its server exchanges the specialToken that comes back there. Left empty: the first.'
              : 'Comes with a connection_code that your server redeems. Left empty: the Connection’s own address, else its data source’s.'
          }
          value=""
          optional
          {...(form ? { form } : {})}
        />
      </Form>
    </>,
  );
}

function linkPage(c: Context<ConsoleEnv>, loaded: LoadedConnection, link: string) {
  return consolePage(
    c,
    { title: 'Reconnect link', section: 'connections', above: aboveConnection(loaded) },
    <>
      <p>
        Send this to its user, and to nobody else. It is spent when the user comes back from{' '}
        {loaded.sourceName}, not by being opened.{' '}
        {loaded.connection.applicationId === null ? null : 'It works for 30 minutes.'}
      </p>
      <Copyable id="reconnect-link" label="the link" text={link} />
      <p class="done">
        <a class="button quiet" href={loaded.path}>
          Done
        </a>
      </p>
    </>,
  );
}
