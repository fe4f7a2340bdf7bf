import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { ConsoleEnv } from '../env.ts';
import { download } from '../frame/download.ts';
import { Choice, Field, Form, TextArea } from '../frame/form.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { importFields, importLines } from './import.ts';
import { optionsOf, readNames } from './names.ts';

const path = '/console/connections';
const above = [{ title: 'Connections', href: path }];

/** `/console/connections/import` and `…/export`: Connections come from elsewhere, and are taken along. */
export const transferPages = new Hono<ConsoleEnv>()
  .get(`${path}/export`, (c) =>
    consolePage(
      c,
      { title: 'Export', section: 'connections', above },
      <>
        <p>
          All Connections of this account as one file, each on a line of its own (NDJSON), as the API shows
          them. An import takes such lines.
        </p>
        <div class="notice warning">
          <p>
            <strong>The tokens are in it.</strong> Whoever has the file can act for all of these users. The
            export is written to the audit trail.
          </p>
        </div>
        <form method="post" action={`${path}/export`} class="buttons">
          <button type="submit" class="button">
            Download
          </button>
          <a class="button quiet" href={path}>
            Cancel
          </a>
        </form>
      </>,
    ),
  )
  .post(`${path}/export`, (c) => download(c, '/connections/export', 'connections.ndjson'))
  .get(`${path}/import`, (c) => importPage(c))
  .post(`${path}/import`, async (c) => {
    const fields = await readForm(c);
    const imported = await importFields(c, fields);
    return imported.ok
      ? goTo(c, `${path}/${imported.id}`, 'The Connection is imported.')
      : importPage(c, imported.form);
  })
  .get(`${path}/import/json`, (c) => jsonPage(c))
  .post(`${path}/import/json`, async (c) => {
    const { count, form } = await importLines(c, await readForm(c));
    if (form) return jsonPage(c, form);
    return goTo(c, path, count === 1 ? 'One Connection is imported.' : `${count} Connections are imported.`);
  });

async function importPage(c: Context<ConsoleEnv>, form?: FormState) {
  const { sources, applications } = await readNames(c.var.db, c.var.caller.developerId);
  const state = form ? { form } : {};
  return consolePage(
    c,
    { title: 'Import a Connection', section: 'connections', above, status: form ? 400 : 200 },
    <>
      <p>
        Takes in a grant that your application holds already, so that its user needn’t consent again. From
        then on it is kept fresh here. You can also <a href={`${path}/import/json`}>paste JSON</a>.
      </p>
      <Form action={`${path}/import`} submit="Import" cancel={path} {...state}>
        <Choice
          name="provider_id"
          label="Data source"
          explanation="Where it was granted. The client ID it was granted to must be yours, set at the data source or at the application."
          options={[{ value: '', text: 'Choose one' }, ...optionsOf(sources)]}
          {...state}
        />
        <Choice
          name="application_id"
          label="Application"
          explanation="Whose user it is."
          options={[{ value: '', text: 'None' }, ...optionsOf(applications)]}
          optional
          {...state}
        />
        <Field
          name="client_user_id"
          label="User"
          explanation="What the application calls its user. It needs an application."
          optional
          mono
          {...state}
        />
        <Field name="name" label="Name" explanation="For your own use." optional {...state} />
        <Field name="access_token" label="Access token" type="password" {...state} />
        <Field
          name="refresh_token"
          label="Refresh token"
          type="password"
          explanation="Without it, the Connection ends with its access token."
          optional
          {...state}
        />
        <Field
          name="token_secret"
          label="Token secret"
          type="password"
          explanation="OAuth 1.0a alone has one."
          optional
          {...state}
        />
        <Field
          name="expires_at"
          label="The access token ends at"
          explanation="In UTC. Where it is left out, the token is used until the provider refuses it."
          placeholder="2027-01-31T12:00:00Z"
          optional
          mono
          {...state}
        />
        <TextArea
          name="scopes"
          label="Scopes"
          explanation="What its user granted, one a line."
          optional
          mono
          {...state}
        />
      </Form>
    </>,
  );
}

function jsonPage(c: Context<ConsoleEnv>, form?: FormState) {
  const state = form ? { form } : {};
  return consolePage(
    c,
    {
      title: 'Import from JSON',
      section: 'connections',
      above: [...above, { title: 'Import', href: `${path}/import` }],
      status: form ? 400 : 200,
    },
    <Form action={`${path}/import/json`} submit="Import" cancel={path} {...state}>
      <TextArea
        name="lines"
        label="Connections"
        explanation={
          <>
            The lines of an export, up to 20 at a time, or one Connection as the API takes it:{' '}
            <code>{'{"provider_id": "…", "auth": {"data": {"access_token": "…"}}}'}</code>
          </>
        }
        rows={14}
        mono
        {...state}
      />
    </Form>,
  );
}
