import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type * as z from 'zod/mini';
import type { connectionSchema } from '../../connections/connection.ts';
import { callApi, requireApi } from '../api.ts';
import { audit } from '../audit.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage } from '../frame/confirm.tsx';
import { Field, Form } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Copyable } from '../frame/secret.tsx';
import { Status } from '../frame/status.tsx';
import { Facts } from './facts.tsx';
import { FailedCalls, readFailedCalls } from './failed-calls.tsx';
import { aboveConnection, type LoadedConnection, loadConnection } from './load.ts';
import { stateOf } from './state.ts';
import { readTimeline, Timeline } from './timeline.tsx';

const listPath = '/console/connections';
const path = `${listPath}/:id` as const;

/** `/console/connections/:id`: one Connection, what happened to it, and its end. */
export const connectionPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => detailPage(c, await loadConnection(c)))
  .post(`${path}/name`, async (c) => {
    const loaded = await loadConnection(c);
    const fields = await readForm(c);
    const changed = await callApi(c, 'PATCH', `/connections/${loaded.connection.id}`, {
      name: (fields.name ?? '').trim(),
    });
    if (changed.ok) return goTo(c, loaded.path, 'The name is saved.');
    const faults = changed.details.length > 0 ? changed.details : [{ path: 'name', message: 'is not saved' }];
    return detailPage(c, loaded, formWithFaults(fields, faults, { name: 'The name' }));
  })
  .post(`${path}/tokens`, async (c) => tokensPage(c, await loadConnection(c)))
  .get(`${path}/delete`, async (c) => {
    const loaded = await loadConnection(c);
    return confirmPage(c, {
      title: `Disconnect ${loaded.title}`,
      section: 'connections',
      lost: <Lost loaded={loaded} />,
      action: `${loaded.path}/delete`,
      submit: 'Disconnect',
      cancel: loaded.path,
    });
  })
  .post(`${path}/delete`, async (c) => {
    const { connection, title } = await loadConnection(c);
    await requireApi(c, 'DELETE', `/connections/${connection.id}`);
    return goTo(c, listPath, `${title} is disconnected.`);
  });

async function detailPage(c: Context<ConsoleEnv>, loaded: LoadedConnection, form?: FormState) {
  const { connection, title, path: own } = loaded;
  const [happened, calls] = await Promise.all([
    readTimeline(c, connection),
    readFailedCalls(c, connection.id),
  ]);
  const now = c.var.now();
  const state = stateOf(connection);
  return consolePage(
    c,
    {
      title,
      section: 'connections',
      above: [{ title: 'Connections', href: listPath }],
      status: form ? 400 : 200,
      action: (
        <a class={state.tone === 'success' ? 'button quiet' : 'button'} href={`${own}/reconnect`}>
          Send a reconnect link
        </a>
      ),
    },
    <>
      <p class="standing">
        <Status tone={state.tone}>{state.text}</Status>
        <span class="muted">{state.meaning}</span>
      </p>
      <Facts loaded={loaded} now={now} />
      <section>
        <h2>What happened</h2>
        <Timeline happened={happened} now={now} />
      </section>
      <section>
        <h2>Failed calls</h2>
        <FailedCalls calls={calls} path={own} now={now} />
      </section>
      <section>
        <Form action={`${own}/name`} submit="Save" {...(form ? { form } : {})}>
          <Field
            name="name"
            label="Name"
            explanation="For your own use, to find it again. Where the data source says who connected, an empty one is filled in from there."
            value={connection.name ?? ''}
            optional
            {...(form ? { form } : {})}
          />
        </Form>
      </section>
      {connection.sealedTokens === null ? null : (
        <section>
          <h2>Tokens</h2>
          <p class="muted">
            The provider’s tokens are sealed, and calls are made without anybody seeing them. Showing them is
            written to the audit trail, under your name.
          </p>
          <form method="post" action={`${own}/tokens`}>
            <button type="submit" class="button quiet">
              Show tokens
            </button>
          </form>
        </section>
      )}
      <section class="ending">
        <h2>Disconnect</h2>
        <p class="muted">
          Ends the Connection here and at the provider. Calls on behalf of its user are refused from then on.
        </p>
        <a class="button quiet" href={`${own}/delete`}>
          Disconnect
        </a>
      </section>
    </>,
  );
}

const tokenLabels: Record<string, string> = {
  access_token: 'Access token',
  refresh_token: 'Refresh token',
  token_secret: 'Token secret',
  token_type: 'Type',
  expires_at: 'Ends at',
};

/** What comes with the tokens and is no secret. */
const plain = new Set(['token_type', 'expires_at']);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The tokens, in the answer to whoever asked for them. It is in the audit trail before anything is opened. */
async function tokensPage(c: Context<ConsoleEnv>, loaded: LoadedConnection) {
  const { id } = loaded.connection;
  await audit(c, 'viewTokens', 'connection', id);
  const { auth } = await requireApi<z.output<typeof connectionSchema>>(c, 'GET', `/connections/${id}`);
  const shown = Object.entries(auth.data).filter(([, value]) => value !== undefined);
  return consolePage(
    c,
    { title: 'Tokens', section: 'connections', above: aboveConnection(loaded) },
    <>
      <div class="notice warning">
        <p>
          With these anybody can act for this user at {loaded.sourceName}. That you have seen them is in the
          audit trail.
        </p>
      </div>
      {shown.length === 0 ? <p>There are no tokens: the grant has ended.</p> : null}
      {shown
        .filter(([name]) => !plain.has(name))
        .map(([name, value]) => (
          <section class="token">
            <h2>{tokenLabels[name] ?? <code>{name}</code>}</h2>
            <Copyable id={`token-${name}`} label={tokenLabels[name] ?? name} text={textOf(value)} />
          </section>
        ))}
      {shown
        .filter(([name]) => plain.has(name))
        .map(([name, value]) => (
          <p class="muted">
            {tokenLabels[name]}: <code>{textOf(value)}</code>
          </p>
        ))}
      <p>
        <a class="button quiet" href={loaded.path}>
          Done
        </a>
      </p>
    </>,
  );
}

function Lost({ loaded: { connection, title, sourceName } }: { loaded: LoadedConnection }) {
  return (
    <>
      <p>
        <strong>{title}</strong> ends. Calls on behalf of its user are refused from then on, and your webhooks
        are told.
      </p>
      <p>
        {connection.sealedTokens === null
          ? 'There is no grant to revoke. A link that its user has not followed yet stops working.'
          : `Its grant is revoked at ${sourceName}, where that is possible and no other Connection of the same account would end with it.`}
      </p>
      <p>This can’t be undone: only its user can connect again.</p>
    </>
  );
}
