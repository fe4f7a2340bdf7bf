import { and, eq } from 'drizzle-orm';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { type Scope, scopes } from '../../access/api-key.ts';
import { apiKeys } from '../../db/schema.ts';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { confirmPage, wrongName } from '../frame/confirm.tsx';
import { Choice, Field, Form } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/keys';
const above = [...aboveSettings, { title: 'API keys', href: path }];
const pageSize = 50;

/** An API key, as the API shows it. */
interface Key {
  id: string;
  name: string;
  scopes: Scope[] | null;
  created: string;
}

/** What a key with this scope may do. */
const meanings: Record<Scope, string> = {
  'connections:read': 'Read Connections: status, scopes and metadata, without their tokens.',
  'connections:read_auth': 'See the providers’ tokens of the Connections it reads.',
  'connections:write': 'Make, change, import and end Connections, and make links for users.',
  'maps:read': 'Read data sources and maps. Secrets are never shown.',
  'maps:write': 'Make, change and delete data sources and maps.',
  applications: 'Manage applications, their client secrets and users.',
  calls: 'Call providers on behalf of any user of this account.',
  webhooks: 'Manage webhooks, read deliveries and replay them.',
};

/** `/console/settings/keys`: the credentials of the account's servers. */
export const keyPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const cursor = c.req.query('cursor');
    const query = new URLSearchParams({ limit: String(pageSize + 1), ...(cursor ? { cursor } : {}) });
    const rows = await requireApi<Key[]>(c, 'GET', `/keys?${query}`);
    const action = (
      <a class="button" href={`${path}/new`}>
        New API key
      </a>
    );
    return consolePage(
      c,
      { title: 'API keys', section: 'settings', above: aboveSettings, action },
      rows.length === 0 ? (
        <Empty title="No API keys yet">
          With an API key your server manages what you manage here, and calls providers without an end user’s
          access token. Give each server its own, with no more than it needs.
        </Empty>
      ) : (
        <>
          <Table
            caption="API keys"
            columns={['Name', 'May do', 'Made', '']}
            rows={rows.slice(0, pageSize).map((key) => [
              key.name,
              key.scopes === null ? (
                'Everything'
              ) : (
                <ul class="chips">
                  {key.scopes.map((scope) => (
                    <li>
                      <code>{scope}</code>
                    </li>
                  ))}
                </ul>
              ),
              <Time at={Date.parse(key.created)} now={c.var.now()} />,
              <a
                class="button quiet small"
                href={`${path}/${key.id}/delete`}
                aria-label={`Delete ${key.name}`}
              >
                Delete
              </a>,
            ])}
          />
          <NextPage
            path={path}
            rows={rows.map(({ id, created }) => ({ id, createdAt: Date.parse(created) }))}
            limit={pageSize}
          />
        </>
      ),
    );
  })
  .get(`${path}/new`, (c) => newPage(c))
  .post(`${path}/new`, async (c) => {
    const fields = await readForm(c);
    const ticked = scopes.filter((scope) => fields[scopeField(scope)] === 'on');
    const limited = fields.reach !== 'everything';
    const made = await callApi<Key & { key: string }>(c, 'POST', '/keys', {
      name: fields.name ?? '',
      ...(limited ? { scopes: ticked } : {}),
    });
    if (!made.ok) {
      const faults = made.details.map((fault) =>
        fault.path === 'scopes' ? { path: 'scopes', message: unticked } : fault,
      );
      return newPage(c, formWithFaults(fields, faults, { name: 'The name', scopes: 'The key' }));
    }
    return consolePage(
      c,
      { title: made.value.name, section: 'settings', above },
      <>
        <SecretOnce id="key" label="API key" text={made.value.key} />
        <p>
          Send it as <code>Authorization: Bearer</code> to{' '}
          <code>{new URL('/connections', c.var.config.publicUrl).href}</code> and the other routes of{' '}
          <a href="/docs">the API</a>.
        </p>
        <p>
          <a class="button quiet" href={path}>
            Done
          </a>
        </p>
      </>,
    );
  })
  .get(`${path}/:id/delete`, async (c) => deletePage(c, await loadKey(c)))
  .post(`${path}/:id/delete`, async (c) => {
    const key = await loadKey(c);
    const form = wrongName(await readForm(c), key.name);
    if (form) return deletePage(c, key, form);
    await requireApi(c, 'DELETE', `/keys/${key.id}`);
    return goTo(c, path, `${key.name} is deleted.`);
  });

/** The one key of `:id`, which the API shows in lists alone. */
async function loadKey(c: Context<ConsoleEnv, '/:id'>) {
  const { db, caller } = c.var;
  const [key] = await db
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(
      and(eq(apiKeys.id, normalizeId(c.req.param('id')) ?? ''), eq(apiKeys.developerId, caller.developerId)),
    );
  if (!key) throw notFound('API key');
  return key;
}

const unticked = 'needs at least one permission: tick one, or choose everything';

function scopeField(scope: Scope): string {
  return `scope-${scope.replace(':', '-')}`;
}

function newPage(c: Context<ConsoleEnv>, form?: FormState) {
  const state = form ? { form } : {};
  return consolePage(
    c,
    { title: 'New API key', section: 'settings', above, status: form ? 400 : 200 },
    <Form action={`${path}/new`} submit="Make the key" cancel={path} {...state}>
      <Field
        name="name"
        label="Name"
        explanation="Which server uses it. The audit trail calls it that."
        {...state}
      />
      <Choice
        name="reach"
        label="What it may do"
        explanation="A key that may do everything can also make other keys, and read the audit trail."
        options={[
          { value: 'limited', text: 'Only what is ticked below' },
          { value: 'everything', text: 'Everything in this account' },
        ]}
        {...state}
      />
      <CheckGroup
        name="scopes"
        legend="Permissions"
        boxes={scopes.map((scope) => ({
          name: scopeField(scope),
          label: scope,
          explanation: meanings[scope],
        }))}
        {...state}
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
        Whatever uses <strong>{name}</strong> is refused from then on. Nothing that was made with it ends.
      </p>
    ),
    action: `${path}/${id}/delete`,
    submit: 'Delete the key',
    cancel: path,
    typed: name,
    ...(form ? { form } : {}),
  });
}
