import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type * as z from 'zod/mini';
import type { connectionSchema } from '../../connections/connection.ts';
import { Failure, notFound } from '../../errors.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage, wrongName } from '../frame/confirm.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { aboveIn, applicationPage } from './frame.tsx';
import { applicationsPath, ownApplication, pathOf, type ShownApplication } from './own.ts';
import { findEndUser, listEndUsers } from './user-store.ts';

const path = `${applicationsPath}/:clientId/users`;
const userPath = `${applicationsPath}/:clientId/user`;
const pageSize = 20;
const maxShown = 100;

type ShownConnection = z.output<typeof connectionSchema>;

/** The page of one end user. The name is in the query: it may be any text. */
function userPathOf(application: ShownApplication, clientUserId: string): string {
  return `${pathOf(application)}/user?${new URLSearchParams({ name: clientUserId })}`;
}

/** `/console/applications/:clientId/users`: an application's end users, and the end of one. */
export const userPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => listPage(c, await ownApplication(c)))
  .get(userPath, async (c) => {
    const application = await ownApplication(c);
    return userPage(c, application, await ownUser(c, application));
  })
  .get(`${userPath}/delete`, async (c) => {
    const application = await ownApplication(c);
    return askToDelete(c, application, await ownUser(c, application));
  })
  .post(`${userPath}/delete`, async (c) => {
    const application = await ownApplication(c);
    const user = await ownUser(c, application);
    const form = wrongName(await readForm(c), user.clientUserId);
    if (form) return askToDelete(c, application, user, form);
    await requireApi(c, 'DELETE', apiPath(application, user));
    return goTo(c, `${pathOf(application)}/users`, `Everything about ${user.clientUserId} is deleted.`);
  });

type EndUser = NonNullable<Awaited<ReturnType<typeof findEndUser>>>;

/** The end user that the query names. */
async function ownUser(c: Context<ConsoleEnv>, application: ShownApplication): Promise<EndUser> {
  const name = c.req.query('name') ?? '';
  const user = await findEndUser(c.var.db, application.clientId, name);
  if (!user) throw notFound('end user');
  return user;
}

/** @throws Failure for the two names that a URL takes for steps on a path, whatever their encoding */
function apiPath(application: ShownApplication, { clientUserId }: EndUser): string {
  if (/^\.\.?$/.test(clientUserId))
    throw new Failure('invalid_request', `A user called ${clientUserId} can’t be named in a URL.`);
  return `/applications/${application.clientId}/users/${encodeURIComponent(clientUserId)}`;
}

async function listPage(c: Context<ConsoleEnv>, application: ShownApplication) {
  const { db, now } = c.var;
  const wanted = (c.req.query('name') ?? '').trim();
  const rows = await listEndUsers(db, application.clientId, wanted, pageSize + 1);
  const own = pathOf(application);
  return applicationPage(
    c,
    application,
    { tab: 'Users' },
    rows.length === 0 && wanted === '' ? (
      <Empty
        title="No users yet"
        action={
          <a class="button" href={`${own}/try`}>
            Try it as a user
          </a>
        }
      >
        A user is here once your server has exchanged a specialToken of theirs. They are called what you call
        them: your clientUserId.
      </Empty>
    ) : (
      <>
        <form method="get" action={`${own}/users`} class="lookup">
          <label for="user-name">clientUserId, or how it begins</label>
          <div class="row">
            <input
              id="user-name"
              name="name"
              type="search"
              class="mono"
              value={wanted}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
            />
            <button type="submit" class="button quiet">
              Search
            </button>
          </div>
        </form>
        {rows.length === 0 ? (
          <p class="muted" role="status">
            No user’s clientUserId begins with “{wanted}”.
          </p>
        ) : (
          <Table
            caption="Users"
            columns={['clientUserId', 'userCode', 'Since']}
            rows={rows.slice(0, pageSize).map((user) => [
              <span class="named">
                <a href={userPathOf(application, user.clientUserId)}>{user.clientUserId}</a>
              </span>,
              <code class="whole">{user.userCode}</code>,
              <Time at={user.createdAt} now={now()} />,
            ])}
          />
        )}
        {rows.length > pageSize ? (
          <p class="muted">These are the first {pageSize}. Type more of the name to find another.</p>
        ) : null}
      </>
    ),
  );
}

async function userPage(c: Context<ConsoleEnv>, application: ShownApplication, user: EndUser) {
  const query = new URLSearchParams({
    application_id: application.clientId,
    client_user_id: user.clientUserId,
    limit: String(maxShown),
  });
  const connections = await requireApi<ShownConnection[]>(c, 'GET', `/connections?${query}`);
  const now = c.var.now();
  const search = new URLSearchParams({ name: user.clientUserId });
  return consolePage(
    c,
    {
      title: user.clientUserId,
      section: 'applications',
      above: [...aboveIn(application), { title: 'Users', href: `${pathOf(application)}/users` }],
      action: (
        <a class="button quiet" href={`${pathOf(application)}/user/delete?${search}`}>
          Delete everything
        </a>
      ),
    },
    <>
      <dl class="card facts">
        <dt>userCode</dt>
        <dd>
          <code>{user.userCode}</code>
        </dd>
        <dt>Since</dt>
        <dd>
          <Time at={user.createdAt} now={now} />
        </dd>
      </dl>
      <h2>Connections</h2>
      {connections.length === 0 ? (
        <p class="muted">None any more: whatever they had connected has been disconnected.</p>
      ) : (
        <Table
          caption="Connections"
          columns={['Name', 'State', 'Since']}
          rows={connections.map((connection) => [
            <span class="named">
              <a href={`/console/connections/${connection.id}`}>{connection.name || 'Without a name'}</a>
            </span>,
            <ConnectionState connection={connection} />,
            <Time at={Date.parse(connection.created)} now={now} />,
          ])}
        />
      )}
    </>,
  );
}

function ConnectionState({ connection }: { connection: ShownConnection }) {
  const { complete, authorized } = connection.auth.status;
  if (!complete) return <span class="pill off">Needs to be renewed</span>;
  if (!authorized) return <span class="pill off">Some scopes are missing</span>;
  return <span class="pill on">Connected</span>;
}

function askToDelete(c: Context<ConsoleEnv>, application: ShownApplication, user: EndUser, form?: FormState) {
  const search = new URLSearchParams({ name: user.clientUserId });
  return confirmPage(c, {
    title: `Delete everything about ${user.clientUserId}`,
    section: 'applications',
    lost: (
      <p>
        <strong>{user.clientUserId}</strong>’s Connections end and are revoked at the providers, and the
        access tokens your server has saved for them fail. Should they connect again, they get another
        userCode.
      </p>
    ),
    action: `${pathOf(application)}/user/delete?${search}`,
    submit: 'Delete everything',
    cancel: userPathOf(application, user.clientUserId),
    typed: user.clientUserId,
    ...(form ? { form } : {}),
  });
}
