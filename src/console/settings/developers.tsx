import { and, eq, ne } from 'drizzle-orm';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { platformId } from '../../access/api-key.ts';
import { developers } from '../../db/schema.ts';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage, wrongName } from '../frame/confirm.tsx';
import { Field, Form } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { requireAdministrator } from '../guard.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/developers';
const above = [...aboveSettings, { title: 'Developers', href: path }];
const pageSize = 50;

interface Developer {
  id: string;
  name: string;
  created: string;
}

/** `/console/settings/developers`: the accounts of this deployment, which are the administrator's to make and end. */
export const developerPages = new Hono<ConsoleEnv>()
  .use(`${path}/*`, requireAdministrator)
  .get(path, async (c) => {
    const { cursor } = c.req.query();
    const query = new URLSearchParams({ limit: String(pageSize + 1), ...(cursor ? { cursor } : {}) });
    const listed = await requireApi<Developer[]>(c, 'GET', `/developers?${query}`);
    const rows = listed.map((developer) => ({ ...developer, createdAt: Date.parse(developer.created) }));
    const action = (
      <a class="button" href={`${path}/new`}>
        New developer
      </a>
    );
    return consolePage(
      c,
      { title: 'Developers', section: 'settings', above: aboveSettings, action },
      rows.length === 0 ? (
        <Empty title="No developers yet">
          A developer has applications, data sources and API keys of their own, apart from yours and each
          other’s. Make one here for a server that only needs a key, or invite a person.
        </Empty>
      ) : (
        <>
          <Table
            caption="Developers"
            columns={['Name', 'ID', 'Since', '']}
            rows={rows.slice(0, pageSize).map((developer) => [
              developer.name,
              <code>{developer.id}</code>,
              <Time at={developer.createdAt} now={c.var.now()} />,
              <a class="button quiet small" href={`${path}/${developer.id}/delete`}>
                Delete
              </a>,
            ])}
          />
          <NextPage path={path} rows={rows} limit={pageSize} />
        </>
      ),
    );
  })
  .get(`${path}/new`, (c) => newDeveloperPage(c))
  .post(`${path}/new`, async (c) => {
    const fields = await readForm(c);
    const made = await callApi<Developer & { key: string }>(c, 'POST', '/developers', { name: fields.name });
    if (!made.ok) return newDeveloperPage(c, formWithFaults(fields, made.details, { name: 'The name' }));
    return consolePage(
      c,
      { title: made.value.name, section: 'settings', above },
      <>
        <p>The developer is there, with an API key that may do everything in the account.</p>
        <SecretOnce id="key" label="API key" text={made.value.key} />
        <p>
          <a class="button quiet" href={`${path}`}>
            Done
          </a>
        </p>
      </>,
    );
  })
  .get(`${path}/:id/delete`, async (c) => deletePage(c, await loadDeveloper(c)))
  .post(`${path}/:id/delete`, async (c) => {
    const developer = await loadDeveloper(c);
    const form = wrongName(await readForm(c), developer.name);
    if (form) return deletePage(c, developer, form);
    await requireApi(c, 'DELETE', `/developers/${developer.id}`);
    return goTo(c, path, `${developer.name} is deleted.`);
  });

/** The developer of `:id`, whom the API gives in its list alone. */
async function loadDeveloper(c: Context<ConsoleEnv, '/:id'>) {
  const id = normalizeId(c.req.param('id')) ?? '';
  const [developer] = await c.var.db
    .select()
    .from(developers)
    .where(and(eq(developers.id, id), ne(developers.id, platformId)));
  if (!developer) throw notFound('developer');
  return developer;
}

function newDeveloperPage(c: Context<ConsoleEnv>, form?: FormState) {
  return consolePage(
    c,
    { title: 'New developer', section: 'settings', above, status: form ? 400 : 200 },
    <Form action={`${path}/new`} submit="Make the developer" cancel={path} {...(form ? { form } : {})}>
      <Field
        name="name"
        label="Name"
        explanation="Users see it where the developer borrows your credentials at a data source."
        {...(form ? { form } : {})}
      />
    </Form>,
  );
}

function deletePage(c: Context<ConsoleEnv>, { id, name }: { id: string; name: string }, form?: FormState) {
  return confirmPage(c, {
    title: `Delete ${name}`,
    section: 'settings',
    lost: (
      <p>
        The applications, data sources, API keys, people and Connections of <strong>{name}</strong> end. The
        Connections are revoked at their providers.
      </p>
    ),
    action: `${path}/${id}/delete`,
    submit: 'Delete the developer',
    cancel: path,
    typed: name,
    ...(form ? { form } : {}),
  });
}
