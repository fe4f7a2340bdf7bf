import { Hono } from 'hono/tiny';
import { normalizeId } from '../../validation.ts';
import type { ConsoleEnv } from '../env.ts';
import { Filter } from '../frame/filter.tsx';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { Status } from '../frame/status.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { type Names, nameOf, optionsOf, readNames } from './names.ts';
import { filters, type ListedConnection, pageSize, searchConnections } from './search.ts';
import { stateOf, titleOf } from './state.ts';

const path = '/console/connections';

/** `/console/connections`: who connected what, and how it stands. */
export const connectionListPages = new Hono<ConsoleEnv>().get(path, async (c) => {
  const { db, caller, now } = c.var;
  const chosen = readFilters(c.req.query());
  const [rows, names] = await Promise.all([
    searchConnections(c, chosen, c.req.query('cursor')),
    readNames(db, caller.developerId),
  ]);
  const isNarrowed = Object.keys(chosen).length > 0;
  const action = (
    <div class="buttons">
      <a class="button quiet" href={`${path}/export`}>
        Export
      </a>
      <a class="button" href={`${path}/import`}>
        Import
      </a>
    </div>
  );
  const page = { title: 'Connections', section: 'connections', action } as const;
  if (rows.length === 0 && !isNarrowed && c.req.query('cursor') === undefined) {
    return consolePage(
      c,
      page,
      <Empty
        title="No Connections yet"
        action={
          <a class="button" href="/console/applications">
            Choose an application to try
          </a>
        }
      >
        A Connection is one user’s grant at one data source: what was agreed to, and the tokens that calls are
        made with. The first one is here as soon as somebody connects and your server has exchanged the
        result.
      </Empty>,
    );
  }
  return consolePage(
    c,
    page,
    <>
      <Filter path={path} chosen={chosen} fields={filterFields(names)} />
      {rows.length === 0 ? (
        <Empty title="Nothing fits">
          Names are searched by their beginning; users and ids have to be complete, as your application knows
          them.
        </Empty>
      ) : (
        <>
          <Table
            caption="Connections"
            columns={['Connection', 'Data source', 'Application', 'Status', 'Updated']}
            rows={rows.slice(0, pageSize).map((row) => cellsOf(row, names, now()))}
          />
          <NextPage path={path} query={chosen} rows={rows} limit={pageSize} />
        </>
      )}
    </>,
  );
});

/** The filters of a query that stand for something. */
function readFilters(query: Record<string, string>) {
  const chosen: Partial<Record<(typeof filters)[number], string>> = {};
  for (const name of filters) {
    const given = query[name]?.trim().slice(0, 256);
    if (!given) continue;
    if (name === 'complete' && given !== 'true' && given !== 'false') continue;
    const value = name === 'source' || name === 'application' ? normalizeId(given) : given;
    if (value) chosen[name] = value;
  }
  return chosen;
}

function filterFields({ sources, applications }: Names) {
  return [
    { name: 'q', label: 'Search', placeholder: 'Name, user or ID' },
    { name: 'source', label: 'Data source', all: 'All', options: optionsOf(sources) },
    { name: 'application', label: 'Application', all: 'All', options: optionsOf(applications) },
    {
      name: 'complete',
      label: 'In force',
      all: 'All',
      options: [
        { value: 'true', text: 'Yes' },
        { value: 'false', text: 'No' },
      ],
    },
  ];
}

function cellsOf(row: ListedConnection, names: Names, now: number) {
  const { tone, text } = stateOf({ ...row.auth.status, announced: row.announced });
  const clientUserId = row.client_user_id ?? null;
  const title = titleOf({ name: row.name, clientUserId });
  return [
    <>
      <a href={`${path}/${row.id}`}>{title}</a>
      {clientUserId !== null && clientUserId !== title ? <span class="muted">{clientUserId}</span> : null}
    </>,
    <span class="roomy">{sourceOf(row, names)}</span>,
    row.application_id === undefined ? (
      <span class="muted">None</span>
    ) : (
      (nameOf(names.applications, row.application_id) ?? <code>{row.application_id}</code>)
    ),
    <Status tone={tone}>{text}</Status>,
    <Time at={Date.parse(row.updated)} now={now} />,
  ];
}

function sourceOf({ provider_id: id, provider_deleted: isDeleted }: ListedConnection, { sources }: Names) {
  return isDeleted ? 'Deleted' : (nameOf(sources, id) ?? <code>{id}</code>);
}
