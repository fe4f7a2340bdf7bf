import { Hono } from 'hono/tiny';
import { requireApi } from '../api.ts';
import { audit } from '../audit.ts';
import type { ConsoleEnv } from '../env.ts';
import { download } from '../frame/download.ts';
import { Filter } from '../frame/filter.tsx';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { ActivityTabs } from './tabs.tsx';

const path = '/console/activity/audit';
const pageSize = 50;

/** One entry of the audit trail, as the API shows it. */
interface Entry {
  id: string;
  actor: string;
  actor_name: string;
  action: string;
  resource_type: string | null;
  resource_id: string | null;
  address: string | null;
  created: string;
}

/** `/console/activity/audit`: who did what to which resource. */
export const auditPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const now = c.var.now();
    const chosen = readFilters(c.req.query());
    const cursor = c.req.query('cursor');
    const query = new URLSearchParams({
      limit: String(pageSize + 1),
      ...chosen,
      ...(cursor ? { cursor } : {}),
    });
    const rows = await requireApi<Entry[]>(c, 'GET', `/audit?${query}`);
    const isNarrowed = Object.keys(chosen).length > 0;
    return consolePage(
      c,
      {
        title: 'Activity',
        section: 'activity',
        action: (
          <form method="post" action={`${path}/export`}>
            <button type="submit" class="button">
              Export the trail
            </button>
          </form>
        ),
      },
      <>
        <ActivityTabs current="Audit trail" />
        {rows.length === 0 && !isNarrowed ? null : (
          <Filter
            path={path}
            chosen={chosen}
            fields={[
              { name: 'resource_id', label: 'Of what', placeholder: 'The ID of a resource' },
              { name: 'action', label: 'Action', placeholder: 'Such as deleteConnection' },
            ]}
          />
        )}
        {rows.length === 0 ? (
          <Empty title={isNarrowed ? 'Nothing fits' : 'Nothing was changed yet'}>
            {isNarrowed
              ? 'An ID and an action have to be complete, as they are written in the list.'
              : 'Every change that a person makes here, or an API key makes anywhere, is written down: who, what, when, and from where. Nothing of it can be changed or deleted.'}
          </Empty>
        ) : (
          <>
            <Table
              caption="Audit trail"
              columns={['Action', 'Of what', 'By whom', 'From', 'When']}
              rows={rows.slice(0, pageSize).map((row) => cellsOf(row, now))}
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
  .post(`${path}/export`, async (c) => {
    await audit(c, 'exportAuditEntries', 'audit_trail', c.var.caller.developerId);
    return download(c, '/audit/export', 'audit-trail.ndjson');
  });

/** The filters of a query that stand for something. */
function readFilters({ resource_id = '', action = '' }: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    [
      ['resource_id', resource_id.trim().slice(0, 600)],
      ['action', action.trim().slice(0, 100)],
    ].filter(([, value]) => value !== ''),
  );
}

function cellsOf(row: Entry, now: number) {
  return [
    <code>{row.action}</code>,
    row.resource_type === null ? (
      <span class="muted">Nothing in particular</span>
    ) : (
      <div>
        {row.resource_type.replaceAll('_', ' ')} {row.resource_id === null ? null : <Resource {...row} />}
      </div>
    ),
    <div>
      {row.actor_name}
      <span class="muted"> {kindOf(row.actor)}</span>
    </div>,
    row.address ?? <span class="muted">Unknown</span>,
    <Time at={Date.parse(row.created)} now={now} />,
  ];
}

/** What has a page of its own is a link to it, though it may be gone. */
const pages: Record<string, string> = {
  connection: '/console/connections/',
  application: '/console/applications/',
  source: '/console/sources/',
  webhook: '/console/settings/webhooks/',
};

function Resource({ resource_type: type, resource_id: id }: Entry) {
  const page = pages[type ?? ''];
  const code = <code>{id}</code>;
  return page === undefined || id === null || id.includes('/') ? code : <a href={page + id}>{code}</a>;
}

function kindOf(actor: string): string {
  if (actor.startsWith('key:')) return 'API key';
  if (actor.startsWith('person:')) return 'in the console';
  if (actor.startsWith('application:')) return 'application';
  return '';
}
