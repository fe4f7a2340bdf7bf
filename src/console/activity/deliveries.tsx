import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { normalizeId } from '../../validation.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { Filter } from '../frame/filter.tsx';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { Status, type Tone } from '../frame/status.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { ActivityTabs } from './tabs.tsx';

const path = '/console/activity/deliveries';
const pageSize = 50;

/** What was, or is to be, sent to a webhook, as the API shows it. */
interface Delivery {
  id: string;
  event_id: string;
  type: string;
  connection_id: string | null;
  status: 'pending' | 'delivered' | 'dead';
  attempts: number;
  response_status: number | null;
  error: string | null;
  last_attempt: string | null;
  next_attempt: string | null;
  created: string;
}

const statuses: Record<Delivery['status'], { tone: Tone; text: string }> = {
  delivered: { tone: 'success', text: 'Delivered' },
  pending: { tone: 'neutral', text: 'On its way' },
  dead: { tone: 'danger', text: 'Given up' },
};

/** `/console/activity/deliveries`: what became of each event, and sending it again. */
export const deliveryPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const page = { title: 'Activity', section: 'activity' } as const;
    const webhooks = await requireApi<{ id: string; url: string }[]>(c, 'GET', '/webhooks');
    const wanted = normalizeId(c.req.query('webhook') ?? '');
    const webhook = webhooks.find(({ id }) => id === wanted) ?? webhooks[0];
    if (!webhook) {
      return consolePage(
        c,
        page,
        <>
          <ActivityTabs current="Event deliveries" />
          <Empty
            title="No webhooks yet"
            action={
              <a class="button" href="/console/settings/webhooks/new">
                New webhook
              </a>
            }
          >
            A webhook tells your server when a Connection is made, renewed, ends, or needs its user again.
            What was sent, and what your server answered, is listed here for 30 days.
          </Empty>
        </>,
      );
    }
    const { status, rows } = await readDeliveries(c, webhook.id);
    const chosen = {
      ...(webhook.id === wanted ? { webhook: webhook.id } : {}),
      ...(status === null ? {} : { status }),
    };
    return consolePage(
      c,
      page,
      <>
        <ActivityTabs current="Event deliveries" />
        <Filter
          path={path}
          chosen={chosen}
          fields={[
            {
              name: 'webhook',
              label: 'Webhook',
              wide: true,
              options: webhooks.map(({ id, url }) => ({ value: id, text: url })),
            },
            {
              name: 'status',
              label: 'Status',
              all: 'All',
              options: Object.entries(statuses).map(([value, { text }]) => ({ value, text })),
            },
          ]}
        />
        {rows.length === 0 ? (
          <Empty title={status === null ? 'Nothing was sent yet' : 'Nothing fits'}>
            {status === null
              ? 'Events are sent here as they happen. A test event can be sent from the webhook’s page.'
              : 'No delivery of the last 30 days stands like this.'}
          </Empty>
        ) : (
          <>
            <Table
              caption={`Deliveries to ${webhook.url}`}
              columns={['Event', 'Status', 'Answer', 'When', '']}
              rows={rows.slice(0, pageSize).map((row) => cellsOf(row, webhook.id, c.var.now()))}
            />
            <NextPage
              path={path}
              query={chosen}
              rows={rows.map(({ id, created }) => ({ id, createdAt: Date.parse(created) }))}
              limit={pageSize}
            />
          </>
        )}
      </>,
    );
  })
  .post(`${path}/:webhookId/:id/replay`, async (c) => {
    const [webhookId, id] = [idOf(c.req.param('webhookId')), idOf(c.req.param('id'))];
    await requireApi(c, 'POST', `/webhooks/${webhookId}/deliveries/${id}/replay`);
    return goTo(c, `${path}?webhook=${webhookId}`, 'It is being sent again.');
  });

/** Up to a page of deliveries and one more, of the status that the query asks for. */
async function readDeliveries(c: Context<ConsoleEnv>, webhookId: string) {
  const { status, cursor } = c.req.query();
  const known = status !== undefined && status in statuses ? status : null;
  const query = new URLSearchParams({
    limit: String(pageSize + 1),
    ...(known === null ? {} : { status: known }),
    ...(cursor ? { cursor } : {}),
  });
  const rows = await requireApi<Delivery[]>(c, 'GET', `/webhooks/${webhookId}/deliveries?${query}`);
  return { status: known, rows };
}

function cellsOf(row: Delivery, webhookId: string, now: number) {
  const { tone, text } = statuses[row.status];
  return [
    <>
      <code>{row.type}</code>
      {row.connection_id === null ? null : (
        <span class="muted">
          <a href={`/console/connections/${row.connection_id}`}>
            <code>{row.connection_id}</code>
          </a>
        </span>
      )}
    </>,
    <Status tone={tone}>{text}</Status>,
    answerOf(row),
    <div>
      <Time at={Date.parse(row.last_attempt ?? row.created)} now={now} />
      {row.status === 'pending' &&
      row.next_attempt !== null &&
      Date.parse(row.next_attempt) >= now + 60_000 ? (
        <span class="muted">
          {' '}
          next <Time at={Date.parse(row.next_attempt)} now={now} />
        </span>
      ) : null}
    </div>,
    <form method="post" action={`${path}/${webhookId}/${row.id}/replay`}>
      <button type="submit" class="button quiet small" aria-label={`Send again: ${row.type}`}>
        Send again
      </button>
    </form>,
  ];
}

function answerOf({ response_status: status, error, attempts }: Delivery): string {
  const answer =
    status === null ? (error ?? 'Not tried yet') : error === null ? `${status}` : `${status} (${error})`;
  return attempts > 1 ? `${answer}, ${attempts} attempts` : answer;
}

/** An id of a path: what is none finds nothing. */
function idOf(text: string): string {
  return normalizeId(text) ?? '0';
}
