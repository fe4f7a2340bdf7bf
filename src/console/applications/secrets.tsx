import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { Hono } from 'hono/tiny';
import type * as z from 'zod/mini';
import type { newSecretSchema } from '../../applications/application.ts';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage } from '../frame/confirm.tsx';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { aboveIn, applicationPage } from './frame.tsx';
import { applicationsPath, ownApplication, pathOf, type ShownApplication } from './own.ts';

const path = `${applicationsPath}/:clientId/secrets`;

/** `/console/applications/:clientId/secrets`: what an application's server proves itself with. */
export const secretPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => listPage(c, await ownApplication(c)))
  .post(path, async (c) => {
    const { clientId } = await ownApplication(c);
    const made = await requireApi<z.output<typeof newSecretSchema>>(
      c,
      'POST',
      `/applications/${clientId}/secrets`,
    );
    return listPage(
      c,
      await ownApplication(c),
      <SecretOnce id="client-secret" label="client secret" text={made.clientSecret} />,
    );
  })
  .get(`${path}/:id/delete`, async (c) => {
    const application = await ownApplication(c);
    const secret = secretOf(application, c.req.param('id'));
    const back = `${pathOf(application)}/secrets`;
    if (application.secrets.length === 1) return keepLastPage(c, application);
    return confirmPage(c, {
      title: `Delete the secret ending in ${secret.hint}`,
      section: 'applications',
      lost: (
        <p>
          A server that still uses it can’t exchange specialTokens any more, nor begin runs: it is answered{' '}
          <code>invalid_client</code> from now on. Access tokens that it has saved go on working.
        </p>
      ),
      action: `${back}/${secret.id}/delete`,
      submit: 'Delete the secret',
      cancel: back,
    });
  })
  .post(`${path}/:id/delete`, async (c) => {
    const application = await ownApplication(c);
    const secret = secretOf(application, c.req.param('id'));
    await requireApi(c, 'DELETE', `/applications/${application.clientId}/secrets/${secret.id}`);
    return goTo(c, `${pathOf(application)}/secrets`, `The secret ending in ${secret.hint} is deleted.`);
  });

function secretOf(application: ShownApplication, id: string) {
  const secret = application.secrets.find((each) => each.id === normalizeId(id));
  if (!secret) throw notFound('client secret');
  return secret;
}

function NewSecret({ application }: { application: ShownApplication }) {
  return (
    <form method="post" action={`${pathOf(application)}/secrets`}>
      <button type="submit" class="button">
        New client secret
      </button>
    </form>
  );
}

function listPage(c: Context<ConsoleEnv>, application: ShownApplication, made: Child = null) {
  const own = pathOf(application);
  const isOnly = application.secrets.length === 1;
  const now = c.var.now();
  return applicationPage(
    c,
    application,
    { tab: 'Client secrets', action: <NewSecret application={application} /> },
    <>
      {made}
      <p class="muted">
        Your server adds a client secret where it exchanges a specialToken. It never belongs on a page or in
        an app’s package.
      </p>
      <Table
        caption="Client secrets"
        columns={['Ends in', 'Created', '']}
        rows={application.secrets.map((secret) => [
          <code>…{secret.hint}</code>,
          <Time at={Date.parse(secret.created)} now={now} />,
          isOnly ? (
            <span class="pill">The only one</span>
          ) : (
            <a
              class="button quiet small"
              href={`${own}/secrets/${secret.id}/delete`}
              aria-label={`Delete the secret ending in ${secret.hint}`}
            >
              Delete
            </a>
          ),
        ])}
      />
      <section>
        <h2>Changing it without a break</h2>
        <p class="muted">All secrets of this list work side by side, so nobody notices the change.</p>
        <ol class="how">
          <li>Make a new client secret, and give it to your server.</li>
          <li>Wait until every instance of your server runs with it.</li>
          <li>Delete the old one. The last one can’t be deleted: without one nothing can be exchanged.</li>
        </ol>
      </section>
    </>,
  );
}

/** What stands where somebody would delete the only secret there is. */
function keepLastPage(c: Context<ConsoleEnv>, application: ShownApplication) {
  return consolePage(
    c,
    {
      title: 'The only client secret',
      section: 'applications',
      above: [...aboveIn(application), { title: 'Client secrets', href: `${pathOf(application)}/secrets` }],
      action: <NewSecret application={application} />,
    },
    <div class="notice warning">
      <p>
        This is the only client secret of {application.name}. Without one your server can’t exchange
        specialTokens. Make a new one and give it to your server, then delete this one.
      </p>
    </div>,
  );
}
