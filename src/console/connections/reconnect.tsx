import { type Context, Hono } from 'hono';
import { findApplication } from '../../applications/store.ts';
import { redirectUrlFault } from '../../connections/connection.ts';
import { Listing } from '../../landing/listing.tsx';
import { isOAuth } from '../../sources/source.ts';
import { findVisibleSource } from '../../sources/store.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { Form, TextArea } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Copyable } from '../frame/secret.tsx';
import { aboveConnection, type LoadedConnection, loadConnection } from './load.ts';

const path = '/console/connections/:id/reconnect';
const labels = { scopes: 'The scopes' };

/** `/console/connections/:id/reconnect`: a link by which a Connection's user consents again. */
export const reconnectPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => reconnectPage(c, await loadConnection(c)))
  .post(path, async (c) => {
    const loaded = await loadConnection(c);
    const fields = await readForm(c);
    const scopes = (fields.scopes ?? '').split(/\s+/).filter(Boolean);
    const asked = await callApi<{ redirectUrl?: string }>(
      c,
      'PATCH',
      `/connections/${loaded.connection.id}`,
      { scopes },
    );
    if (!asked.ok) {
      const form = formWithFaults(fields, asked.details, labels);
      const { scopes: error = asked.message } = form.errors;
      return reconnectPage(c, loaded, { values: fields, errors: { scopes: error } });
    }
    const { redirectUrl } = asked.value;
    return redirectUrl === undefined
      ? goTo(c, loaded.path, 'No link is needed: its user has granted all of these scopes.')
      : linkPage(c, loaded, redirectUrl);
  });

/** What can be done depends on where its user would end up, which only a link that has been made says. */
async function reconnectPage(c: Context<ConsoleEnv>, loaded: LoadedConnection, form?: FormState) {
  const { db, caller, config } = c.var;
  const { connection, sourceName } = loaded;
  const page = {
    title: 'Send a reconnect link',
    section: 'connections',
    above: aboveConnection(loaded),
    status: form ? 400 : 200,
  } as const;
  const source = await findVisibleSource(db, caller.developerId, connection.sourceId);
  if (!source)
    return consolePage(c, page, <p>The data source is deleted, so nobody can connect to it again.</p>);
  const finalUrl = connection.redirectUrl ?? source.redirectUrl;
  const hasWayBack = finalUrl !== null && redirectUrlFault(finalUrl, config) === null;
  if (!isOAuth(source.definition) || !hasWayBack) {
    const application = await findApplication(db, caller.developerId, connection.applicationId ?? '');
    const [returnUrl = null] = application?.returnUrls ?? [];
    return consolePage(c, page, <FromServer c={c} loaded={loaded} returnUrl={returnUrl} />);
  }
  return consolePage(
    c,
    page,
    <>
      <p>
        The link leads to {sourceName}, where the user consents, and from there to <code>{finalUrl}</code>.
        Whoever opens it can connect an account, so send it to the right person. What is in force now stays so
        until then.
      </p>
      <Form
        action={`${loaded.path}/reconnect`}
        submit="Make the link"
        cancel={loaded.path}
        {...(form ? { form } : {})}
      >
        <TextArea
          name="scopes"
          label="Scopes"
          explanation="What to ask for, one a line. A user who has granted all of them has nothing to consent to."
          value={connection.scopesRequested.join('\n')}
          optional
          mono
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
        {loaded.sourceName}, not by being opened.
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

/** Without a final location, it is the application's server that sends its own user: only it knows who that is. */
function FromServer({
  c,
  loaded: { connection, path: own },
  returnUrl,
}: {
  c: Context<ConsoleEnv>;
  loaded: LoadedConnection;
  /** One that the application has registered, if there is one. */
  returnUrl: string | null;
}) {
  const { applicationId, clientUserId, vouched, id } = connection;
  if (applicationId === null || clientUserId === null)
    return (
      <p>This Connection has no way back: its data source says nowhere to send its user to afterwards.</p>
    );
  if (!vouched)
    return (
      <p>
        Nobody vouched for this Connection’s user, so it can’t be renewed. Have the user connect again from
        your application; this one can be disconnected then.
      </p>
    );
  const back = returnUrl === null ? {} : { returnUrl };
  const body = JSON.stringify({ clientUserId, connectionId: id, ...back }, null, 2);
  const code = `curl ${new URL('/connect/sessions', c.var.config.publicUrl)} \\
  --user ${applicationId}:$CLIENT_SECRET \\
  --json '${body.replaceAll("'", "'\\''")}'`;
  return (
    <>
      <p>
        This Connection came through your application, so your server begins the reconnect: it vouches for the
        user.{' '}
        {returnUrl === null ? (
          <>
            Open Connect on a page of the application with the <code>sessionToken</code> that this gives. To
            send the user a link instead, register a return URL at the application.
          </>
        ) : (
          <>
            Send the user to the <code>connectUrl</code> that this gives, within 30 minutes. Your server
            exchanges what comes back at <code>returnUrl</code>.
          </>
        )}
      </p>
      <Listing id="reconnect-session" title="A session that reconnects" aside="on your server" code={code} />
      <p>
        <a class="button quiet" href={own}>
          Done
        </a>
      </p>
    </>
  );
}
