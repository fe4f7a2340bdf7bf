import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { eventTypes } from '../../events/event.ts';
import { normalizeId } from '../../validation.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage } from '../frame/confirm.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { SecretOnce } from '../frame/secret.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { aboveSettings } from './settings.tsx';
import { eventField, shortNames, WebhookForm } from './webhooks-form.tsx';

const path = '/console/settings/webhooks';
const above = [...aboveSettings, { title: 'Webhooks', href: path }];
const labels = { url: 'The URL', events: 'The events' };

/** A webhook, as the API shows it. */
interface Webhook {
  id: string;
  url: string;
  events: string[];
  previous_secret_until?: string;
  created: string;
}

/** `/console/settings/webhooks`: where the account's servers are told of what happens to Connections. */
export const webhookPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const rows = await requireApi<Webhook[]>(c, 'GET', '/webhooks');
    const action = (
      <a class="button" href={`${path}/new`}>
        New webhook
      </a>
    );
    return consolePage(
      c,
      { title: 'Webhooks', section: 'settings', above: aboveSettings, action },
      rows.length === 0 ? (
        <Empty title="No webhooks yet">
          A webhook tells your server when a Connection is made, renewed, ends, or needs its user again, so
          that it needn’t ask. Events are signed, and sent until your server takes them.
        </Empty>
      ) : (
        <Table
          caption="Webhooks"
          columns={['URL', 'Events', 'Made']}
          rows={rows.map((webhook) => [
            <a href={`${path}/${webhook.id}`}>{webhook.url}</a>,
            webhook.events.map((type) => shortNames[type] ?? type).join(', '),
            <Time at={Date.parse(webhook.created)} now={c.var.now()} />,
          ])}
        />
      ),
    );
  })
  .get(`${path}/new`, (c) => newPage(c))
  .post(`${path}/new`, async (c) => {
    const fields = await readForm(c);
    const made = await callApi<Webhook & { secret: string }>(c, 'POST', '/webhooks', bodyOf(fields));
    if (!made.ok) return newPage(c, formOf(fields, made));
    return secretPage(c, made.value, 'Events are sent there from now on.');
  })
  .get(`${path}/:id`, async (c) => webhookPage(c, await loadWebhook(c)))
  .post(`${path}/:id`, async (c) => {
    const webhook = await loadWebhook(c);
    const fields = await readForm(c);
    const changed = await callApi(c, 'PATCH', `/webhooks/${webhook.id}`, bodyOf(fields));
    if (!changed.ok) return webhookPage(c, webhook, formOf(fields, changed));
    return goTo(c, `${path}/${webhook.id}`, 'The webhook is saved.');
  })
  .post(`${path}/:id/rotate`, async (c) => {
    const { id } = await loadWebhook(c);
    const rotated = await requireApi<Webhook & { secret: string }>(c, 'PATCH', `/webhooks/${id}`, {
      rotate_secret: true,
    });
    return secretPage(
      c,
      rotated,
      'For 24 hours events are signed with the secret before as well, so put the new one in place by then.',
    );
  })
  .post(`${path}/:id/test`, async (c) => {
    const { id } = await loadWebhook(c);
    await requireApi(c, 'POST', `/webhooks/${id}/test`);
    return goTo(
      c,
      `/console/activity/deliveries?webhook=${id}`,
      'A test event is on its way. Reload to see what your server answered.',
    );
  })
  .get(`${path}/:id/delete`, async (c) => {
    const { id, url } = await loadWebhook(c);
    return confirmPage(c, {
      title: 'Delete the webhook',
      section: 'settings',
      lost: (
        <p>
          <strong>{url}</strong> is told of nothing any more. What is on its way there isn’t sent, and the
          list of what was sent goes along.
        </p>
      ),
      action: `${path}/${id}/delete`,
      submit: 'Delete the webhook',
      cancel: `${path}/${id}`,
    });
  })
  .post(`${path}/:id/delete`, async (c) => {
    const { id } = await loadWebhook(c);
    await requireApi(c, 'DELETE', `/webhooks/${id}`);
    return goTo(c, path, 'The webhook is deleted.');
  });

function loadWebhook(c: Context<ConsoleEnv, '/:id'>): Promise<Webhook> {
  return requireApi<Webhook>(c, 'GET', `/webhooks/${normalizeId(c.req.param('id')) ?? '0'}`);
}

function bodyOf(fields: Record<string, string>) {
  return {
    url: (fields.url ?? '').trim(),
    events: eventTypes.filter((type) => fields[eventField(type)] === 'on'),
  };
}

/** The form that the API refused. What is of no field is said at the first. */
function formOf(
  fields: Record<string, string>,
  { details, message }: { details: { path: string; message: string }[]; message: string },
): FormState {
  const names = Object.keys(labels);
  const inOrder = [...details].sort((a, b) => names.indexOf(a.path) - names.indexOf(b.path));
  const form = formWithFaults(fields, inOrder, labels);
  if (Object.keys(form.errors).length === 0) form.errors.url = message;
  return form;
}

function newPage(c: Context<ConsoleEnv>, form?: FormState) {
  return consolePage(
    c,
    { title: 'New webhook', section: 'settings', above, status: form ? 400 : 200 },
    <WebhookForm
      action={`${path}/new`}
      submit="Make the webhook"
      cancel={path}
      events={[...eventTypes]}
      {...(form ? { form } : {})}
    />,
  );
}

function secretPage(c: Context<ConsoleEnv>, { id, secret }: Webhook & { secret: string }, what: string) {
  return consolePage(
    c,
    { title: 'Signing secret', section: 'settings', above },
    <>
      <p>{what}</p>
      <SecretOnce id="secret" label="signing secret" text={secret} />
      <p>
        Check each event with it before you believe it: any library for Standard Webhooks does, from the
        headers <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code>.
      </p>
      <p>
        <a class="button quiet" href={`${path}/${id}`}>
          Done
        </a>
      </p>
    </>,
  );
}

function webhookPage(c: Context<ConsoleEnv>, webhook: Webhook, form?: FormState) {
  const own = `${path}/${webhook.id}`;
  const until = webhook.previous_secret_until;
  return consolePage(
    c,
    {
      title: new URL(webhook.url).host,
      section: 'settings',
      above,
      status: form ? 400 : 200,
      action: (
        <form method="post" action={`${own}/test`}>
          <button type="submit" class="button">
            Send a test event
          </button>
        </form>
      ),
    },
    <>
      <section>
        <WebhookForm
          action={own}
          submit="Save"
          url={webhook.url}
          events={webhook.events}
          {...(form ? { form } : {})}
        />
      </section>
      <section>
        <h2>Deliveries</h2>
        <p class="muted">What was sent here in the last 30 days, what it answered, and sending it again.</p>
        <a class="button quiet" href={`/console/activity/deliveries?webhook=${webhook.id}`}>
          See the deliveries
        </a>
      </section>
      <section>
        <h2>Signing secret</h2>
        <p class="muted">
          A new secret is shown once. For 24 hours the one before signs as well, so that no event is lost.
          {until === undefined ? null : (
            <>
              {' '}
              The one before is good until <Time at={Date.parse(until)} now={c.var.now()} />.
            </>
          )}
        </p>
        <form method="post" action={`${own}/rotate`}>
          <button type="submit" class="button quiet">
            Rotate the secret
          </button>
        </form>
      </section>
      <section class="ending">
        <h2>Delete</h2>
        <p class="muted">Nothing is sent here any more.</p>
        <a class="button quiet" href={`${own}/delete`}>
          Delete the webhook
        </a>
      </section>
    </>,
  );
}
